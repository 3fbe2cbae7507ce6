/* The words of a text: see words.h. */
#include "words.h"

#include <string.h>

#include "bench.h"

static void *allocate(struct allocator *allocator, size_t nbytes)
{
    void *memory = allocator->alloc(allocator, nbytes);
    must(memory == NULL ? STATUS_NO_MEMORY : STATUS_OK, "keep so many words");
    return memory;
}

struct words *words_new(struct allocator *allocator)
{
    struct words *words = allocate(allocator, sizeof(*words));
    memset(words, 0, sizeof(*words));
    words->nbytes = sizeof(*words);
    return words;
}

static void *take(struct words *words, struct allocator *allocator, size_t nbytes)
{
    words->nbytes += (nbytes + WORDS_ALIGN - 1) / WORDS_ALIGN * WORDS_ALIGN;
    return allocate(allocator, nbytes);
}

/* --- indexing --------------------------------------------------------------------------------- */

struct entry *words_add(struct words *words, struct allocator *allocator, const char *bytes,
                        uint32_t nbytes, uint32_t hash)
{
    struct entry **bucket = &words->buckets[hash % WORDS_BUCKETS];
    struct entry *entry = take(words, allocator, sizeof(*entry) + nbytes);
    *entry = (struct entry){.next = *bucket, .hash = hash, .nbytes = nbytes};
    memcpy(entry->bytes, bytes, nbytes);
    *bucket = entry;
    words->nentries++;
    return entry;
}

void words_add_place(struct words *words, struct allocator *allocator, struct entry *entry,
                     uint64_t offset)
{
    struct place *place = take(words, allocator, sizeof(*place));
    *place = (struct place){NULL, offset};
    if (entry->last == NULL)
        entry->first = place;
    else
        entry->last->next = place;
    entry->last = place;
    entry->count++;
    words->nplaces++;
}

static struct entry *find(const struct words *words, const char *bytes, uint32_t nbytes,
                          uint32_t hash)
{
    struct entry *entry = words->buckets[hash % WORDS_BUCKETS];
    while (entry != NULL && (entry->hash != hash || entry->nbytes != nbytes ||
                             memcmp(entry->bytes, bytes, nbytes) != 0))
        entry = entry->next;
    return entry;
}

/* The letter in its small form; 0 if it is none. */
static char letter(char c)
{
    char small = c | 0x20;
    return small >= 'a' && small <= 'z' ? small : 0;
}

void words_index(struct words *words, struct allocator *allocator, const char *text, size_t nbytes)
{
    char bytes[WORD_BYTES_MAX];
    for (size_t at = 0; at < nbytes;) {
        const size_t start = at;
        uint32_t n = 0, hash = 2166136261; /* FNV-1a */
        for (char c; at < nbytes && n < WORD_BYTES_MAX && (c = letter(text[at])) != 0; at++) {
            bytes[n++] = c;
            hash = (hash ^ (uint8_t)c) * 16777619;
        }
        if (n == 0) {
            at++;
            continue;
        }
        struct entry *entry = find(words, bytes, n, hash);
        if (entry == NULL)
            entry = words_add(words, allocator, bytes, n, hash);
        words_add_place(words, allocator, entry, start);
    }
}

/* --- sorting ---------------------------------------------------------------------------------- */

static bool is_before(const struct entry *a, const struct entry *b)
{
    if (a->count != b->count)
        return a->count > b->count;
    int order = memcmp(a->bytes, b->bytes, a->nbytes < b->nbytes ? a->nbytes : b->nbytes);
    return order != 0 ? order < 0 : a->nbytes < b->nbytes;
}

static struct entry *merge(struct entry *a, struct entry *b)
{
    struct entry *first = NULL, **end = &first;
    while (a != NULL && b != NULL) {
        if (is_before(b, a)) {
            *end = b;
            b = b->after;
        } else {
            *end = a;
            a = a->after;
        }
        end = &(*end)->after;
    }
    *end = a != NULL ? a : b;
    return first;
}

/* Sorts the first `n` of a list, of which *list is then what follows them. */
static struct entry *sort(struct entry **list, uint64_t n)
{
    if (n == 1) {
        struct entry *entry = *list;
        *list = entry->after;
        entry->after = NULL;
        return entry;
    }
    struct entry *front = sort(list, n / 2);
    return merge(front, sort(list, n - n / 2));
}

void words_sort(struct words *words)
{
    struct entry *list = NULL;
    for (size_t i = 0; i < WORDS_BUCKETS; i++) {
        for (struct entry *entry = words->buckets[i]; entry != NULL; entry = entry->next) {
            entry->after = list;
            list = entry;
        }
    }
    words->order = words->nentries > 0 ? sort(&list, words->nentries) : NULL;
}
