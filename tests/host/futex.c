/* Futexes: comparing, the order of waking, owners, requeueing, and every way in which a wait ends.
 */
#include "obj/futex.h"

#include "obj/sched.h"
#include "room.h"

#define NWORDS 4
#define NTHREADS 12

/* Words of init's buffer, on two pages. */
static uint64_t address_of(int word)
{
    return WORLD_BUFFER + (uint64_t)word * 2048 + 8;
}

static uint64_t *word_at(int word)
{
    uint64_t room;
    return seg_page(WORLD_OBJECT(world.buffer, seg), address_of(word) - WORLD_BUFFER, &room);
}

static int64_t wait_at(int word, uint64_t flags)
{
    return sys_futex_wait(address_of(word), *word_at(word), FUTEX_FOREVER, flags);
}

/* A new thread that waits; init's first one goes on. */
static struct thread *waiter_at(int word, uint64_t flags)
{
    struct thread *thread = enter_thread();
    assert_ptr_equal(world_return(wait_at(word, flags)), world.thread);
    assert_int_equal(thread->state, THREAD_BLOCKED);
    check_everything();
    return thread;
}

static bool waits(const struct thread *thread)
{
    return thread->state == THREAD_BLOCKED;
}

/* The thread runs next, and its call has returned this; it ends. */
static void assert_goes_on(struct thread *thread, int64_t result)
{
    assert_false(waits(thread));
    assert_int_equal(result_of(thread), result);
    assert_ptr_equal(world_return(0), thread);
    world_return(sys_thread_exit(0));
    check_everything();
}

static void end(struct thread *thread)
{
    thread_end(thread, (struct ending){END_DESTROYED, 0, 0});
    machine_settle();
    check_everything();
}

/* --- waiting and waking ----------------------------------------------------------------------- */

static void test_futex_wait_compares_the_word(void **state)
{
    (void)state;
    *word_at(0) = 5;
    assert_int_equal(sys_futex_wait(address_of(0), 4, FUTEX_FOREVER, 0), STATUS_CHANGED);
    assert_int_equal(sys_futex_wait(address_of(0), 5 + ((uint64_t)1 << 32), FUTEX_FOREVER, 0),
                     STATUS_CHANGED);
    assert_ptr_equal(world_return(0), world.thread);
    struct thread *thread = waiter_at(0, 0);
    assert_int_equal(sys_futex_wake(address_of(1), 1, 0), 0);
    assert_int_equal(sys_futex_wake(address_of(0), 0, 0), 0);
    assert_true(waits(thread));
    assert_int_equal(sys_futex_wake(address_of(0), 1, 0), 1);
    assert_goes_on(thread, STATUS_OK);
}

/* A page that nobody has touched is filled, and reads as zero. */
static void test_futex_wait_fills_the_page(void **state)
{
    (void)state;
    uint64_t address = WORLD_BUFFER + 5 * PAGE_SIZE;
    assert_int_equal(sys_futex_wait(address, 1, FUTEX_FOREVER, 0), STATUS_CHANGED);
    assert_int_equal(sys_futex_wait(address, 0, 0, 0), STATUS_TIMED_OUT);
}

static void test_futex_wake_goes_in_the_order_of_coming(void **state)
{
    (void)state;
    struct thread *threads[5];
    for (int i = 0; i < 5; i++)
        threads[i] = waiter_at(0, 0);
    struct thread *other = waiter_at(1, 0);
    assert_int_equal(sys_futex_wake(address_of(0), 2, 0), 2);
    assert_true(waits(threads[2]));
    assert_goes_on(threads[0], STATUS_OK);
    assert_goes_on(threads[1], STATUS_OK);
    assert_int_equal(sys_futex_wake(address_of(0), INT64_MAX, 0), 3);
    for (int i = 2; i < 5; i++)
        assert_goes_on(threads[i], STATUS_OK);
    assert_true(waits(other));
    assert_int_equal(sys_futex_wake(address_of(0), 1, 0), 0);
    assert_int_equal(sys_futex_wake(address_of(1), 1, 0), 1);
    assert_goes_on(other, STATUS_OK);
}

