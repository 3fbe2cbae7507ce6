/* The locks of lockable segments: who gets in, who waits, and what becomes of it all at the end. */
#include "obj/lock.h"

#include "obj/link.h"
#include "obj/sched.h"
#include "world.h"

#define MS ((uint64_t)1000000)
#define FAR_FUTURE ((uint64_t)1 << 60)

/* A VAS with one lockable segment, a view of init that writes it and one that only reads. */
struct room {
    handle_t vas, seg, writes, reads;
};

static handle_t lockable(void)
{
    return world_seg(0, PAGE_SIZE, SEG_LOCKABLE);
}

static struct room make_room(void)
{
    struct room room = {.vas = world_vas(), .seg = lockable()};
    must(sys_seg_attach(room.vas, room.seg, ACCESS_RW));
    room.writes = must(sys_vas_attach(HANDLE_SELF, room.vas, ACCESS_RW));
    room.reads = must(sys_vas_attach(HANDLE_SELF, room.vas, ACCESS_READ));
    return room;
}

static struct seg_lock *lock_of(handle_t seg)
{
    return &WORLD_OBJECT(seg, seg)->lock;
}

/* A thread of init's that is current now, at a priority above all before it. */
static struct thread *enter_thread(void)
{
    handle_t handle = world_thread(HANDLE_SELF, cpu_this()->thread->priority + 1);
    struct thread *thread = WORLD_OBJECT(handle, thread);
    assert_ptr_equal(world_return(handle), thread);
    return thread;
}

/* The running thread switches; who runs then. */
static struct thread *switch_to(handle_t view)
{
    return world_return(sys_vas_switch(view));
}

static struct thread *sleep_long(void)
{
    return world_return(sys_thread_sleep(FAR_FUTURE));
}

static struct thread *tick(uint64_t ms)
{
    machine.now += ms * MS;
    sched_tick();
    return world_return(0);
}

static int64_t result_of(const struct thread *thread)
{
    return (int64_t)thread->context.frame.rax;
}

/* --- getting in ----------------------------------------------------------------------------- */

static void test_lock_is_shared_by_readers_and_exclusive_for_writers(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *main = world.thread;
    must(sys_vas_switch(room.reads));
    struct thread *second = enter_thread();
    must(sys_vas_switch(room.reads));
    assert_int_equal(lock_of(room.seg)->nreaders, 2);
    struct thread *third = enter_thread();
    assert_int_equal(sys_vas_switch_until(room.writes, 0), STATUS_TIMED_OUT);
    assert_ptr_equal(switch_to(room.writes), second);
    assert_ptr_equal(third->waiting_for, world_object(room.seg));
    must(sys_vas_switch(HANDLE_HOME));
    assert_ptr_equal(sleep_long(), main);
    assert_ptr_equal(switch_to(HANDLE_HOME), third);
    assert_ptr_equal(lock_of(room.seg)->writer, third);
    assert_int_equal(lock_of(room.seg)->nreaders, 0);
    assert_int_equal(sys_vas_active(), room.writes);
}

static void test_lock_is_kept_in_the_same_view_and_left_for_any_other(void **state)
{
    (void)state;
    struct room room = make_room();
    handle_t plain = world_attach(world_vas());
    must(sys_vas_switch(room.writes));
    must(sys_vas_switch(room.writes));
    assert_ptr_equal(lock_of(room.seg)->writer, world.thread);
    assert_ptr_equal(cpu_this()->switch_caps, &lock_no_caps);
    must(sys_vas_switch(plain));
    assert_null(lock_of(room.seg)->writer);
    assert_ptr_equal(cpu_this()->switch_caps, &world.init->caps);
    assert_int_equal(world_cap(plain)->rights, VIEW_RIGHTS);
    assert_int_equal(world_cap(room.writes)->rights, VIEW_RIGHTS | CAP_SLOWLY);
}

static void test_lock_writer_goes_before_readers_that_came_later(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *main = world.thread;
    must(sys_vas_switch(room.reads));
    struct thread *writer = enter_thread();
    assert_ptr_equal(switch_to(room.writes), main);
    struct thread *reader = enter_thread();
    assert_int_equal(sys_vas_switch_until(room.reads, 0), STATUS_TIMED_OUT);
    assert_ptr_equal(switch_to(room.reads), main);
    assert_ptr_equal(switch_to(HANDLE_HOME), writer);
    assert_ptr_equal(lock_of(room.seg)->writer, writer);
    assert_ptr_equal(reader->waiting_for, world_object(room.seg));
    assert_ptr_equal(switch_to(HANDLE_HOME), writer);
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
    assert_ptr_equal(sleep_long(), reader);
    assert_int_equal(sys_vas_active(), room.reads);
}

