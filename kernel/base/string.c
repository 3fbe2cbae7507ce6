/* Memory and string functions, short rather than fast: large copies use arch/page.h. */
#include "base/string.h"

void *memcpy(void *restrict to, const void *restrict from, size_t nbytes)
{
    char *t = to;
    const char *f = from;
    while (nbytes-- > 0)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t nbytes)
{
    char *t = to;
    const char *f = from;
    if (t < f)
        return memcpy(to, from, nbytes);
    while (nbytes-- > 0)
        t[nbytes] = f[nbytes];
    return to;
}

void *memset(void *to, int byte, size_t nbytes)
{
    char *t = to;
    while (nbytes-- > 0)
        *t++ = (char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t nbytes)
{
    const unsigned char *x = a;
    const unsigned char *y = b;
    for (size_t i = 0; i < nbytes; i++) {
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    }
    return 0;
}

size_t strlen(const char *s)
{
    size_t length = 0;
    while (s[length] != '\0')
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        if (a[i] != b[i] || a[i] == '\0')
            return (unsigned char)a[i] - (unsigned char)b[i];
    }
    return 0;
}

struct name name_from_words(uint64_t lo, uint64_t hi)
{
    const uint64_t words[2] = {lo, hi};
    struct name name = {{0}};
    for (size_t i = 0; i < NAME_BYTES; i++) {
        char c = (char)(words[i / 8] >> (8 * (i % 8)));
        if (c == '\0')
            break;
        name.text[i] = c >= ' ' && c <= '~' ? c : '?';
    }
    return name;
}

struct name name_from_string(const char *s)
{
    struct name name = {{0}};
    for (size_t i = 0; i < NAME_BYTES && s[i] != '\0'; i++)
        name.text[i] = s[i];
    return name;
}