/* Those that wait need not have the same view or process, nor the waker theirs. */
static void test_futex_is_the_same_word_in_every_view_and_process(void **state)
{
    (void)state;
    handle_t process;
    handle_t vas = world_vas();
    handle_t seg = world_seg(0, PAGE_SIZE, 0);
    must(sys_seg_attach(vas, seg, ACCESS_RW));
    handle_t views[] = {world_attach(vas), must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_READ))};
    uint64_t address = world_base(seg) + 16;
    assert_int_equal(sys_futex_wait(address, 0, FUTEX_FOREVER, 0), STATUS_BAD_ADDRESS);
    struct thread *here = enter_thread();
    must(sys_vas_switch(views[1]));
    assert_ptr_equal(world_return(sys_futex_wait(address, 0, FUTEX_FOREVER, 0)), world.thread);
    process = world_process();
    handle_t view = must(sys_vas_attach(process, vas, ACCESS_READ));
    must(sys_cap_delete(world_thread(process, PRIORITY_DEFAULT + 1)));
    struct thread *there = world_return(0);
    must(sys_vas_switch(view));
    assert_ptr_equal(world_return(sys_futex_wait(address, 0, FUTEX_FOREVER, 0)), world.thread);
    assert_int_equal(sys_futex_wake(address, 1, 0), STATUS_BAD_ADDRESS);
    must(sys_vas_switch(views[0]));
    assert_int_equal(sys_futex_wake(address, 5, 0), 2);
    assert_goes_on(here, STATUS_OK);
    assert_goes_on(there, STATUS_OK);
}

/* Of so many words some are in the bucket of the one that is waited at. */
static void test_futex_words_of_one_bucket_are_apart(void **state)
{
    (void)state;
    struct thread *thread = waiter_at(0, 0);
    uint64_t offset = address_of(0) - WORLD_BUFFER;
    for (uint64_t at = 0; at < WORLD_BUFFER_BYTES; at += 8) {
        if (at != offset)
            assert_int_equal(sys_futex_wake(WORLD_BUFFER + at, 1, 0), 0);
    }
    for (int i = 0; i < 5000; i++) {
        handle_t seg = world_seg(GIB, PAGE_SIZE, 0);
        must(sys_seg_attach(HANDLE_SELF, seg, ACCESS_READ));
        assert_int_equal(sys_futex_wake(GIB + offset, 1, 0), 0);
        must(sys_seg_detach(HANDLE_SELF, seg));
        must(sys_cap_delete(seg));
    }
    assert_int_equal(sys_futex_wake(address_of(0), 1, 0), 1);
    assert_goes_on(thread, STATUS_OK);
}

static void test_futex_wait_ends_at_its_deadline(void **state)
{
    (void)state;
    struct thread *other = waiter_at(0, 0);
    struct thread *thread = enter_thread();
    uint64_t deadline = machine.now + 5 * MS;
    assert_ptr_equal(world_return(sys_futex_wait(address_of(0), 0, deadline, 0)), world.thread);
    assert_ptr_equal(tick(4), world.thread);
    assert_true(waits(thread));
    assert_ptr_equal(tick(1), thread);
    assert_goes_on(thread, STATUS_TIMED_OUT);
    assert_true(waits(other));
    assert_int_equal(sys_futex_wake(address_of(0), 5, 0), 1);
    assert_goes_on(other, STATUS_OK);
}

static void test_futex_wait_whose_deadline_is_over_does_not_block(void **state)
{
    (void)state;
    machine.now = 100;
    assert_int_equal(sys_futex_wait(address_of(0), 1, 100, 0), STATUS_CHANGED);
    assert_int_equal(sys_futex_wait(address_of(0), 0, 100, 0), STATUS_TIMED_OUT);
    assert_int_equal(sys_futex_wait(address_of(0), 0, 0, 0), STATUS_TIMED_OUT);
    assert_ptr_equal(world_return(STATUS_TIMED_OUT), world.thread);
    assert_int_equal(sys_futex_wake(address_of(0), 1, 0), 0);
}

