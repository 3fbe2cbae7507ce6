/*
 * Starting programs of the archive. What a program never writes (its text and constants) is copied
 * into segments once, when it is opened; each start shares these and makes only the rest. None of
 * these calls blocks.
 *
 *     struct program *program;
 *     handle_t process;
 *     program_open("tour", &program);
 *     program_spawn(program, (const char *[]){"tour", "build", NULL}, NULL, 0, &process);
 *     process_wait(process, &info);
 *     cap_delete(process);
 *     program_close(program);
 */
#ifndef VASCO_PROGRAM_H
#define VASCO_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "abi/types.h"

struct program;

/* A capability that a new program is to find under `name` (startup_cap), with `rights` of it. */
struct program_cap {
    const char *name;
    handle_t handle;
    uint64_t rights;
};

/*
 * Prepares the program bin/NAME. Errors: NOT_FOUND (no such program), BAD_ARGUMENT (not an
 * executable of this system), BAD_HANDLE (no archive), NO_MEMORY, NO_SLOT.
 */
int64_t program_open(const char *name, struct program **out);

/* Forgets a prepared program. Processes that run it are not affected. */
void program_close(struct program *program);

/*
 * Starts a program in a new process, which is named after argv[0]. `argv` ends with a null pointer.
 * The process gets the caller's environment, the caller's console, archive and registry, if there
 * are such, and the `ncaps` capabilities in `caps`. One of these with the name of the former is
 * given instead, and a handle of 0 there means none at all. Needs GRANT of each, and the rights
 * that are given. Gives a capability to the process with all rights. Errors: BAD_ARGUMENT (no
 * argv[0]), TOO_LARGE (arguments and environment beyond half a stack, or more than STARTUP_CAPS
 * capabilities), NO_RIGHT, BAD_HANDLE, NO_MEMORY, NO_SLOT; then there is no process.
 */
int64_t program_spawn(const struct program *program, const char *const argv[],
                      const struct program_cap caps[], size_t ncaps, handle_t *process_out);

/* The same, charged to a pool (vasco/pool.h), and so is all that the process makes. Needs POOL:
 * CHARGE. */
int64_t program_spawn_in(handle_t pool, const struct program *program, const char *const argv[],
                         const struct program_cap caps[], size_t ncaps, handle_t *process_out);

#endif