/* However many they are: one at once, the others step by step. */
static void test_lock_readers_behind_a_writer_all_go_when_it_leaves(void **state)
{
    (void)state;
    enum {
        READERS = 20
    };
    struct room room = make_room();
    struct thread *readers[READERS];
    must(sys_vas_switch(room.writes));
    for (int i = 0; i < READERS; i++) {
        handle_t handle = world_thread(HANDLE_SELF, PRIORITY_DEFAULT + 1);
        readers[i] = WORLD_OBJECT(handle, thread);
        assert_ptr_equal(world_return(0), readers[i]);
        assert_ptr_equal(switch_to(room.reads), world.thread);
    }
    machine.tick_steps = 1;
    struct thread *thread = switch_to(HANDLE_HOME);
    for (int i = 0; i < READERS; i++) {
        assert_ptr_equal(thread, readers[i]);
        assert_int_equal(sys_vas_active(), room.reads);
        thread = sleep_long();
    }
    assert_ptr_equal(thread, world.thread);
    assert_int_equal(lock_of(room.seg)->nreaders, READERS);
}

static void test_lock_upgrade_is_refused_and_downgrade_is_not(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.reads));
    assert_int_equal(sys_vas_switch(room.writes), STATUS_BUSY);
    assert_int_equal(sys_vas_switch_until(room.writes, 0), STATUS_BUSY);
    assert_int_equal(sys_vas_active(), room.reads);
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
    must(sys_vas_switch(HANDLE_HOME));
    must(sys_vas_switch(room.writes));
    must(sys_vas_switch_until(room.reads, 0));
    assert_null(lock_of(room.seg)->writer);
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
}

/* --- waiting -------------------------------------------------------------------------------- */

static void test_lock_try_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct room room = make_room(), other = make_room();
    must(sys_vas_switch(room.writes));
    struct thread *second = enter_thread();
    must(sys_vas_switch(other.writes));
    assert_int_equal(sys_vas_switch_until(room.reads, machine.now), STATUS_TIMED_OUT);
    assert_int_equal(sys_vas_active(), other.writes);
    assert_ptr_equal(lock_of(other.seg)->writer, second);
    assert_ptr_equal(lock_of(room.seg)->writer, world.thread);
}

static void test_lock_wait_ends_at_its_deadline_at_home_and_with_nothing(void **state)
{
    (void)state;
    struct room room = make_room(), other = make_room();
    struct thread *main = world.thread;
    must(sys_vas_switch(room.writes));
    struct thread *second = enter_thread();
    must(sys_vas_switch(other.writes));
    assert_ptr_equal(world_return(sys_vas_switch_until(room.reads, machine.now + 5 * MS)), main);
    assert_null(lock_of(other.seg)->writer);
    assert_ptr_equal(tick(4), main);
    assert_ptr_equal(tick(1), second);
    assert_int_equal(result_of(second), STATUS_TIMED_OUT);
    assert_int_equal(sys_vas_active(), HANDLE_HOME);
    assert_null(second->hold.space);
    assert_ptr_equal(cpu_this()->switch_caps, &world.init->caps);
}

/* The CPU idles when the time is over: what the writer held up goes on all the same. */
static void test_lock_writer_that_stops_waiting_lets_readers_go_on(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.reads));
    struct thread *writer = enter_thread();
    assert_ptr_equal(world_return(sys_vas_switch_until(room.writes, machine.now + 5 * MS)),
                     world.thread);
    for (int i = 0; i < 3; i++) {
        enter_thread();
        assert_ptr_equal(switch_to(room.reads), world.thread);
    }
    struct thread *next = sleep_long();
    for (int i = 0; i < 4; i++) {
        assert_non_null(next);
        assert_true(next == writer || lock_of(room.seg)->nreaders > 1);
        next = sleep_long();
    }
    assert_null(next);
    assert_int_equal(lock_of(room.seg)->nreaders, 4);
    assert_int_equal(result_of(writer), 0);
    machine.may_leak = true; /* they sleep for ever */
    process_end(world.init, (struct ending){END_DESTROYED, 0, 0});
    machine.may_leak = false;
}