static void test_futex_wait_woken_before_its_deadline_is_not_timed_out(void **state)
{
    (void)state;
    struct thread *thread = enter_thread();
    uint64_t deadline = machine.now + 5 * MS;
    assert_ptr_equal(world_return(sys_futex_wait(address_of(0), 0, deadline, 0)), world.thread);
    assert_int_equal(sys_futex_wake(address_of(0), 1, 0), 1);
    assert_ptr_equal(tick(6), thread);
    assert_goes_on(thread, STATUS_OK);
}

/* Interrupted after every step, the call still tells how many it woke in all. */
static void test_futex_wake_of_many_goes_in_steps(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        waiter_at(0, 0);
    machine.tick_steps = 1;
    struct thread *first = world_return(sys_futex_wake(address_of(0), 37, 0));
    assert_ptr_not_equal(first, world.thread);
    for (int i = 0; i < 37; i++) {
        assert_ptr_not_equal(cpu_this()->thread, world.thread);
        world_return(sys_thread_exit(0));
    }
    assert_ptr_equal(cpu_this()->thread, world.thread);
    assert_int_equal(result_of(world.thread), 37);
    assert_int_equal(sys_futex_wake(address_of(0), 37, 1000), 1003);
    machine.tick_steps = 0;
}

static void test_futex_calls_refuse_bad_arguments(void **state)
{
    (void)state;
    uint64_t good = address_of(0);
    const struct {
        uint64_t address;
        int64_t status;
    } bad[] = {{good + 1, STATUS_UNALIGNED},
               {good + 4, STATUS_UNALIGNED},
               {8, STATUS_BAD_ADDRESS},
               {UINT64_MAX - 7, STATUS_BAD_ADDRESS},
               {VAS_BASE, STATUS_BAD_ADDRESS},
               {(uint64_t)1 << 63, STATUS_BAD_ADDRESS},
               {WORLD_BUFFER + MIB, STATUS_BAD_ADDRESS}};
    for (size_t i = 0; i < array_count(bad); i++) {
        uint64_t a = bad[i].address;
        assert_int_equal(sys_futex_wait(a, 0, FUTEX_FOREVER, 0), bad[i].status);
        assert_int_equal(sys_futex_wake(a, 1, 0), bad[i].status);
        assert_int_equal(sys_futex_requeue(a, good, 0, 1, 1, 0), bad[i].status);
        assert_int_equal(sys_futex_requeue(good, a, 0, 1, 1, 0), bad[i].status);
    }
    assert_int_equal(sys_futex_wait(good, 0, FUTEX_FOREVER, 2), STATUS_BAD_ARGUMENT);
    assert_int_equal(sys_futex_requeue(good, good, 0, 1, 1, 0), STATUS_BAD_ARGUMENT);
    assert_int_equal(sys_futex_requeue(good, good + 8, 0, 1, 1, 2), STATUS_BAD_ARGUMENT);
    assert_int_equal(sys_futex_requeue(good, good + 8, 0, FUTEX_REQUEUE_MAX, 1, 0),
                     STATUS_TOO_LARGE);
    assert_int_equal(sys_futex_requeue(good, good + 8, 0, 1, UINT64_MAX, 0), STATUS_TOO_LARGE);
    assert_int_equal(sys_futex_wake(good, UINT64_MAX, 0), STATUS_BAD_ARGUMENT);
    assert_int_equal(sys_futex_wake(good, 1, INT64_MAX), STATUS_BAD_ARGUMENT);
    assert_ptr_equal(world_return(0), world.thread);
}

/* --- owners ----------------------------------------------------------------------------------- */

