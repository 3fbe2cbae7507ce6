/*
 * Time for the C library. There is no calendar: the epoch is the moment of boot.
 */
#define _POSIX_TIMERS 1
#include <errno.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include <vasco/clock.h>
#include <vasco/thread.h>

#define NANOSECONDS UINT64_C(1000000000) /* in a second */

int clock_gettime(clockid_t clock, struct timespec *time)
{
    uint64_t now = clock_nanoseconds();
    (void)clock;
    time->tv_sec = (time_t)(now / NANOSECONDS);
    time->tv_nsec = (long)(now % NANOSECONDS);
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    uint64_t now = clock_nanoseconds();
    (void)zone;
    time->tv_sec = (time_t)(now / NANOSECONDS);
    time->tv_usec = (suseconds_t)(now % NANOSECONDS / 1000);
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
    if (time->tv_sec < 0 || time->tv_nsec < 0 || (uint64_t)time->tv_nsec >= NANOSECONDS) {
        errno = EINVAL;
        return -1;
    }
    thread_sleep((uint64_t)time->tv_sec * NANOSECONDS + (uint64_t)time->tv_nsec);
    if (left != NULL)
        *left = (struct timespec){0};
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
