/* Completion: see complete.h. */
#include "complete.h"

#include <stdio.h>
#include <string.h>
#include <vasco/archive.h>
#include <vasco/status.h>

#include "line.h"
#include "objects.h"
#include "shell.h"

#define CANDIDATES_MAX 64
#define CANDIDATE_BYTES 40

static char candidates[CANDIDATES_MAX][CANDIDATE_BYTES];
static size_t ncandidates;

/* Adds it if it begins like the word, once. */
static void consider(const char *name, size_t most, const char *word, size_t nword)
{
    size_t n = strnlen(name, most);
    if (n == 0 || n < nword || n >= CANDIDATE_BYTES || memcmp(name, word, nword) != 0)
        return;
    for (size_t i = 0; i < ncandidates; i++) {
        if (strlen(candidates[i]) == n && memcmp(candidates[i], name, n) == 0)
            return;
    }
    if (ncandidates == CANDIDATES_MAX)
        return;
    memcpy(candidates[ncandidates], name, n);
    candidates[ncandidates++][n] = '\0';
}

static void consider_programs(const char *word, size_t nword)
{
    struct archive_file file;
    for (size_t position = 0; archive_next(&position, &file) == STATUS_OK;) {
        if (strncmp(file.path, "bin/", 4) == 0)
            consider(file.path + 4, sizeof(file.path) - 4, word, nword);
    }
}

static void consider_objects(const char *word, size_t nword)
{
    objects_find();
    for (size_t i = 0; i < objects_count(); i++)
        consider(objects_at(i)->info.name, NAME_BYTES, word, nword);
    objects_forget();
}

static size_t common_length(void)
{
    size_t n = strlen(candidates[0]);
    for (size_t i = 1; i < ncandidates; i++) {
        size_t same = 0;
        while (same < n && candidates[i][same] == candidates[0][same])
            same++;
        n = same;
    }
    return n;
}

static void show_candidates(struct line *line)
{
    printf("\n");
    for (size_t i = 0; i < ncandidates; i++)
        printf("%-19s%s", candidates[i], i % 4 == 3 || i + 1 == ncandidates ? "\n" : " ");
    fflush(stdout);
    line_draw(line);
}

void complete(struct line *line)
{
    bool first;
    size_t at = line_word(line, &first);
    size_t nword = line->cursor - at;
    char word[LINE_BYTES];
    memcpy(word, &line->text[at], nword);
    word[nword] = '\0';
    ncandidates = 0;
    if (first) {
        for (size_t i = 0; i < ncommands; i++)
            consider(commands[i].name, CANDIDATE_BYTES, word, nword);
    }
    if (first || strncmp(line->text, "run ", 4) == 0)
        consider_programs(word, nword);
    if (!first)
        consider_objects(word, nword);
    if (ncandidates == 0)
        return;
    size_t common = common_length();
    if (common == nword && ncandidates > 1) {
        show_candidates(line);
        return;
    }
    candidates[0][common] = '\0';
    if (ncandidates == 1)
        strcat(candidates[0], " ");
    line_insert(line, candidates[0] + nword);
}
