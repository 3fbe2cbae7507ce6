/*
 * floor 6: the priority at which a thread runs: its own, or while it serves, that of its callers
 * (obj/endpoint.h, E4).
 */
#ifndef VASCO_OBJ_PRIORITY_H
#define VASCO_OBJ_PRIORITY_H

#include "base/types.h"

/* Servers that one change is passed on to, each of which calls the next. */
#define PRIORITY_CHAIN_MAX 16

struct thread;

/* The thread's own priority changes. */
void priority_set(struct thread *thread, uint32_t priority);

/* What a thread serves has changed, or who waits for it. */
void priority_review(struct thread *server);

/* For tests: what E4 asks of a thread. */
bool priority_is_due(const struct thread *thread);

#endif