/* A new thread that owns the word and sleeps; the running one goes on. */
static struct thread *owner_of(int word)
{
    struct thread *before = cpu_this()->thread;
    struct thread *owner = enter_thread();
    *word_at(word) = owner->object.id | FUTEX_WAITERS;
    assert_ptr_equal(sleep_long(), before);
    return owner;
}

static void test_futex_of_nobody_or_of_an_ended_thread_is_not_waited_for(void **state)
{
    (void)state;
    struct thread *owner = owner_of(0);
    uint64_t id = owner->object.id;
    end(owner);
    assert_int_equal(wait_at(0, FUTEX_OWNED), STATUS_ENDED);
    assert_int_equal(wait_at(1, FUTEX_OWNED), STATUS_ENDED);
    *word_at(0) = world.init->object.id;
    assert_int_equal(wait_at(0, FUTEX_OWNED), STATUS_ENDED);
    *word_at(0) = world.thread->object.id | FUTEX_OWNER_DIED;
    assert_int_equal(wait_at(0, FUTEX_OWNED), STATUS_BAD_ARGUMENT);
    *word_at(0) = id;
    assert_int_equal(sys_futex_wait(address_of(0), id + 1, FUTEX_FOREVER, FUTEX_OWNED),
                     STATUS_CHANGED);
    assert_ptr_equal(world_return(0), world.thread);
}

static void test_futex_owner_that_ends_wakes_all_who_wait(void **state)
{
    (void)state;
    struct thread *threads[4];
    struct thread *owner = owner_of(0);
    *word_at(1) = *word_at(0);
    for (int i = 0; i < 4; i++)
        threads[i] = waiter_at(i == 3, FUTEX_OWNED);
    struct thread *other = waiter_at(2, 0);
    end(owner);
    for (int i = 0; i < 4; i++)
        assert_int_equal(result_of(threads[i]), STATUS_ENDED);
    for (int i = 0; i < 4; i++) {
        assert_int_not_equal(world_return(0)->state, THREAD_BLOCKED);
        must(sys_thread_exit(0));
    }
    assert_true(waits(other));
    assert_int_equal(sys_futex_wake(address_of(2), 1, 0), 1);
    assert_goes_on(other, STATUS_OK);
}

/* The end of an owner with many who wait comes in steps, as every end does. */
static void test_futex_owner_that_ends_wakes_in_steps(void **state)
{
    (void)state;
    struct thread *owner = owner_of(0);
    for (int i = 0; i < 40; i++)
        waiter_at(0, FUTEX_OWNED);
    machine.nsteps = 0;
    machine.tick_steps = 1000;
    end(owner);
    assert_true(machine.nsteps >= 40);
    machine.tick_steps = 0;
}

/* While they are told nobody joins those who wait, or that might go on for ever; but who names
 * another owner may. */
static void test_futex_whose_owner_has_ended_is_not_joined(void **state)
{
    (void)state;
    struct thread *owner = owner_of(0);
    struct thread *thread = waiter_at(0, FUTEX_OWNED);
    struct thread *moved = waiter_at(1, 0);
    struct thread *other = owner_of(2);
    thread_end(owner, (struct ending){END_DESTROYED, 0, 0});
    assert_int_equal(wait_at(0, 0), STATUS_ENDED);
    assert_int_equal(sys_futex_requeue(address_of(1), address_of(0), 0, 0, 1, 0), STATUS_ENDED);
    *word_at(0) = other->object.id;
    assert_int_equal(sys_futex_requeue(address_of(1), address_of(0), 0, 0, 1, FUTEX_OWNED), 1);
    machine_settle();
    assert_true(waits(thread) && waits(moved));
    end(other);
    assert_goes_on(thread, STATUS_ENDED);
    assert_goes_on(moved, STATUS_ENDED);
}