static void test_lock_of_two_is_kept_while_waiting_for_the_higher_id_only(void **state)
{
    (void)state;
    handle_t low = lockable(), high = lockable();
    handle_t both = world_vas(), one[2] = {world_vas(), world_vas()};
    must(sys_seg_attach(both, high, ACCESS_RW));
    must(sys_seg_attach(both, low, ACCESS_RW));
    must(sys_seg_attach(one[0], low, ACCESS_RW));
    must(sys_seg_attach(one[1], high, ACCESS_RW));
    handle_t views[3] = {world_attach(one[0]), world_attach(one[1]), world_attach(both)};
    must(sys_vas_switch(views[0]));
    struct thread *waiter = enter_thread();
    assert_ptr_equal(switch_to(views[2]), world.thread);
    assert_null(lock_of(high)->writer);
    assert_ptr_equal(switch_to(views[1]), waiter == NULL ? NULL : world.thread);
    assert_ptr_equal(lock_of(low)->writer, waiter);
    assert_ptr_equal(lock_of(high)->writer, world.thread);
    assert_ptr_equal(switch_to(HANDLE_HOME), waiter);
    assert_ptr_equal(lock_of(high)->writer, waiter);
    assert_int_equal(sys_vas_active(), views[2]);
}

/* --- ends ----------------------------------------------------------------------------------- */

static void test_lock_of_a_writer_that_ends_is_free_and_the_segment_abandoned(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *second = enter_thread();
    must(sys_vas_switch(room.writes));
    assert_int_equal(sys_seg_mark_consistent(room.seg), STATUS_OK);
    thread_end(second, (struct ending){END_DESTROYED, 0, 0});
    assert_ptr_equal(world_return(0), world.thread);
    assert_int_equal(sys_vas_switch(room.reads), VAS_ABANDONED);
    assert_int_equal(sys_seg_mark_consistent(room.seg), STATUS_NOT_LOCKED);
    must(sys_vas_switch(HANDLE_HOME));
    assert_int_equal(sys_vas_switch(room.writes), VAS_ABANDONED);
    assert_int_equal(sys_vas_switch(room.writes), VAS_ABANDONED);
    assert_ok(sys_seg_mark_consistent(room.seg));
    assert_int_equal(sys_vas_switch(room.writes), STATUS_OK);
}

static void test_lock_of_a_reader_or_a_waiter_that_ends_leaves_no_mark(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.reads));
    struct thread *reader = enter_thread();
    must(sys_vas_switch(room.reads));
    assert_ptr_equal(sleep_long(), world.thread);
    struct thread *writer = enter_thread();
    assert_ptr_equal(switch_to(room.writes), world.thread);
    struct thread *behind = enter_thread();
    assert_ptr_equal(switch_to(room.reads), world.thread);
    thread_end(reader, (struct ending){END_DESTROYED, 0, 0});
    assert_int_equal(lock_of(room.seg)->nreaders, 1);
    thread_end(writer, (struct ending){END_DESTROYED, 0, 0});
    assert_ptr_equal(world_return(0), behind);
    assert_int_equal(result_of(behind), STATUS_OK);
    assert_int_equal(lock_of(room.seg)->nreaders, 2);
    assert_false(lock_of(room.seg)->abandoned);
}

/* Other threads lose the view with a fault; their locks are free at once. */
static void test_lock_goes_with_the_view(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *holder = enter_thread();
    must(sys_vas_switch(room.writes));
    sys_thread_set_handler(WORLD_ENTRY, WORLD_BUFFER + PAGE_SIZE);
    assert_ptr_equal(sleep_long(), world.thread);
    handle_t again = must(sys_vas_attach(HANDLE_SELF, room.vas, ACCESS_RW));
    must(sys_vas_detach(room.writes));
    assert_null(lock_of(room.seg)->writer);
    assert_null(holder->hold.space);
    assert_int_equal(sys_vas_switch(again), VAS_ABANDONED);
    assert_ok(sys_seg_mark_consistent(room.seg));
    must(sys_vas_detach(again)); /* one's own leaves nothing half done */
    assert_int_equal(sys_vas_active(), HANDLE_HOME);
    assert_null(lock_of(room.seg)->writer);
    assert_false(lock_of(room.seg)->abandoned);
}

