/* Threads by their ids: a hash table, with its chains inside the threads. */
#include "obj/thread_table.h"

#include <arch/cpu.h>

#include "base/assert.h"
#include "base/hash.h"
#include "obj/thread.h"

#define BUCKETS_LOG 9

static struct list buckets[1 << BUCKETS_LOG];
static uint64_t seed;

void thread_table_init(void)
{
    seed = hash_seed(cpu_cycles());
    for (size_t i = 0; i < array_count(buckets); i++)
        list_init(&buckets[i]);
}

static struct list *bucket_of(uint64_t id)
{
    return &buckets[hash_word(seed, id, BUCKETS_LOG)];
}

void thread_table_add(struct thread *thread)
{
    list_push_front(bucket_of(thread->object.id), &thread->in_table);
}

void thread_table_remove(struct thread *thread)
{
    list_drop(&thread->in_table);
}

struct thread *thread_table_find(uint64_t id)
{
    list_for_each(node, bucket_of(id)) {
        struct thread *thread = list_item(node, struct thread, in_table);
        if (thread->object.id == id)
            return thread;
    }
    return NULL;
}

uint32_t thread_table_check(void)
{
    uint32_t nthreads = 0;
    for (size_t i = 0; i < array_count(buckets); i++) {
        list_for_each(node, &buckets[i]) {
            const struct thread *thread = list_item(node, struct thread, in_table);
            ASSERT(thread->state != THREAD_ENDED && bucket_of(thread->object.id) == &buckets[i]);
            nthreads++;
        }
    }
    return nthreads;
}
