/* Clones of VASes, and sharing on a large scale. */
#include "child.h"
#include "kit.h"
#include "test.h"
#include "worker.h"

#define MANY 1000

void test_clone_has_the_same_segments(void)
{
    handle_t vas = kit_vas(), a = kit_seg_in(vas, PLACE_A, 1), b = kit_seg_in(vas, PLACE_B, 2);
    handle_t clone = sys_vas_clone(vas, ACCESS_READ, 0);
    require(clone > 0);
    check(kit_vas_info(clone).id != kit_vas_info(vas).id);
    check_eq(kit_vas_info(clone).nlinks, 2);
    handle_t view = kit_view(clone, ACCESS_DATA);
    require_eq(sys_vas_switch(view), STATUS_OK);
    check_eq(*kit_word(PLACE_A) + *kit_word(PLACE_B), 3);
    check_eq(sys_seg_read(a, 0, PLACE_A, 8), STATUS_BAD_ADDRESS); /* it can be read only */
    check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
    check_eq(sys_seg_detach(vas, a), STATUS_OK);
    check_eq(kit_vas_info(clone).nlinks, 2);
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(clone, vas, a, b);
}

void test_clone_allows_what_links_and_caller_allow(void)
{
    struct link_info info = {0};
    handle_t vas = kit_vas(), seg = kit_seg_at(PLACE_A, PAGE_BYTES);
    check_eq(sys_seg_attach(vas, seg, ACCESS_READ), STATUS_OK);
    handle_t reader = kit_without(vas, RIGHT_VAS_WRITE | RIGHT_GRANT);
    check_eq(sys_vas_clone(reader, ACCESS_DATA, 0), STATUS_NO_RIGHT);
    check_eq(sys_vas_clone(vas, ACCESS_WRITE, 0), STATUS_BAD_ARGUMENT);
    check_eq(sys_vas_clone(vas, ACCESS_READ, vas), STATUS_WRONG_TYPE);
    handle_t clone = sys_vas_clone(vas, ACCESS_ALL, 0),
             ungranted = sys_vas_clone(reader, ACCESS_READ, 0);
    check_eq(sys_link_info(clone, 0, (uintptr_t)&info), STATUS_OK);
    check_eq(info.access, ACCESS_READ);
    check(kit_cap_info(clone).rights & RIGHT_GRANT);
    check_eq(kit_cap_info(ungranted).rights & RIGHT_GRANT, 0);
    kit_drop_all(clone, ungranted, reader, vas, seg);
}

/* Taking back either the segment or the VAS takes it from the clone too. */
void test_clone_goes_with_what_it_was_made_of(void)
{
    struct vas_info info;
    handle_t vas = kit_vas(), seg = kit_seg_at(PLACE_A, PAGE_BYTES),
             other = kit_seg_in(vas, PLACE_B, 1);
    handle_t lent = kit_without(seg, 0), lent_vas = kit_without(vas, 0);
    check_eq(sys_seg_attach(vas, lent, ACCESS_READ), STATUS_OK);
    handle_t clone = sys_vas_clone(lent_vas, ACCESS_READ, 0),
             kept = sys_vas_clone(vas, ACCESS_READ, 0);
    handle_t view = kit_view(clone, ACCESS_READ);
    check_eq(kit_vas_info(clone).nlinks, 2);
    check_eq(sys_cap_revoke(seg), STATUS_OK);
    check_eq(kit_vas_info(clone).nlinks, 1);
    check_eq(sys_cap_revoke(lent_vas), STATUS_OK);
    check_eq(sys_vas_info(clone, (uintptr_t)&info), STATUS_DESTROYED);
    check_eq(sys_vas_switch(view), STATUS_BAD_HANDLE);
    check_eq(sys_object_destroy(vas), STATUS_OK);
    check_eq(kit_vas_info(kept).nlinks, 1);
    kit_drop_all(clone, kept, seg, other, lent_vas, vas);
}

static uint64_t body_tick(struct worker *worker)
{
    while (!worker->stop) {
        sys_thread_sleep(MILLISECOND / 4);
        worker->result++;
    }
    return 0;
}

/* While somebody of higher priority runs again and again: the call is cut into pieces. */
void test_clone_of_many_links_is_interrupted_and_whole(void)
{
    static struct worker worker;
    handle_t holder = sys_process_create(NAME("holder"), 0), vas = kit_vas();
    size_t n = test_scaled(MANY);
    for (size_t i = 0; i < n; i++) {
        handle_t seg = kit_seg_in(vas, PLACE_A + i * 2 * MIB, i);
        check(sys_cap_place(holder, seg, 0, 0) > 0);
        kit_drop(seg);
    }
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_tick, PRIORITY_DEFAULT + 1));
    for (int turn = 0; turn < 10; turn++) {
        handle_t clone = sys_vas_clone(vas, ACCESS_ALL, 0);
        require(clone > 0);
        check_eq(kit_vas_info(clone).nlinks, n);
        kit_drop(clone);
    }
    worker.stop = true;
    worker_end(&worker);
    handle_t pool = kit_pool(20);
    check_eq(sys_vas_clone(vas, ACCESS_READ, pool), STATUS_NO_MEMORY);
    check_eq(kit_pool_info(pool).used_frames, 0);
    kit_drop_all(vas, holder, pool);
}

/* A thousand VASes share a segment of 1 GiB: each costs three frames, and nothing is copied. */
void test_segment_in_a_thousand_vases_costs_each_12_kib(void)
{
    static handle_t vases[MANY];
    size_t n = test_scaled(MANY);
    handle_t pool = kit_pool(4 * MANY);
    handle_t seg = sys_seg_create(NAME("shared"), PLACE_A, GIB, SEG_SPARSE, 0);
    for (size_t i = 0; i < n; i++) {
        vases[i] = sys_vas_create(NAME("one"), pool);
        require_eq(sys_seg_attach(vases[i], seg, ACCESS_READ), STATUS_OK);
    }
    test_note("%zu VASes take %llu bytes each", n,
              (unsigned long long)(kit_pool_info(pool).used_frames * PAGE_BYTES / n));
    check(kit_pool_info(pool).used_frames <= 3 * n);
    check_eq(kit_seg_info(seg).nlinks, n);
    kit_poke(seg, 700 * MIB, 42);
    for (size_t i = 0; i < n; i += n / 8) {
        handle_t view = kit_view(vases[i], ACCESS_READ);
        require_eq(sys_vas_switch(view), STATUS_OK);
        check_eq(*kit_word(PLACE_A + 700 * MIB), 42);
        check_eq(sys_vas_detach(view), STATUS_OK);
    }
    check_eq(sys_object_destroy(pool), STATUS_OK);
    for (size_t i = 0; i < n; i++)
        kit_drop(vases[i]);
    kit_drop_all(pool, seg);
}
