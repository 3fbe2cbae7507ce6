/*
 * A line that is typed: editing, history, completion. It knows of no console: bytes go in, and what
 * is to be shown comes out, made of letters, '\r', '\b' and '\n' alone, so that every screen shows
 * it. A line longer than the screen slides under the prompt.
 */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_BYTES 512
#define LINE_COLUMNS 79
#define LINE_HISTORY 64

enum line_event {
    LINE_GOES_ON,
    LINE_DONE,   /* Return: line->text is what was typed */
    LINE_BROKEN, /* ^C: the line is to be forgotten */
    LINE_END,    /* ^D on an empty line */
    LINE_TAB,    /* asks for line_complete */
};

struct line {
    const char *prompt;
    void (*show)(const char *bytes, size_t nbytes);
    char text[LINE_BYTES]; /* ends with a 0 */
    size_t length;
    size_t cursor;
    size_t shown;  /* columns of text that are on the screen */
    size_t window; /* the first byte of the text that is */
    char sequence[8];
    size_t nsequence; /* bytes of an escape sequence so far */
    char *history[LINE_HISTORY];
    size_t nhistory;
    size_t browsed;        /* lines back from the newest; 0: the one that is being typed */
    char kept[LINE_BYTES]; /* that one, meanwhile */
};

/* Begins a line: shows the prompt. */
void line_begin(struct line *line);

enum line_event line_feed(struct line *line, char byte);

/* Adds the line to the history. */
void line_remember(struct line *line);

/* Puts text in at the cursor. */
void line_insert(struct line *line, const char *text);

/* Shows prompt and text again, after something else was shown. */
void line_draw(struct line *line);

/* Where the word begins in which the cursor is; *first: it is the line's first. */
size_t line_word(const struct line *line, bool *first);

#endif
