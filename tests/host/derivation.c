/* Derivation: what descends from a capability, and what deleting and revoking do to it. */
#include <arch/mmu.h>

#include "obj/link.h"
#include "world.h"

#define ALL 0xfff

static void test_derive_gives_at_most_the_parents_rights(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    uint64_t has = world_cap(vas)->rights;
    for (uint64_t rights = 0; rights <= ALL; rights++) {
        int64_t child = sys_cap_derive(vas, rights, 7);
        if ((rights & ~has) != 0) {
            assert_int_equal(child, STATUS_NO_RIGHT);
            continue;
        }
        assert_int_equal(world_cap(must(child))->rights, rights);
        assert_int_equal(world_cap(child)->badge, 7);
        must(sys_cap_delete(child));
    }
    assert_int_equal(sys_cap_derive(vas, CAP_WEAK, 0), STATUS_BAD_ARGUMENT);
    assert_int_equal(sys_cap_derive(vas, (uint64_t)1 << 32, 0), STATUS_BAD_ARGUMENT);
}

static void test_derive_needs_the_right_to_grant(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t child = must(sys_cap_derive(vas, RIGHT_INFO, 0));
    assert_int_equal(sys_cap_derive(child, RIGHT_INFO, 0), STATUS_NO_RIGHT);
    assert_int_equal(sys_cap_place(HANDLE_SELF, child, RIGHT_INFO, 0), STATUS_NO_RIGHT);
    assert_int_equal(sys_cap_derive(HANDLE_HOME, RIGHT_INFO, 0), STATUS_NO_RIGHT);
}

static void test_delete_gives_the_children_to_the_parent(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t middle = must(sys_cap_derive(vas, ALL & world_cap(vas)->rights, 0));
    handle_t a = must(sys_cap_derive(middle, RIGHT_INFO, 0));
    handle_t b = must(sys_cap_derive(middle, RIGHT_INFO, 0));
    handle_t c = must(sys_cap_derive(vas, RIGHT_INFO, 0));
    assert_int_equal(cap_count_children(world_cap(vas), 100), 2);
    must(sys_cap_delete(middle));
    assert_int_equal(cap_count_children(world_cap(vas), 100), 3);
    assert_ptr_equal(world_cap(a)->parent, world_cap(vas));
    must(sys_cap_delete(b));
    assert_int_equal(cap_count_children(world_cap(vas), 100), 2);
    must(sys_cap_revoke(vas));
    assert_int_equal(sys_cap_delete(a), STATUS_BAD_HANDLE);
    assert_int_equal(sys_cap_delete(c), STATUS_BAD_HANDLE);
    assert_int_equal(world_object(vas)->refs, 1);
}

static void test_delete_of_the_first_capability_leaves_the_children_alive(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t child = must(sys_cap_derive(vas, RIGHT_INFO | RIGHT_REVOKE, 0));
    must(sys_cap_delete(vas));
    assert_null(world_cap(child)->parent);
    assert_int_equal(world_object(child)->refs, 1);
    must(sys_cap_revoke(child));
}

static void test_revoke_reaches_every_table_and_depth(void **state)
{
    (void)state;
    enum {
        N = 10
    };
    handle_t processes[N];
    handle_t vas = world_vas();
    handle_t chain[100];
    chain[0] = vas;
    for (size_t i = 1; i < array_count(chain); i++)
        chain[i] = must(sys_cap_derive(chain[i - 1], world_cap(vas)->rights, 0));
    for (int i = 0; i < N; i++) {
        processes[i] = world_process();
        must(sys_cap_place(processes[i], chain[i * 10], RIGHT_INFO, 0));
    }
    must(sys_cap_revoke(chain[50]));
    for (size_t i = 0; i < array_count(chain); i++)
        assert_int_equal(sys_cap_derive(chain[i], 0, 0) < 0, i > 50);
    for (int i = 0; i < N; i++)
        assert_int_equal(WORLD_OBJECT(processes[i], process)->caps.ncaps, 2 + (i * 10 < 50));
    assert_int_equal(sys_cap_derive(chain[51], 0, 0), STATUS_BAD_HANDLE);
}

