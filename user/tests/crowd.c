/* POSIX threads that do the same at once: see crowd.h. */
#include "crowd.h"

#include <pthread.h>
#include <vasco/clock.h>

#include "kit.h"

static pthread_t threads[CROWD];
static size_t nthreads;
static uint64_t (*doing)(size_t i);

static void *run(void *number)
{
    size_t i = (size_t)number;
    sys_thread_set_cpu(0, i % kit_system_info().ncpus);
    return (void *)doing(i);
}

bool crowd_start(size_t n, uint64_t (*body)(size_t i))
{
    doing = body;
    for (nthreads = 0; nthreads < n; nthreads++) {
        if (!check_eq(pthread_create(&threads[nthreads], NULL, run, (void *)nthreads), 0))
            return false;
    }
    return true;
}

void crowd_end(void)
{
    for (size_t i = 0; i < nthreads; i++) {
        void *wrong = NULL;
        check_eq(pthread_join(threads[i], &wrong), 0);
        check_eq((uintptr_t)wrong, 0);
    }
}

void crowd_run(size_t n, uint64_t (*body)(size_t i))
{
    crowd_start(n, body);
    crowd_end();
}

struct timespec crowd_time(uint64_t ms)
{
    uint64_t at = clock_nanoseconds() + ms * MILLISECOND;
    return (struct timespec){(time_t)(at / 1000000000), (long)(at % 1000000000)};
}

uint64_t crowd_calls(void)
{
    static uint64_t calls; /* made here */
    uint64_t counter = 0;
    sys_system_counters((uintptr_t)&counter, COUNTER_SYSCALLS + 1);
    return counter - ++calls;
}
