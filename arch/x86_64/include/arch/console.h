/*
 * floor: 2
 *
 * The console: the first serial port and the screen, whichever there are.
 *
 * The port has taken a character when console_put returns. The screen has it only in memory:
 * console_draw_some draws, in steps of bounded length, until it is no longer behind.
 */
#ifndef VASCO_ARCH_CONSOLE_H
#define VASCO_ARCH_CONSOLE_H

#include "base/types.h"

/* The serial port; the screen comes when it is known (cpu/console.h). */
void console_init(void);

void console_put(char c);

/* The same, and what is in memory is drawn at the end of each line: for the time before threads
 * run, and for the kernel's last words. */
void console_put_at_once(char c);

/* Whether the screen does not show yet all that was put. */
bool console_is_behind(void);

void console_draw_some(void);

/* An interrupt has come, or one might have: takes in what is typed. Needs no lock. */
void console_take_input(void);

/* The next character typed, or -1. */
int console_get(void);

#endif
