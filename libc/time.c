/*
 * Time for the C library. There is no calendar: the epoch is the moment of boot.
 */
#define _GNU_SOURCE /* newlib names Linux's clocks only then */
#include <errno.h>
#include <stdbool.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include <vasco/clock.h>
#include <vasco/thread.h>

#define NANOSECONDS UINT64_C(1000000000) /* in a second */

/* All clocks of which POSIX says that they go on by themselves are the same one. */
static bool clock_is_known(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME_COARSE ||
           clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE;
}

static bool time_is_valid(const struct timespec *time)
{
    return time->tv_sec >= 0 && time->tv_nsec >= 0 && (uint64_t)time->tv_nsec < NANOSECONDS;
}

static struct timespec timespec_of(uint64_t nanoseconds)
{
    return (struct timespec){
        .tv_sec = (time_t)(nanoseconds / NANOSECONDS),
        .tv_nsec = (long)(nanoseconds % NANOSECONDS),
    };
}

/* The longest there is, if it is longer. */
static uint64_t nanoseconds_of(const struct timespec *time)
{
    uint64_t nanoseconds;
    bool over = __builtin_mul_overflow((uint64_t)time->tv_sec, NANOSECONDS, &nanoseconds) ||
                __builtin_add_overflow(nanoseconds, (uint64_t)time->tv_nsec, &nanoseconds);
    return over ? UINT64_MAX : nanoseconds;
}

static int fail_invalid(void)
{
    errno = EINVAL;
    return -1;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!clock_is_known(clock))
        return fail_invalid();
    *time = timespec_of(clock_nanoseconds());
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *time)
{
    if (!clock_is_known(clock))
        return fail_invalid();
    if (time != NULL)
        *time = timespec_of(1);
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now = timespec_of(clock_nanoseconds());
    (void)zone;
    *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

/* The time since boot stands for the time used, which nobody measures. */
clock_t times(struct tms *times)
{
    clock_t now = (clock_t)(clock_nanoseconds() / (NANOSECONDS / CLOCKS_PER_SEC));
    *times = (struct tms){.tms_utime = now};
    return now;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    if (!time_is_valid(time))
        return fail_invalid();
    thread_sleep(nanoseconds_of(time));
    if (left != NULL)
        *left = (struct timespec){0};
    return 0;
}

/* Returns the error instead of setting errno. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
    if (!clock_is_known(clock) || !time_is_valid(time))
        return EINVAL;
    if ((flags & TIMER_ABSTIME) == 0)
        return nanosleep(time, left);
    uint64_t now = clock_nanoseconds(), until = nanoseconds_of(time);
    if (until > now)
        thread_sleep(until - now);
    return 0;
}

unsigned int sleep(unsigned int seconds)
{
    thread_sleep(seconds * NANOSECONDS);
    return 0;
}

int usleep(useconds_t microseconds)
{
    thread_sleep((uint64_t)microseconds * 1000);
    return 0;
}
