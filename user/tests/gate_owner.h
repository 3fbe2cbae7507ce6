/*
 * Owners of gates: children (code_gate_owner) whose gate does what the first word of a call says.
 */
#ifndef TESTS_GATE_OWNER_H
#define TESTS_GATE_OWNER_H

#include <vasco/gate.h>

#include "child.h"

#define OWNER_STACKS 3

/* The first word of a call; children.asm has them again. */
enum {
    OWNER_RETURN, /* at once: the badge, RAX at the entry, RSP and FS base */
    OWNER_SPIN,
    OWNER_FAULT,
    OWNER_CALL,   /* the system call of the second word with the other two; its result */
    OWNER_NEST,   /* through the gate of the second word, and there the third with the fourth;
                     the status, and the first result */
    OWNER_SWITCH, /* to the view of the second word, and there the third of these */
};

struct gate_owner {
    struct child child;
    handle_t gate; /* with all rights; the owner's own is its parent */
    handle_t view; /* the owner's, of the VAS that it was started with */
};

/* Starts one with its gate at home; all of it charged to a pool; or in a view of a VAS. */
bool owner_start(struct gate_owner *owner);
bool owner_start_from(struct gate_owner *owner, handle_t pool);
bool owner_start_in(struct gate_owner *owner, handle_t vas, uint64_t access);

/* Destroys it, and drops everything; or drops everything when it has ended in another way. */
void owner_kill(struct gate_owner *owner);
struct process_info owner_drop(struct gate_owner *owner);

/* Calls through its gate so far. */
uint64_t owner_calls(const struct gate_owner *owner);

/* A capability of this process's, for the owner. */
handle_t owner_place(const struct gate_owner *owner, handle_t cap, uint64_t rights);

struct gate_info owner_gate_info(const struct gate_owner *owner);

/* A call with these words; what it returns, and in *result the first word that comes back. */
int64_t owner_call(handle_t gate, uint64_t what, uint64_t word1, uint64_t word2, uint64_t word3,
                   uint64_t *result);

#endif
