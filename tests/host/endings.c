/*
 * Orders of ending: a small graph of objects is taken apart in every order. Whatever the order, no
 * memory stays in use, nothing is touched after it was freed, and nothing panics.
 */
#include "obj/sched.h"
#include "world.h"

#define NACTIONS 7

/*
 * init and a process P that runs at a lower priority; a VAS attached to both; a segment linked to
 * the VAS and to nothing else, another linked to both homes; and P holds capabilities to all of
 * them.
 */
struct graph {
    handle_t process, thread, vas, seg, home_seg;
    handle_t child_of_vas, child_of_seg; /* derived, and used for the attachments */
    handle_t view;                       /* of init */
};
static struct graph g;

static void make_graph(bool started)
{
    g.process = world_process();
    g.vas = world_vas();
    g.seg = world_seg(0, 5 * MIB, 0);
    g.home_seg = world_seg(4 * GIB, 3 * MIB, 0);
    g.child_of_vas = must(sys_cap_derive(g.vas, RIGHT_VAS_VIEW | ACCESS_ALL, 0));
    g.child_of_seg = must(sys_cap_derive(g.seg, ACCESS_ALL | RIGHT_DESTROY, 0));
    must(sys_seg_attach(g.vas, g.child_of_seg, ACCESS_RW));
    must(sys_seg_attach(g.process, g.home_seg, ACCESS_RW));
    must(sys_seg_attach(HANDLE_SELF, g.home_seg, ACCESS_READ));
    g.view = must(sys_vas_attach(HANDLE_SELF, g.child_of_vas, ACCESS_RW));
    handle_t view = must(sys_vas_attach(g.process, g.child_of_vas, ACCESS_READ));
    must(sys_cap_place(g.process, g.vas, RIGHT_INFO, 0));
    must(sys_cap_place(g.process, g.seg, RIGHT_INFO, 0));
    must(sys_cap_place(g.process, g.process, RIGHT_INFO, 0));
    g.thread = 0;
    if (started) {
        struct cap *cap;
        g.thread = world_thread(g.process, PRIORITY_DEFAULT - 1);
        must(sys_cap_place(g.process, g.thread, RIGHT_INFO, 0));
        assert_ok(cap_lookup(&WORLD_OBJECT(g.process, process)->caps, view, &cap));
        WORLD_OBJECT(g.thread, thread)->view = container_of(cap->object, struct view, object);
    }
    must(sys_vas_switch(g.view));
    struct seg *seg = WORLD_OBJECT(g.seg, seg);
    uint64_t room;
    seg_page(seg, 3 * MIB, &room);
}

/* What an order leaves is taken away at last; most of it is gone by then. A link whose capabilities
 * were all deleted is out of reach of the calls, and lasts as long as its space. */
static void delete_rest(void)
{
    while (!space_unlink_some(&world.init->home))
        ;
    if (sys_object_destroy(g.process) != STATUS_OK && g.thread != 0)
        (void)!sys_object_destroy(g.thread);
    world_delete_all();
}

/* A call that may find its object gone, and must say so then. */
static void may_fail(int64_t result)
{
    machine_settle();
    assert_true(result == STATUS_OK || result == STATUS_BAD_HANDLE || result == STATUS_DESTROYED ||
                result == STATUS_ENDED || result == STATUS_NOT_ATTACHED);
}

static void act_deletes(int action)
{
    const handle_t handles[NACTIONS] = {g.process, g.vas,          g.seg,     g.child_of_vas,
                                        g.view,    g.child_of_seg, g.home_seg};
    may_fail(sys_cap_delete(handles[action]));
}

static void act_destroys(int action)
{
    const handle_t handles[NACTIONS] = {g.process, g.vas, g.seg, g.home_seg};
    if (action < 4)
        may_fail(sys_object_destroy(handles[action]));
    else if (action == 4)
        may_fail(sys_vas_detach(g.view));
    else if (action == 5)
        may_fail(sys_cap_delete(g.process));
    else
        may_fail(sys_cap_delete(g.vas));
}

static void act_revokes(int action)
{
    switch (action) {
    case 0:
        may_fail(sys_cap_revoke(g.vas));
        return;
    case 1:
        may_fail(sys_cap_revoke(g.seg));
        return;
    case 2:
        may_fail(sys_cap_delete(g.seg));
        return;
    case 3:
        may_fail(sys_object_destroy(g.vas));
        return;
    case 4:
        may_fail(sys_seg_detach(g.vas, g.seg));
        return;
    case 5:
        may_fail(g.thread != 0 ? sys_object_destroy(g.thread) : sys_cap_delete(g.process));
        return;
    default:
        may_fail(sys_cap_delete(g.vas));
    }
}

