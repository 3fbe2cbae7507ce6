/*
 * The oracle by seeds: each seed is a machine of its own, with its own number of CPUs and features,
 * on which so many operations are done.
 *
 * usage: seeds [--seed FIRST] [--operations ALL] [--each OPERATIONS] [--seconds MOST]
 *
 * A seed that fails is repeated by --seed N --operations 1, with the same --each.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oracle.h"
#include "sys/syscalls.h"

static uint64_t option(int argc, char **argv, const char *name, uint64_t value)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            value = strtoull(argv[i + 1], NULL, 10);
    }
    return value;
}

/* The kernel's code has followed a pointer to nothing. */
static void on_signal(int number)
{
    oracle_fails("signal %d", number);
}

/* What was reached, so that nobody is content with a run in which nothing happens. */
static void say_reached(void)
{
    printf("oracle: fast switches %lu, calls through gates %lu", entry_fast_switches,
           entry_gate_calls);
    for (uint64_t i = 0; i < SYSCALLS; i++) {
        if (entry_successes[i] != 0)
            printf(", %s %lu", syscall_name(i), entry_successes[i]);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    signal(SIGSEGV, on_signal);
    signal(SIGBUS, on_signal);
    setvbuf(stdout, NULL, _IOLBF, 0);
    uint64_t first = option(argc, argv, "--seed", 1);
    uint64_t all = option(argc, argv, "--operations", 4000000);
    uint64_t each = option(argc, argv, "--each", 20000);
    uint64_t seconds = option(argc, argv, "--seconds", UINT32_MAX);
    time_t end = time(NULL) + (time_t)seconds;
    uint64_t seed = first;
    printf("oracle: seeds from %lu, %lu operations each\n", first, each);
    for (; (all == 0 || operations_total < all) && time(NULL) < end; seed++) {
        seed_now = seed;
        choose_from_seed(seed);
        world_run(each);
    }
    say_reached();
    printf("oracle: seeds %lu to %lu, %lu operations, nothing wrong\n", first, seed - 1,
           operations_total);
    return 0;
}
