/*
 * floor 2: the first serial port, 115200 8n1. Works without one (nothing is sent).
 */
#ifndef VASCO_CPU_SERIAL_H
#define VASCO_CPU_SERIAL_H

#include "base/types.h"

#define SERIAL_PORT 0x3f8

/* Whether there is one. */
bool serial_init(void);

/* Waits until the transmitter takes the character; '\n' is sent as "\r\n". */
void serial_put(char c);

/* From now on what is received interrupts. */
void serial_let_interrupt(void);

/* The next character received, or -1. */
int serial_get(void);

/* Waits until all that was sent has left the port. */
void serial_drain(void);

#endif
