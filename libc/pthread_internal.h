/* What the files of POSIX threads know of each other. */
#ifndef LIBC_PTHREAD_INTERNAL_H
#define LIBC_PTHREAD_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <vasco/futex.h>
#include <vasco/thread.h>

#include "internal.h"

/* --- threads -------------------------------------------------------------------------------- */

/* A thread's value for a key. It counts while the key's generation is still this one. */
struct key_value {
    void *value;
    unsigned long generation;
};

/* What a thread is to POSIX. It lies with its stack (thread.c), and so goes when it is joined. The
 * values come last, on a page of their own, which is not touched unless there are some. */
struct pthread {
    struct place *place; /* null: the first thread of the program */
    void *(*routine)(void *);
    void *argument;
    void *result;
    struct key_value values[PTHREAD_KEYS_MAX];
};
_Static_assert(sizeof(((struct pthread *)0)->values) >= PAGE_BYTES, "see above");

/* thread_start, with all that can be chosen. */
struct thread_plan {
    void (*run)(void *argument);
    void *argument;
    uint32_t priority;
    size_t stack_bytes;
    void *(*routine)(void *); /* for pthread_self(): what pthread_create was given */
    void *routine_argument;
};

#define THREAD_STACK_MAX ((size_t)1024 * 1024)

/* A status, or the handle; then *out is the new thread. */
handle_t thread_start_planned(const struct thread_plan *plan, struct pthread **out);

/* The handle of a thread that can be joined; 0 if it cannot. */
handle_t place_thread(const struct place *place);

/* Nobody will join the thread: its place is free when it has ended. False: that was said before. */
bool place_detach(struct place *place);

/* The thread sets values for keys: no later thread may find them in its stack. */
void place_use_keys(struct place *place);

/* The calling thread ends: what it has for keys is destroyed. */
void keys_end(void);

/* --- waiting ---------------------------------------------------------------------------------- */

/* The calling thread's id, of which its first call asks the kernel. */
uint64_t thread_ask_id(void);

static inline uint64_t thread_id(void)
{
    uint64_t id = thread_control()->id;
    return __builtin_expect(id != 0, 1) ? id : thread_ask_id();
}

/* The deadline for the kernel, or EINVAL. */
int deadline_of(const struct timespec *time, uint64_t *out);

/* What a wait that did not succeed is to POSIX; 0: one looks again. */
int wait_error(int64_t status);

static inline uint64_t word_load(const unsigned long *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* Makes `from` to `to`. What the other threads did before they wrote `from` has happened then. */
static inline bool word_change(unsigned long *word, uint64_t from, uint64_t to)
{
    unsigned long expected = from;
    return __atomic_compare_exchange_n(word, &expected, to, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_RELAXED);
}

/* --- mutexes ---------------------------------------------------------------------------------- */

#define MUTEX_ROBUST 4 /* in __kind, beside the type */

/* Locks a mutex that the calling thread does not own, waiting if need be. `waiters`: FUTEX_WAITERS
 * if others may wait for it, of whom the word does not tell; or 0. */
int mutex_take(pthread_mutex_t *mutex, uint64_t deadline, uint64_t waiters);

/* Unlocks one that the calling thread owns, once for all. */
void mutex_release(pthread_mutex_t *mutex);

static inline bool mutex_is_mine(const pthread_mutex_t *mutex)
{
    return (word_load(&mutex->__word) & FUTEX_OWNER_MASK) == thread_id();
}

#endif