/* The word is given back, and the thread that is woken for it ends before it has taken it. */
static void test_futex_heir_that_ends_leaves_it_to_the_next(void **state)
{
    (void)state;
    struct thread *threads[3];
    owner_of(0);
    for (int i = 0; i < 3; i++)
        threads[i] = waiter_at(0, FUTEX_OWNED);
    *word_at(0) = 0;
    assert_int_equal(sys_futex_wake(address_of(0), 1, 0), 1);
    assert_true(!waits(threads[0]) && waits(threads[1]));
    end(threads[0]);
    assert_goes_on(threads[1], STATUS_ENDED);
    assert_goes_on(threads[2], STATUS_ENDED);
}

/* Somebody else takes the word before the thread that was woken for it. It waits again, or its time
 * is over, and then all depend on the new owner. */
static void test_futex_new_owner_is_known_by_who_waits_last(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        owner_of(0);
        struct thread *first = waiter_at(0, FUTEX_OWNED);
        struct thread *second = waiter_at(0, FUTEX_OWNED);
        assert_int_equal(sys_futex_wake(address_of(0), 1, 0), 1);
        assert_ptr_equal(world_return(0), first);
        struct thread *owner = owner_of(0);
        int64_t result =
            sys_futex_wait(address_of(0), *word_at(0), over ? 0 : FUTEX_FOREVER, FUTEX_OWNED);
        assert_int_equal(result, STATUS_TIMED_OUT);
        if (over)
            result = sys_thread_exit(0);
        assert_ptr_equal(world_return(result), world.thread);
        end(owner);
        assert_goes_on(second, STATUS_ENDED);
        if (!over)
            assert_goes_on(first, STATUS_ENDED);
    }
}

/* --- requeueing ------------------------------------------------------------------------------- */

static void test_futex_requeue_wakes_some_and_moves_some(void **state)
{
    (void)state;
    struct thread *threads[6];
    struct thread *before = waiter_at(1, 0);
    for (int i = 0; i < 6; i++)
        threads[i] = waiter_at(0, 0);
    assert_int_equal(sys_futex_requeue(address_of(0), address_of(1), 1, 1, 1, 0), STATUS_CHANGED);
    assert_int_equal(sys_futex_requeue(address_of(0), address_of(1), 0, 2, 3, 0), 5);
    check_everything();
    assert_goes_on(threads[0], STATUS_OK);
    assert_goes_on(threads[1], STATUS_OK);
    assert_int_equal(sys_futex_wake(address_of(0), 9, 0), 1);
    assert_goes_on(threads[5], STATUS_OK);
    assert_int_equal(sys_futex_wake(address_of(1), 2, 0), 2);
    assert_goes_on(before, STATUS_OK);
    assert_goes_on(threads[2], STATUS_OK);
    assert_int_equal(sys_futex_wake(address_of(1), 9, 0), 2);
    assert_goes_on(threads[3], STATUS_OK);
    assert_goes_on(threads[4], STATUS_OK);
}

/* A deadline goes along. */
static void test_futex_requeue_moves_between_segments(void **state)
{
    (void)state;
    handle_t seg = world_seg(GIB, PAGE_SIZE, 0);
    must(sys_seg_attach(HANDLE_SELF, seg, ACCESS_RW));
    struct thread *late = enter_thread();
    uint64_t deadline = machine.now + 5 * MS;
    assert_ptr_equal(world_return(sys_futex_wait(address_of(0), 0, deadline, 0)), world.thread);
    struct thread *last = waiter_at(0, 0);
    assert_int_equal(sys_futex_requeue(address_of(0), GIB, 0, 0, 2, 0), 2);
    check_everything();
    assert_ptr_equal(tick(5), late);
    assert_goes_on(late, STATUS_TIMED_OUT);
    must(sys_object_destroy(seg));
    assert_goes_on(last, STATUS_DESTROYED);
    must(sys_cap_delete(seg));
}

