/* Object types and rights, from objects.def: OBJECT_SEG, SEG_READ, RIGHT_GRANT, SEG_RIGHTS, ... */
#ifndef VASCO_ABI_OBJECTS_H
#define VASCO_ABI_OBJECTS_H

enum object_type {
    OBJECT_NONE = 0,
#define OBJECT(type, word) OBJECT_##type,
#define RIGHT(type, name, bit, meaning)
#define COMMON_RIGHT(name, bit, meaning)
#include "abi/objects.def"
#undef OBJECT
#undef RIGHT
#undef COMMON_RIGHT
    OBJECT_TYPES
};

enum object_right {
    RIGHT_NONE = 0,
#define OBJECT(type, word)
#define RIGHT(type, name, bit, meaning) RIGHT_##type##_##name = 1 << (bit),
#define COMMON_RIGHT(name, bit, meaning) RIGHT_##name = 1 << (bit),
#include "abi/objects.def"
#undef OBJECT
#undef RIGHT
#undef COMMON_RIGHT
};

/* How a segment is linked and how a view may be used: the three access rights, which have the same
 * bits in the rights of a segment and of a VAS. */
#define ACCESS_READ RIGHT_SEG_READ
#define ACCESS_WRITE RIGHT_SEG_WRITE
#define ACCESS_EXECUTE RIGHT_SEG_EXECUTE
#define ACCESS_ALL (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE)
_Static_assert(RIGHT_SEG_READ == RIGHT_VAS_READ && RIGHT_SEG_WRITE == RIGHT_VAS_WRITE &&
                   RIGHT_SEG_EXECUTE == RIGHT_VAS_EXECUTE,
               "one meaning for each access bit");

#endif
