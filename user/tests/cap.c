/* Capabilities: derivation, deletion, revocation, tables. */
#include "child.h"
#include "kit.h"
#include "test.h"

void test_cap_info_tells_type_rights_and_badge(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    handle_t child = sys_cap_derive(seg, RIGHT_SEG_READ | RIGHT_INFO, 0x1122334455667788);
    struct cap_info first = kit_cap_info(seg), second = kit_cap_info(child);
    check_eq(first.type, OBJECT_SEG);
    check_eq(first.object, kit_seg_info(seg).id);
    check_eq(first.nchildren, 1);
    check_eq(first.refs, 2);
    check_eq(second.type, OBJECT_SEG);
    check_eq(second.rights, RIGHT_SEG_READ | RIGHT_INFO);
    check_eq(second.badge, 0x1122334455667788);
    check_eq(second.object, first.object);
    check_eq(second.nchildren, 0);
    kit_drop_all(child, seg);
}

void test_cap_handles_differ_and_are_positive(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0), seen[100];
    for (size_t i = 0; i < 100; i++) {
        seen[i] = sys_cap_derive(seg, 0, i);
        check(seen[i] > 0);
        for (size_t j = 0; j < i; j++)
            check(seen[i] != seen[j]);
    }
    for (size_t i = 0; i < 100; i++)
        kit_drop(seen[i]);
    kit_drop(seg);
}

void test_cap_parent_deleted_keeps_its_children(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    handle_t parent = sys_cap_derive(seg, kit_cap_info(seg).rights, 0);
    handle_t child = sys_cap_derive(parent, RIGHT_SEG_READ | RIGHT_INFO, 0);
    kit_poke(seg, 0, 3);
    kit_drop(parent);
    check_eq(kit_peek(child, 0), 3);
    check_eq(kit_cap_info(seg).nchildren, 1);
    kit_drop(seg);
    check_eq(kit_peek(child, 0), 3);
    kit_drop(child);
}

void test_cap_revoke_ends_all_descendants_and_nothing_else(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    handle_t kept = sys_cap_derive(seg, kit_cap_info(seg).rights, 0);
    handle_t parent = sys_cap_derive(seg, kit_cap_info(seg).rights, 0);
    handle_t child = sys_cap_derive(parent, kit_cap_info(seg).rights, 0);
    handle_t grandchild = sys_cap_derive(child, RIGHT_INFO, 0);
    struct cap_info info;
    check_eq(sys_cap_revoke(parent), STATUS_OK);
    check_eq(sys_cap_info(child, (uintptr_t)&info), STATUS_BAD_HANDLE);
    check_eq(sys_cap_info(grandchild, (uintptr_t)&info), STATUS_BAD_HANDLE);
    check_eq(kit_cap_info(parent).nchildren, 0);
    check_eq(kit_cap_info(seg).nchildren, 2);
    check_eq(sys_cap_revoke(parent), STATUS_OK);
    kit_drop_all(kept, parent, seg);
}

/* A deleted parent's children are its parent's: revoking there reaches them. */
void test_cap_revoke_reaches_the_children_of_deleted_ones(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    handle_t parent = sys_cap_derive(seg, kit_cap_info(seg).rights, 0);
    handle_t child = sys_cap_derive(parent, RIGHT_INFO, 0);
    struct cap_info info;
    kit_drop(parent);
    check_eq(sys_cap_revoke(seg), STATUS_OK);
    check_eq(sys_cap_info(child, (uintptr_t)&info), STATUS_BAD_HANDLE);
    kit_drop(seg);
}

void test_cap_revoke_pulls_views(void)
{
    handle_t vas = kit_vas();
    handle_t lent = sys_cap_derive(vas, kit_cap_info(vas).rights, 0);
    handle_t mine = kit_view(vas, ACCESS_READ), theirs = kit_view(lent, ACCESS_READ);
    require_eq(sys_vas_switch(theirs), STATUS_OK);
    check_eq(sys_cap_revoke(lent), STATUS_OK);
    check_eq(sys_vas_active(), HANDLE_HOME);
    check_eq(sys_vas_switch(theirs), STATUS_BAD_HANDLE);
    check_eq(sys_vas_switch(mine), STATUS_OK);
    check_eq(sys_cap_revoke(vas), STATUS_OK);
    check_eq(sys_vas_active(), HANDLE_HOME);
    check_eq(kit_vas_info(vas).nviews, 0);
    kit_drop(vas);
}

