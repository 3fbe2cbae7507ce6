/* Mutexes: kinds, waiting, and that nothing calls the kernel when nobody has to wait. */
#include <errno.h>
#include <pthread.h>

#include "crowd.h"
#include "kit.h"

static pthread_mutex_t mutex;
static volatile uint64_t guarded[2];

static void make(int type)
{
    pthread_mutexattr_t attr;
    int told = -1;
    check_eq(pthread_mutexattr_init(&attr), 0);
    check_eq(pthread_mutexattr_settype(&attr, type), 0);
    check_eq(pthread_mutexattr_gettype(&attr, &told), 0);
    check_eq(told, type);
    check_eq(pthread_mutex_init(&mutex, &attr), 0);
}

void test_pthread_mutex_that_is_free_needs_no_call(void)
{
    pthread_mutex_t simple = PTHREAD_MUTEX_INITIALIZER;
    for (int type = PTHREAD_MUTEX_NORMAL; type <= PTHREAD_MUTEX_ERRORCHECK; type++) {
        make(type);
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        uint64_t before = crowd_calls(), wrong = 0;
        for (int i = 0; i < 1000; i++) {
            wrong += pthread_mutex_lock(&mutex) != 0 || pthread_mutex_unlock(&mutex) != 0;
            wrong += pthread_mutex_trylock(&simple) != 0 || pthread_mutex_unlock(&simple) != 0;
        }
        check_eq(crowd_calls() - before, 0);
        check_eq(wrong, 0);
    }
}

void test_pthread_mutex_kinds_answer_their_owner(void)
{
    make(PTHREAD_MUTEX_ERRORCHECK);
    check_eq(pthread_mutex_unlock(&mutex), EPERM);
    check_eq(pthread_mutex_lock(&mutex), 0);
    check_eq(pthread_mutex_lock(&mutex), EDEADLK);
    check_eq(pthread_mutex_trylock(&mutex), EBUSY);
    check_eq(pthread_mutex_destroy(&mutex), EBUSY);
    check_eq(pthread_mutex_unlock(&mutex), 0);
    make(PTHREAD_MUTEX_RECURSIVE);
    for (int i = 0; i < 3; i++)
        check_eq(i == 1 ? pthread_mutex_trylock(&mutex) : pthread_mutex_lock(&mutex), 0);
    for (int i = 0; i < 3; i++)
        check_eq(pthread_mutex_unlock(&mutex), 0);
    check_eq(pthread_mutex_unlock(&mutex), EPERM);
    make(PTHREAD_MUTEX_NORMAL);
    struct timespec soon = crowd_time(2);
    check_eq(pthread_mutex_lock(&mutex), 0);
    check_eq(pthread_mutex_trylock(&mutex), EBUSY);
    check_eq(pthread_mutex_timedlock(&mutex, &soon), ETIMEDOUT);
    check_eq(pthread_mutex_unlock(&mutex), 0);
    check_eq(pthread_mutex_destroy(&mutex), 0);
    check_eq(pthread_mutexattr_settype(&(pthread_mutexattr_t){0}, 3), EINVAL);
    check_eq(pthread_mutex_consistent(&mutex), EINVAL);
}

/* Of another thread's. */
static uint64_t body_meet_owner(size_t i)
{
    struct timespec soon = crowd_time(2), bad = {0, 1000000000}, past = {-1, 0};
    uint64_t wrong = pthread_mutex_trylock(&mutex) != EBUSY;
    wrong += pthread_mutex_unlock(&mutex) != EPERM;
    wrong += pthread_mutex_timedlock(&mutex, &soon) != ETIMEDOUT;
    wrong += pthread_mutex_timedlock(&mutex, &past) != ETIMEDOUT;
    wrong += pthread_mutex_timedlock(&mutex, &bad) != EINVAL;
    (void)i;
    return wrong;
}

