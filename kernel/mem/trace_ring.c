/* Rings of events: trace_ring.h says what holds. */
#include "mem/trace_ring.h"

#include <arch/clock.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "mem/frame.h"

static uint64_t ring_capacity(const struct trace_ring *ring)
{
    return ring->nframes * TRACE_EVENTS_IN_FRAME;
}

static struct trace_event *ring_slot(const struct trace_ring *ring, uint64_t sequence)
{
    uint64_t at = sequence % ring_capacity(ring);
    return &ring->frames[at / TRACE_EVENTS_IN_FRAME][at % TRACE_EVENTS_IN_FRAME];
}

static uint64_t ring_next(const struct trace_ring *ring)
{
    return __atomic_load_n(&ring->next, __ATOMIC_ACQUIRE);
}

void trace_add(struct cpu *cpu, enum trace_kind kind, uint32_t number, struct trace_values values)
{
    struct trace_ring *ring = cpu->trace;
    struct trace_event *event = ring_slot(ring, ring->next);
    event->time = clock_now();
    event->sequence = ring->next;
    event->thread = ring->thread;
    event->kind = (uint32_t)kind;
    event->number = number;
    for (int i = 0; i < TRACE_VALUES; i++)
        event->values[i] = values.v[i];
    __atomic_store_n(&ring->next, ring->next + 1, __ATOMIC_RELEASE);
}

uint64_t trace_ring_oldest(const struct trace_ring *ring)
{
    uint64_t next = ring_next(ring);
    return next < ring_capacity(ring) ? 0 : next - ring_capacity(ring) + 1;
}

bool trace_ring_read(const struct trace_ring *ring, uint64_t sequence, struct trace_event *out)
{
    ASSERT(sequence < ring_next(ring));
    *out = *ring_slot(ring, sequence);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return sequence >= trace_ring_oldest(ring);
}

/* --- memory --------------------------------------------------------------------------------- */

/* Nothing is read of it that has not been written: it need not be zeroed. */
static struct trace_event *frame_new(struct cpu *cpu)
{
    paddr_t pa;
    if (frame_alloc(FRAME_4K, FRAME_TRACE, cpu, &pa) != STATUS_OK)
        return NULL;
    return paddr_to_ptr(pa);
}

static void ring_free(struct cpu *cpu)
{
    struct trace_ring *ring = cpu->trace;
    if (ring == NULL)
        return;
    cpu->trace = NULL;
    for (uint32_t i = 0; i < ring->nframes; i++)
        frame_free(ptr_to_paddr(ring->frames[i]));
    frame_free(ptr_to_paddr(ring));
}

static status_t ring_create(struct cpu *cpu, uint32_t nframes)
{
    paddr_t pa;
    TRY(frame_alloc_zeroed(FRAME_4K, FRAME_TRACE, cpu, &pa));
    struct trace_ring *ring = paddr_to_ptr(pa);
    cpu->trace = ring;
    for (; ring->nframes < nframes; ring->nframes++) {
        ring->frames[ring->nframes] = frame_new(cpu);
        if (ring->frames[ring->nframes] == NULL)
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static uint64_t frames_charged(uint32_t nframes)
{
    return cpu_count * ((uint64_t)nframes + 1);
}

static void free_all(void)
{
    for (uint32_t i = 0; i < cpu_count; i++)
        ring_free(cpus[i]);
}

status_t trace_rings_create(struct pool *pool, uint64_t nevents)
{
    ASSERT(nevents > 0 && nevents <= TRACE_EVENTS_MAX);
    uint32_t nframes = (uint32_t)((nevents - 1) / TRACE_EVENTS_IN_FRAME + 1);
    TRY(pool_charge(pool, frames_charged(nframes)));
    for (uint32_t i = 0; i < cpu_count; i++) {
        if (ring_create(cpus[i], nframes) == STATUS_OK)
            continue;
        free_all();
        pool_refund(pool, frames_charged(nframes));
        return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

void trace_rings_free(struct pool *pool)
{
    uint32_t nframes = cpus[0]->trace->nframes;
    free_all();
    pool_refund(pool, frames_charged(nframes));
}
