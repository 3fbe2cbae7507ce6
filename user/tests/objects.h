/*
 * One object of each type, to try calls on, and snapshots by which a test sees that a refused call
 * has changed nothing.
 */
#ifndef TESTS_OBJECTS_H
#define TESTS_OBJECTS_H

#include "account.h"
#include "child.h"

/* The process is a child whose one thread sleeps; the view is one of the VAS in this process; the
 * segment is linked to the VAS. */
struct objects {
    struct child child;
    handle_t of[OBJECT_TYPES]; /* by enum object_type; each with every right but the console's and
                                  the system's, which have what the program was given */
};

/* Every type: for (enum object_type type = OBJECT_NONE + 1; type < OBJECT_TYPES; type++) */

bool objects_make(struct objects *objects);
void objects_drop(struct objects *objects);

struct snapshot {
    struct account account;
    struct process_info self;
    struct process_info process;
    struct thread_info thread;
    struct vas_info vas;
    struct seg_info seg;
    struct pool_info pool;
    struct cap_info caps[OBJECT_TYPES];
    handle_t view;
};

void snapshot_take(struct snapshot *snapshot, const struct objects *objects);
bool snapshot_is_same(const struct snapshot *a, const struct snapshot *b);

/*
 * A system call on these objects that would succeed, or block, or end something, if it were made as
 * it stands; tests make it with one thing wrong. Listed in uses.def, one entry for each handle that
 * each call takes.
 */
struct use {
    const char *name;
    uint64_t number;
    unsigned int position; /* of the handle, among the arguments */
    uint32_t types;        /* set of 1 << enum object_type that the call takes there */
    uint64_t right;        /* that it needs of this handle, or none */
    uint64_t arguments[6];
};

#define USES_MAX 90
size_t uses_make(struct use uses[USES_MAX], const struct objects *objects);

/* The call with another handle in its place. */
int64_t use_call(const struct use *use, handle_t handle);

/* Makes the call and checks that it returns `expected` and changes nothing. */
void use_check_refused(const struct use *use, handle_t handle, int64_t expected,
                       const struct objects *objects);

#endif
