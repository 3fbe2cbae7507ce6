/*
 * The types of POSIX threads. It takes the place of newlib's file of this name, which <sys/types.h>
 * includes and whose types have no room for a futex.
 *
 * Mutexes, condition variables and the like are plain data. In a segment that several processes
 * have, they work between these: there is no other kind. All are zero in their initial state.
 */
#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_

#include <stddef.h>
#include <sys/sched.h>

typedef struct pthread *pthread_t;

typedef struct {
    size_t __stack_bytes;
    int __detached;
    int __priority; /* -1: that of the thread that calls pthread_create */
} pthread_attr_t;

typedef struct {
    unsigned long __word; /* 0: free; else the owner's id, FUTEX_WAITERS, FUTEX_OWNER_DIED */
    unsigned int __kind;
    unsigned int __depth; /* of a recursive one: how often its owner has locked it, less one */
} pthread_mutex_t;

typedef struct {
    unsigned int __kind;
    int __shared;
} pthread_mutexattr_t;

typedef struct {
    unsigned long __sequence; /* at which threads wait; grows with each signal */
    unsigned long __nwaiters;
    pthread_mutex_t *__mutex; /* of the last who waited */
} pthread_cond_t;

typedef struct {
    int __clock;
    int __shared;
} pthread_condattr_t;

typedef struct {
    unsigned long __arrived; /* threads that have ever come, */
    unsigned long __rounds;  /* and rounds that are complete: at this word threads wait */
    unsigned long __count;
} pthread_barrier_t;

typedef struct {
    int __shared;
} pthread_barrierattr_t;

typedef struct {
    unsigned long __word;
} pthread_rwlock_t;

typedef struct {
    int __shared;
} pthread_rwlockattr_t;

typedef unsigned int pthread_key_t;

typedef struct {
    unsigned long __state;
} pthread_once_t;

#endif
