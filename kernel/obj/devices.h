/*
 * floor 6: the two objects that stand for the machine. There is one of each from boot on; the first
 * program gets the first capability to each.
 */
#ifndef VASCO_OBJ_DEVICES_H
#define VASCO_OBJ_DEVICES_H

#include "cap/object.h"

extern struct object console_object;
extern struct object system_object;

void devices_init(void);

#endif
