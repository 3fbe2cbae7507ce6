/*
 * floor 8: breaking the kernel on purpose, to see that its defences hold and that a panic says what
 * it should. The boot option `crash=HOW` asks for it; docs/boot-options.md lists the ways.
 */
#ifndef VASCO_CRASH_H
#define VASCO_CRASH_H

/* Does not return for a way that it knows. */
void crash_on_purpose(const char *how);

#endif
