/* Large capability tables, in processes of their own, so that the tables go with them. */
#include "child.h"
#include "kit.h"
#include "test.h"

/* No table may need more than this. */
#define CAPS_ANY_TABLE 1000000

void test_cap_table_grows_to_10000(void)
{
    const size_t ncaps = test_scaled(10000);
    handle_t seg = kit_seg(PAGE_BYTES, 0), process = sys_process_create(NAME("table"), 0);
    handle_t last = 0;
    for (size_t i = 0; i < ncaps; i++) {
        handle_t placed = sys_cap_place(process, seg, RIGHT_INFO, i);
        require(placed > last);
        last = placed;
    }
    check_eq(kit_process_info(process).ncaps, ncaps + 2);
    check_eq(kit_cap_info(seg).nchildren, ncaps < CAP_CHILDREN_MAX ? ncaps : CAP_CHILDREN_MAX);
    check_eq(sys_cap_revoke(seg), STATUS_OK);
    check_eq(kit_process_info(process).ncaps, 2);
    kit_drop_all(seg, process);
}

void test_cap_table_full_is_refused_and_can_be_used_again(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0), process = sys_process_create(NAME("table"), 0);
    handle_t kept = kit_seg(PAGE_BYTES, 0), vas = kit_vas(), placed = 0;
    size_t ncaps = 0;
    while (ncaps < CAPS_ANY_TABLE && (placed = sys_cap_place(process, seg, 0, 0)) > 0)
        ncaps++;
    if (placed == STATUS_NO_SLOT) {
        check_eq(sys_cap_place(process, kept, 0, 0), STATUS_NO_SLOT);
        check_eq(sys_vas_attach(process, vas, ACCESS_READ), STATUS_NO_SLOT);
        check_eq(kit_vas_info(vas).nviews, 0);
        check_eq(kit_cap_info(kept).nchildren, 0);
    } else {
        check_eq(placed, STATUS_NO_MEMORY);
    }
    check_eq(kit_process_info(process).ncaps, ncaps + 2);
    check_eq(sys_cap_revoke(seg), STATUS_OK);
    check(sys_cap_place(process, kept, 0, 0) > 0);
    kit_drop_all(seg, kept, vas, process);
}

/* One slot, over and over: its handles never repeat. */
void test_cap_slot_reused_gives_new_handles(void)
{
    const size_t rounds = test_scaled(2000);
    handle_t seg = kit_seg(PAGE_BYTES, 0), last = 0;
    for (size_t i = 0; i < rounds; i++) {
        handle_t cap = sys_cap_derive(seg, RIGHT_INFO, 0);
        require(cap > last);
        kit_drop(cap);
        last = cap;
    }
    kit_drop(seg);
}

/* A chain and a fan of derivations, deep and wide, revoked at once. */
void test_cap_chain_of_derivations_is_revoked_at_once(void)
{
    const size_t depth = test_scaled(5000);
    handle_t process = sys_process_create(NAME("chain"), 0), seg = kit_seg(PAGE_BYTES, 0);
    handle_t first = sys_cap_derive(seg, kit_cap_info(seg).rights, 0), link = first;
    size_t made;
    for (made = 0; made < depth && made < 400; made++) {
        handle_t next = sys_cap_derive(link, kit_cap_info(seg).rights, 0);
        require(next > 0);
        check(sys_cap_place(process, next, RIGHT_INFO, 0) > 0);
        link = next;
    }
    check_eq(kit_process_info(process).ncaps, made + 2);
    check_eq(sys_cap_revoke(first), STATUS_OK);
    check_eq(kit_process_info(process).ncaps, 2);
    kit_drop_all(first, seg, process);
}
