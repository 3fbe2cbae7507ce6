/*
 * The machine that host tests run on: simulated memory behind the physical window, a CPU that
 * writes down what it is told, a clock that a test moves, and a console.
 *
 * Free memory is poisoned for the address sanitizer (poison.c), so that a kernel which touches a
 * frame or an object after freeing it is found out. At the end of each test all memory must be
 * back.
 */
#ifndef VASCO_TESTS_MACHINE_H
#define VASCO_TESTS_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <arch/features.h>

#include "base/status.h"
#include "base/types.h"

struct thread;

/* What a test may look at and change. */
struct machine {
    uint64_t ram_bytes;
    uint64_t cr3;           /* last loaded, without the bit that keeps the TLB */
    unsigned nkept;         /* loads of CR3 that kept the TLB's entries, */
    unsigned nflushed;      /* and those that did not */
    unsigned ninvlpg;       /* single invalidations, */
    uint64_t invlpg[64];    /* and the first of their addresses */
    unsigned ninvpcid;      /* tags dropped by INVPCID, */
    uint64_t invpcid;       /* and the last of them */
    uint64_t free_at_flush; /* free frames when the TLB was last told to drop something */
    uint64_t now;           /* the clock, in nanoseconds */
    unsigned
        /* if not 0: a timer tick comes in after so many steps of long work, each time */
        tick_steps;
    unsigned nsteps;
    unsigned nidle;    /* ticks for which the CPU has idled */
    const char *input; /* what is typed on the console */
    char output[1024]; /* what was written to it, or to the log: the last of it */
    size_t noutput;
    uint64_t stop_code; /* of power_stop */
#define STOPPED_TO_REBOOT 1000
    uintptr_t stack_least; /* the deepest that the stack was when a frame was freed */
    bool may_leak;         /* the test leaves the kernel with memory in use */
    bool panic_expected;
    char panic[256]; /* what the last panic said */
    jmp_buf back;    /* out of the scheduler */
    jmp_buf after_panic;
};
extern struct machine machine;

#define MACHINE_RAM (64 * MIB)
#define MACHINE_FEATURES (((uint64_t)1 << FEATURES) - 1)
#define FEATURE_BIT(name) ((uint64_t)1 << FEATURE_##name)

/* Boots a machine with this memory and these features, and with all floors initialised. */
void machine_start(uint64_t ram_bytes, uint64_t features);

/* The same before anything but the frame records is initialised: no memory has been added. */
void machine_start_bare(uint64_t ram_bytes);

/* The first address behind the frame records. */
paddr_t machine_first_free(void);

/* Ends every process with a thread that can run, and checks that all memory is back. */
void machine_stop(void);

/* Setup and teardown of a test that needs an ordinary machine. */
int machine_setup(void **state);
int machine_teardown(void **state);
#define MACHINE_TEST(f) cmocka_unit_test_setup_teardown(f, machine_setup, machine_teardown)

/* Lets the scheduler choose: the thread that it returns to, or null if it would idle for ever. */
struct thread *machine_run(void);

/* The same at the end of a system call with this result. */
struct thread *machine_return(int64_t result);

/* Clears what has ended, as the way back to user code does. */
void machine_settle(void);

/* Forgets the CR3 loads and invalidations so far. */
void machine_forget_tlb(void);

/* What is in use: a leak or a failure that changed something shows here. */
struct usage {
    uint64_t free_frames;
    uint64_t charged;
    uint64_t object_bytes;
};
struct usage usage_now(void);
void assert_usage(struct usage expected);

/* A statement that must panic, with these words in what it says. */
#define assert_panics(words, statement)                                                            \
    do {                                                                                           \
        machine.panic_expected = true;                                                             \
        if (setjmp(machine.after_panic) == 0) {                                                    \
            statement;                                                                             \
            machine.panic_expected = false;                                                        \
            fail_msg("no panic: %s", #statement);                                                  \
        }                                                                                          \
        machine.panic_expected = false;                                                            \
        assert_non_null(strstr(machine.panic, words));                                             \
    } while (0)

#define assert_ok(status) assert_int_equal(status, STATUS_OK)

/* A random number below n (> 0), from a sequence that is the same in every run. */
uint64_t random_below(uint64_t n);
void random_seed(uint64_t seed);

#endif
