/* floor 6: the end of an object, by its type. */
#ifndef VASCO_OBJ_TYPES_H
#define VASCO_OBJ_TYPES_H

#include "obj/work.h"

/* One step of taking back what an object holds, and if it is dead, what refers to it. */
enum step object_clear_some(struct object *o);

/* Frees an object that was cleared. */
void object_free(struct object *o);

#endif
