/* POSIX threads: their lives, what each has of its own, what is done once. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/lock.h>

#include "crowd.h"
#include "kit.h"

#define PRIORITY_HIGH (PRIORITY_DEFAULT + 1)

static void *twice(void *argument)
{
    return (void *)((uintptr_t)argument * 2);
}

void test_pthread_join_gives_what_the_thread_returned(void)
{
    pthread_t thread;
    void *result = NULL;
    require_eq(pthread_create(&thread, NULL, twice, (void *)21), 0);
    check(!pthread_equal(thread, pthread_self()));
    check_eq(pthread_join(thread, &result), 0);
    check_eq((uintptr_t)result, 42);
    require_eq(pthread_create(&thread, NULL, twice, NULL), 0);
    check_eq(pthread_join(thread, NULL), 0);
}

static void leave(pthread_t *self)
{
    *self = pthread_self();
    pthread_exit(self);
}

static void *leave_from_within(void *argument)
{
    leave(argument);
    return NULL;
}

void test_pthread_exit_ends_the_thread_from_within(void)
{
    pthread_t thread, self = NULL;
    void *result = NULL;
    require_eq(pthread_create(&thread, NULL, leave_from_within, &self), 0);
    check_eq(pthread_join(thread, &result), 0);
    check(result == &self && pthread_equal(thread, self));
}

static void *join_it(void *argument)
{
    return (void *)(intptr_t)pthread_join(*(pthread_t *)argument, NULL);
}

void test_pthread_join_refuses_what_cannot_be_joined(void)
{
    pthread_t thread, first = pthread_self();
    pthread_attr_t attr;
    void *result = NULL;
    check_eq(pthread_join(first, NULL), EDEADLK);
    check_eq(pthread_detach(first), EINVAL);
    require_eq(pthread_create(&thread, NULL, join_it, &first), 0);
    check_eq(pthread_join(thread, &result), 0);
    check_eq((intptr_t)result, EINVAL);
    pthread_attr_init(&attr);
    check_eq(pthread_attr_setschedparam(&attr, &(struct sched_param){PRIORITIES}), EINVAL);
    check_eq(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN - 1), EINVAL);
    check_eq(pthread_attr_setstacksize(&attr, GIB), EINVAL);
    check_eq(pthread_attr_setdetachstate(&attr, 2), EINVAL);
}

static volatile unsigned int nruns;

static void *count(void *argument)
{
    (void)argument;
    nruns++;
    return NULL;
}

/* More than there can be at a time. They are more urgent than this one: each ends before its
 * creation returns, and the next has its place. */
void test_pthread_detached_give_their_places_back(void)
{
    pthread_t thread;
    pthread_attr_t attr;
    nruns = 0;
    pthread_attr_init(&attr);
    check_eq(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED), 0);
    check_eq(pthread_attr_setschedparam(&attr, &(struct sched_param){PRIORITY_HIGH}), 0);
    for (unsigned int i = 0; i < 300; i++)
        require_eq(pthread_create(&thread, &attr, count, NULL), 0);
    check_eq(nruns, 300);
    require_eq(pthread_create(&thread, NULL, count, NULL), 0);
    check_eq(pthread_detach(thread), 0);
    check_eq(pthread_detach(thread), EINVAL);
    check_eq(pthread_join(thread, NULL), EINVAL);
    for (int i = 0; i < 1000 && nruns < 301; i++)
        sys_thread_sleep(MILLISECOND);
    sys_thread_sleep(MILLISECOND);
    require_eq(pthread_create(&thread, NULL, count, NULL), 0);
    check_eq(pthread_join(thread, NULL), 0);
    check_eq(nruns, 302);
}

static void *use_stack(void *argument)
{
    char large[900 * KIB];
    memset(large, 1, sizeof(large));
    uintptr_t sum = 0;
    for (size_t i = 0; i < sizeof(large); i += PAGE_BYTES)
        sum += (uintptr_t)((volatile char *)large)[i];
    (void)argument;
    return (void *)sum;
}