/* Before its locks have been taken from it, which is work of a lower priority. */
static void test_lock_of_a_view_that_went_is_abandoned_by_the_next_switch_too(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *main = world.thread, *holder = enter_thread();
    must(sys_vas_switch(room.writes));
    sys_thread_set_handler(WORLD_ENTRY, WORLD_BUFFER + PAGE_SIZE);
    assert_ptr_equal(world_return(sys_thread_sleep(5 * MS)), main);
    assert_ok(sys_vas_detach(room.writes));
    cpu_this()->resched &= ~(uint32_t)RESCHED_WORK;
    assert_ptr_equal(tick(5), holder);
    assert_ptr_equal(lock_of(room.seg)->writer, holder);
    assert_int_equal(sys_vas_switch(room.reads), VAS_ABANDONED);
}

static void test_lock_wait_ends_when_the_view_goes(void **state)
{
    (void)state;
    struct room room = make_room();
    must(sys_vas_switch(room.reads));
    struct thread *waiter = enter_thread();
    assert_ptr_equal(switch_to(room.writes), world.thread);
    assert_ptr_equal(world_return(sys_vas_detach(room.writes)), waiter);
    assert_int_equal(result_of(waiter), STATUS_BAD_HANDLE);
    assert_null(waiter->hold.space);
}

/* Whoever comes before it in the queue. */
static void test_lock_wait_behind_others_ends_when_the_link_goes(void **state)
{
    (void)state;
    struct room room = make_room();
    handle_t other = world_vas();
    must(sys_seg_attach(other, room.seg, ACCESS_RW));
    handle_t reads = must(sys_vas_attach(HANDLE_SELF, other, ACCESS_READ));
    handle_t writes = world_attach(other);
    must(sys_vas_switch(reads));
    struct thread *first = enter_thread();
    assert_ptr_equal(switch_to(writes), world.thread);
    struct thread *second = enter_thread();
    assert_ptr_equal(switch_to(room.writes), world.thread);
    assert_ptr_equal(world_return(sys_seg_detach(room.vas, room.seg)), second);
    assert_int_equal(sys_vas_active(), room.writes);
    assert_ptr_equal(first->waiting_for, world_object(room.seg));
}

static void test_lock_goes_with_the_link_and_leaves_a_mark(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        struct room room = make_room();
        handle_t other = world_vas();
        must(sys_seg_attach(other, room.seg, ACCESS_RW));
        handle_t view = world_attach(other);
        struct thread *holder = own ? world.thread : enter_thread();
        must(sys_vas_switch(room.writes));
        if (!own)
            assert_ptr_equal(sleep_long(), world.thread);
        must(sys_seg_detach(room.vas, room.seg));
        assert_null(lock_of(room.seg)->writer);
        assert_int_equal(sys_vas_switch(view), own ? STATUS_OK : VAS_ABANDONED);
        assert_ok(sys_seg_mark_consistent(room.seg));
        must(sys_vas_switch(HANDLE_HOME));
        if (!own)
            thread_end(holder, (struct ending){END_DESTROYED, 0, 0});
    }
}

/* With the segment detached there, nothing is left to wait for. */
static void test_lock_wait_ends_when_the_link_or_the_segment_goes(void **state)
{
    (void)state;
    for (int destroy = 0; destroy < 2; destroy++) {
        struct room room = make_room();
        handle_t other = world_vas();
        must(sys_seg_attach(other, room.seg, ACCESS_READ));
        must(sys_vas_switch(world_attach(other)));
        struct thread *before = cpu_this()->thread;
        struct thread *waiter = enter_thread();
        assert_ptr_equal(switch_to(room.writes), before);
        assert_ptr_equal(world_return(destroy ? sys_object_destroy(room.seg)
                                              : sys_seg_detach(room.vas, room.seg)),
                         waiter);
        assert_int_equal(result_of(waiter), STATUS_OK);
        assert_int_equal(sys_vas_active(), room.writes);
        assert_int_equal(world_cap(room.writes)->rights, VIEW_RIGHTS);
    }
}

