/*
 * What user code does: random calls with arguments that mostly make sense, on few objects, so that
 * everything meets everything; and looking at memory.
 */
#include "users.h"
#include "abi/objects.h"
#include "abi/syscalls.h"
#include "obj/gate.h"
#include "obj/link.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/vas.h"
#include "obj/view.h"

#define FAR_BASE (VAS_BASE + 512 * GIB)
#define RW (ACCESS_READ | ACCESS_WRITE)

/* Some lie in each other's place, so that tables must make room; one crosses a border of tables. */
static const struct {
    uint64_t base;
    uint64_t nbytes;
    uint64_t flags;
} shapes[] = {
    {0x20000000, 64 * KIB, 0},
    {GIB, 40 * MIB, SEG_SPARSE},
    {FAR_BASE, 32 * KIB, 0},
    {FAR_BASE, 32 * KIB, SEG_EAGER},
    {FAR_BASE + 2 * MIB, 3 * MIB, SEG_SPARSE},
    {FAR_BASE, 40 * MIB, SEG_SPARSE},
    {FAR_BASE, 20 * GIB, SEG_SPARSE},
    {FAR_BASE + GIB - 2 * MIB, 4 * MIB, SEG_SPARSE},
    {FAR_BASE + 2 * GIB, 4 * MIB, SEG_PAGES_2M | SEG_SPARSE},
    {FAR_BASE + 1024 * GIB, 16 * KIB, SEG_EAGER},
    {FAR_BASE + 4 * GIB, 16 * KIB, SEG_LOCKABLE},
    {FAR_BASE + 6 * GIB, 32 * KIB, SEG_PAGED | SEG_SPARSE},
};

uint64_t user_address(void)
{
    uint32_t i = choose(array_count(shapes));
    return shapes[i].base + sample(shapes[i].nbytes);
}

/* --- memory ----------------------------------------------------------------------------------- */

/* Mostly where something is, and what is allowed. */
static void act_touch(void)
{
    const struct view *view = view_of_mmu(running->cpu.view);
    const struct space *space =
        view->vas != NULL && OFTEN(4) ? &view->vas->space : &view->process->home;
    const struct link *link = any_link(space);
    uint64_t va = user_address();
    uint64_t access = (uint64_t)1 << choose(3);
    struct remembered used;
    operation_done();
    if (link != NULL && OFTEN(16)) {
        va = link->seg->range.base.v + sample(link->seg->range.npages << PAGE_SHIFT);
        if ((link->access & access) == 0)
            access = ACCESS_READ;
    }
    looked();
    if (tlb_access(running, va, access, &used))
        truth_use(running, &used);
    else
        entry_fault(va, access);
}

static void act_fill_or_discard(void)
{
    uint64_t handle;
    const struct seg *seg = any_seg(&handle);
    if (seg == NULL)
        return;
    uint64_t nbytes = seg->range.npages << PAGE_SHIFT;
    uint64_t offset = sample(nbytes);
    uint64_t much = SELDOM(2) ? PAGE_SIZE : (uint64_t)(1 + choose(63)) << PAGE_SHIFT;
    bool fills = SELDOM(3);
    if ((seg->flags & SEG_PAGED) != 0 && OFTEN(2))
        call6(SYSCALL_seg_supply, handle, offset, BUFFER_BASE, PAGE_SIZE, 0, 0);
    else
        call(fills ? SYSCALL_seg_fill : SYSCALL_seg_discard, handle, offset,
             min_u64(much, nbytes - offset));
}

/* --- spaces ----------------------------------------------------------------------------------- */

static void act_switch(void)
{
    uint64_t handle = any(OBJECT_VIEW);
    if (SELDOM(6))
        handle = (uint64_t)HANDLE_HOME;
    else if (SELDOM(6))
        handle = guess();
    call(SYSCALL_vas_switch, handle, 0, 0);
}

static void act_attach(void)
{
    uint64_t handle;
    const struct seg *seg = any_seg(&handle);
    if (seg != NULL)
        call(SYSCALL_seg_attach, any_space(seg), handle, any_access());
}

