/*
 * Where the kernel's accesses to memory pass: the functions that -fsanitize=thread calls before
 * each of them (the sanitizer itself is not linked). Each is a place where this CPU may stop.
 */
#include <arch/kernel_lock.h>

#include "oracle.h"

static inline void pass(const void *p)
{
    if (running == NULL)
        return;
    if (--running->budget <= 0)
        pass_turn();
    memory_touched(p);
}

static inline void pass_store(void *p, uint64_t nbytes)
{
    pass(p);
    if (running != NULL && running->lazy)
        store_begins(p, nbytes);
}

#define HOOKS(n)                                                                                   \
    void __tsan_read##n(void *p);                                                                  \
    void __tsan_read##n(void *p)                                                                   \
    {                                                                                              \
        pass(p);                                                                                   \
    }                                                                                              \
    void __tsan_write##n(void *p);                                                                 \
    void __tsan_write##n(void *p)                                                                  \
    {                                                                                              \
        pass_store(p, n);                                                                          \
    }                                                                                              \
    void __tsan_unaligned_read##n(void *p);                                                        \
    void __tsan_unaligned_read##n(void *p)                                                         \
    {                                                                                              \
        pass(p);                                                                                   \
    }                                                                                              \
    void __tsan_unaligned_write##n(void *p);                                                       \
    void __tsan_unaligned_write##n(void *p)                                                        \
    {                                                                                              \
        pass_store(p, n);                                                                          \
    }
HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)

void __tsan_read_range(void *p, uint64_t nbytes);
void __tsan_read_range(void *p, uint64_t nbytes)
{
    (void)nbytes;
    pass(p);
}

void __tsan_write_range(void *p, uint64_t nbytes);
void __tsan_write_range(void *p, uint64_t nbytes)
{
    pass_store(p, nbytes);
}

/* --- atomics: these are where CPUs meet, so others often go on there -------------------------- */

static void meet(const void *p)
{
    point();
    pass(p);
}

/* The kernel lock is given back: what has returned now must have taken effect everywhere. */
static void before_store(const void *p)
{
    meet(p);
    if (running != NULL && p == &kernel_lock_word.serving)
        truth_release();
}

#define ATOMICS(bits)                                                                              \
    uint##bits##_t __tsan_atomic##bits##_load(const uint##bits##_t *p, int order);                 \
    uint##bits##_t __tsan_atomic##bits##_load(const uint##bits##_t *p, int order)                  \
    {                                                                                              \
        (void)order;                                                                               \
        meet(p);                                                                                   \
        return *(const volatile uint##bits##_t *)p;                                                \
    }                                                                                              \
    void __tsan_atomic##bits##_store(uint##bits##_t *p, uint##bits##_t v, int order);              \
    void __tsan_atomic##bits##_store(uint##bits##_t *p, uint##bits##_t v, int order)               \
    {                                                                                              \
        before_store(p);                                                                           \
        if (running != NULL && running->lazy)                                                      \
            store_begins(p, bits / 8);                                                             \
        *(volatile uint##bits##_t *)p = v;                                                         \
        if (order == __ATOMIC_SEQ_CST)                                                             \
            stores_drain();                                                                        \
    }                                                                                              \
    uint##bits##_t __tsan_atomic##bits##_fetch_add(uint##bits##_t *p, uint##bits##_t v,            \
                                                   int order);                                     \
    uint##bits##_t __tsan_atomic##bits##_fetch_add(uint##bits##_t *p, uint##bits##_t v, int order) \
    {                                                                                              \
        (void)order;                                                                               \
        meet(p);                                                                                   \
        stores_drain();                                                                            \
        *p += v;                                                                                   \
        return (uint##bits##_t)(*p - v);                                                           \
    }
ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    if (order == __ATOMIC_SEQ_CST)
        stores_drain();
}

void __tsan_init(void);
void __tsan_init(void)
{
}
