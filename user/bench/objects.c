/* Whole lives: of an object of each type, and of a program. */
#include <stdio.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/notification.h>
#include <vasco/pool.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/thread.h>
#include <vasco/vas.h>

#include "bench.h"

/* What the lives below are made with. */
static struct {
    handle_t process; /* for threads */
    handle_t vas;     /* for views */
    handle_t seg;     /* for VASes: one filled page */
    uint64_t nbytes;  /* for segments */
} given;

/* Makes an object, has it destroyed, and drops the capability to it. */
static void measure_life(handle_t make(void), const char *what)
{
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        handle_t cap = make();
        int64_t destroyed = object_destroy(cap);
        cap_delete(cap);
        samples_add(clock_tsc() - start, 1);
        must(cap, what);
        must(destroyed, what);
    }
}

/* The VAS is made and gets a segment with one filled page attached. The segment was there before
 * and stays. */
static handle_t make_vas(void)
{
    handle_t vas = vas_create("bench");
    int64_t attached = seg_attach(vas, given.seg, ACCESS_READ | ACCESS_WRITE);
    return attached < 0 ? attached : vas;
}

void bench_vas_create_destroy(void)
{
    given.seg = must(seg_create("bench", 0, PAGE_BYTES, SEG_EAGER), "create a segment");
    measure_life(make_vas, "create and destroy a VAS");
    cap_delete(given.seg);
    report("vas_create_destroy", "{}", "");
}

static handle_t make_seg(void)
{
    return seg_create("bench", 0, given.nbytes, 0);
}

void bench_seg_create_destroy(void)
{
    given.nbytes = PAGE_BYTES;
    measure_life(make_seg, "create and destroy a segment");
    report("seg_create_destroy", "{\"bytes\":4096}", ", 4 KiB");
    given.nbytes = (uint64_t)256 << 20;
    measure_life(make_seg, "create and destroy a segment");
    report("seg_create_destroy", "{\"bytes\":268435456}", ", 256 MiB");
}

static handle_t make_process(void)
{
    return process_create("bench");
}

void bench_process_create_destroy(void)
{
    measure_life(make_process, "create and destroy a process");
    report("process_create_destroy", "{}", "");
}

/* Of the lowest priority, so that it never runs. */
static handle_t make_thread(void)
{
    return sys_thread_create(given.process, HOME_FIRST_SEG, HOME_FIRST_SEG, 0, 0, 0);
}

/* The process has another thread, or it would end with each. */
void bench_thread_create_destroy(void)
{
    given.process = must(process_create("bench"), "create a process");
    handle_t other = must(make_thread(), "create a thread");
    measure_life(make_thread, "create and destroy a thread");
    must(object_destroy(given.process), "destroy a process");
    cap_delete(other);
    cap_delete(given.process);
    report("thread_create_destroy", "{}", "");
}

static handle_t make_pool(void)
{
    return pool_create("bench", 16);
}

void bench_pool_create_destroy(void)
{
    measure_life(make_pool, "create and destroy a pool");
    report("pool_create_destroy", "{}", "");
}

static handle_t make_endpoint(void)
{
    return endpoint_create("bench");
}

void bench_endpoint_create_destroy(void)
{
    measure_life(make_endpoint, "create and destroy an endpoint");
    report("endpoint_create_destroy", "{}", "");
}

static handle_t make_notification(void)
{
    return notification_create("bench");
}

void bench_notification_create_destroy(void)
{
    measure_life(make_notification, "create and destroy a notification");
    report("notification_create_destroy", "{}", "");
}

/* A view: its end is the detaching. */
void bench_vas_attach_detach(void)
{
    given.vas = must(vas_create("bench"), "create a VAS");
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        handle_t view = vas_attach(HANDLE_SELF, given.vas, ACCESS_READ);
        int64_t detached = vas_detach(view);
        samples_add(clock_tsc() - start, 1);
        must(view, "attach a VAS");
        must(detached, "detach a VAS");
    }
    cap_delete(given.vas);
    report("vas_attach_detach", "{}", "");
}

/* The program is main with nothing in it, but linked with the C library. Its text and constants are
 * shared by all of its processes; everything else is made anew each time. */
void bench_process_spawn_exit(void)
{
    struct program *program;
    must(program_open("nothing", &program), "load a program");
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        handle_t process = 0;
        uint64_t start = clock_tsc();
        int64_t spawned =
            program_spawn(program, (const char *[]){"nothing", NULL}, NULL, 0, &process);
        int64_t ended = spawned < 0 ? spawned : process_wait(process, NULL);
        cap_delete(process);
        samples_add(clock_tsc() - start, 1);
        must(ended, "start a process and wait for its end");
    }
    program_close(program);
    report("process_spawn_exit", "{}", "");
}
