/* Boot options: see option.h. */
#include "base/option.h"

#include "base/string.h"

static const char *word_end(const char *word)
{
    while (*word != '\0' && *word != ' ')
        word++;
    return word;
}

bool option_find(const char *cmdline, const char *name, char *value, size_t nbytes)
{
    size_t length = strlen(name);
    for (const char *word = cmdline; *word != '\0'; word++) {
        const char *end = word_end(word);
        const char *rest = word + length;
        if ((size_t)(end - word) >= length && strncmp(word, name, length) == 0 &&
            (rest == end || *rest == '=')) {
            if (nbytes > 0) {
                const char *text = rest == end ? rest : rest + 1;
                size_t n = min_u64((uint64_t)(end - text), nbytes - 1);
                memcpy(value, text, n);
                value[n] = '\0';
            }
            return true;
        }
        if (*end == '\0')
            break;
        word = end;
    }
    return false;
}

status_t option_number(const char *text, uint64_t *out)
{
    uint64_t number = 0;
    if (*text == '\0')
        return STATUS_BAD_ARGUMENT;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return STATUS_BAD_ARGUMENT;
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
            return STATUS_TOO_LARGE;
    }
    *out = number;
    return STATUS_OK;
}
