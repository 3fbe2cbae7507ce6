/*
 * What the tests of endpoints share: threads of init that meet at endpoints. A call of the running
 * thread takes its registers from `registers`, and its struct message lies in a page of the buffer
 * that all threads see. After each call the kernel checks itself.
 */
#ifndef VASCO_TESTS_MEET_H
#define VASCO_TESTS_MEET_H

#include "obj/endpoint.h"
#include "world.h"

#define MS ((uint64_t)1000000)
#define FILL 0x5555555555555555

/* What the next call has in its registers beside the endpoint and the tag. */
struct registers {
    uint64_t words[MESSAGE_REGISTERS];
    uint64_t deadline; /* RBX */
    uint64_t buffer;   /* RBP */
};
extern struct registers registers;

/* Page n of the buffer: as the test sees it, filled with FILL, and its address in each thread. */
struct message *paper(unsigned n);
uint64_t paper_at(unsigned n);

handle_t make_endpoint(void);

/* A thread of init's with this priority, which waits until its turn comes. */
struct thread *make_thread(uint32_t priority);

/* Makes the thread the running one: those before it in its CPU's queue keep their places. */
void run(struct thread *thread);

/* Calls of the running thread, and who runs then. */
struct thread *call(handle_t endpoint, uint64_t tag);
struct thread *receive(handle_t endpoint, uint64_t tag);
struct thread *reply(uint64_t tag);
struct thread *reply_receive(handle_t endpoint, uint64_t tag);

/* The same by a thread that is made the running one before. */
struct thread *call_as(struct thread *thread, handle_t endpoint, uint64_t tag);
struct thread *receive_as(struct thread *thread, handle_t endpoint, uint64_t tag);

/* What the thread's last call returned; and the badge and the tag of a message that it returned. */
int64_t meet_result(const struct thread *thread);
void assert_got(const struct thread *thread, uint64_t badge, uint64_t tag);

/* A word in its register. */
uint64_t word_of(const struct thread *thread, unsigned i);

/* The heartbeat, after so many milliseconds; who runs then. */
struct thread *meet_tick(uint64_t ms);

#endif