static uint64_t any_linked_space(const struct seg *seg)
{
    struct space *found = NULL;
    uint32_t n = 0;
    list_for_each(node, &seg->links) {
        if (SELDOM(++n))
            found = list_item(node, struct link, in_seg)->space;
    }
    return found != NULL ? handle_of_space(found) : any_space(seg);
}

static void act_detach(void)
{
    uint64_t handle;
    const struct seg *seg = any_seg(&handle);
    if (seg != NULL && seg->nlinks > 0)
        call(SYSCALL_seg_detach, any_linked_space(seg), handle, 0);
}

static void act_set_access(void)
{
    uint64_t handle;
    const struct seg *seg = any_seg(&handle);
    if (seg != NULL && seg->nlinks > 0)
        call(SYSCALL_seg_set_access, any_linked_space(seg), handle, any_access());
}

static void act_view(void)
{
    uint64_t process = OFTEN(3) ? (uint64_t)HANDLE_SELF : any(OBJECT_PROCESS);
    if (count(OBJECT_VIEW) < 5)
        call(SYSCALL_vas_attach, process, any(OBJECT_VAS),
             OFTEN(3) ? (uint64_t)ACCESS_ALL : any_access());
    else if (SELDOM(2))
        call(SYSCALL_vas_detach, any(OBJECT_VIEW), 0, 0);
}

static void act_clone(void)
{
    if (count(OBJECT_VAS) < 4)
        call(SYSCALL_vas_clone, any(OBJECT_VAS), any_access(), 0);
}

/* --- objects ---------------------------------------------------------------------------------- */

static void act_make(void)
{
    uint32_t i = choose(array_count(shapes));
    switch (choose(4)) {
    case 0:
        if (count(OBJECT_VAS) < 3)
            call(SYSCALL_vas_create, 'v', 0, 0);
        return;
    case 1:
        if (is_init() && count(OBJECT_PROCESS) < 3)
            call(SYSCALL_process_create, 'p', 0, 0);
        return;
    default:
        if (count(OBJECT_SEG) < 6)
            call6(SYSCALL_seg_create, 's', 0, shapes[i].base, shapes[i].nbytes, shapes[i].flags, 0);
    }
}

static bool has_buffer(const struct process *process)
{
    list_for_each(node, &process->home.links) {
        if (list_item(node, struct link, in_space)->seg == world_buffer)
            return true;
    }
    return false;
}

/* A process gets its buffer, a thread, or some capability; the first one gets the others' gates,
 * for which it lets them reach it. */
static void act_equip(void)
{
    uint32_t n;
    const struct cap *cap = find(OBJECT_PROCESS, &n);
    if (cap == NULL)
        return;
    const struct cap *gate = find(OBJECT_GATE, &n);
    if (is_init() && SELDOM(4)) {
        call6(SYSCALL_cap_place, (uint64_t)cap->handle, (uint64_t)HANDLE_SELF, RIGHT_PROCESS_PLACE,
              0, 0, 0);
        return;
    }
    if (cap->object == &world_init->object && gate != NULL) {
        call6(SYSCALL_cap_place, (uint64_t)cap->handle, (uint64_t)gate->handle,
              gate->rights & CAP_RIGHTS, 0, 0, 0);
        return;
    }
    uint64_t handle = (uint64_t)cap->handle;
    const struct process *process = container_of(cap->object, struct process, object);
    if (!has_buffer(process) && is_init())
        call(SYSCALL_seg_attach, handle, (uint64_t)world_buffer->object.caps->handle, RW);
    else if (process->nthreads < 3 && has_buffer(process) && SELDOM(2))
        call6(SYSCALL_thread_create, handle, USER_HANDLER, USER_STACK, 0, 0, PRIORITY_DEFAULT);
    else if ((cap = find(SELDOM(2)   ? OBJECT_NONE
                         : SELDOM(2) ? OBJECT_VAS
                         : SELDOM(3) ? OBJECT_GATE
                                     : OBJECT_SEG,
                         &n)) != NULL)
        call6(SYSCALL_cap_place, handle, (uint64_t)cap->handle, cap->rights & CAP_RIGHTS, 0, 0, 0);
}

