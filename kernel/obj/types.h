/* floor 6: the types of objects: their beginning at boot, and the end of an object. */
#ifndef VASCO_OBJ_TYPES_H
#define VASCO_OBJ_TYPES_H

#include "obj/work.h"

/* Boot: all that this floor needs before the first object, and the root pool and the devices. */
void types_init(void);

/* One step of taking back what an object holds, and if it is dead, what refers to it. */
enum step object_clear_some(struct object *o);

/* Frees an object that was cleared. */
void object_free(struct object *o);

#endif
