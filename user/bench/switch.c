/*
 * Crossings and switches. All are measured from the user's instruction before to the user's
 * instruction behind, the kernel's in between included.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/thread.h>
#include <vasco/vas.h>

#include "bench.h"
#include "crew.h"
#include "gups.h"
#include "kv.h"
#include "messages.h"
#include "partner.h"
#include "pipeline.h"

#define VIEWS_MAX 256

void bench_null_syscall(void)
{
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        syscall_0(SYSCALL_null);
        samples_add(clock_tsc() - start, 1);
    }
    report("null_syscall", "{}", "");
}

/* --- from view to view ------------------------------------------------------------------------ */

handle_t make_view(void)
{
    handle_t vas = must(vas_create("bench"), "create a VAS");
    handle_t seg = must(seg_create("bench", 0, PAGE_BYTES, SEG_EAGER), "create a segment");
    must(seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE), "attach a segment");
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ | ACCESS_WRITE), "attach a VAS");
    cap_delete(seg);
    cap_delete(vas);
    return view;
}

static void measure_views(const handle_t *views, size_t nviews)
{
    char params[32], detail[32];
    /* Once around first: a view's first load is dearer, and is not what is asked. */
    for (size_t i = 0; i < nviews; i++)
        must(vas_switch(views[i]), "switch into a view");
    samples_begin();
    for (size_t i = 0; samples_wanted(BENCH_SAMPLES); i = (i + 1) % nviews) {
        handle_t view = views[i];
        uint64_t start = clock_tsc();
        int64_t status = vas_switch(view);
        samples_add(clock_tsc() - start, 1);
        must(status, "switch into a view");
    }
    must(vas_switch(HANDLE_HOME), "switch home");
    snprintf(params, sizeof(params), "{\"views\":%zu}", nviews);
    snprintf(detail, sizeof(detail), ", %zu views", nviews);
    report("vas_switch", params, detail);
}

void bench_vas_switch(void)
{
    static const size_t counts[] = {2, 16, VIEWS_MAX};
    handle_t views[VIEWS_MAX];
    for (size_t i = 0; i < VIEWS_MAX; i++)
        views[i] = make_view();
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        measure_views(views, counts[i]);
    for (size_t i = 0; i < VIEWS_MAX; i++)
        must(vas_detach(views[i]), "detach a VAS");
}

/* --- from thread to thread -------------------------------------------------------------------- */

static _Noreturn void yield_for_ever(void)
{
    for (;;)
        thread_yield();
}

_Noreturn void partner_main(char **arguments)
{
    if (arguments[0] == NULL)
        yield_for_ever();
    if (strcmp(arguments[0], PARTNER_KV) == 0) {
        kv_client_main(arguments + 1);
        exit(EXIT_SUCCESS);
    }
    if (strcmp(arguments[0], PARTNER_PIPELINE) == 0) {
        pipeline_stage_main(arguments + 1);
        exit(EXIT_SUCCESS);
    }
    if (strcmp(arguments[0], PARTNER_SERVE) == 0)
        serve_short_messages();
    if (strcmp(arguments[0], PARTNER_GATE) == 0)
        own_gate();
    if (strcmp(arguments[0], PARTNER_GUPS) == 0)
        gups_serve();
    crew_join(strtoul(arguments[1], NULL, 10));
    if (strcmp(arguments[0], PARTNER_SWITCH) == 0)
        switch_in_rounds(NULL);
    else
        crew_be_busy();
    exit(EXIT_SUCCESS);
}

static void partner_thread(void *unused)
{
    (void)unused;
    yield_for_ever();
}

/* There and back: two switches, one by our yield and one by the partner's. */
static void measure_yields(const char *bench)
{
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        thread_yield();
        samples_add(clock_tsc() - start, 2);
    }
    report(bench, "{}", "");
}

void bench_thread_switch(void)
{
    handle_t thread = must(thread_start(partner_thread, NULL, PRIORITY_DEFAULT), "start a thread");
    measure_yields("thread_switch");
    must(object_destroy(thread), "end a thread");
    must(thread_join(thread), "join a thread");
}

void bench_process_switch(void)
{
    struct program *program;
    handle_t process;
    must(program_open("bench", &program), "load the program again");
    must(program_spawn(program, (const char *[]){"bench", PARTNER, NULL}, NULL, 0, &process),
         "start a process");
    measure_yields("process_switch");
    must(object_destroy(process), "end a process");
    cap_delete(process);
    program_close(program);
}
