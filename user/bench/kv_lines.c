/* The lines of a text: see kv.h. */
#include <stdlib.h>
#include <string.h>
#include <vasco/archive.h>

#include "bench.h"
#include "kv.h"

static const char *text;
static size_t text_bytes;

void lines_open(void)
{
    struct archive_file file;
    must(archive_find(KV_TEXT, &file), "find " KV_TEXT);
    must(file.nbytes < KV_TEXT_BYTES_MIN ? STATUS_NOT_FOUND : STATUS_OK, "find a long " KV_TEXT);
    text = file.data;
    text_bytes = file.nbytes;
}

const char *line_text(const struct line *line)
{
    return text + line->offset;
}

/* By text; the same ones in the order in which they are met. */
static int compare(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    uint32_t nbytes = a->nbytes < b->nbytes ? a->nbytes : b->nbytes;
    int order = memcmp(line_text(a), line_text(b), nbytes);
    if (order != 0)
        return order;
    if (a->nbytes != b->nbytes)
        return a->nbytes < b->nbytes ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static bool is_same(const struct line *a, const struct line *b)
{
    return a->nbytes == b->nbytes && memcmp(line_text(a), line_text(b), a->nbytes) == 0;
}

/* All lines but the empty ones. Returns how many. */
static size_t find_lines(struct line *lines, size_t max)
{
    size_t n = 0, start = 0;
    uint32_t number = 1;
    for (size_t i = 0; i < text_bytes; i++) {
        if (text[i] != '\n')
            continue;
        if (i > start && n < max)
            lines[n++] = (struct line){(uint32_t)start, (uint32_t)(i - start), number, 0};
        number++;
        start = i + 1;
    }
    return n;
}

void lines_sort(void)
{
    struct line *lines = hall()->lines;
    size_t n = find_lines(lines, KV_LINES_MAX), nkept = 0;
    must(n == KV_LINES_MAX ? STATUS_TOO_LARGE : STATUS_OK, "keep so many lines");
    qsort(lines, n, sizeof(lines[0]), compare);
    for (size_t i = 0; i < n; i++) {
        if (nkept == 0 || !is_same(&lines[nkept - 1], &lines[i]))
            lines[nkept++] = lines[i];
    }
    hall()->nlines = nkept;
}
