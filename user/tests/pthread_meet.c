/* Barriers and semaphores. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "crowd.h"
#include "kit.h"

/* --- barriers --------------------------------------------------------------------------------- */

static pthread_barrier_t barrier;
static uint64_t counts[20];
static uint64_t nserial;

static uint64_t body_meet(size_t i)
{
    uint64_t wrong = 0;
    for (size_t round = 0; round < 20; round++) {
        __atomic_fetch_add(&counts[round], 1, __ATOMIC_SEQ_CST);
        if ((round + i) % 3 == 0)
            sys_thread_yield();
        int result = pthread_barrier_wait(&barrier);
        wrong += result != 0 && result != PTHREAD_BARRIER_SERIAL_THREAD;
        if (result == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_fetch_add(&nserial, 1, __ATOMIC_SEQ_CST);
        wrong += __atomic_load_n(&counts[round], __ATOMIC_SEQ_CST) != CROWD;
    }
    return wrong;
}

void test_pthread_barrier_holds_until_all_have_come(void)
{
    for (size_t i = 0; i < 20; i++)
        counts[i] = 0;
    nserial = 0;
    check_eq(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
    check_eq(pthread_barrier_init(&barrier, NULL, CROWD), 0);
    crowd_run(CROWD, body_meet);
    check_eq(nserial, 20);
    check_eq(pthread_barrier_destroy(&barrier), 0);
}

/* --- semaphores ------------------------------------------------------------------------------- */

#define TOKENS 3
static sem_t full, empty;

void test_sem_counts_and_needs_no_call(void)
{
    struct timespec soon = crowd_time(2);
    int value = -1;
    check_eq(sem_init(&full, 0, SEM_VALUE_MAX), 0);
    check_eq(sem_post(&full), -1);
    check_eq(errno, EOVERFLOW);
    check_eq(sem_init(&full, 1, 2), 0);
    uint64_t before = crowd_calls();
    check_eq(sem_wait(&full), 0);
    check_eq(sem_trywait(&full), 0);
    check_eq(sem_trywait(&full), -1);
    check_eq(errno, EAGAIN);
    check_eq(sem_post(&full), 0);
    check_eq(crowd_calls() - before, 0);
    check_eq(sem_getvalue(&full, &value), 0);
    check_eq(value, 1);
    check_eq(sem_wait(&full), 0);
    check_eq(sem_timedwait(&full, &soon), -1);
    check_eq(errno, ETIMEDOUT);
    check_eq(sem_destroy(&full), 0);
    check_eq(sem_init(&full, 0, SEM_VALUE_MAX + 1u), -1);
}

static uint64_t body_post_or_wait(size_t i)
{
    uint64_t wrong = 0, turns = test_scaled(500);
    for (uint64_t turn = 0; turn < turns; turn++) {
        wrong += sem_wait(i % 2 == 0 ? &empty : &full) != 0;
        if (turn % 16 == i)
            sys_thread_yield();
        wrong += sem_post(i % 2 == 0 ? &full : &empty) != 0;
    }
    return wrong;
}

/* Tokens go round, and everybody who waits for one has little time. */
static uint64_t body_wait_briefly_and_post(size_t i)
{
    uint64_t wrong = 0, turns = test_scaled(300);
    for (uint64_t turn = 0; turn < turns; turn++) {
        struct timespec soon = crowd_time((turn + i) % 3);
        if (sem_timedwait(&full, &soon) != 0) {
            wrong += errno != ETIMEDOUT;
            continue;
        }
        if (turn % 4 == 0)
            sys_thread_sleep(MILLISECOND / 2);
        wrong += sem_post(&full) != 0;
    }
    return wrong;
}

void test_sem_posts_and_deadlines_meet(void)
{
    int value = -1;
    sem_init(&full, 0, 2);
    crowd_run(CROWD, body_wait_briefly_and_post);
    check_eq(sem_getvalue(&full, &value), 0);
    check_eq(value, 2);
    check_eq(sem_destroy(&full), 0);
}

void test_sem_makers_and_takers_lose_nothing(void)
{
    int value = -1;
    sem_init(&full, 0, 0);
    sem_init(&empty, 0, TOKENS);
    crowd_run(CROWD, body_post_or_wait);
    check_eq(sem_getvalue(&empty, &value), 0);
    check_eq(value, TOKENS);
    check_eq(sem_getvalue(&full, &value), 0);
    check_eq(value, 0);
    check_eq(sem_destroy(&full), 0);
    check_eq(sem_destroy(&empty), 0);
}
