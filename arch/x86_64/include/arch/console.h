/*
 * floor: 2
 *
 * The console: the first serial port, 115200 8n1. Works without one (nothing is shown).
 */
#ifndef VASCO_ARCH_CONSOLE_H
#define VASCO_ARCH_CONSOLE_H

#include "base/types.h"

void console_init(void);

/* Waits until the transmitter takes the character; '\n' is sent as "\r\n". */
void console_put(char c);

/* The next character typed, or -1. */
int console_get(void);

#endif