void test_cap_revoke_pulls_links(void)
{
    handle_t vas = kit_vas(), other = kit_vas(), seg = kit_seg_at(PLACE_A, PAGE_BYTES);
    handle_t lent = sys_cap_derive(seg, kit_cap_info(seg).rights, 0);
    handle_t view = kit_view(vas, ACCESS_READ);
    check_eq(sys_seg_attach(vas, lent, ACCESS_READ), STATUS_OK);
    check_eq(sys_seg_attach(other, seg, ACCESS_READ), STATUS_OK);
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(*kit_word(PLACE_A), 0);
    check_eq(sys_cap_revoke(lent), STATUS_OK);
    check_eq(sys_seg_write(seg, 0, PLACE_A, 8), STATUS_BAD_ADDRESS);
    check_eq(kit_vas_info(vas).nlinks, 0);
    check_eq(kit_vas_info(other).nlinks, 1);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(lent, seg, vas, other);
}

/* Views and links in another process go as well, while its thread stands there. */
void test_cap_revoke_reaches_other_processes(void)
{
    handle_t vas = kit_vas();
    struct child child;
    require(child_make(&child, "stayer", &code_stay));
    handle_t placed = sys_cap_place(child.process, vas, RIGHT_INFO, 0);
    check(placed > 0);
    struct child_task task = {.view = (uint64_t)child_view(&child, vas, ACCESS_READ)};
    require(child_start(&child, &task));
    sys_thread_yield();
    uint64_t ncaps = kit_process_info(child.process).ncaps;
    check_eq(sys_cap_revoke(vas), STATUS_OK);
    check_eq(kit_process_info(child.process).ncaps, ncaps - 2);
    check_eq(kit_process_info(child.process).nviews, 1);
    check_eq(kit_thread_info(child.thread).view, HANDLE_HOME);
    child_kill(&child);
    kit_drop(vas);
}

void test_cap_revoke_of_a_segment_stops_a_child_at_its_next_touch(void)
{
    struct child child;
    require(child_make(&child, "revoked", &code_stay));
    struct child_task task = {0};
    require(child_start(&child, &task));
    sys_thread_sleep(2 * MILLISECOND);
    check(child_task_now(&child).result > 0);
    check_eq(sys_cap_revoke(child.task), STATUS_OK);
    struct process_info info = child_end(&child);
    check_eq(info.reason, END_FAULT);
    check_eq(info.status, 14);
    check_eq(info.address, CHILD_TASK + offsetof(struct child_task, result));
}

void test_cap_placed_names_the_same_object(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0), process = sys_process_create(NAME("empty"), 0);
    uint64_t before = kit_process_info(process).ncaps;
    handle_t placed = sys_cap_place(process, seg, RIGHT_INFO | RIGHT_SEG_READ, 9);
    check(placed > 0);
    check_eq(kit_process_info(process).ncaps, before + 1);
    check_eq(kit_cap_info(seg).nchildren, 1);
    check_eq(sys_cap_revoke(seg), STATUS_OK);
    check_eq(kit_process_info(process).ncaps, before);
    kit_drop_all(seg, process);
}

/* Placed in itself is like derived. */
void test_cap_placed_in_oneself_works(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    handle_t placed = sys_cap_place(HANDLE_SELF, seg, RIGHT_INFO, 0);
    check_eq(kit_seg_info(placed).id, kit_seg_info(seg).id);
    kit_drop_all(placed, seg);
}

/* Two processes that never ran cannot hold each other, so no order of deletes leaves them
 * behind. */
void test_cap_cycle_of_processes_never_started_is_refused(void)
{
    handle_t older = sys_process_create(NAME("older"), 0),
             younger = sys_process_create(NAME("younger"), 0);
    check(sys_cap_place(younger, older, RIGHT_INFO, 0) > 0);
    check_eq(sys_cap_place(older, younger, RIGHT_INFO, 0), STATUS_BUSY);
    check(sys_cap_place(older, older, RIGHT_INFO, 0) > 0);
    kit_drop_all(older, younger);
}

/* Two that run may: what they hold goes when they end. */
void test_cap_cycle_of_running_processes_ends_with_them(void)
{
    struct child a, b;
    struct child_task task = {.value = UINT64_MAX};
    require(child_make(&a, "a", &code_sleep) && child_start(&a, &task));
    require(child_make(&b, "b", &code_sleep) && child_start(&b, &task));
    check(sys_cap_place(a.process, b.process, RIGHT_INFO, 0) > 0);
    check(sys_cap_place(b.process, a.process, RIGHT_INFO, 0) > 0);
    child_kill(&a);
    child_kill(&b);
}
