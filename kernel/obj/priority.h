/*
 * floor 6: the priority at which a thread runs: its own, or while it serves, that of its callers
 * (obj/endpoint.h, E4).
 */
#ifndef VASCO_OBJ_PRIORITY_H
#define VASCO_OBJ_PRIORITY_H

#include "base/types.h"

/* Servers that one change is passed on to at once, each of which calls the next. Those behind them
 * follow with the ticks: they are `late`. */
#define PRIORITY_CHAIN_MAX 16

struct thread;

/* Boot. */
void priority_init(void);

/* The thread's own priority changes. */
void priority_set(struct thread *thread, uint32_t priority);

/* What a thread serves has changed, or who waits for it. */
void priority_review(struct thread *server);

/* A thread ends. */
void priority_forget(struct thread *thread);

/* In a tick: goes on with a chain that was too long. */
void priority_go_on(void);

/* Is there one? Needs no lock: who is told wrongly asks again with the next tick. */
bool priority_is_late(void);

/* For tests: E4. */
void priority_check(const struct thread *thread);

#endif
