/* Deadlines and errors of POSIX for waits at a futex. */
#include <errno.h>

#include "pthread_internal.h"

#define NANOSECONDS INT64_C(1000000000) /* in a second */

int deadline_of(const struct timespec *time, uint64_t *out)
{
    uint64_t seconds = time->tv_sec < 0 ? 0 : (uint64_t)time->tv_sec;
    if (time->tv_nsec < 0 || time->tv_nsec >= NANOSECONDS)
        return EINVAL;
    if (time->tv_sec < 0)
        *out = 0;
    else if (seconds >= FUTEX_FOREVER / NANOSECONDS)
        *out = FUTEX_FOREVER;
    else
        *out = seconds * NANOSECONDS + (uint64_t)time->tv_nsec;
    return 0;
}

int wait_error(int64_t status)
{
    switch (status) {
    case STATUS_OK:
    case STATUS_CHANGED:
    case STATUS_ENDED:
        return 0;
    case STATUS_TIMED_OUT:
        return ETIMEDOUT;
    default:
        return EINVAL;
    }
}
