/* What pthread_create can be told of a new thread. */
#include <errno.h>

#include "pthread_internal.h"

int pthread_attr_init(pthread_attr_t *attr)
{
    *attr = (pthread_attr_t){.__stack_bytes = THREAD_STACK_BYTES, .__priority = -1};
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attr, int state)
{
    if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
        return EINVAL;
    attr->__detached = state;
    return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attr, int *state)
{
    *state = attr->__detached;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t nbytes)
{
    if (nbytes < PTHREAD_STACK_MIN || nbytes > THREAD_STACK_MAX)
        return EINVAL;
    attr->__stack_bytes = (nbytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *attr, size_t *nbytes)
{
    *nbytes = attr->__stack_bytes;
    return 0;
}

int pthread_attr_setschedparam(pthread_attr_t *attr, const struct sched_param *param)
{
    if (param->sched_priority < 0 || param->sched_priority >= PRIORITIES)
        return EINVAL;
    attr->__priority = param->sched_priority;
    return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *attr, struct sched_param *param)
{
    param->sched_priority = attr->__priority < 0 ? PRIORITY_DEFAULT : attr->__priority;
    return 0;
}