/* Init sleeps, so that P runs, if it still can, in whichever view it stands. */
static void sleep_a_while(void)
{
    struct thread *next = world_return(sys_thread_sleep(2000000));
    for (int i = 0; i < 5 && next != world.thread; i++) {
        machine.now += 1000000;
        sched_tick();
        next = world_return(0);
    }
    assert_ptr_equal(next, world.thread);
}

static void act_threads(int action)
{
    switch (action) {
    case 0:
        may_fail(sys_object_destroy(g.thread));
        return;
    case 1:
        sleep_a_while();
        return;
    case 2:
        may_fail(sys_vas_detach(g.view));
        return;
    case 3:
        may_fail(sys_object_destroy(g.process));
        return;
    case 4:
        may_fail(sys_cap_delete(g.process));
        return;
    case 5:
        may_fail(sys_object_destroy(g.vas));
        return;
    default:
        may_fail(sys_object_destroy(g.seg));
    }
}

/* The next order after this one, lexicographically; false after the last. */
static bool next_order(int order[NACTIONS])
{
    int i = NACTIONS - 2;
    while (i >= 0 && order[i] > order[i + 1])
        i--;
    if (i < 0)
        return false;
    int j = NACTIONS - 1;
    while (order[j] < order[i])
        j--;
    int kept = order[i];
    order[i] = order[j];
    order[j] = kept;
    for (int low = i + 1, high = NACTIONS - 1; low < high; low++, high--) {
        kept = order[low];
        order[low] = order[high];
        order[high] = kept;
    }
    return true;
}

static void in_every_order(void (*act)(int action), bool started)
{
    int order[NACTIONS] = {0, 1, 2, 3, 4, 5, 6};
    make_graph(started);
    delete_rest();
    struct usage before = usage_now();
    do {
        make_graph(started);
        for (int i = 0; i < NACTIONS; i++)
            act(order[i]);
        check_space(&world.init->home);
        delete_rest();
        assert_int_equal(sys_vas_active(), HANDLE_HOME);
        assert_int_equal(world.init->caps.ncaps, 2);
        assert_usage(before);
    } while (next_order(order));
}

static void test_ending_by_deletes_leaves_nothing_in_any_order(void **state)
{
    (void)state;
    in_every_order(act_deletes, false);
}

static void test_ending_by_deletes_leaves_nothing_of_a_running_process(void **state)
{
    (void)state;
    in_every_order(act_deletes, true);
}

static void test_ending_by_destroys_leaves_nothing_in_any_order(void **state)
{
    (void)state;
    in_every_order(act_destroys, true);
}

static void test_ending_by_revokes_leaves_nothing_in_any_order(void **state)
{
    (void)state;
    in_every_order(act_revokes, true);
}

static void test_ending_with_threads_leaves_nothing_in_any_order(void **state)
{
    (void)state;
    in_every_order(act_threads, true);
}

static void test_ending_of_the_vas_under_its_threads_brings_them_home(void **state)
{
    (void)state;
    make_graph(true);
    struct thread *thread = WORLD_OBJECT(g.thread, thread);
    must(sys_object_destroy(g.vas));
    assert_int_equal(sys_vas_active(), HANDLE_HOME);
    assert_ptr_equal(cpu_this()->view, &world.init->home_view->mmu);
    assert_ptr_equal(thread_view(thread), WORLD_OBJECT(g.process, process)->home_view);
    assert_int_equal(sys_vas_switch(g.view), STATUS_BAD_HANDLE);
    assert_int_equal(sys_cap_derive(g.vas, 0, 0), STATUS_DESTROYED);
    delete_rest();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_ending_by_deletes_leaves_nothing_in_any_order),
        WORLD_TEST(test_ending_by_deletes_leaves_nothing_of_a_running_process),
        WORLD_TEST(test_ending_by_destroys_leaves_nothing_in_any_order),
        WORLD_TEST(test_ending_by_revokes_leaves_nothing_in_any_order),
        WORLD_TEST(test_ending_with_threads_leaves_nothing_in_any_order),
        WORLD_TEST(test_ending_of_the_vas_under_its_threads_brings_them_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