static void test_lock_is_free_when_its_vas_is_destroyed(void **state)
{
    (void)state;
    struct room room = make_room();
    struct thread *main = world.thread;
    handle_t other = world_vas();
    must(sys_seg_attach(other, room.seg, ACCESS_RW));
    handle_t view = world_attach(other);
    struct thread *holder = enter_thread();
    must(sys_vas_switch(room.writes));
    sys_thread_set_handler(WORLD_ENTRY, WORLD_BUFFER + PAGE_SIZE);
    assert_ptr_equal(sleep_long(), main);
    struct thread *waiter = enter_thread();
    assert_ptr_equal(switch_to(view), main);
    assert_ptr_equal(world_return(sys_object_destroy(room.vas)), waiter);
    assert_int_equal(result_of(waiter), VAS_ABANDONED);
    assert_null(holder->hold.space);
    must(sys_cap_delete(room.vas));
}

/* --- attaching ------------------------------------------------------------------------------ */

static void test_lock_links_come_while_nobody_can_be_inside_without(void **state)
{
    (void)state;
    handle_t vas = world_vas(), first = lockable(), second = lockable();
    handle_t view = world_attach(vas);
    assert_int_equal(sys_seg_attach(vas, first, ACCESS_RW), STATUS_BUSY);
    must(sys_vas_detach(view));
    must(sys_seg_attach(vas, first, ACCESS_READ));
    view = world_attach(vas);
    must(sys_seg_attach(vas, second, ACCESS_RW));
    must(sys_seg_detach(vas, second));
    must(sys_vas_switch(view));
    assert_int_equal(sys_seg_attach(vas, second, ACCESS_RW), STATUS_BUSY);
    assert_int_equal(sys_seg_set_access(vas, first, ACCESS_RW), STATUS_BUSY);
    must(sys_vas_switch(HANDLE_HOME));
    must(sys_seg_set_access(vas, first, ACCESS_RW));
    must(sys_vas_switch(view));
    must(sys_seg_set_access(vas, first, ACCESS_READ)); /* it was exclusive, and stays so */
    assert_ptr_equal(lock_of(first)->writer, world.thread);
    must(sys_vas_switch(HANDLE_HOME));
    assert_null(lock_of(first)->writer);
}

static void test_lock_links_are_no_more_than_a_switch_can_bear(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    for (int i = 0; i < VAS_LOCKABLE_MAX; i++)
        must(sys_seg_attach(vas, lockable(), ACCESS_RW));
    assert_int_equal(sys_seg_attach(vas, lockable(), ACCESS_RW), STATUS_NO_SLOT);
    must(sys_seg_attach(vas, world_seg(0, PAGE_SIZE, 0), ACCESS_RW));
    handle_t view = world_attach(must(sys_vas_clone(vas, ACCESS_RW, 0)));
    must(sys_vas_switch(view));
    assert_int_equal(WORLD_OBJECT(view, view)->vas->space.locks.nlinks, VAS_LOCKABLE_MAX);
    assert_int_equal(sys_seg_create('s', 0, GIB, PAGE_SIZE, SEG_LOCKABLE, 0), STATUS_BAD_ARGUMENT);
}

static void test_lock_wait_is_given_up_by_a_fault_handler(void **state)
{
    (void)state;
    struct room room = make_room();
    handle_t plain = world_attach(world_vas());
    must(sys_vas_switch(room.reads));
    struct thread *waiter = enter_thread();
    must(sys_vas_switch(plain));
    sys_thread_set_handler(WORLD_ENTRY, WORLD_BUFFER + PAGE_SIZE);
    assert_ptr_equal(switch_to(room.writes), world.thread);
    must(sys_vas_detach(plain));
    assert_ptr_equal(waiter->hold.space, &WORLD_OBJECT(room.vas, vas)->space);
    assert_ptr_equal(switch_to(HANDLE_HOME), waiter);
    assert_null(waiter->hold.space);
    assert_null(lock_of(room.seg)->writer);
    assert_int_equal(sys_vas_active(), HANDLE_HOME);
}

/* --- at random ------------------------------------------------------------------------------ */

#define NVASES 4
#define NSEGS 5
#define NTHREADS 8
#define NVIEWS 10
#define STEPS 30000

static struct {
    handle_t vases[NVASES], segs[NSEGS], process;
    handle_t views[2][NVIEWS]; /* of init and of the other process */
    struct thread *threads[NTHREADS];
    handle_t handles[NTHREADS];
    unsigned nwaits, nlate, nabandoned, nin;
} crowd;

