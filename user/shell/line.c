/* Editing a line: see line.h. */
#include "line.h"

#include <stdlib.h>
#include <string.h>

#define CTRL(letter) ((letter)&0x1f)
#define ESCAPE 0x1b
#define DELETE 0x7f

static void show_text(const struct line *line, const char *text)
{
    line->show(text, strlen(text));
}

static void show_many(const struct line *line, char c, size_t n)
{
    while (n-- > 0)
        line->show(&c, 1);
}

static size_t room_of(const struct line *line)
{
    return LINE_COLUMNS - strlen(line->prompt);
}

/* From the beginning of the row: what is left of an older text is covered by blanks. */
void line_draw(struct line *line)
{
    size_t room = room_of(line);
    if (line->cursor < line->window)
        line->window = line->cursor;
    if (line->cursor > line->window + room)
        line->window = line->cursor - room;
    size_t n = line->length - line->window;
    n = n < room ? n : room;
    size_t blanks = line->shown > n ? line->shown - n : 0;
    show_text(line, "\r");
    show_text(line, line->prompt);
    line->show(&line->text[line->window], n);
    show_many(line, ' ', blanks);
    show_many(line, '\b', blanks + n - (line->cursor - line->window));
    line->shown = n;
}

void line_begin(struct line *line)
{
    line->text[0] = '\0';
    line->length = line->cursor = line->window = line->shown = 0;
    line->nsequence = line->browsed = 0;
    line_draw(line);
}

void line_insert(struct line *line, const char *text)
{
    size_t n = strlen(text);
    size_t room = LINE_BYTES - 1 - line->length;
    n = n < room ? n : room;
    bool at_end = line->cursor == line->length;
    memmove(&line->text[line->cursor + n], &line->text[line->cursor],
            line->length - line->cursor + 1);
    memcpy(&line->text[line->cursor], text, n);
    line->length += n;
    line->cursor += n;
    if (at_end && line->length - line->window <= room_of(line)) {
        line->show(&line->text[line->cursor - n], n);
        line->shown += n;
    } else {
        line_draw(line);
    }
}

/* Takes away what lies between two places, one of which is the cursor. */
static void cut(struct line *line, size_t from, size_t to)
{
    memmove(&line->text[from], &line->text[to], line->length - to + 1);
    line->length -= to - from;
    line->cursor = from;
    line_draw(line);
}

static void move_to(struct line *line, size_t cursor)
{
    line->cursor = cursor;
    line_draw(line);
}

static size_t word_before(const struct line *line)
{
    size_t at = line->cursor;
    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

/* --- history ---------------------------------------------------------------------------------- */

void line_remember(struct line *line)
{
    if (line->length == 0)
        return;
    if (line->nhistory > 0 && strcmp(line->history[line->nhistory - 1], line->text) == 0)
        return;
    char *copy = strdup(line->text);
    if (copy == NULL)
        return;
    if (line->nhistory == LINE_HISTORY) {
        free(line->history[0]);
        memmove(&line->history[0], &line->history[1],
                (LINE_HISTORY - 1) * sizeof(line->history[0]));
        line->nhistory--;
    }
    line->history[line->nhistory++] = copy;
}

static void replace(struct line *line, const char *text)
{
    strcpy(line->text, text); /* each was a line before */
    line->length = line->cursor = strlen(text);
    line->window = 0;
    line_draw(line);
}

static void browse(struct line *line, size_t back)
{
    if (back > line->nhistory)
        return;
    if (line->browsed == 0)
        strcpy(line->kept, line->text);
    line->browsed = back;
    replace(line, back == 0 ? line->kept : line->history[line->nhistory - back]);
}

static void browse_newer(struct line *line)
{
    if (line->browsed > 0)
        browse(line, line->browsed - 1);
}

/* --- keys ------------------------------------------------------------------------------------- */

static void delete_at(struct line *line)
{
    if (line->cursor < line->length)
        cut(line, line->cursor, line->cursor + 1);
}

/* The last letter of a sequence, or the number in front of a '~'. */
static void do_sequence(struct line *line, char key)
{
    switch (key) {
    case 'A':
        browse(line, line->browsed + 1);
        return;
    case 'B':
        browse_newer(line);
        return;
    case 'C':
        move_to(line, line->cursor + (line->cursor < line->length));
        return;
    case 'D':
        move_to(line, line->cursor - (line->cursor > 0));
        return;
    case 'H':
    case '1':
    case '7':
        move_to(line, 0);
        return;
    case 'F':
    case '4':
    case '8':
        move_to(line, line->length);
        return;
    case '3':
        delete_at(line);
        return;
    default:
        return;
    }
}

/* ESC [ A, ESC O H, ESC [ 3 ~ */
static void feed_sequence(struct line *line, char byte)
{
    if (line->nsequence < sizeof(line->sequence))
        line->sequence[line->nsequence++] = byte;
    if (line->nsequence == 2 && (byte == '[' || byte == 'O'))
        return;
    bool ends = line->nsequence == 2 || (byte >= '@' && byte <= '~');
    if (!ends)
        return;
    size_t n = line->nsequence;
    line->nsequence = 0;
    if (byte == '~' && n == 4)
        do_sequence(line, line->sequence[2]);
    else if (byte != '~' && n == 3)
        do_sequence(line, byte);
}

static void feed_control(struct line *line, char byte)
{
    switch (byte) {
    case CTRL('a'):
        move_to(line, 0);
        return;
    case CTRL('b'):
        do_sequence(line, 'D');
        return;
    case CTRL('d'):
        delete_at(line);
        return;
    case CTRL('e'):
        move_to(line, line->length);
        return;
    case CTRL('f'):
        do_sequence(line, 'C');
        return;
    case CTRL('h'):
    case DELETE:
        if (line->cursor > 0)
            cut(line, line->cursor - 1, line->cursor);
        return;
    case CTRL('k'):
        line->length = line->cursor;
        line->text[line->length] = '\0';
        line_draw(line);
        return;
    case CTRL('l'):
        show_many(line, '\n', 25);
        line_draw(line);
        return;
    case CTRL('n'):
        browse_newer(line);
        return;
    case CTRL('p'):
        browse(line, line->browsed + 1);
        return;
    case CTRL('u'):
        cut(line, 0, line->cursor);
        return;
    case CTRL('w'):
        cut(line, word_before(line), line->cursor);
        return;
    case ESCAPE:
        line->sequence[0] = byte;
        line->nsequence = 1;
        return;
    default:
        return;
    }
}

enum line_event line_feed(struct line *line, char byte)
{
    const char letter[2] = {byte, '\0'};
    if (line->nsequence > 0) {
        feed_sequence(line, byte);
        return LINE_GOES_ON;
    }
    if (byte == '\r' || byte == '\n') {
        show_text(line, "\n");
        return LINE_DONE;
    }
    if (byte == CTRL('c')) {
        show_text(line, "^C\n");
        return LINE_BROKEN;
    }
    if (byte == CTRL('d') && line->length == 0) {
        show_text(line, "\n");
        return LINE_END;
    }
    if (byte == '\t')
        return LINE_TAB;
    if (byte >= ' ' && byte < DELETE)
        line_insert(line, letter);
    else
        feed_control(line, byte);
    return LINE_GOES_ON;
}

size_t line_word(const struct line *line, bool *first)
{
    size_t at = line->cursor;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    *first = strspn(line->text, " ") >= at;
    return at;
}
