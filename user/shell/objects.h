/*
 * All objects that there are, as they were when a command asked: a capability to each, with the
 * rights to ask about it and to end it, until objects_forget.
 */
#ifndef SHELL_OBJECTS_H
#define SHELL_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/objects.h"
#include "abi/types.h"

struct item {
    handle_t handle;
    handle_t pool;  /* that it is charged to */
    uint32_t depth; /* of pools in pools; 0: the pool of all memory, which is its own here */
    struct cap_info info;
};

/* Finds them all anew. */
void objects_find(void);
void objects_forget(void);

size_t objects_count(void);
const struct item *objects_at(size_t i);

/* The next of this type from number *i on, which is moved behind it; null at the end. */
const struct item *objects_next(size_t *i, enum object_type type);

/* The one of this name or id, of a type or with OBJECT_NONE of any. If there is none, or there are
 * several, says so and returns null. */
const struct item *objects_named(const char *word, enum object_type type);

const char *type_word(enum object_type type);

/* "tour (57)" into `text`: the name of an object that was found. */
char *object_text(uint64_t id, char *text, size_t nbytes);

#endif