static int64_t crowd_process(int which)
{
    return which == 0 ? HANDLE_SELF : crowd.process;
}

static void crowd_thread(int i)
{
    crowd.handles[i] = world_thread(crowd_process(i % 2), PRIORITY_DEFAULT);
    crowd.threads[i] = WORLD_OBJECT(crowd.handles[i], thread);
}

static void crowd_make(void)
{
    memset(&crowd, 0, sizeof(crowd));
    crowd.process = world_process();
    must(sys_seg_attach(crowd.process, world.buffer, ACCESS_RW)); /* for their handlers */
    for (int i = 0; i < NSEGS; i++)
        crowd.segs[i] = lockable();
    for (int i = 0; i < NVASES; i++) {
        crowd.vases[i] = world_vas();
        must(sys_seg_attach(crowd.vases[i], crowd.segs[i], ACCESS_RW));
    }
    for (int i = 0; i < NTHREADS; i++)
        crowd_thread(i);
}

/* What a change may answer when somebody is inside. */
static void may(int64_t result)
{
    assert_true(result >= 0 || result == STATUS_BUSY || result == STATUS_ALREADY_ATTACHED ||
                result == STATUS_NOT_ATTACHED || result == STATUS_BAD_HANDLE);
}

/* Init's first thread changes the world under the others. */
static int64_t drive(void)
{
    handle_t *vas = &crowd.vases[random_below(NVASES)];
    handle_t *seg = &crowd.segs[random_below(NSEGS)];
    uint64_t access = random_below(3) == 0 ? ACCESS_READ : ACCESS_RW;
    int which = (int)random_below(2);
    handle_t *view = &crowd.views[which][random_below(NVIEWS)];
    int i = (int)random_below(NTHREADS);
    switch (random_below(40)) {
    case 0:
        may(sys_seg_attach(*vas, *seg, access));
        return 0;
    case 1:
        may(sys_seg_detach(*vas, *seg));
        return 0;
    case 2:
        may(sys_seg_set_access(*vas, *seg, access));
        return 0;
    case 3:
        if (which == 0 && *view != 0)
            may(sys_vas_detach(*view));
        *view = must(sys_vas_attach(crowd_process(which), *vas, access));
        return 0;
    case 4:
        must(sys_object_destroy(crowd.handles[i]));
        must(sys_cap_delete(crowd.handles[i]));
        crowd_thread(i);
        return 0;
    case 5:
        if (random_below(20) != 0)
            return 0;
        must(sys_object_destroy(*seg));
        must(sys_cap_delete(*seg));
        *seg = lockable();
        return 0;
    case 6:
        if (random_below(20) != 0)
            return 0;
        must(sys_cap_revoke(*vas));
        return 0;
    default:
        return 0;
    }
}

/* One of the others moves. */
static int64_t move(struct thread *thread, bool home)
{
    const uint64_t deadlines[] = {LOCK_FOREVER, LOCK_FOREVER, 0,
                                  machine.now + random_below(20) * MS};
    int which = thread->process == world.init ? 0 : 1;
    uint64_t dice = random_below(4);
    if (thread->handler.entry == 0)
        return sys_thread_set_handler(WORLD_ENTRY, WORLD_BUFFER + PAGE_SIZE);
    if (home || dice == 0)
        return sys_vas_switch(HANDLE_HOME);
    if (dice == 1)
        return 0;
    handle_t view = crowd.views[which][random_below(NVIEWS)];
    uint64_t deadline = deadlines[random_below(4)];
    int64_t result = sys_vas_switch_until(view, deadline);
    crowd.nwaits += result == SYSCALL_AGAIN;
    crowd.nlate += result == STATUS_TIMED_OUT;
    crowd.nabandoned += result == VAS_ABANDONED;
    crowd.nin += result >= 0;
    if (result == VAS_ABANDONED)
        (void)!sys_seg_mark_consistent(crowd.segs[random_below(NSEGS)]);
    return result;
}

