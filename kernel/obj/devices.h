/*
 * floor 6: the two objects that stand for the machine. There is one of each from boot on; the first
 * program gets the first capability to each.
 */
#ifndef VASCO_OBJ_DEVICES_H
#define VASCO_OBJ_DEVICES_H

#include "cap/object.h"
#include "obj/work.h"

extern struct object console_object;
extern struct object system_object;

void devices_init(void);

/* Lets the screen be drawn, as long work (obj/work.h): the running thread goes on when that is
 * done. Whoever has put something on the console calls it. */
void console_show(void);

/* A step of it. */
enum step console_draw_step(void);

#endif
