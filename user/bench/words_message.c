/*
 * The words of a text as a message: see words.h. All numbers have 4 bytes, in the machine's order:
 *
 *     | entries | is sorted | bytes of memory |
 *     for each entry:  | count | hash | length | letters ... |   padded to 4 bytes
 *                      | offset | offset | ...               |   `count` of them
 */
#include <string.h>

#include "bench.h"
#include "words.h"

struct head {
    uint32_t nentries, is_sorted, nbytes;
};

struct entry_head {
    uint32_t count, hash, nbytes;
};

static size_t padded(size_t nbytes)
{
    return (nbytes + 3) / 4 * 4;
}

/* --- writing ---------------------------------------------------------------------------------- */

struct writer {
    char *at, *end;
};

static void write_entry(struct writer *writer, const struct entry *entry)
{
    const struct entry_head head = {entry->count, entry->hash, entry->nbytes};
    const size_t nbytes = sizeof(head) + padded(entry->nbytes) + entry->count * sizeof(uint32_t);
    must((size_t)(writer->end - writer->at) < nbytes ? STATUS_TOO_LARGE : STATUS_OK,
         "write a message");
    memcpy(writer->at, &head, sizeof(head));
    memcpy(writer->at + sizeof(head), entry->bytes, entry->nbytes);
    uint32_t *offset = (uint32_t *)(writer->at + sizeof(head) + padded(entry->nbytes));
    for (const struct place *place = entry->first; place != NULL; place = place->next)
        *offset++ = (uint32_t)place->offset;
    writer->at += nbytes;
}

size_t words_write(const struct words *words, void *message, size_t room)
{
    struct head *head = message;
    struct writer writer = {(char *)message + sizeof(*head), (char *)message + room};
    *head = (struct head){(uint32_t)words->nentries, words->order != NULL, (uint32_t)words->nbytes};
    if (words->order != NULL) {
        for (const struct entry *e = words->order; e != NULL; e = e->after)
            write_entry(&writer, e);
    } else {
        for (size_t i = 0; i < WORDS_BUCKETS; i++) {
            for (const struct entry *e = words->buckets[i]; e != NULL; e = e->next)
                write_entry(&writer, e);
        }
    }
    return (size_t)(writer.at - (char *)message);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Returns where the next one begins. */
static const char *read_entry(struct words *words, struct allocator *allocator, const char *at,
                              struct entry **out)
{
    struct entry_head head;
    memcpy(&head, at, sizeof(head));
    at += sizeof(head);
    struct entry *entry = words_add(words, allocator, at, head.nbytes, head.hash);
    const uint32_t *offsets = (const uint32_t *)(at + padded(head.nbytes));
    for (uint32_t i = 0; i < head.count; i++)
        words_add_place(words, allocator, entry, offsets[i]);
    *out = entry;
    return (const char *)(offsets + head.count);
}

struct words *words_read(struct allocator *allocator, const void *message)
{
    const struct head *head = message;
    const char *at = (const char *)message + sizeof(*head);
    struct words *words = words_new(allocator);
    struct entry **end = &words->order, *entry;
    for (uint32_t i = 0; i < head->nentries; i++) {
        at = read_entry(words, allocator, at, &entry);
        if (head->is_sorted) {
            *end = entry;
            end = &entry->after;
        }
    }
    return words;
}

size_t words_read_bytes(const void *message)
{
    const struct head *head = message;
    return head->nbytes;
}
