/* Futexes: futex.h says what they are, has the picture and the invariants. */
#include "obj/futex.h"

#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/layout.h>

#include "abi/objects.h"
#include "base/assert.h"
#include "base/hash.h"
#include "obj/place.h"
#include "obj/sched.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/thread_table.h"
#include "obj/view.h"

#define BUCKETS_LOG 10

static struct list buckets[1 << BUCKETS_LOG];
static uint64_t seg_seed, offset_seed;

void futex_init(void)
{
    seg_seed = hash_seed(cpu_cycles());
    offset_seed = hash_seed(seg_seed);
    for (size_t i = 0; i < array_count(buckets); i++)
        list_init(&buckets[i]);
}

/* The rest is zero, and the other lists are begun when the thread waits. */
void futex_init_thread(struct futex_wait *wait)
{
    list_init(&wait->watchers);
}

/* --- words ---------------------------------------------------------------------------------- */

static bool words_equal(struct futex_word a, struct futex_word b)
{
    return a.seg == b.seg && a.offset == b.offset;
}

status_t futex_find(uptr_t address, struct futex_word *out)
{
    if (!is_aligned(address.v, sizeof(uint64_t)))
        return STATUS_UNALIGNED;
    if (address.v >= USER_END)
        return STATUS_BAD_ADDRESS;
    struct place place = place_find(view_of_mmu(cpu_this()->view), VADDR(address.v));
    if (!place_allows(place, ACCESS_READ))
        return STATUS_BAD_ADDRESS;
    if (place.seg->object.dead)
        return STATUS_DESTROYED;
    *out = (struct futex_word){place.seg, address.v - place.seg->range.base.v};
    return STATUS_OK;
}

/* The word's value, in one load: other CPUs may be writing it. */
static status_t read_word(struct futex_word word, uint64_t *value)
{
    uint64_t room;
    const uint64_t *at = seg_page(word.seg, word.offset, &room);
    if (at == NULL)
        return STATUS_NO_MEMORY;
    *value = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    return STATUS_OK;
}

static status_t check_value(struct futex_word word, uint64_t expected)
{
    uint64_t value;
    TRY(read_word(word, &value));
    return value == expected ? STATUS_OK : STATUS_CHANGED;
}

/* The thread that the word names, or null for a word that names none. */
static status_t find_owner(struct futex_word word, uint64_t flags, struct thread **out)
{
    uint64_t value;
    *out = NULL;
    if ((flags & FUTEX_OWNED) == 0)
        return STATUS_OK;
    TRY(read_word(word, &value));
    *out = thread_table_find(value & FUTEX_OWNER_MASK);
    return *out != NULL ? STATUS_OK : STATUS_ENDED;
}

/* --- queues --------------------------------------------------------------------------------- */

static struct list *bucket_of(struct futex_word word)
{
    uint64_t seg = hash_word(seg_seed, word.seg->object.id, BUCKETS_LOG);
    return &buckets[seg ^ hash_word(offset_seed, word.offset, BUCKETS_LOG)];
}

/* Who waits first, or null. */
static struct thread *first_at(struct futex_word word)
{
    list_for_each(node, bucket_of(word)) {
        struct thread *thread = list_item(node, struct thread, futex.in_bucket);
        if (words_equal(thread->futex.word, word))
            return thread;
    }
    return NULL;
}

static bool is_first(const struct thread *thread)
{
    return !list_is_empty(&thread->futex.in_bucket);
}

/* Who waits at the same word behind this one, the first; null if nobody does. */
static struct thread *next_behind_first(const struct thread *thread)
{
    const struct list *same = &thread->futex.same;
    return list_is_empty(same) ? NULL : list_item(same->next, struct thread, futex.same);
}

/* The first at a word watches this thread from now on; or none, for null. */
static void watch(struct thread *first, struct thread *watched)
{
    struct futex_wait *wait = &first->futex;
    list_remove(&wait->in_watched);
    wait->watched = watched;
    if (watched != NULL)
        list_push_back(&watched->futex.watchers, &wait->in_watched);
}

/* Those who wait at a word are being told, step by step, that the thread they watch has ended. Who
 * joined them now would be told too; so nobody does, or the telling might never come to an end. */
static bool are_being_told(const struct thread *first)
{
    const struct thread *watched = first != NULL ? first->futex.watched : NULL;
    return watched != NULL && watched->state == THREAD_ENDED;
}

/* The thread waits at the word, behind those that do; `first` is the first of them, or null. */
static void join(struct thread *thread, struct futex_word word, struct thread *first)
{
    struct futex_wait *wait = &thread->futex;
    wait->word = word;
    list_init(&wait->same);
    list_init(&wait->in_bucket);
    list_init(&wait->in_watched);
    object_get(&word.seg->object);
    list_push_back(&word.seg->futex_waiters, &wait->in_seg);
    if (first != NULL)
        list_push_back(&first->futex.same, &wait->same);
    else
        list_push_front(bucket_of(word), &wait->in_bucket);
}

/* The first at a word goes, and the next one takes its place. */
static void hand_over(struct thread *thread)
{
    struct futex_wait *wait = &thread->futex;
    struct thread *next = next_behind_first(thread);
    if (next != NULL) {
        list_insert_before(&wait->in_bucket, &next->futex.in_bucket);
        watch(next, wait->watched);
    }
    watch(thread, NULL);
    list_remove(&wait->in_bucket);
}

/* The segment may be gone when this returns. */
void futex_forget(struct thread *thread)
{
    struct futex_wait *wait = &thread->futex;
    struct object *seg = &wait->word.seg->object;
    if (is_first(thread))
        hand_over(thread);
    list_remove(&wait->same);
    list_remove(&wait->in_seg);
    wait->word.seg = NULL;
    object_put(seg);
}

