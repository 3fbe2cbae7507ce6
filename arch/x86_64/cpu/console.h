/*
 * floor 2: what boot and stopping the machine need of the console beside arch/console.h.
 */
#ifndef VASCO_CPU_CONSOLE_H
#define VASCO_CPU_CONSOLE_H

#include "cpu/screen.h"

/* From now on the console is on this screen too, whose memory is mapped at `memory`. Text mode is
 * not used where no memory answers. */
void console_add_screen(const struct screen_mode *mode, void *memory);

/* Logs where the console is. */
/* The keyboard and the serial line interrupt from now on (VECTOR_INPUT). */
void console_let_interrupt(void);

void console_say(void);

/* Waits until all that was put has left the port, and draws the rest. */
void console_drain(void);

#endif
