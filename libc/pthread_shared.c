/* The attribute that something is for several processes. All is, so it is only remembered. */
#include <errno.h>

#include "pthread_internal.h"

static int set(int *shared, int value)
{
    if (value != PTHREAD_PROCESS_PRIVATE && value != PTHREAD_PROCESS_SHARED)
        return EINVAL;
    *shared = value;
    return 0;
}

/* pthread_mutexattr_setpshared, pthread_mutexattr_getpshared and so on. */
#define SHARED(type)                                                                               \
    int type##_setpshared(type##_t *attr, int shared)                                              \
    {                                                                                              \
        return set(&attr->__shared, shared);                                                       \
    }                                                                                              \
    int type##_getpshared(const type##_t *attr, int *shared)                                       \
    {                                                                                              \
        *shared = attr->__shared;                                                                  \
        return 0;                                                                                  \
    }
SHARED(pthread_mutexattr)
SHARED(pthread_condattr)
SHARED(pthread_barrierattr)
SHARED(pthread_rwlockattr)