void test_pthread_stack_is_as_large_as_asked_for(void)
{
    pthread_t thread;
    pthread_attr_t attr;
    void *result = NULL;
    size_t nbytes = 0;
    pthread_attr_init(&attr);
    check_eq(pthread_attr_setstacksize(&attr, MIB), 0);
    check_eq(pthread_attr_getstacksize(&attr, &nbytes), 0);
    check_eq(nbytes, MIB);
    require_eq(pthread_create(&thread, &attr, use_stack, NULL), 0);
    check_eq(pthread_join(thread, &result), 0);
    check_eq((uintptr_t)result, 900 * KIB / PAGE_BYTES);
}

static void *priority_here(void *argument)
{
    (void)argument;
    return (void *)(uintptr_t)kit_thread_info(0).priority;
}

void test_pthread_priority_is_the_makers_or_what_is_asked_for(void)
{
    pthread_t threads[2];
    pthread_attr_t attr;
    void *results[2] = {NULL, NULL};
    pthread_attr_init(&attr);
    check_eq(pthread_attr_setschedparam(&attr, &(struct sched_param){7}), 0);
    check_eq(sys_thread_set_priority(0, PRIORITY_HIGH), STATUS_OK);
    require_eq(pthread_create(&threads[0], NULL, priority_here, NULL), 0);
    require_eq(pthread_create(&threads[1], &attr, priority_here, NULL), 0);
    check_eq(sys_thread_set_priority(0, PRIORITY_DEFAULT), STATUS_OK);
    for (int i = 0; i < 2; i++)
        check_eq(pthread_join(threads[i], &results[i]), 0);
    check_eq((uintptr_t)results[0], PRIORITY_HIGH);
    check_eq((uintptr_t)results[1], 7);
}

static void *wait_for_post(void *sem)
{
    sem_wait(sem);
    return NULL;
}

/* Thread by thread until there is no place, and each is joined. */
void test_pthread_create_fails_when_there_are_too_many(void)
{
    static pthread_t threads[200];
    static sem_t go;
    size_t n = 0;
    int error = 0;
    sem_init(&go, 0, 0);
    while (n < 200 && (error = pthread_create(&threads[n], NULL, wait_for_post, &go)) == 0)
        n++;
    check_eq(error, EAGAIN);
    check(n >= 100);
    for (size_t i = 0; i < n; i++)
        sem_post(&go);
    for (size_t i = 0; i < n; i++)
        check_eq(pthread_join(threads[i], NULL), 0);
}

/* --- keys ------------------------------------------------------------------------------------- */

static pthread_key_t keys[2];
static volatile unsigned int ndestroyed;

static void destroy(void *value)
{
    ndestroyed += (unsigned int)(uintptr_t)value;
}

/* Sets the other key, so that it has to be called twice. */
static void destroy_and_set(void *value)
{
    ndestroyed += 100;
    pthread_setspecific(keys[0], value);
}

static uint64_t body_keys(size_t i)
{
    uint64_t wrong = pthread_getspecific(keys[0]) != NULL;
    wrong += pthread_setspecific(keys[0], (void *)(i + 1)) != 0;
    sys_thread_yield();
    wrong += pthread_getspecific(keys[0]) != (void *)(i + 1);
    wrong += pthread_setspecific(keys[1], (void *)(uintptr_t)1) != 0;
    return wrong;
}

void test_pthread_keys_are_each_threads_own_and_are_destroyed(void)
{
    ndestroyed = 0;
    check_eq(pthread_key_create(&keys[0], destroy), 0);
    check_eq(pthread_key_create(&keys[1], destroy_and_set), 0);
    check_eq(pthread_setspecific(keys[0], &keys), 0);
    crowd_run(4, body_keys);
    check(pthread_getspecific(keys[0]) == &keys);
    check_eq(ndestroyed, 1 + 2 + 3 + 4 + 4 * 100 + 4);
    check_eq(pthread_key_delete(keys[0]), 0);
    check_eq(pthread_key_delete(keys[0]), EINVAL);
    check_eq(pthread_setspecific(keys[0], &keys), EINVAL);
    check(pthread_getspecific(keys[0]) == NULL);
    check_eq(pthread_key_create(&keys[0], NULL), 0);
    check(pthread_getspecific(keys[0]) == NULL);
    check_eq(pthread_key_delete(keys[0]), 0);
    check_eq(pthread_key_delete(keys[1]), 0);
}

static void *leave_value(void *unused)
{
    (void)unused;
    return (void *)(uintptr_t)(pthread_setspecific(keys[0], &keys) != 0);
}

