/*
 * POSIX semaphores without names, on futexes. In a segment that several processes have, they work
 * between these, whatever `shared` says. Results are 0, or -1 with errno.
 */
#ifndef LIBC_SEMAPHORE_H
#define LIBC_SEMAPHORE_H

#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SEM_VALUE_MAX 0x7fffffff

typedef struct {
    unsigned long __word; /* the value, and from bit 32 on how many wait */
} sem_t;

/* Makes a semaphore of this value. Does not block. Errors: EINVAL (more than SEM_VALUE_MAX). */
int sem_init(sem_t *sem, int shared, unsigned int value);

/* Ends one. Does not block. Errors: EBUSY (somebody waits). */
int sem_destroy(sem_t *sem);

/* Takes one from the value. Blocks while the value is 0. Errors: EINVAL (it does not lie in mapped
 * memory). */
int sem_wait(sem_t *sem);

/* As sem_wait, until the clock shows `time` at most. Errors: ETIMEDOUT (the time was over), EINVAL
 * (a time that there is not). */
int sem_timedwait(sem_t *sem, const struct timespec *time);

/* As sem_wait, if the value is not 0. Does not block. Errors: EAGAIN (it is). */
int sem_trywait(sem_t *sem);

/* Adds one to the value, and wakes one who waits. Does not block. Errors: EOVERFLOW (it is
 * SEM_VALUE_MAX). */
int sem_post(sem_t *sem);

/* The value now. Does not block. Errors: none. */
int sem_getvalue(sem_t *sem, int *value);

#ifdef __cplusplus
}
#endif

#endif
