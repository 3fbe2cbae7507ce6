/* POSIX threads: making, joining, detaching them. thread.c has their stacks. */
#include <errno.h>

#include "pthread_internal.h"

static void run(void *unused)
{
    const struct pthread *self = pthread_self();
    (void)unused;
    pthread_exit(self->routine(self->argument));
}

static int priority_of(const pthread_attr_t *attr, uint32_t *priority)
{
    struct thread_info info;
    if (attr != NULL && attr->__priority >= 0) {
        *priority = (uint32_t)attr->__priority;
        return 0;
    }
    if (thread_info(0, &info) < 0)
        return EAGAIN;
    *priority = info.priority;
    return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *),
                   void *argument)
{
    struct thread_plan plan = {
        .run = run,
        .stack_bytes = attr != NULL ? attr->__stack_bytes : THREAD_STACK_BYTES,
        .routine = routine,
        .routine_argument = argument,
    };
    struct pthread *started;
    int error = priority_of(attr, &plan.priority);
    if (error != 0)
        return error;
    handle_t handle = thread_start_planned(&plan, &started);
    if (handle < 0)
        return handle == STATUS_BAD_ARGUMENT ? EINVAL : EAGAIN;
    *thread = started;
    if (attr != NULL && attr->__detached != PTHREAD_CREATE_JOINABLE)
        place_detach(started->place);
    return 0;
}

int pthread_join(pthread_t thread, void **result)
{
    handle_t handle = thread->place != NULL ? place_thread(thread->place) : 0;
    if (thread == pthread_self())
        return EDEADLK;
    if (handle == 0)
        return EINVAL;
    int64_t status = thread_wait(handle);
    if (status < 0 && status != STATUS_DESTROYED)
        return ESRCH;
    if (result != NULL)
        *result = thread->result;
    return thread_join(handle) < 0 ? ESRCH : 0;
}

int pthread_detach(pthread_t thread)
{
    return thread->place != NULL && place_detach(thread->place) ? 0 : EINVAL;
}

pthread_t pthread_self(void)
{
    return thread_control()->pthread;
}

int pthread_equal(pthread_t a, pthread_t b)
{
    return a == b;
}

void pthread_exit(void *result)
{
    pthread_self()->result = result;
    thread_exit(STATUS_OK);
}

uint64_t thread_ask_id(void)
{
    struct thread_info info = {0};
    thread_info(0, &info);
    thread_control()->id = info.id;
    return info.id;
}

int sched_yield(void)
{
    thread_yield();
    return 0;
}
