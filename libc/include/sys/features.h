/*
 * newlib says which parts of POSIX there are only for systems that it knows. Here are clocks, and
 * sleeping by them (libc/time.c). Threads are not named: our pthread.h needs nothing of newlib's.
 */
#ifndef VASCO_SYS_FEATURES_H
#define VASCO_SYS_FEATURES_H

#include_next <sys/features.h>

#define _POSIX_TIMERS 200809L
#define _POSIX_MONOTONIC_CLOCK 200809L
#define _POSIX_CLOCK_SELECTION 200809L

#endif
