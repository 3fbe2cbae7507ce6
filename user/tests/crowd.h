/*
 * A crowd: POSIX threads that do the same at once. On several CPUs they are spread over them.
 */
#ifndef TESTS_CROWD_H
#define TESTS_CROWD_H

#include <time.h>

#include "test.h"

#define CROWD 8

/* Starts `n` threads with their numbers, and waits for their ends. Each returns how much it has
 * found wrong. */
void crowd_run(size_t n, uint64_t (*body)(size_t i));

/* The same in two pieces, for a test that does something meanwhile. */
bool crowd_start(size_t n, uint64_t (*body)(size_t i));
void crowd_end(void);

/* The time so many milliseconds from now. */
struct timespec crowd_time(uint64_t ms);

/* System calls of the whole system so far, these two not counted. */
uint64_t crowd_calls(void);

#endif
