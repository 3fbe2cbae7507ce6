/* Names in two registers: see vasco/name.h. */
#include <string.h>
#include <vasco/name.h>

struct name_words name_words(const char *text)
{
    struct name_words words = {0, 0};
    _Static_assert(sizeof(words) == NAME_BYTES, "the two words are the name");
    memcpy(&words, text, strnlen(text, NAME_BYTES));
    return words;
}
