/* A program under tracing, and then how often the CPUs did what; docs/tracing.md has pictures. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/startup.h>
#include <vasco/status.h>
#include <vasco/system.h>

#include "abi/trace.h"
#include "shell.h"

#define SHOWN_CALLS 8
#define CALLS (sizeof(call_names) / sizeof(call_names[0]))

static const char *const call_names[] = {
#define SYSCALL(number, name, parameters, summary, rights, errors, blocks) [number] = #name,
#include "abi/syscalls.def"
#undef SYSCALL
};

static const char *const kind_names[] = {
#define TRACE(KIND, word, number, values) [TRACE_##KIND] = (word),
#include "abi/trace.def"
#undef TRACE
};
#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

struct counts {
    uint64_t kinds[KINDS];
    uint64_t calls[CALLS];
    uint64_t lost; /* events that others have overwritten */
};

static void count_cpu(handle_t system, uint64_t cpu, struct counts *counts)
{
    static struct trace_event events[TRACE_READ_MAX];
    uint64_t next = 0;
    int64_t n = TRACE_READ_MAX;
    while (n == TRACE_READ_MAX) { /* each call adds to what there is to be read */
        n = system_trace_read(system, cpu, next, events, TRACE_READ_MAX);
        if (n <= 0)
            return;
        counts->lost += events[0].sequence - next;
        for (int64_t i = 0; i < n; i++) {
            const struct trace_event *event = &events[i];
            if (event->kind < KINDS)
                counts->kinds[event->kind]++;
            if (event->kind == TRACE_CALL && event->number < CALLS)
                counts->calls[event->number]++;
        }
        next = events[n - 1].sequence + 1;
    }
}

static void show_calls(struct counts *counts)
{
    printf("the commonest calls:\n");
    for (int shown = 0; shown < SHOWN_CALLS; shown++) {
        size_t most = 0;
        for (size_t i = 1; i < CALLS; i++) {
            if (counts->calls[i] > counts->calls[most])
                most = i;
        }
        if (counts->calls[most] == 0)
            return;
        printf("  %-26s %8" PRIu64 "\n", call_names[most], counts->calls[most]);
        counts->calls[most] = 0;
    }
}

static void show(struct counts *counts)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (kind_names[i] != NULL && counts->kinds[i] > 0)
            printf("%-28s %8" PRIu64 "\n", kind_names[i], counts->kinds[i]);
    }
    show_calls(counts);
    if (counts->lost > 0)
        printf("%" PRIu64 " earlier events were not kept; `make trace` keeps all.\n", counts->lost);
}

void command_trace(int argc, char **argv)
{
    static struct counts counts;
    struct system_info info;
    handle_t system = startup_cap("system");
    if (!is_program(argv[1])) {
        printf("There is no program '%s'; `programs` lists them.\n", argv[1]);
        return;
    }
    int64_t status = system_trace(system, TRACE_EVENTS_MAX);
    if (status < 0) {
        complain("trace", status);
        return;
    }
    jobs_run(argc - 1, argv + 1, false);
    memset(&counts, 0, sizeof(counts));
    system_info(&info);
    for (uint64_t cpu = 0; cpu < info.ncpus; cpu++)
        count_cpu(system, cpu, &counts);
    system_trace(system, 0);
    show(&counts);
}
