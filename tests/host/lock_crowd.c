/* The locks of lockable segments: a crowd that moves at random. */
#include "obj/link.h"
#include "obj/sched.h"
#include "room.h"

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
        crowd.segs[i] = make_lockable();
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
        *seg = make_lockable();
        return 0;
    case 6:
        return random_below(20) != 0 ? 0 : sys_cap_revoke(*vas);
    default:
        return 0;
    }
}

/* One of the others moves. */
static int64_t move(struct thread *thread, bool home)
{
    const uint64_t deadlines[] = {HOLD_FOREVER, HOLD_FOREVER, 0,
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
        WORLD_TEST(test_locks_hold_in_any_sequence_and_nobody_waits_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