/* --- waiting and waking --------------------------------------------------------------------- */

status_t futex_wait(struct futex_word word, uint64_t expected, uint64_t deadline, uint64_t flags)
{
    struct thread *self = cpu_this()->thread;
    struct thread *owner;
    TRY(check_value(word, expected));
    TRY(find_owner(word, flags, &owner));
    if (owner == self)
        return STATUS_BAD_ARGUMENT;
    /* Who does not wait any longer still says whom the others wait for. */
    struct thread *first = first_at(word);
    if (first != NULL && owner != NULL)
        watch(first, owner);
    if (are_being_told(first))
        return STATUS_ENDED;
    if (deadline != FUTEX_FOREVER && clock_now() >= deadline)
        return STATUS_TIMED_OUT;
    join(self, word, first);
    if (first == NULL)
        watch(self, owner);
    if (deadline != FUTEX_FOREVER)
        sched_wake_at(deadline);
    sched_block(self);
    return STATUS_TIMED_OUT; /* unless it is woken with something else */
}

/* Wakes up to `count`, from the first on; returns who is the first then, or null. */
static struct thread *wake_some(struct thread *first, uint64_t count, uint64_t *n)
{
    struct thread *heir = first;
    bool watches = first != NULL && first->futex.watched != NULL;
    for (*n = 0; first != NULL && *n < count; (*n)++) {
        struct thread *next = next_behind_first(first);
        sched_wake(first, STATUS_OK);
        first = next;
    }
    if (watches && first != NULL && first != heir)
        watch(first, heir);
    return first;
}

uint64_t futex_wake(struct futex_word word, uint64_t count)
{
    uint64_t n;
    wake_some(first_at(word), count, &n);
    return n;
}

/* Moves up to `count`, from the first on, to another word; returns how many. */
static uint64_t move_some(struct thread *thread, struct futex_word to, struct thread *first,
                          uint64_t count)
{
    uint64_t n = 0;
    for (; thread != NULL && n < count; n++) {
        struct thread *next = next_behind_first(thread);
        futex_forget(thread);
        join(thread, to, first);
        first = first != NULL ? first : thread;
        thread = next;
    }
    return n;
}

status_t futex_requeue(const struct futex_requeue *r, uint64_t *n)
{
    struct thread *owner;
    if (words_equal(r->from, r->to))
        return STATUS_BAD_ARGUMENT;
    TRY(check_value(r->from, r->expected));
    TRY(find_owner(r->to, r->flags, &owner));
    if (owner == NULL && are_being_told(first_at(r->to)))
        return STATUS_ENDED;
    struct thread *left = wake_some(first_at(r->from), r->nwake, n);
    *n += move_some(left, r->to, first_at(r->to), r->nmove);
    struct thread *first = first_at(r->to);
    if (first != NULL && owner != NULL)
        watch(first, owner);
    return STATUS_OK;
}

/* --- ends ----------------------------------------------------------------------------------- */

/* Who is behind the one that is woken watches the ended thread then, and is the next. */
bool futex_tell_end_some(struct thread *thread)
{
    struct list *watchers = &thread->futex.watchers;
    if (list_is_empty(watchers))
        return true;
    sched_wake(list_item(list_first(watchers), struct thread, futex.in_watched), STATUS_ENDED);
    return false;
}

bool futex_clear_some(struct seg *seg)
{
    if (list_is_empty(&seg->futex_waiters))
        return true;
    struct list *node = list_first(&seg->futex_waiters);
    sched_wake(list_item(node, struct thread, futex.in_seg), STATUS_DESTROYED);
    return false;
}

/* --- checks --------------------------------------------------------------------------------- */

static void check_waiter(const struct thread *thread)
{
    const struct futex_wait *wait = &thread->futex;
    ASSERT(thread->state == THREAD_BLOCKED && thread->waiting_for == NULL);
    ASSERT(list_is_empty(&thread->node));
    ASSERT(list_is_empty(&wait->in_watched) == (wait->watched == NULL));
    ASSERT(wait->watched == NULL || is_first(thread));
    wait->word.seg->object.checked++;
}

void futex_check_thread(const struct thread *thread)
{
    const struct list *watchers = &thread->futex.watchers;
    if (thread->futex.word.seg != NULL)
        check_waiter(thread);
    list_for_each(node, watchers)
        ASSERT(list_item(node, struct thread, futex.in_watched)->futex.watched == thread);
    ASSERT(list_is_empty(watchers) || thread->state != THREAD_ENDED || thread->object.queued);
}

void futex_check_seg(const struct seg *seg)
{
    list_for_each(node, &seg->futex_waiters)
        ASSERT(list_item(node, struct thread, futex.in_seg)->futex.word.seg == seg);
}

static uint32_t check_word(const struct thread *first, const struct list *bucket)
{
    uint32_t nwaiters = 1;
    struct futex_word word = first->futex.word;
    ASSERT(bucket_of(word) == bucket && first_at(word) == first);
    list_for_each(node, &first->futex.same) {
        const struct thread *thread = list_item(node, struct thread, futex.same);
        ASSERT(words_equal(thread->futex.word, word) && !is_first(thread));
        nwaiters++;
    }
    return nwaiters;
}

uint32_t futex_check(void)
{
    uint32_t nwaiters = 0;
    for (size_t i = 0; i < array_count(buckets); i++) {
        list_for_each(node, &buckets[i])
            nwaiters += check_word(list_item(node, struct thread, futex.in_bucket), &buckets[i]);
    }
    return nwaiters;
}
