/*
 * Runs another program while all CPUs are traced, and prints what they did behind its end:
 *
 *     trace PROGRAM [ARGUMENT...]
 *
 * One line for each event, those of each CPU in their order, for tests/trace/chrome: `@ CPU TIME
 * THREAD KIND`, and behind that what abi/trace.def says of the kind, a name last. At the end
 * `@ end EVENTS LOST`.
 *
 * The kernel keeps the last events only. They are fetched while the program runs, by this thread,
 * which is more urgent, into memory that is there from the start: the program finds as much of it
 * at its end as at its beginning. What comes when that is full is lost.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/startup.h>
#include <vasco/status.h>
#include <vasco/system.h>
#include <vasco/thread.h>

#include "abi/trace.h"

#define CPUS_MAX 64
#define PRIORITY (PRIORITY_DEFAULT + 8)
#define PAUSE_NS 1000000
#define LOGGED_MAX 200000

/* Events in the order in which they were fetched, and the CPU of each. */
struct logged {
    struct trace_event event;
    uint32_t cpu;
};
static struct logged *logged;
static size_t nlogged;

/* Of each CPU: the number of the next event. */
static uint64_t sequences[CPUS_MAX];
static uint64_t lost;

static const char *const call_names[] = {
#define SYSCALL(number, name, parameters, summary, rights, errors, blocks) [number] = #name,
#include "abi/syscalls.def"
#undef SYSCALL
};

static const char *const kind_words[] = {
#define TRACE(kind, word, number, values) [TRACE_##kind] = word,
#include "abi/trace.def"
#undef TRACE
};

/* --- fetching -------------------------------------------------------------------------------- */

static void keep(uint32_t cpu, const struct trace_event *events, size_t n)
{
    lost += events[0].sequence - sequences[cpu];
    sequences[cpu] = events[n - 1].sequence + 1;
    for (size_t i = 0; i < n; i++) {
        if (nlogged < LOGGED_MAX)
            logged[nlogged++] = (struct logged){events[i], cpu};
        else
            lost++;
    }
}

/* What there is of each CPU. Each fetching of this CPU's own makes two more events. */
static void fetch(handle_t system, uint32_t ncpus)
{
    static struct trace_event events[TRACE_READ_MAX];
    for (uint32_t cpu = 0; cpu < ncpus; cpu++) {
        int64_t n = TRACE_READ_MAX;
        while (n == TRACE_READ_MAX) {
            n = system_trace_read(system, cpu, sequences[cpu], events, TRACE_READ_MAX);
            if (n > 0)
                keep(cpu, events, (size_t)n);
        }
    }
}

static void fetch_until_it_ends(handle_t system, uint32_t ncpus, handle_t process)
{
    struct process_info info = {.reason = END_RUNNING};
    while (process_info(process, &info) == STATUS_OK && info.reason == END_RUNNING) {
        thread_sleep(PAUSE_NS);
        fetch(system, ncpus);
    }
}

/* --- printing -------------------------------------------------------------------------------- */

/* The name among the values; what would end the line is left out. */
static void print_name(const struct trace_event *event)
{
    const char *name = (const char *)&event->values[1];
    for (size_t i = 0; i < NAME_BYTES && name[i] != '\0'; i++)
        if (name[i] >= ' ' && name[i] <= '~')
            putchar(name[i]);
}

static void print_details(const struct trace_event *event)
{
    const abi_u64 *v = event->values;
    switch (event->kind) {
    case TRACE_THREAD:
        printf(" %" PRIu64 " ", v[0]);
        print_name(event);
        break;
    case TRACE_VIEW:
        printf(" %" PRIu64 " 0x%" PRIx64 " ", v[0], v[3]);
        print_name(event);
        break;
    case TRACE_CALL:
        printf(" %s 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64,
               event->number < SYSCALLS ? call_names[event->number] : "?", v[0], v[1], v[2], v[3]);
        break;
    case TRACE_RETURN:
        printf(" %" PRId64, (int64_t)v[0]);
        break;
    case TRACE_FAULT:
        printf(" %" PRIu32 " 0x%" PRIx64 " %" PRIu64 " 0x%" PRIx64, event->number, v[0], v[1],
               v[2]);
        break;
    case TRACE_INTERRUPT:
        printf(" %" PRIu32, event->number);
        break;
    case TRACE_ASK:
    case TRACE_ANSWER:
        printf(" %" PRIu32 " %" PRIu64, event->number, v[0]);
        break;
    default:
        break;
    }
}

static void print_event(uint32_t cpu, const struct trace_event *event)
{
    printf("@ %" PRIu32 " %" PRIu64 " %" PRIu64 " %s", cpu, event->time, event->thread,
           event->kind < TRACE_KINDS ? kind_words[event->kind] : "?");
    print_details(event);
    putchar('\n');
}

static void print_all(void)
{
    for (size_t i = 0; i < nlogged; i++)
        print_event(logged[i].cpu, &logged[i].event);
    printf("@ end %zu %" PRIu64 "\n", nlogged, lost);
}

/* --- the program ----------------------------------------------------------------------------- */

static int fail(const char *what, int64_t status)
{
    printf("trace: %s: %s\n", what, status_text(status));
    return 1;
}

static int64_t spawn(char **arguments, handle_t *process)
{
    const struct program_cap caps[] = {
        {"system", startup_cap("system"),
         RIGHT_SYSTEM_EXIT | RIGHT_SYSTEM_CHECK | RIGHT_INFO | RIGHT_GRANT},
    };
    struct program *program;
    int64_t status = program_open(arguments[0], &program);
    if (status < 0)
        return status;
    status = program_spawn(program, (const char *const *)arguments, caps, 1, process);
    program_close(program);
    return status;
}

/* The program runs as other programs do, and we before it, whenever we are awake. */
static int run(handle_t system, uint32_t ncpus, char **arguments)
{
    struct process_info info;
    handle_t process;
    int64_t status = spawn(arguments, &process);
    if (status < 0)
        return fail(arguments[0], status);
    fetch_until_it_ends(system, ncpus, process);
    status = process_wait(process, &info);
    fetch(system, ncpus);
    system_trace(system, 0);
    return status == STATUS_OK && process_ended_well(&info) ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct system_info info;
    handle_t system = startup_cap("system");
    if (argc < 2)
        return fail("it wants the name of a program", STATUS_BAD_ARGUMENT);
    system_info(&info);
    logged = malloc(LOGGED_MAX * sizeof(logged[0]));
    if (logged == NULL)
        return fail("events", STATUS_NO_MEMORY);
    memset(logged, 0, LOGGED_MAX * sizeof(logged[0])); /* every page is there now */
    thread_set_priority(0, PRIORITY);
    system_trace(system, 0); /* the boot option may have begun */
    int64_t status = system_trace(system, TRACE_EVENTS_MAX);
    if (status < 0)
        return fail("tracing", status);
    int failures = run(system, info.ncpus, argv + 1);
    print_all();
    return failures;
}