static void test_futex_requeue_to_an_owned_word_watches_the_owner(void **state)
{
    (void)state;
    struct thread *first = waiter_at(0, 0);
    struct thread *second = waiter_at(0, 0);
    assert_int_equal(sys_futex_requeue(address_of(0), address_of(1), 0, 0, 2, FUTEX_OWNED),
                     STATUS_ENDED);
    struct thread *owner = owner_of(1);
    assert_int_equal(sys_futex_requeue(address_of(0), address_of(1), 0, 0, 2, FUTEX_OWNED), 2);
    end(owner);
    assert_goes_on(first, STATUS_ENDED);
    assert_goes_on(second, STATUS_ENDED);
}

/* --- ends ------------------------------------------------------------------------------------- */

static void test_futex_waits_end_with_the_segment(void **state)
{
    (void)state;
    handle_t seg = world_seg(GIB, PAGE_SIZE, 0);
    must(sys_seg_attach(HANDLE_SELF, seg, ACCESS_RW));
    struct thread *threads[3];
    for (uint64_t i = 0; i < 3; i++) {
        threads[i] = enter_thread();
        uint64_t address = GIB + (i & 1) * 8;
        assert_ptr_equal(world_return(sys_futex_wait(address, 0, FUTEX_FOREVER, 0)), world.thread);
    }
    struct thread *other = waiter_at(0, 0);
    must(sys_object_destroy(seg));
    for (int i = 0; i < 3; i++)
        assert_goes_on(threads[i], STATUS_DESTROYED);
    assert_true(waits(other));
    assert_int_equal(sys_futex_wake(GIB, 1, 0), STATUS_BAD_ADDRESS);
    must(sys_cap_delete(seg));
    end(other);
}

/* A segment that is being cleared can still be seen; nobody begins to wait there. */
static void test_futex_of_a_segment_that_ends_is_not_waited_for(void **state)
{
    (void)state;
    handle_t seg = world_seg(GIB, PAGE_SIZE, 0);
    must(sys_seg_attach(HANDLE_SELF, seg, ACCESS_RW));
    struct object *object = world_object(seg);
    object->dead = true;
    assert_int_equal(sys_futex_wait(GIB, 0, FUTEX_FOREVER, 0), STATUS_DESTROYED);
    assert_int_equal(sys_futex_wake(GIB, 1, 0), STATUS_DESTROYED);
    object->dead = false;
}

