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

int sem_init(sem_t *sem, int shared, unsigned int value);
int sem_destroy(sem_t *sem);
int sem_wait(sem_t *sem);
int sem_trywait(sem_t *sem);
int sem_timedwait(sem_t *sem, const struct timespec *time);
int sem_post(sem_t *sem);
int sem_getvalue(sem_t *sem, int *value);

#ifdef __cplusplus
}
#endif

#endif
