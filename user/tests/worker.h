/*
 * Workers: further threads of this program. A worker's body uses system calls and plain memory
 * only; it does not check and does not call the C library. What it returns is its thread's exit
 * status.
 */
#ifndef TESTS_WORKER_H
#define TESTS_WORKER_H

#include "kit.h"

#define WORKERS 8
#define WORKER_STACK_BYTES 16384

struct worker {
    uint64_t (*body)(struct worker *);
    uint64_t argument;
    volatile uint64_t result; /* whatever the body wants to tell while it runs */
    volatile bool stop;       /* for a body that runs until told */
    uint64_t tls[2];          /* thread-local storage: begins with its own address */
    handle_t thread;
};

/* Starts a worker on stack number `slot`. Its argument is set before. */
bool worker_start(struct worker *worker, size_t slot, uint64_t (*body)(struct worker *),
                  uint64_t priority);

/* Waits for its end, drops it and returns its exit status. */
uint64_t worker_end(struct worker *worker);

#endif