/* Without any link a wait goes on, keeps the segment, and is found again through the next one. */
static void test_futex_waits_outlast_the_link(void **state)
{
    (void)state;
    handle_t seg = world_seg(GIB, PAGE_SIZE, 0);
    struct seg *object = WORLD_OBJECT(seg, seg);
    must(sys_seg_attach(HANDLE_SELF, seg, ACCESS_RW));
    struct thread *thread = enter_thread();
    assert_ptr_equal(world_return(sys_futex_wait(GIB, 0, FUTEX_FOREVER, 0)), world.thread);
    must(sys_seg_detach(HANDLE_SELF, seg));
    assert_true(waits(thread));
    assert_int_equal(sys_futex_wake(GIB, 1, 0), STATUS_BAD_ADDRESS);
    must(sys_seg_attach(HANDLE_SELF, seg, ACCESS_READ));
    assert_int_equal(sys_futex_wake(GIB, 1, 0), 1);
    assert_goes_on(thread, STATUS_OK);
    thread = enter_thread();
    assert_ptr_equal(world_return(sys_futex_wait(GIB, 0, FUTEX_FOREVER, 0)), world.thread);
    must(sys_seg_detach(HANDLE_SELF, seg));
    must(sys_cap_delete(seg));
    assert_int_equal(object->object.refs, 1);
    check_everything();
    uint64_t charged = pool_root.pool.charged;
    end(thread);
    assert_true(pool_root.pool.charged < charged);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* What should be: who waits at each word, in order. */
static struct thread *queues[NWORDS][NTHREADS];
static size_t lengths[NWORDS];

static void expect_gone(size_t word, size_t at)
{
    for (lengths[word]--; at < lengths[word]; at++)
        queues[word][at] = queues[word][at + 1];
}

static size_t count_all(void)
{
    size_t n = 0;
    for (size_t word = 0; word < NWORDS; word++)
        n += lengths[word];
    return n;
}

static void expect_woken(size_t word, size_t n)
{
    struct thread *woken[NTHREADS];
    for (size_t i = 0; i < n; i++) {
        woken[i] = queues[word][0];
        expect_gone(word, 0);
    }
    for (size_t i = 0; i < n; i++)
        assert_goes_on(woken[i], STATUS_OK);
}

static void act(size_t word)
{
    size_t n = (size_t)random_below(4);
    size_t to = (word + 1 + (size_t)random_below(NWORDS - 1)) % NWORDS;
    size_t nwake = (size_t)min_u64(n, lengths[word]);
    size_t nmove = (size_t)min_u64(random_below(4), lengths[word] - nwake);
    switch (random_below(5)) {
    case 0:
        assert_int_equal(sys_futex_wake(address_of((int)word), n, 0), nwake);
        expect_woken(word, nwake);
        return;
    case 1:
        assert_int_equal(
            sys_futex_requeue(address_of((int)word), address_of((int)to), 0, nwake, nmove, 0),
            nwake + nmove);
        for (size_t i = 0; i < nmove; i++) {
            queues[to][lengths[to]++] = queues[word][nwake];
            expect_gone(word, nwake);
        }
        expect_woken(word, nwake);
        return;
    case 2:
        if (lengths[word] == 0)
            return;
        n = (size_t)random_below(lengths[word]);
        struct thread *thread = queues[word][n];
        expect_gone(word, n);
        end(thread);
        return;
    default:
        if (count_all() == NTHREADS)
            return;
        queues[word][lengths[word]++] = waiter_at((int)word, 0);
    }
}

static void test_futex_queues_are_those_of_a_model(void **state)
{
    (void)state;
    memset(lengths, 0, sizeof(lengths));
    random_seed(7);
    for (int i = 0; i < 2000; i++) {
        act((size_t)random_below(NWORDS));
        check_everything();
    }
    for (size_t word = 0; word < NWORDS; word++) {
        assert_int_equal(sys_futex_wake(address_of((int)word), 100, 0), lengths[word]);
        expect_woken(word, lengths[word]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_futex_wait_compares_the_word),
        WORLD_TEST(test_futex_wait_fills_the_page),
        WORLD_TEST(test_futex_wake_goes_in_the_order_of_coming),
        WORLD_TEST(test_futex_is_the_same_word_in_every_view_and_process),
        WORLD_TEST(test_futex_words_of_one_bucket_are_apart),
        WORLD_TEST(test_futex_wait_ends_at_its_deadline),
        WORLD_TEST(test_futex_wait_whose_deadline_is_over_does_not_block),
        WORLD_TEST(test_futex_wait_woken_before_its_deadline_is_not_timed_out),
        WORLD_TEST(test_futex_wake_of_many_goes_in_steps),
        WORLD_TEST(test_futex_calls_refuse_bad_arguments),
        WORLD_TEST(test_futex_of_nobody_or_of_an_ended_thread_is_not_waited_for),
        WORLD_TEST(test_futex_owner_that_ends_wakes_all_who_wait),
        WORLD_TEST(test_futex_owner_that_ends_wakes_in_steps),
        WORLD_TEST(test_futex_whose_owner_has_ended_is_not_joined),
        WORLD_TEST(test_futex_heir_that_ends_leaves_it_to_the_next),
        WORLD_TEST(test_futex_new_owner_is_known_by_who_waits_last),
        WORLD_TEST(test_futex_requeue_wakes_some_and_moves_some),
        WORLD_TEST(test_futex_requeue_moves_between_segments),
        WORLD_TEST(test_futex_requeue_to_an_owned_word_watches_the_owner),
        WORLD_TEST(test_futex_waits_end_with_the_segment),
        WORLD_TEST(test_futex_of_a_segment_that_ends_is_not_waited_for),
        WORLD_TEST(test_futex_waits_outlast_the_link),
        WORLD_TEST(test_futex_queues_are_those_of_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
