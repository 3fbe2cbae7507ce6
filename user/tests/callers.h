/*
 * Workers that call an endpoint, or receive there: what the tests of endpoints share. There is one
 * endpoint at a time.
 */
#ifndef TESTS_CALLERS_H
#define TESTS_CALLERS_H

#include <vasco/endpoint.h>

#include "worker.h"

#define PRIORITY_HIGH (PRIORITY_DEFAULT + 1)

/* Where they call; the test drops it. */
extern handle_t endpoint;
void endpoint_begin(void);

/* Calls with its argument as the only word. Ends with the first word of the answer, or the
 * status. */
uint64_t body_call(struct worker *worker);

/* The same with a message of MESSAGE_WORDS. */
uint64_t body_call_longest(struct worker *worker);

/* Starts a worker of a higher priority: when this returns, it is blocked. */
bool waiter_start(struct worker *worker, size_t slot, uint64_t (*body)(struct worker *),
                  uint64_t argument);

/* Destroys a worker, and drops it. */
void waiter_destroy(struct worker *worker);

/* Receives the call that comes next, which must be this body_call's, and answers it with one
 * more. */
void caller_serve(struct worker *caller);

#endif
