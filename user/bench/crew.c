/* The crew: see crew.h. */
#include "crew.h"

#include <stdatomic.h>
#include <stdio.h>
#include <vasco/cap.h>
#include <vasco/home.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/system.h>
#include <vasco/thread.h>

#include "bench.h"
#include "partner.h"

#define STAGE_BASE (HOME_FREE_BASE + 0x1000000000)
#define STAGE_CAP "stage"

/* At STAGE_BASE in every process of the crew. */
struct stage {
    atomic_uint nready; /* of the crew, at the beginning */
    atomic_uint round;  /* the last that was called */
    atomic_uint ndone;  /* of the crew, with that round */
    atomic_bool over;
};

static struct {
    handle_t stage;
    handle_t threads[CREW_MAX];
    handle_t processes[CREW_MAX];
    unsigned int nthreads;
    unsigned int nprocesses;
} crew;

/* What a thread is to do, and where. */
static struct post {
    uint64_t cpu;
    void (*run)(void *);
    void *argument;
} posts[CREW_MAX];

static struct stage *stage(void)
{
    return (struct stage *)STAGE_BASE;
}

uint64_t crew_cpus(void)
{
    struct system_info info;
    must(system_info(&info), "ask about the machine");
    return info.ncpus < CREW_MAX + 1 ? info.ncpus : CREW_MAX + 1;
}

static void wait_a_moment(void)
{
    __builtin_ia32_pause();
}

static void enter_stage(handle_t seg)
{
    must(seg_attach(HANDLE_SELF, seg, ACCESS_READ | ACCESS_WRITE), "enter the stage");
}

/* --- the first thread ------------------------------------------------------------------------- */

void crew_open(void)
{
    must(thread_set_cpu(0, 0), "go to CPU 0");
    crew.stage = must(seg_create(STAGE_CAP, STAGE_BASE, PAGE_BYTES, SEG_EAGER), "make a stage");
    crew.nthreads = crew.nprocesses = 0;
    enter_stage(crew.stage);
}

static void man_post(void *argument)
{
    const struct post *post = argument;
    must(thread_set_cpu(0, post->cpu), "go to another CPU");
    post->run(post->argument);
}

void crew_add_thread(uint64_t cpu, void (*run)(void *), void *argument)
{
    struct post *post = &posts[crew.nthreads];
    *post = (struct post){cpu, run, argument};
    crew.threads[crew.nthreads++] =
        must(thread_start(man_post, post, PRIORITY_DEFAULT), "start a thread");
}

void crew_add_process(uint64_t cpu, const char *job)
{
    char number[8];
    struct program *program;
    const struct program_cap given = {STAGE_CAP, crew.stage, RIGHT_SEG_READ | RIGHT_SEG_WRITE};
    snprintf(number, sizeof(number), "%u", (unsigned int)cpu);
    must(program_open("bench", &program), "load the program again");
    must(program_spawn(program, (const char *[]){"bench", PARTNER, job, number, NULL}, &given, 1,
                       &crew.processes[crew.nprocesses++]),
         "start a process");
    program_close(program);
}

/* They begin on this CPU, so it is left to them. */
void crew_gather(void)
{
    while (stage()->nready < crew.nthreads + crew.nprocesses) {
        thread_yield();
        wait_a_moment();
    }
}

void crew_call_round(void)
{
    stage()->ndone = 0;
    stage()->round++;
}

void crew_await_round(void)
{
    while (stage()->ndone < crew.nthreads + crew.nprocesses)
        wait_a_moment();
}

void crew_dismiss(void)
{
    stage()->over = true;
    for (unsigned int i = 0; i < crew.nthreads; i++)
        must(thread_join(crew.threads[i]), "join a thread");
    for (unsigned int i = 0; i < crew.nprocesses; i++) {
        must(process_wait(crew.processes[i], NULL), "wait for a process");
        cap_delete(crew.processes[i]);
    }
    must(seg_detach(HANDLE_SELF, crew.stage), "leave the stage");
    cap_delete(crew.stage);
}

/* --- the crew --------------------------------------------------------------------------------- */

void crew_join(uint64_t cpu)
{
    must(thread_set_cpu(0, cpu), "go to another CPU");
    enter_stage(startup_cap(STAGE_CAP));
}

bool crew_next_round(uint32_t *round)
{
    if (*round == 0)
        stage()->nready++;
    else
        stage()->ndone++;
    while (stage()->round == *round && !stage()->over)
        wait_a_moment();
    ++*round;
    return !stage()->over;
}

void crew_be_busy(void)
{
    stage()->nready++;
    while (!stage()->over)
        wait_a_moment();
}
