/* Events in words: see trace_say.h. */
#include "sys/trace_say.h"

#include "base/log.h"
#include "mem/trace_ring.h"
#include "sys/syscalls.h"

#define LAST 24

static const char *const words[TRACE_KINDS] = {
#define TRACE(kind, word, number, values) [TRACE_##kind] = word,
#include "abi/trace.def"
#undef TRACE
};

static void say_result(int64_t result)
{
    if (result < 0)
        log_text(" %ld (%s)", result, status_text((status_t)result));
    else
        log_text(" %ld", result);
}

static void say_details(const struct trace_event *event)
{
    const uint64_t *v = event->values;
    const char *name = (const char *)&v[1];
    switch ((enum trace_kind)event->kind) {
    case TRACE_THREAD:
        log_text(" of '%.*s' (%lu)", NAME_BYTES, name, v[0]);
        break;
    case TRACE_VIEW:
        log_text(" 0x%lx, '%.*s' (%lu)", v[3], NAME_BYTES, name, v[0]);
        break;
    case TRACE_CALL:
        log_text(" %s(0x%lx, 0x%lx, 0x%lx, 0x%lx)", syscall_name(event->number), v[0], v[1], v[2],
                 v[3]);
        break;
    case TRACE_RETURN:
        say_result((int64_t)v[0]);
        break;
    case TRACE_FAULT:
        log_text(" %u, address 0x%lx, access %lu, at 0x%lx", event->number, v[0], v[1], v[2]);
        break;
    case TRACE_INTERRUPT:
        log_text(" %u", event->number);
        break;
    case TRACE_ASK:
    case TRACE_ANSWER:
        log_text(" CPU %u, question %lu", event->number, v[0]);
        break;
    case TRACE_IDLE:
    case TRACE_RESUME:
    case TRACE_KINDS:
        break;
    }
}

static void say_event(const struct trace_event *event)
{
    const char *word = event->kind < TRACE_KINDS ? words[event->kind] : "?";
    log_text("  %12lu  thread %-4lu %s", event->time, event->thread, word);
    say_details(event);
    log_text("\n");
}

void trace_say_last(const struct cpu *cpu)
{
    struct trace_event event;
    const struct trace_ring *ring = cpu->trace;
    if (!trace_is_on(cpu) || ring == NULL) {
        log_text("the boot option `trace` shows here what the CPU did last\n");
        return;
    }
    uint64_t end = ring->next;
    uint64_t first = max_u64(trace_ring_oldest(ring), end < LAST ? 0 : end - LAST);
    log_text("its last events, in nanoseconds since boot:\n");
    for (uint64_t i = first; i < end; i++) {
        if (trace_ring_read(ring, i, &event))
            say_event(&event);
    }
}
