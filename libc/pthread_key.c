/*
 * Data of each thread's own. A key has a generation, odd while the key is in use; values of an
 * older generation do not count, so a key that is created anew is null in every thread.
 */
#include <errno.h>

#include "pthread_internal.h"

static struct {
    unsigned long generation;
    void (*destructor)(void *);
} keys[PTHREAD_KEYS_MAX];

/* No key from this one on has been in use yet. */
static pthread_key_t nkeys;

static uint64_t generation_of(pthread_key_t key)
{
    return __atomic_load_n(&keys[key].generation, __ATOMIC_ACQUIRE);
}

static bool is_used(pthread_key_t key)
{
    return key < PTHREAD_KEYS_MAX && (generation_of(key) & 1) != 0;
}

static void count_key(pthread_key_t key)
{
    pthread_key_t n = __atomic_load_n(&nkeys, __ATOMIC_RELAXED);
    while (n <= key && !__atomic_compare_exchange_n(&nkeys, &n, key + 1, false, __ATOMIC_SEQ_CST,
                                                    __ATOMIC_RELAXED))
        ;
}

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    for (pthread_key_t i = 0; i < PTHREAD_KEYS_MAX; i++) {
        uint64_t generation = generation_of(i);
        if ((generation & 1) == 0 && word_change(&keys[i].generation, generation, generation + 1)) {
            keys[i].destructor = destructor;
            count_key(i);
            *key = i;
            return 0;
        }
    }
    return EAGAIN;
}

int pthread_key_delete(pthread_key_t key)
{
    if (!is_used(key))
        return EINVAL;
    uint64_t generation = generation_of(key);
    return word_change(&keys[key].generation, generation, generation + 1) ? 0 : EINVAL;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    if (!is_used(key))
        return EINVAL;
    struct pthread *self = pthread_self();
    if (self->place != NULL)
        place_use_keys(self->place);
    self->values[key] = (struct key_value){(void *)(uintptr_t)value, generation_of(key)};
    return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
    if (!is_used(key))
        return NULL;
    const struct key_value *value = &pthread_self()->values[key];
    return value->generation == generation_of(key) ? value->value : NULL;
}

/* True if there was anything to destroy: then there may be something again. */
static bool destroy_values(void)
{
    bool any = false;
    for (pthread_key_t key = 0; key < __atomic_load_n(&nkeys, __ATOMIC_RELAXED); key++) {
        void *value = pthread_getspecific(key);
        void (*destructor)(void *) = keys[key].destructor;
        if (value == NULL || destructor == NULL)
            continue;
        pthread_setspecific(key, NULL);
        destructor(value);
        any = true;
    }
    return any;
}

void keys_end(void)
{
    for (int i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS && destroy_values(); i++)
        ;
}