static void test_revoke_takes_views_and_links_back(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t seg = world_seg(0, PAGE_SIZE, 0);
    handle_t vas_child = must(sys_cap_derive(vas, RIGHT_VAS_VIEW | ACCESS_ALL, 0));
    handle_t seg_child = must(sys_cap_derive(seg, ACCESS_ALL, 0));
    handle_t view = must(sys_vas_attach(HANDLE_SELF, vas_child, ACCESS_READ));
    must(sys_seg_attach(vas, seg_child, ACCESS_READ));
    assert_int_equal(cap_count_children(world_cap(seg_child), 100), 1);
    must(sys_vas_switch(view));
    must(sys_cap_revoke(seg));
    assert_int_equal(WORLD_OBJECT(seg, seg)->nlinks, 0);
    assert_int_equal(sys_vas_active(), view);
    must(sys_cap_revoke(vas));
    assert_int_equal(sys_vas_active(), HANDLE_HOME);
    assert_int_equal(sys_vas_switch(view), STATUS_BAD_HANDLE);
    assert_int_equal(WORLD_OBJECT(vas, vas)->nviews, 0);
}

static void test_revoke_needs_its_right_and_keeps_the_capability(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t child = must(sys_cap_derive(vas, RIGHT_INFO | RIGHT_GRANT, 0));
    must(sys_cap_derive(child, RIGHT_INFO, 0));
    assert_int_equal(sys_cap_revoke(child), STATUS_NO_RIGHT);
    assert_int_equal(cap_count_children(world_cap(child), 100), 1);
    must(sys_cap_revoke(vas));
    assert_int_equal(world_object(vas)->refs, 1);
}

static void test_link_outlives_the_capability_it_was_made_with(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t seg = world_seg(0, PAGE_SIZE, 0);
    must(sys_seg_attach(vas, seg, ACCESS_READ));
    must(sys_cap_delete(seg));
    assert_int_equal(WORLD_OBJECT(vas, vas)->space.nlinks, 1);
}

static void test_process_does_not_keep_itself(void **state)
{
    (void)state;
    struct usage before = usage_now();
    handle_t child = world_process();
    handle_t inside = must(sys_cap_place(child, child, RIGHT_INFO | RIGHT_GRANT, 0));
    assert_int_not_equal(inside, 0);
    assert_int_equal(world_object(child)->refs, 1);
    must(sys_cap_delete(child));
    assert_usage(before);
    uint32_t refs = world.init->object.refs;
    handle_t self = must(sys_cap_derive(HANDLE_SELF, RIGHT_INFO, 0));
    assert_int_equal(world.init->object.refs, refs);
    must(sys_cap_delete(self));
    assert_int_equal(world.init->object.refs, refs);
}

static void test_home_cannot_be_deleted_but_self_can(void **state)
{
    (void)state;
    assert_int_equal(sys_cap_delete(HANDLE_HOME), STATUS_BAD_ARGUMENT);
    assert_int_equal(sys_vas_detach(HANDLE_HOME), STATUS_BAD_ARGUMENT);
    must(sys_cap_delete(HANDLE_SELF));
    assert_int_equal(sys_cap_delete(HANDLE_SELF), STATUS_BAD_HANDLE);
    handle_t next = world_vas();
    assert_int_not_equal(next, HANDLE_SELF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_derive_gives_at_most_the_parents_rights),
        WORLD_TEST(test_derive_needs_the_right_to_grant),
        WORLD_TEST(test_delete_gives_the_children_to_the_parent),
        WORLD_TEST(test_delete_of_the_first_capability_leaves_the_children_alive),
        WORLD_TEST(test_revoke_reaches_every_table_and_depth),
        WORLD_TEST(test_revoke_takes_views_and_links_back),
        WORLD_TEST(test_revoke_needs_its_right_and_keeps_the_capability),
        WORLD_TEST(test_link_outlives_the_capability_it_was_made_with),
        WORLD_TEST(test_process_does_not_keep_itself),
        WORLD_TEST(test_home_cannot_be_deleted_but_self_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
