/* The threads of a process, and the processes that are killed. See stress.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/program.h>
#include <vasco/startup.h>
#include <vasco/thread.h>
#include <vasco/vas.h>

#include "main.h"
#include "stress.h"

static struct me threads[THREADS];

/* --- a thread --------------------------------------------------------------------------------- */

/* An access that is refused is left out; who loses its view goes on at home. */
static void on_fault(struct fault_report *report)
{
    struct me *me = (struct me *)((uintptr_t)report / PAGE_BYTES * PAGE_BYTES -
                                  offsetof(struct me, fault_stack));
    if (report->kind == FAULT_VIEW_LOST) {
        me->lost++;
    } else {
        me->refused++;
        report->rax = NOTHING;
        report->rip += 3;
    }
    sys_thread_resume((uintptr_t)report, (uintptr_t)on_fault,
                      (uintptr_t)me->fault_stack + PAGE_BYTES);
}

static void move(struct me *me)
{
    if (thread_set_cpu(0, below(me, main_cpus())) != STATUS_OK)
        find(me, "a thread that does not move", 0, 0, 0, 0);
    count(me, KIND_MOVE);
}

static void live(void *argument)
{
    struct me *me = argument;
    sys_thread_set_handler((uintptr_t)on_fault, (uintptr_t)me->fault_stack + PAGE_BYTES);
    thread_set_cpu(0, me->thread % main_cpus());
    while (!BOARD->stop) {
        look(me);
        if (below(me, 12) == 0)
            change_view(me);
        if (below(me, 24) == 0)
            move(me);
        if (me->process == 0 && below(me, 2) == 0)
            change_something(me);
        if (me->process == 0 && below(me, 150) == 0)
            children_kill(me);
    }
    vas_switch(HANDLE_HOME);
}

void crowd_run(uint64_t process, uint64_t seed)
{
    handle_t handles[THREADS];
    uint64_t n = main_cpus();
    for (uint64_t i = 0; i < n; i++) {
        threads[i] = (struct me){.process = process, .thread = i, .random = seed + i};
        handles[i] = thread_start(live, &threads[i], PRIORITY_DEFAULT);
    }
    for (uint64_t i = 0; i < n; i++)
        thread_join(handles[i]);
    drop_views();
}

/* --- processes that are killed ---------------------------------------------------------------- */

static struct program *program;
static volatile bool lock;
static volatile handle_t children[PROCESSES];
static uint64_t last_seed;

handle_t main_child(uint64_t process)
{
    return children[process];
}

static bool spawn(uint64_t process)
{
    char number[8], seed[24];
    handle_t child = 0;
    const struct program_cap caps[] = {
        {"console", 0, 0},
        {"registry", 0, 0},
        {"board", main_board(), RIGHT_SEG_READ | RIGHT_SEG_WRITE},
    };
    snprintf(number, sizeof(number), "%" PRIu64, process);
    snprintf(seed, sizeof(seed), "%" PRIu64, last_seed += 1000);
    int64_t status = program_spawn_in(main_pool(), program,
                                      (const char *[]){"stress", "child", number, seed, NULL}, caps,
                                      sizeof(caps) / sizeof(caps[0]), &child);
    children[process] = status < 0 ? 0 : child;
    return status >= 0;
}

/* When the call has returned, none of its threads does anything more. */
static void kill(const struct me *me, uint64_t process)
{
    uint64_t beats[THREADS];
    handle_t child = children[process];
    if (sys_object_destroy(child) != STATUS_OK)
        find(me, "a process that is not destroyed", 0, 0, 0, 0);
    for (uint64_t i = 0; i < THREADS; i++)
        beats[i] = BOARD->beats[process][i];
    for (uint64_t vas = 0; vas < VASES; vas++)
        BOARD->offers[process][vas].handle = 0;
    sys_thread_sleep(0);
    for (uint64_t i = 0; i < THREADS; i++)
        if (BOARD->beats[process][i] != beats[i])
            find(me, "a thread that goes on after its end", 0, 0, BOARD->beats[process][i],
                 beats[i]);
    cap_delete(child);
}

void children_kill(struct me *me)
{
    uint64_t process = 1 + below(me, PROCESSES - 1);
    vas_switch(HANDLE_HOME);
    if (!try_lock(&lock))
        return;
    kill(me, process);
    if (!spawn(process))
        find(me, "a process that is not made", 0, 0, 0, 0);
    change_offer(process);
    count(me, KIND_KILL);
    unlock(&lock);
}

bool children_begin(uint64_t seed)
{
    last_seed = seed;
    if (program_open("stress", &program) < 0)
        return false;
    for (uint64_t i = 1; i < PROCESSES; i++) {
        if (!spawn(i))
            return false;
        change_offer(i);
    }
    return true;
}

void children_end(void)
{
    for (uint64_t i = 1; i < PROCESSES; i++) {
        sys_object_destroy(children[i]);
        cap_delete(children[i]);
    }
    program_close(program);
}