static void *look_for_nothing(void *unused)
{
    return unused;
}

static void *look_for_value(void *unused)
{
    (void)unused;
    return pthread_getspecific(keys[0]);
}

/* A key without a destructor: its value stays where it is when the thread ends, in a stack that
 * another thread may be given. */
void test_pthread_keys_have_no_value_of_an_earlier_thread(void)
{
    pthread_t thread;
    void *result;
    check_eq(pthread_key_create(&keys[0], NULL), 0);
    for (int i = 0; i < 2 * 3; i++) {
        check_eq(pthread_create(&thread, NULL, i % 2 == 0 ? leave_value : look_for_value, NULL), 0);
        check_eq(pthread_join(thread, &result), 0);
        check(result == NULL);
    }
    check_eq(pthread_key_delete(keys[0]), 0);
}

/* The place of a thread that was joined is used again, with its stack: it costs no call and no page
 * to make one. */
void test_pthread_stack_of_an_earlier_thread_is_used_again(void)
{
    uint64_t before[COUNTERS], after[COUNTERS];
    pthread_t thread;
    void *result;
    for (int i = 0; i < 10; i++) {
        if (i == 1)
            check_eq(sys_system_counters((uintptr_t)before, COUNTERS), STATUS_OK);
        check_eq(pthread_create(&thread, NULL, look_for_nothing, NULL), 0);
        check_eq(pthread_join(thread, &result), 0);
        check(result == NULL);
    }
    check_eq(sys_system_counters((uintptr_t)after, COUNTERS), STATUS_OK);
    check_eq(after[COUNTER_PAGES_FILLED], before[COUNTER_PAGES_FILLED]);
}

void test_pthread_keys_are_limited(void)
{
    pthread_key_t made[PTHREAD_KEYS_MAX + 1];
    size_t n = 0;
    while (n <= PTHREAD_KEYS_MAX && pthread_key_create(&made[n], NULL) == 0)
        n++;
    check_eq(n, PTHREAD_KEYS_MAX);
    for (size_t i = 0; i < n; i++)
        check_eq(pthread_key_delete(made[i]), 0);
    check_eq(pthread_key_delete(PTHREAD_KEYS_MAX), EINVAL);
}

/* --- once ------------------------------------------------------------------------------------- */

static pthread_once_t once;

static void begin_slowly(void)
{
    sys_thread_sleep(5 * MILLISECOND);
    nruns++;
}

static uint64_t body_once(size_t i)
{
    (void)i;
    return pthread_once(&once, begin_slowly) != 0 || nruns != 1;
}

/* Who comes second waits for the first. */
void test_pthread_once_is_once_and_others_wait(void)
{
    once = (pthread_once_t)PTHREAD_ONCE_INIT;
    nruns = 0;
    crowd_run(5, body_once);
    check_eq(pthread_once(&once, begin_slowly), 0);
    check_eq(nruns, 1);
}

/* --- the C library's own locks ---------------------------------------------------------------- */

static uint64_t body_allocate(size_t i)
{
    uint64_t wrong = 0;
    for (int turn = 0; turn < 200; turn++) {
        unsigned char *block = malloc(64 + i);
        if (block == NULL)
            return 1000;
        memset(block, (int)i, 64);
        if (turn % 8 == 0)
            sys_thread_yield();
        wrong += block[0] != i || block[63] != i;
        free(block);
    }
    return wrong;
}

static _LOCK_T lock;
static volatile uint64_t inside, nentries;

static uint64_t body_use_lock(size_t i)
{
    uint64_t wrong = 0;
    for (int turn = 0; turn < 100; turn++) {
        __lock_acquire_recursive(lock);
        __lock_acquire_recursive(lock);
        wrong += inside++ != 0;
        nentries++;
        if ((turn + (int)i) % 3 == 0)
            sys_thread_yield();
        inside--;
        __lock_release_recursive(lock);
        __lock_release_recursive(lock);
    }
    return wrong;
}

void test_pthread_locks_of_the_c_library_exclude_others(void)
{
    nentries = 0;
    __lock_init_recursive(lock);
    crowd_run(CROWD, body_use_lock);
    check_eq(nentries, CROWD * 100);
    __lock_close_recursive(lock);
}

void test_pthread_all_use_the_heap_at_once(void)
{
    crowd_run(CROWD, body_allocate);
}
