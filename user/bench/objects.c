/* Whole lives: of a VAS and of a process. */
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "bench.h"

/* The VAS is made, gets a segment with one filled page attached, and is destroyed. The segment was
 * there before and stays. */
void bench_vas_create_destroy(void)
{
    handle_t seg = must(seg_create("bench", 0, PAGE_BYTES, SEG_EAGER), "create a segment");
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        handle_t vas = vas_create("bench");
        int64_t attached = seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE);
        int64_t destroyed = object_destroy(vas);
        cap_delete(vas);
        samples_add(clock_tsc() - start, 1);
        must(attached, "attach a segment to a new VAS");
        must(destroyed, "destroy a VAS");
    }
    cap_delete(seg);
    report("vas_create_destroy", "{}", "");
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
