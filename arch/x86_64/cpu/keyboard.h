/*
 * floor 2: a keyboard at the PC's keyboard controller (8042), where the firmware puts a USB
 * keyboard too. It keeps some sixteen keys by itself.
 */
#ifndef VASCO_CPU_KEYBOARD_H
#define VASCO_CPU_KEYBOARD_H

#include "base/types.h"

/* Whether there is a controller. What lies in it is dropped. */
bool keyboard_init(void);

/* From now on keys interrupt. */
void keyboard_let_interrupt(void);

/* The next character, or -1. */
int keyboard_get(void);

/* Has the controller pull the CPU's reset line. Returns if that does nothing. */
void keyboard_reset_cpu(void);

#endif
