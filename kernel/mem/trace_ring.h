/*
 * floor 3: the memory of what the CPUs did last. While tracing is on (obj/trace.h) each CPU has a
 * ring of events, made of single frames.
 *
 * A ring is written by its own CPU alone, with interrupts off and with the kernel lock or without;
 * anybody who holds the lock reads it meanwhile. The oldest event may be about to be overwritten,
 * so it is never given out.
 */
#ifndef VASCO_MEM_TRACE_RING_H
#define VASCO_MEM_TRACE_RING_H

#include <arch/cpu.h>

#include "abi/trace.h"
#include "base/status.h"
#include "mem/pool.h"

#define TRACE_EVENTS_IN_FRAME (PAGE_SIZE / sizeof(struct trace_event))
#define TRACE_EVENTS_DEFAULT 4096 /* of the boot option */
#define TRACE_FRAMES_MAX (TRACE_EVENTS_MAX / TRACE_EVENTS_IN_FRAME)

struct trace_ring {
    uint64_t next;                  /* the number of the next event: how many there have been */
    uint64_t thread, process, view; /* ids: where the CPU was, as it was recorded last */
    uint32_t nframes;
    struct trace_event *frames[TRACE_FRAMES_MAX];
};
_Static_assert(sizeof(struct trace_ring) <= PAGE_SIZE, "it has a frame of its own");

struct trace_values {
    uint64_t v[TRACE_VALUES];
};

/* Does this CPU record what it does? */
static inline bool trace_is_on(const struct cpu *cpu)
{
    return unlikely((cpu->watched & WATCH_TRACE) != 0);
}

/* An event of the CPU that runs this, at this moment; tracing is on. */
void trace_add(struct cpu *cpu, enum trace_kind kind, uint32_t number, struct trace_values values);

/* Rings for all CPUs, each for so many events at least, charged to the pool; NO_MEMORY: none. */
status_t must_check trace_rings_create(struct pool *pool, uint64_t nevents);

/* No CPU records any more. */
void trace_rings_free(struct pool *pool);

/* The number of the oldest event that is still there. */
uint64_t trace_ring_oldest(const struct trace_ring *ring);

/* Copies an event that has happened. False if it has been overwritten. */
bool trace_ring_read(const struct trace_ring *ring, uint64_t sequence, struct trace_event *out);

#endif
