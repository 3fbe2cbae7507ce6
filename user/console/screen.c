/* The console: see screen.h. */
#include "screen.h"

#include <stdbool.h>
#include <string.h>
#include <vasco/console.h>

#define BACKSPACE 8
#define DELETE 127
#define FIRST_PRINTABLE 32

static bool in_a_line; /* something stands there behind the last end of a line */

/* What is being typed, or has been and waits to be read. */
static struct {
    char bytes[CONSOLE_LINE_BYTES];
    size_t nbytes;
    bool is_full; /* it ends with the end of a line */
} typed;

static void show(const char *bytes, size_t nbytes)
{
    if (nbytes > 0) {
        console_write(bytes, nbytes);
        in_a_line = bytes[nbytes - 1] != '\n';
    }
}

void screen_line(const char *bytes, size_t nbytes)
{
    if (in_a_line)
        show("\n", 1);
    show(bytes, nbytes);
    show("\n", 1);
    if (!typed.is_full)
        show(typed.bytes, typed.nbytes);
}

void screen_prompt(const char *bytes, size_t nbytes)
{
    show(bytes, nbytes);
}

/* --- what is typed ---------------------------------------------------------------------------- */

static void erase_last(void)
{
    if (typed.nbytes > 0) {
        typed.nbytes--;
        show("\b \b", 3);
    }
}

/* Of a line that is too long the rest is not heard. */
static void take(char byte)
{
    if (byte == '\r')
        byte = '\n';
    if (byte == BACKSPACE || byte == DELETE) {
        erase_last();
        return;
    }
    bool fits = typed.nbytes < sizeof(typed.bytes) - 1;
    if (byte != '\n' && (!fits || (unsigned char)byte < FIRST_PRINTABLE))
        return;
    typed.bytes[typed.nbytes++] = byte;
    typed.is_full = byte == '\n';
    show(&byte, 1);
}

int64_t screen_read(char *bytes, size_t room)
{
    char byte;
    while (!typed.is_full && console_poll(&byte, 1) == 1)
        take(byte);
    if (!typed.is_full)
        return STATUS_NO_DATA;
    size_t n = typed.nbytes < room ? typed.nbytes : room;
    memcpy(bytes, typed.bytes, n);
    typed.nbytes -= n;
    memmove(typed.bytes, typed.bytes + n, typed.nbytes);
    typed.is_full = typed.nbytes > 0;
    return (int64_t)n;
}