/* Whoever can run and stands where a segment is, has its lock. */
static void check_place(const struct thread *thread)
{
    if (thread->state == THREAD_BLOCKED && thread->waiting_for != NULL)
        assert_true(thread_view(thread)->vas == NULL ||
                    thread_view(thread)->vas->space.locks.nlinks == 0);
    const struct view *view = thread_view(thread);
    if (view->vas == NULL)
        return;
    list_for_each(node, &view->vas->space.locks.links) {
        const struct link *link = list_item(node, struct link, lock.in_space);
        bool writes = (link->access & view->access & ACCESS_WRITE) != 0;
        bool has = link->lock.writer == thread || (!writes && link->lock.nreaders > 0);
        assert_true(has && thread->hold.entered && thread->hold.view == view->handle);
        assert_true(link->seg->lock.writer == NULL || link->seg->lock.writer == thread);
    }
}

static void crowd_check(void)
{
    for (int i = 0; i < NTHREADS; i++) {
        if (crowd.threads[i]->process != NULL)
            check_place(crowd.threads[i]);
    }
}

static void crowd_steps(int nsteps, bool home)
{
    for (int i = 0; i < nsteps; i++) {
        struct thread *thread = cpu_this()->thread;
        int64_t result = thread != world.thread ? move(thread, home) : home ? 0 : drive();
        assert_non_null(world_return(result));
        crowd_check();
        if (random_below(4) == 0)
            machine.now += MS, sched_tick();
        assert_non_null(world_return(cpu_this()->resched ? 0 : sys_thread_yield()));
        if (i % 64 == 0)
            check_everything();
    }
}

/* When all go home, nobody waits for anybody. */
static void check_all_come_home(void)
{
    crowd_steps(100 * NTHREADS, true);
    for (int i = 0; i < NTHREADS; i++)
        assert_null(crowd.threads[i]->waiting_for);
    for (int i = 0; i < NSEGS; i++) {
        assert_null(lock_of(crowd.segs[i])->writer);
        assert_int_equal(lock_of(crowd.segs[i])->nreaders, 0);
    }
}

static void test_locks_hold_in_any_sequence_and_nobody_waits_for_ever(void **state)
{
    (void)state;
    crowd_make();
    for (int i = 0; i < STEPS / 1000; i++) {
        machine.tick_steps = (unsigned)random_below(4);
        crowd_steps(1000, false);
        check_all_come_home();
    }
    assert_true(crowd.nwaits > 200 && crowd.nlate > 50 && crowd.nabandoned > 50);
    assert_true(crowd.nin > 1000);
    machine.tick_steps = 0;
    while (cpu_this()->thread != world.thread)
        assert_non_null(world_return(sys_thread_yield()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_lock_is_shared_by_readers_and_exclusive_for_writers),
        WORLD_TEST(test_lock_is_kept_in_the_same_view_and_left_for_any_other),
        WORLD_TEST(test_lock_writer_goes_before_readers_that_came_later),
        WORLD_TEST(test_lock_readers_behind_a_writer_all_go_when_it_leaves),
        WORLD_TEST(test_lock_upgrade_is_refused_and_downgrade_is_not),
        WORLD_TEST(test_lock_try_that_fails_changes_nothing),
        WORLD_TEST(test_lock_wait_ends_at_its_deadline_at_home_and_with_nothing),
        WORLD_TEST(test_lock_writer_that_stops_waiting_lets_readers_go_on),
        WORLD_TEST(test_lock_of_two_is_kept_while_waiting_for_the_higher_id_only),
        WORLD_TEST(test_lock_of_a_writer_that_ends_is_free_and_the_segment_abandoned),
        WORLD_TEST(test_lock_of_a_reader_or_a_waiter_that_ends_leaves_no_mark),
        WORLD_TEST(test_lock_goes_with_the_view),
        WORLD_TEST(test_lock_of_a_view_that_went_is_abandoned_by_the_next_switch_too),
        WORLD_TEST(test_lock_wait_ends_when_the_view_goes),
        WORLD_TEST(test_lock_wait_behind_others_ends_when_the_link_goes),
        WORLD_TEST(test_lock_goes_with_the_link_and_leaves_a_mark),
        WORLD_TEST(test_lock_wait_ends_when_the_link_or_the_segment_goes),
        WORLD_TEST(test_lock_is_free_when_its_vas_is_destroyed),
        WORLD_TEST(test_lock_links_come_while_nobody_can_be_inside_without),
        WORLD_TEST(test_lock_links_are_no_more_than_a_switch_can_bear),
        WORLD_TEST(test_lock_wait_is_given_up_by_a_fault_handler),
        WORLD_TEST(test_locks_hold_in_any_sequence_and_nobody_waits_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
