/*
 * What a report of the words of a text must say, found without a table and without lists: all words
 * of the text are sorted by their letters, so that equal ones stand together. See pipeline.h.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "pipeline.h"
#include "words.h"

/* --- adding up -------------------------------------------------------------------------------- */

static void add(struct digest *digest, uint64_t value)
{
    digest->sum = (digest->sum ^ value) * 0x9e3779b97f4a7c15u;
    digest->sum ^= digest->sum >> 29;
}

void digest_add_word(struct digest *digest, const char *bytes, size_t nbytes, uint64_t count)
{
    for (size_t i = 0; i < nbytes; i++)
        add(digest, (unsigned char)bytes[i]);
    add(digest, count);
    if (digest->nwords < DIGEST_WORDS) {
        size_t n = nbytes < DIGEST_WORD_BYTES ? nbytes : DIGEST_WORD_BYTES;
        memcpy(digest->commonest[digest->nwords].bytes, bytes, n);
    }
    digest->nwords++;
}

/* Of the word that was added last. */
void digest_add_place(struct digest *digest, uint64_t offset)
{
    add(digest, offset);
    digest->nplaces++;
    if (digest->nwords <= DIGEST_WORDS) {
        uint64_t n = digest->commonest[digest->nwords - 1].count++;
        if (n < DIGEST_PLACES)
            digest->commonest[digest->nwords - 1].places[n] = offset;
    }
}

/* --- of a text -------------------------------------------------------------------------------- */

struct word {
    uint64_t front; /* its first letters, the first one highest: they decide most comparisons */
    uint32_t offset, nbytes;
};

/* The words of the array that are the same. */
struct group {
    const struct word *first;
    size_t n;
};

static const unsigned char *sorted_text;

static size_t find_words(struct word *words, const struct archive_file *text)
{
    size_t n = 0;
    for (size_t at = 0; at < text->nbytes;) {
        struct word word = {0, (uint32_t)at, 0};
        while (at < text->nbytes && word.nbytes < WORD_BYTES_MAX && isalpha(sorted_text[at])) {
            if (word.nbytes < sizeof(word.front))
                word.front |= (uint64_t)tolower(sorted_text[at]) << (56 - 8 * word.nbytes);
            word.nbytes++;
            at++;
        }
        if (word.nbytes > 0)
            words[n++] = word;
        else
            at++;
    }
    return n;
}

static int compare_letters(const struct word *a, const struct word *b)
{
    if (a->front != b->front)
        return a->front < b->front ? -1 : 1;
    const uint32_t n = a->nbytes < b->nbytes ? a->nbytes : b->nbytes;
    for (uint32_t i = sizeof(a->front); i < n; i++) {
        int difference = tolower(sorted_text[a->offset + i]) - tolower(sorted_text[b->offset + i]);
        if (difference != 0)
            return difference;
    }
    return (a->nbytes > b->nbytes) - (a->nbytes < b->nbytes);
}

static int compare_words(const void *left, const void *right)
{
    const struct word *a = left, *b = right;
    int order = compare_letters(a, b);
    return order != 0 ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

static int compare_groups(const void *left, const void *right)
{
    const struct group *a = left, *b = right;
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return compare_letters(a->first, b->first);
}

static size_t find_groups(struct group *groups, const struct word *words, size_t nwords)
{
    size_t n = 0;
    for (size_t i = 0; i < nwords; i++) {
        if (n == 0 || compare_letters(groups[n - 1].first, &words[i]) != 0)
            groups[n++] = (struct group){&words[i], 0};
        groups[n - 1].n++;
    }
    return n;
}

static void add_group(struct digest *digest, const struct group *group)
{
    char bytes[WORD_BYTES_MAX];
    for (uint32_t i = 0; i < group->first->nbytes; i++)
        bytes[i] = (char)tolower(sorted_text[group->first->offset + i]);
    digest_add_word(digest, bytes, group->first->nbytes, group->n);
    for (size_t i = 0; i < group->n; i++)
        digest_add_place(digest, group->first[i].offset);
}

static void *make_room(size_t n, size_t nbytes)
{
    void *room = calloc(n, nbytes);
    must(room == NULL ? STATUS_NO_MEMORY : STATUS_OK, "sort so many words");
    return room;
}

void digest_of_text(struct digest *digest, const struct archive_file *text)
{
    struct word *words = make_room(text->nbytes / 2 + 1, sizeof(*words));
    sorted_text = text->data;
    const size_t nwords = find_words(words, text);
    qsort(words, nwords, sizeof(*words), compare_words);
    struct group *groups = make_room(nwords, sizeof(*groups));
    const size_t ngroups = find_groups(groups, words, nwords);
    qsort(groups, ngroups, sizeof(*groups), compare_groups);
    *digest = (struct digest){0};
    for (size_t i = 0; i < ngroups; i++)
        add_group(digest, &groups[i]);
    free(groups);
    free(words);
}
