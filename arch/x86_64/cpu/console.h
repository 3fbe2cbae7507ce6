/*
 * floor 2: what stopping the machine needs of the console beside arch/console.h.
 */
#ifndef VASCO_CPU_CONSOLE_H
#define VASCO_CPU_CONSOLE_H

/* Waits until all that was sent has left the port. */
void console_drain(void);

#endif