void test_pthread_mutex_of_another_thread_is_refused(void)
{
    for (int type = PTHREAD_MUTEX_RECURSIVE; type <= PTHREAD_MUTEX_ERRORCHECK; type++) {
        make(type);
        check_eq(pthread_mutex_lock(&mutex), 0);
        crowd_run(1, body_meet_owner);
        check_eq(pthread_mutex_unlock(&mutex), 0);
    }
}

static uint64_t body_guard(size_t i)
{
    uint64_t wrong = 0, turns = test_scaled(800);
    for (uint64_t turn = 0; turn < turns; turn++) {
        struct timespec later = crowd_time(100000);
        wrong += (turn % 4 == 0 ? pthread_mutex_timedlock(&mutex, &later)
                                : pthread_mutex_lock(&mutex)) != 0;
        wrong += guarded[0] != guarded[1];
        guarded[0]++;
        if ((turn + i) % 8 == 0)
            sys_thread_yield();
        guarded[1]++;
        wrong += pthread_mutex_unlock(&mutex) != 0;
    }
    return wrong;
}

void test_pthread_mutex_excludes_all_others(void)
{
    for (int type = PTHREAD_MUTEX_NORMAL; type <= PTHREAD_MUTEX_ERRORCHECK; type++) {
        make(type);
        guarded[0] = guarded[1] = 0;
        crowd_run(CROWD, body_guard);
        check_eq(guarded[0], CROWD * test_scaled(800));
        check_eq(mutex.__word, 0);
    }
}

/* --- read-write locks ------------------------------------------------------------------------- */

static pthread_rwlock_t rwlock;

static uint64_t body_read_or_write(size_t i)
{
    uint64_t wrong = 0, turns = test_scaled(400);
    for (uint64_t turn = 0; turn < turns; turn++) {
        bool writes = (turn + i) % 4 == 0;
        wrong += (writes ? pthread_rwlock_wrlock(&rwlock) : pthread_rwlock_rdlock(&rwlock)) != 0;
        wrong += guarded[0] != guarded[1];
        guarded[0] += writes;
        if ((turn + i) % 8 == 0)
            sys_thread_yield();
        guarded[1] += writes;
        wrong += pthread_rwlock_unlock(&rwlock) != 0;
    }
    return wrong;
}

static uint64_t body_meet_reader(size_t i)
{
    struct timespec soon = crowd_time(2);
    uint64_t wrong = pthread_rwlock_trywrlock(&rwlock) != EBUSY;
    (void)i;
    wrong += pthread_rwlock_tryrdlock(&rwlock) != 0;
    wrong += pthread_rwlock_unlock(&rwlock) != 0;
    wrong += pthread_rwlock_timedwrlock(&rwlock, &soon) != ETIMEDOUT;
    return wrong;
}

static uint64_t body_meet_writer(size_t i)
{
    struct timespec soon = crowd_time(2);
    (void)i;
    return (uint64_t)(pthread_rwlock_trywrlock(&rwlock) != EBUSY) +
           (pthread_rwlock_tryrdlock(&rwlock) != EBUSY) +
           (pthread_rwlock_timedrdlock(&rwlock, &soon) != ETIMEDOUT);
}

void test_pthread_rwlock_is_for_readers_or_one_writer(void)
{
    check_eq(pthread_rwlock_init(&rwlock, NULL), 0);
    check_eq(pthread_rwlock_unlock(&rwlock), EPERM);
    check_eq(pthread_rwlock_rdlock(&rwlock), 0);
    crowd_run(1, body_meet_reader);
    check_eq(pthread_rwlock_destroy(&rwlock), EBUSY);
    check_eq(pthread_rwlock_unlock(&rwlock), 0);
    check_eq(pthread_rwlock_wrlock(&rwlock), 0);
    crowd_run(1, body_meet_writer);
    check_eq(pthread_rwlock_unlock(&rwlock), 0);
    guarded[0] = guarded[1] = 0;
    crowd_run(CROWD, body_read_or_write);
    check_eq(guarded[0], CROWD * test_scaled(400) / 4);
    check_eq(pthread_rwlock_destroy(&rwlock), 0);
}
