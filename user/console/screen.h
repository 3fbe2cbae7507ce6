/* What is on the console: whole lines of clients, and at the end what is being typed. */
#ifndef CONSOLE_SCREEN_H
#define CONSOLE_SCREEN_H

#include <stddef.h>
#include <stdint.h>

/* Shows a line, without its end. What stands in a line that has not ended is left there; what has
 * been typed is shown again below. */
void screen_line(const char *bytes, size_t nbytes);

/* Shows the beginning of a line, behind which there is something to be typed. */
void screen_prompt(const char *bytes, size_t nbytes);

/* Looks for what was typed. Returns how many bytes of a full line, with its end, are put into
 * `bytes`, at most `room`; the rest of it is there for the next. NO_DATA: there is none yet. */
int64_t screen_read(char *bytes, size_t room);

#endif
