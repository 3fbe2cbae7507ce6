/* VASes: names, and what outlives whom. */
#include <string.h>

#include "child.h"
#include "kit.h"
#include "test.h"

void test_vas_info_tells_what_it_holds(void)
{
    handle_t vas = sys_vas_create(NAME("orders"), 0);
    struct vas_info empty = kit_vas_info(vas);
    handle_t seg = kit_seg_in(vas, PLACE_A, 1), view = kit_view(vas, ACCESS_READ);
    struct vas_info full = kit_vas_info(vas);
    check(strncmp(empty.name, "orders", NAME_BYTES) == 0);
    check_eq(empty.nlinks, 0);
    check_eq(empty.nviews, 0);
    check_eq(full.id, empty.id);
    check_eq(full.nlinks, 1);
    check_eq(full.nviews, 1);
    check(full.ntables > empty.ntables);
    check_eq(sys_seg_detach(vas, seg), STATUS_OK);
    check(kit_vas_info(vas).generation > full.generation);
    check_eq(sys_vas_detach(view), STATUS_OK);
    check_eq(kit_vas_info(vas).nviews, 0);
    kit_drop_all(seg, vas);
}

/* A name is sixteen bytes of anything; what comes back can be printed. */
void test_vas_name_of_any_bytes_is_harmless(void)
{
    const uint64_t words[] = {0, UINT64_MAX, 0x0a0a0a0a0a0a0a0a, 0x1b5b324a00ff0080,
                              0x7325732573257325};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        handle_t vas = sys_vas_create(words[i], ~words[i], 0);
        struct vas_info info = kit_vas_info(vas);
        for (size_t at = 0; at < NAME_BYTES; at++)
            check(info.name[at] == 0 || (info.name[at] >= 0x20 && info.name[at] < 0x7f));
        kit_drop(vas);
    }
}

/* A list with raw pointers, made here, walked by a process that never saw it being made. */
void test_vas_keeps_pointers_valid_in_another_process(void)
{
    enum {
        NODES = 1000
    };
    struct node {
        struct node *next;
        uint64_t value;
    };
    handle_t vas = kit_vas(), seg = kit_seg(NODES * sizeof(struct node), 0);
    handle_t view = kit_view(vas, ACCESS_DATA);
    struct node *nodes = (struct node *)(uintptr_t)kit_seg_info(seg).base;
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    require_eq(sys_vas_switch(view), STATUS_OK);
    for (size_t i = 0; i < NODES; i++) /* 7 and 1000 have no common factor: a ring, cut at 0 */
        nodes[i * 7 % NODES] = (struct node){i + 1 < NODES ? &nodes[(i + 1) * 7 % NODES] : NULL, i};
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop(seg);
    struct child_task task = {.address = (uintptr_t)nodes};
    struct process_info info = child_run(&code_list_sum, vas, ACCESS_READ, task);
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, NODES * (NODES - 1) / 2);
    kit_drop(vas);
}

/* A child makes nothing, but writes; it and its view are gone when the parent reads. */
void test_vas_outlives_the_process_that_used_it(void)
{
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 1);
    struct child_task task = {.address = PLACE_A + 16, .value = 77};
    struct process_info info = child_run(&code_store, vas, ACCESS_DATA, task);
    check_eq(info.reason, END_EXIT);
    check_eq(kit_vas_info(vas).nviews, 0);
    check_eq(kit_peek(seg, 16), 77);
    kit_drop(seg);
    task.value = 0;
    info = child_run(&code_load, vas, ACCESS_READ, task);
    check_eq(info.reason, END_EXIT);
    check_eq(info.status, 77);
    kit_drop(vas);
}

/* With its last capability gone a VAS lives on in the views of others. */
void test_vas_lives_while_a_view_refers_to_it(void)
{
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 5);
    handle_t view = kit_view(vas, ACCESS_READ);
    kit_drop_all(vas, seg);
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(*kit_word(PLACE_A), 5);
    check_eq(sys_vas_detach(view), STATUS_OK);
}

void test_vas_destroyed_under_the_caller_brings_it_home(void)
{
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 5);
    handle_t view = kit_view(vas, ACCESS_DATA);
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(*kit_word(PLACE_A), 5);
    check_eq(sys_object_destroy(vas), STATUS_OK);
    check_eq(sys_vas_active(), HANDLE_HOME);
    check_eq(sys_vas_switch(view), STATUS_BAD_HANDLE);
    check_eq(kit_seg_info(seg).nlinks, 0);
    check_eq(sys_object_destroy(vas), STATUS_DESTROYED);
    kit_drop_all(seg, vas);
}

/* A child stands in the VAS when it is destroyed: it comes home with a fault. */
void test_vas_destroyed_under_a_child_sends_it_home(void)
{
    handle_t vas = kit_vas();
    struct child child;
    require(child_make(&child, "stayer", &code_stay));
    struct child_task task = {.view = (uint64_t)child_view(&child, vas, ACCESS_READ)};
    require(child_start(&child, &task));
    sys_thread_yield();
    check_eq(kit_thread_info(child.thread).view, task.view);
    check_eq(sys_object_destroy(vas), STATUS_OK);
    check_eq(kit_thread_info(child.thread).view, HANDLE_HOME);
    test_expect_log("process 'stayer' .*: the view in which it stood was taken away, at 0x");
    struct process_info info = child_end(&child);
    check_eq(info.reason, END_VIEW_LOST);
    check(info.address >= CHILD_CODE && info.address < CHILD_CODE + PAGE_BYTES);
    kit_drop(vas);
}

void test_seg_destroyed_leaves_every_space(void)
{
    handle_t a = kit_vas(), b = kit_vas(), seg = kit_seg_in(a, PLACE_A, 1);
    handle_t view = kit_view(a, ACCESS_DATA);
    uint64_t word;
    check_eq(sys_seg_attach(b, seg, ACCESS_READ), STATUS_OK);
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(*kit_word(PLACE_A), 1);
    check_eq(sys_object_destroy(seg), STATUS_OK);
    check_eq(kit_vas_info(a).nlinks, 0);
    check_eq(kit_vas_info(b).nlinks, 0);
    check_eq(sys_seg_read(seg, 0, (uintptr_t)&word, 8), STATUS_DESTROYED);
    check_eq(sys_seg_write(seg, 0, PLACE_A, 8), STATUS_DESTROYED);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, a, b);
}
