/* Condition variables: whoever waits is woken, and no signal is lost. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "crowd.h"
#include "kit.h"

static pthread_mutex_t mutex;
static pthread_cond_t cond;

static void make(int robust)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    check_eq(pthread_mutexattr_setrobust(&attr, robust), 0);
    check_eq(pthread_mutex_init(&mutex, &attr), 0);
    check_eq(pthread_cond_init(&cond, NULL), 0);
}

void test_pthread_cond_signal_without_waiters_needs_no_call(void)
{
    make(PTHREAD_MUTEX_STALLED);
    pthread_mutex_lock(&mutex);
    uint64_t before = crowd_calls();
    for (int i = 0; i < 100; i++) {
        pthread_cond_signal(&cond);
        pthread_cond_broadcast(&cond);
    }
    pthread_mutex_unlock(&mutex);
    check_eq(crowd_calls() - before, 0);
}

void test_pthread_cond_wait_ends_at_its_time(void)
{
    struct timespec soon = crowd_time(3), bad = {0, -1};
    pthread_condattr_t attr;
    clockid_t clock = 0;
    check_eq(pthread_condattr_init(&attr), 0);
    check_eq(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), 0);
    check_eq(pthread_condattr_getclock(&attr, &clock), 0);
    check_eq(clock, CLOCK_MONOTONIC);
    check_eq(pthread_condattr_setclock(&attr, (clockid_t)99), EINVAL);
    make(PTHREAD_MUTEX_STALLED);
    check_eq(pthread_cond_init(&cond, &attr), 0);
    pthread_mutex_lock(&mutex);
    check_eq(pthread_cond_timedwait(&cond, &mutex, &bad), EINVAL);
    check_eq(pthread_cond_timedwait(&cond, &mutex, &soon), ETIMEDOUT);
    check_eq(pthread_mutex_trylock(&mutex), EBUSY);
    pthread_mutex_unlock(&mutex);
    check_eq(pthread_cond_destroy(&cond), 0);
}

static uint64_t ready, round_number;

static uint64_t body_wait_once(size_t i)
{
    (void)i;
    pthread_mutex_lock(&mutex);
    ready++;
    uint64_t wrong = pthread_cond_wait(&cond, &mutex) != 0;
    round_number++;
    return wrong + (pthread_mutex_unlock(&mutex) != 0);
}

static void wait_for(const uint64_t *word, uint64_t value)
{
    uint64_t seen = 0;
    for (int turn = 0; turn < 5000 && seen != value; turn++) {
        pthread_mutex_lock(&mutex);
        seen = *word;
        pthread_mutex_unlock(&mutex);
        if (seen != value)
            sys_thread_sleep(MILLISECOND);
    }
    check_eq(seen, value);
}

/* With the mutex in one's hand, and without. */
void test_pthread_cond_signal_wakes_one(void)
{
    make(PTHREAD_MUTEX_STALLED);
    ready = round_number = 0;
    require(crowd_start(4, body_wait_once));
    wait_for(&ready, 4);
    sys_thread_sleep(2 * MILLISECOND);
    for (uint64_t i = 1; i <= 4; i++) {
        if (i % 2 == 0)
            pthread_mutex_lock(&mutex);
        pthread_cond_signal(&cond);
        if (i % 2 == 0)
            pthread_mutex_unlock(&mutex);
        wait_for(&round_number, i);
        sys_thread_sleep(2 * MILLISECOND);
        check_eq(round_number, i);
    }
    crowd_end();
}

static sem_t locked;

/* Is of a low priority, so that whoever waits for the mutex runs at once when it is unlocked. */
static void *wait_in_the_middle(void *unused)
{
    struct timespec late = crowd_time(3000);
    (void)unused;
    pthread_mutex_lock(&mutex);
    sem_post(&locked);
    int error = pthread_cond_timedwait(&cond, &mutex, &late);
    pthread_mutex_unlock(&mutex);
    return (void *)(intptr_t)error;
}

/* The signal comes when the waiter has unlocked the mutex and does not wait yet. */
void test_pthread_cond_signal_before_the_wait_is_not_lost(void)
{
    pthread_t thread;
    pthread_attr_t attr;
    void *error = NULL;
    make(PTHREAD_MUTEX_STALLED);
    sem_init(&locked, 0, 0);
    pthread_attr_init(&attr);
    pthread_attr_setschedparam(&attr, &(struct sched_param){PRIORITY_DEFAULT - 3});
    require_eq(pthread_create(&thread, &attr, wait_in_the_middle, NULL), 0);
    check_eq(sem_wait(&locked), 0);
    check_eq(pthread_mutex_lock(&mutex), 0);
    check_eq(pthread_cond_signal(&cond), 0);
    check_eq(pthread_mutex_unlock(&mutex), 0);
    check_eq(pthread_join(thread, &error), 0);
    check_eq((intptr_t)error, 0);
}

static uint64_t body_wait_briefly(size_t i)
{
    struct timespec soon = crowd_time(20);
    (void)i;
    pthread_mutex_lock(&mutex);
    ready++;
    uint64_t wrong = pthread_cond_timedwait(&cond, &mutex, &soon) != 0;
    return wrong + (pthread_mutex_unlock(&mutex) != 0);
}

