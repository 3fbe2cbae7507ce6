/* Numbers and rights in words: see shell.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

static const char units[][4] = {"B", "KiB", "MiB", "GiB", "TiB"};

char *bytes_text(uint64_t nbytes, char *text, size_t room)
{
    size_t unit = 0;
    uint64_t rest = 0;
    while (nbytes >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
        rest = nbytes % 1024;
        nbytes /= 1024;
        unit++;
    }
    if (rest == 0 || nbytes >= 100)
        snprintf(text, room, "%" PRIu64 " %s", nbytes, units[unit]);
    else
        snprintf(text, room, "%" PRIu64 ".%" PRIu64 " %s", nbytes, rest * 10 / 1024, units[unit]);
    return text;
}

bool bytes_parse(const char *word, uint64_t *out)
{
    char *end;
    uint64_t n = strtoull(word, &end, 0);
    const char *letters = "KMGT";
    const char *unit = *end == '\0' ? NULL : strchr(letters, *end & ~0x20);
    if (end == word || *word == '-' || (*end != '\0' && (unit == NULL || *unit == '\0')))
        return false;
    unsigned shift = unit == NULL ? 0 : 10 * (unsigned)(unit - letters + 1);
    if (unit != NULL && end[1] != '\0')
        return false;
    if (n == 0 || n > UINT64_MAX >> shift)
        return false;
    *out = n << shift;
    return true;
}

struct right {
    enum object_type type; /* OBJECT_NONE: of every type */
    const char *word;
    uint64_t bit;
};

static const struct right all_rights[] = {
#define OBJECT(TYPE, word)
#define RIGHT(TYPE, NAME, bit, meaning) {OBJECT_##TYPE, #NAME, UINT64_C(1) << (bit)},
#define COMMON_RIGHT(NAME, bit, meaning) {OBJECT_NONE, #NAME, UINT64_C(1) << (bit)},
#include "abi/objects.def"
#undef OBJECT
#undef RIGHT
#undef COMMON_RIGHT
};

static void add_lower(char *text, size_t room, const char *word)
{
    size_t at = strlen(text);
    if (at > 0 && at + 1 < room)
        text[at++] = ' ';
    for (; *word != '\0' && at + 1 < room; word++)
        text[at++] = (char)(*word | 0x20);
    text[at] = '\0';
}

char *rights_text(enum object_type type, uint64_t rights, char *text, size_t room)
{
    uint64_t every = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof(all_rights) / sizeof(all_rights[0]); i++) {
        const struct right *right = &all_rights[i];
        if (right->type != type && right->type != OBJECT_NONE)
            continue;
        every |= right->bit;
        if ((rights & right->bit) != 0)
            add_lower(text, room, right->word);
    }
    if ((rights & every) == every)
        snprintf(text, room, "all rights");
    else if (text[0] == '\0')
        snprintf(text, room, "no right");
    return text;
}

const char *access_text(uint64_t access)
{
    static const char *const words[] = {"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx"};
    return words[(access & ACCESS_READ ? 1 : 0) | (access & ACCESS_WRITE ? 2 : 0) |
                 (access & ACCESS_EXECUTE ? 4 : 0)];
}
