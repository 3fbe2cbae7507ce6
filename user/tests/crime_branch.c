/* Memory that goes while a thread uses it: its code, its stack, the VAS in which it runs. */
#include "child.h"
#include "test.h"

/* A child detaches a segment of its own home; it must end by a page fault at `address`, or in the
 * page that begins there. */
static void detach_own_check_faults(size_t seg_offset, uint64_t address, const char *access)
{
    struct child child;
    require(child_make(&child, "child", &code_detach_own));
    handle_t seg = *(const handle_t *)((const char *)&child + seg_offset);
    struct child_task task = {.value = (uint64_t)sys_cap_place(child.process, seg, 0, 0)};
    test_expect_log("process 'child' .*: %s 0x.* refused: no segment there in its home", access);
    require(child_start(&child, &task));
    struct process_info info = child_end(&child);
    check_eq(info.reason, END_FAULT);
    check_eq(info.status, 14);
    check_eq(info.address & ~(uint64_t)(PAGE_BYTES - 1), address);
}

void test_crime_detaching_ones_own_code_faults(void)
{
    detach_own_check_faults(offsetof(struct child, code), CHILD_CODE, "execution of");
}

void test_crime_detaching_ones_own_stack_faults(void)
{
    detach_own_check_faults(offsetof(struct child, stack), CHILD_STACK, "write to");
}

/* A child that runs code of a VAS, in an endless loop. */
struct guest {
    struct child child;
    handle_t vas, seg;
};

static bool guest_start(struct guest *guest)
{
    guest->vas = sys_vas_create(NAME("ground"), 0);
    guest->seg = kit_seg_at(PLACE_A, PAGE_BYTES);
    check_eq(sys_seg_write(guest->seg, 0, (uintptr_t)code_spin.bytes, code_spin.nbytes),
             code_spin.nbytes);
    check_eq(sys_seg_attach(guest->vas, guest->seg, ACCESS_CODE), STATUS_OK);
    if (!child_make(&guest->child, "child", &code_jump))
        return false;
    struct child_task task = {.address = PLACE_A};
    task.view = (uint64_t)child_view(&guest->child, guest->vas, ACCESS_CODE);
    if (!child_start(&guest->child, &task))
        return false;
    sys_thread_sleep(2 * MILLISECOND);
    return check_eq(kit_thread_info(guest->child.thread).view, task.view);
}

/* It must have ended by the fetch of its next instruction, or before. */
static void guest_check_ended(struct guest *guest, uint32_t reason, int64_t status)
{
    struct process_info info = child_end(&guest->child);
    check_eq(info.reason, reason);
    check_eq(info.status, status);
    check_eq(info.address, PLACE_A);
    kit_drop_all(guest->vas, guest->seg);
}

void test_crime_running_in_a_destroyed_vas_ends(void)
{
    struct guest guest;
    require(guest_start(&guest));
    test_expect_log("process 'child' .*: the view in which it stood was taken away");
    check_eq(sys_object_destroy(guest.vas), STATUS_OK);
    guest_check_ended(&guest, END_VIEW_LOST, 0);
}

void test_crime_running_in_a_revoked_vas_ends(void)
{
    struct guest guest;
    require(guest_start(&guest));
    test_expect_log("process 'child' .*: the view in which it stood was taken away");
    check_eq(sys_cap_revoke(guest.vas), STATUS_OK);
    guest_check_ended(&guest, END_VIEW_LOST, 0);
}

void test_crime_running_in_a_detached_segment_faults(void)
{
    struct guest guest;
    require(guest_start(&guest));
    test_expect_log("process 'child' .*: execution of 0x.* refused: .* in VAS 'ground'");
    check_eq(sys_seg_detach(guest.vas, guest.seg), STATUS_OK);
    guest_check_ended(&guest, END_FAULT, 14);
}

void test_crime_running_in_a_destroyed_segment_faults(void)
{
    struct guest guest;
    require(guest_start(&guest));
    test_expect_log(
        "process 'child' .*: execution of 0x.* refused: no segment there in VAS 'ground'");
    check_eq(sys_object_destroy(guest.seg), STATUS_OK);
    guest_check_ended(&guest, END_FAULT, 14);
}