static void act_derive(void)
{
    uint32_t n;
    const struct cap *cap = find(OBJECT_NONE, &n);
    if (cap == NULL)
        return;
    if (n < 20 && !cap->object->dead)
        call(SYSCALL_cap_derive, (uint64_t)cap->handle, cap->rights & CAP_RIGHTS, 0);
    else
        call(SYSCALL_cap_delete, (uint64_t)cap->handle, 0, 0);
}

/* Nobody needs to know a thread by name. */
static void act_take_away(void)
{
    static const uint16_t types[] = {OBJECT_VAS, OBJECT_SEG, OBJECT_PROCESS, OBJECT_NONE};
    static const uint64_t numbers[] = {SYSCALL_cap_delete, SYSCALL_cap_revoke,
                                       SYSCALL_object_destroy};
    uint64_t handle = any(types[choose(array_count(types))]);
    uint64_t thread = any(OBJECT_THREAD);
    if (thread != 0 && OFTEN(3))
        call(SELDOM(4) ? SYSCALL_object_destroy : SYSCALL_cap_delete, thread, 0, 0);
    else if (handle != (uint64_t)HANDLE_SELF || SELDOM(4))
        call(numbers[choose(array_count(numbers))], handle, 0, 0);
}

/* --- gates ------------------------------------------------------------------------------------ */

/* Two gates at most are made in a process, but it may be given others. */
static void act_gate(void)
{
    uint32_t n;
    const struct cap *cap = find(OBJECT_GATE, &n);
    const struct gate *gate = cap != NULL ? container_of(cap->object, struct gate, object) : NULL;
    if (thread_gate(running->cpu.thread) != NULL && SELDOM(3))
        call(SYSCALL_gate_return, 0, 0, 0);
    else if (cap == NULL || (n < 2 && SELDOM(8)))
        call6(SYSCALL_gate_create, OFTEN(2) ? any(OBJECT_VIEW) : (uint64_t)HANDLE_HOME, USER_ENTRY,
              'g', 0, 0, 0);
    else if (gate->nframes < 2)
        call(SYSCALL_gate_add_stack, (uint64_t)cap->handle, USER_STACK, 0);
    else
        call(SYSCALL_gate_call, (uint64_t)cap->handle, 0, 0);
}

/* --- threads ---------------------------------------------------------------------------------- */

static void act_thread(void)
{
    switch (choose(8)) {
    case 0:
        call(SYSCALL_thread_sleep, 1000 * choose(255), 0, 0);
        return;
    case 1:
    case 2:
        call(SYSCALL_thread_set_cpu, is_init() ? any(OBJECT_THREAD) : 0, choose(cpu_count), 0);
        return;
    case 3:
        if (!is_init() && SELDOM(8))
            call(SELDOM(2) ? SYSCALL_process_exit : SYSCALL_thread_exit, 0, 0, 0);
        return;
    default:
        call(SYSCALL_thread_yield, 0, 0, 0);
    }
}

static const struct {
    void (*act)(void);
    uint32_t often;
} acts[] = {
    {act_switch, 60},          {act_touch, 60}, {act_attach, 14},   {act_detach, 6},
    {act_set_access, 6},       {act_view, 12},  {act_clone, 1},     {act_make, 12},
    {act_equip, 16},           {act_derive, 6}, {act_take_away, 4}, {act_thread, 12},
    {act_fill_or_discard, 10}, {act_gate, 12},
};

void user_acts(void)
{
    uint32_t all = 0;
    uint32_t i = 0;
    look();
    if (SELDOM(2) && act_hostile()) {
        looked();
        return;
    }
    for (uint32_t k = 0; k < array_count(acts); k++)
        all += acts[k].often;
    uint32_t at = choose(all);
    while (at >= acts[i].often)
        at -= acts[i++].often;
    acts[i].act();
    looked();
}
