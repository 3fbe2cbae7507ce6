/*
 * A running system for tests: a process, init, whose thread is current and has a megabyte of
 * memory. Tests act through the handlers of the system calls, as init would.
 */
#ifndef VASCO_TESTS_WORLD_H
#define VASCO_TESTS_WORLD_H

#include <arch/mmu.h>

#include "abi/objects.h"
#include "cap/cap.h"
#include "machine.h"
#include "obj/check.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"
#include "sys/syscalls.h"

#define WORLD_BUFFER 0x10000000 /* init's memory, read-write */
#define WORLD_BUFFER_BYTES MIB
#define WORLD_ENTRY 0x400000            /* of every thread */
#define FAR_BASE (VAS_BASE + 512 * GIB) /* an explicit base that starts every kind of granule */

#define ACCESS_RW (ACCESS_READ | ACCESS_WRITE)
#define ACCESS_RX (ACCESS_READ | ACCESS_EXECUTE)

struct world {
    struct process *init;
    struct thread *thread;
    handle_t buffer; /* the segment at WORLD_BUFFER */
};
extern struct world world;

int world_setup(void **state);
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, machine_teardown)

/* Makes init in a machine that was started. */
void world_start(void);

/* A result that must not be an error. */
int64_t must(int64_t result);

/* A system call by its number, of the running thread. WORLD_MESSAGE: it has returned a message, in
 * the frame of whichever thread runs now, and the way back to user code is over. */
int64_t world_call(uint64_t number, const uint64_t arguments[6]);
#define WORLD_MESSAGE INT64_MAX

/* The way from a handler back to user code: the thread that goes on. */
struct thread *world_return(int64_t result);

/* Makes objects, as init; each must succeed. */
handle_t world_vas(void);
handle_t world_seg(uint64_t base, uint64_t nbytes, uint64_t flags);
handle_t world_process(void);
handle_t world_thread(handle_t process, uint32_t priority);

/* Makes a process with one thread, which is now current: the calls that follow are its own. *out is
 * its handle in init, which goes on when that thread ends. */
struct process *world_enter(handle_t *out);

/* The object that a handle of init names. */
struct object *world_object(handle_t handle);
struct cap *world_cap(handle_t handle);
#define WORLD_OBJECT(handle, type) container_of(world_object(handle), struct type, object)

/* A view of a VAS in init, with all rights. */
handle_t world_attach(handle_t vas);

uint64_t world_base(handle_t seg);

/* Fills the page at this offset; its byte there is then 'x'. */
void world_touch(handle_t seg, uint64_t offset);

/* Deletes each handle of init but its home and itself. */
void world_delete_all(void);

/* What the CPU finds at an address: the walk of SDM 3A 4.5, over raw bits. */
struct mapping {
    bool present;
    uint64_t access;
    uint64_t pa;
    uint64_t page_bytes;
};
struct mapping cpu_walk(paddr_t root, uint64_t va);

/* The same from the root of one of init's views. */
struct mapping world_look(handle_t view, uint64_t va);

#endif