/* Whoever got the signal does not say that the time was over, though it was before he had the
 * mutex. */
void test_pthread_cond_signal_is_not_lost_to_who_is_late(void)
{
    make(PTHREAD_MUTEX_STALLED);
    ready = 0;
    require(crowd_start(1, body_wait_briefly));
    wait_for(&ready, 1);
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&cond);
    sys_thread_sleep(40 * MILLISECOND);
    pthread_mutex_unlock(&mutex);
    crowd_end();
}

/* A ring of few places between makers and takers, with one condition for each side. */
#define PLACES 3
static uint64_t ring[PLACES], nmade, ntaken, sum;
static pthread_cond_t made, taken;

static uint64_t make_some(uint64_t turns)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < turns; i++) {
        wrong += pthread_mutex_lock(&mutex) != 0;
        while (nmade - ntaken == PLACES)
            wrong += pthread_cond_wait(&taken, &mutex) != 0;
        ring[nmade++ % PLACES] = i;
        if (i % 2 == 0)
            pthread_cond_signal(&made);
        wrong += pthread_mutex_unlock(&mutex) != 0;
        if (i % 2 != 0)
            pthread_cond_signal(&made);
    }
    return wrong;
}

static uint64_t take_some(uint64_t turns)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < turns; i++) {
        wrong += pthread_mutex_lock(&mutex) != 0;
        while (nmade == ntaken)
            wrong += pthread_cond_wait(&made, &mutex) != 0;
        sum += ring[ntaken++ % PLACES];
        pthread_cond_signal(&taken);
        wrong += pthread_mutex_unlock(&mutex) != 0;
    }
    return wrong;
}

static uint64_t body_make_or_take(size_t i)
{
    return i % 2 == 0 ? make_some(test_scaled(500)) : take_some(test_scaled(500));
}

/* A signal that is lost leaves all waiting. */
void test_pthread_cond_makers_and_takers_lose_nothing(void)
{
    const uint64_t turns = test_scaled(500);
    for (int robust = PTHREAD_MUTEX_STALLED; robust <= PTHREAD_MUTEX_ROBUST; robust++) {
        make(robust);
        made = taken = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
        nmade = ntaken = sum = 0;
        crowd_run(CROWD, body_make_or_take);
        check_eq(nmade, CROWD / 2 * turns);
        check_eq(ntaken, nmade);
        check_eq(sum, CROWD / 2 * (turns * (turns - 1) / 2));
        check_eq(mutex.__word, 0);
    }
}

static uint64_t body_wait_for_rounds(size_t i)
{
    uint64_t wrong = 0;
    (void)i;
    for (uint64_t mine = 1; mine <= 20; mine++) {
        wrong += pthread_mutex_lock(&mutex) != 0;
        ready++;
        while (round_number < mine)
            wrong += pthread_cond_wait(&cond, &mutex) != 0;
        wrong += pthread_mutex_unlock(&mutex) != 0;
    }
    return wrong;
}

/* Told with the mutex in one's hand, and without. */
void test_pthread_cond_broadcast_reaches_all(void)
{
    for (int robust = PTHREAD_MUTEX_STALLED; robust <= PTHREAD_MUTEX_ROBUST; robust++) {
        make(robust);
        ready = round_number = 0;
        require(crowd_start(CROWD, body_wait_for_rounds));
        while (round_number < 20) {
            pthread_mutex_lock(&mutex);
            bool all = ready == CROWD * (round_number + 1);
            round_number += all;
            if (all && round_number % 2 == 0)
                pthread_cond_broadcast(&cond);
            pthread_mutex_unlock(&mutex);
            if (all && round_number % 2 != 0)
                pthread_cond_broadcast(&cond);
            sys_thread_yield();
        }
        crowd_end();
        check_eq(mutex.__word, 0);
        check_eq(pthread_cond_destroy(&cond), 0);
    }
}

static uint64_t body_wait_recursively(size_t i)
{
    (void)i;
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
    ready++;
    while (round_number == 0)
        pthread_cond_wait(&cond, &mutex);
    uint64_t wrong = pthread_mutex_unlock(&mutex) != 0;
    wrong += pthread_mutex_unlock(&mutex) != 0;
    return wrong + (pthread_mutex_unlock(&mutex) != EPERM);
}

/* The mutex is unlocked while the thread waits, however often it was locked, and so again. */
void test_pthread_cond_wait_gives_a_recursive_mutex_back(void)
{
    pthread_mutexattr_t attr;
    make(PTHREAD_MUTEX_STALLED);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    check_eq(pthread_mutex_init(&mutex, &attr), 0);
    check_eq(pthread_cond_wait(&cond, &mutex), EPERM);
    ready = round_number = 0;
    require(crowd_start(2, body_wait_recursively));
    while (round_number == 0) {
        pthread_mutex_lock(&mutex);
        round_number = ready == 2;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&mutex);
        sys_thread_yield();
    }
    crowd_end();
}
