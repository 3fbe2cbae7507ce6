/* A running system for tests: world.h says what it is. */
#include "world.h"

#include <arch/phys.h>

#include "mem/frame.h"
#include "obj/link.h"
#include "obj/sched.h"

struct world world;

void world_start(void)
{
    struct thread_spec spec = {
        .entry = WORLD_ENTRY, .stack = 0x800000, .priority = PRIORITY_DEFAULT};
    struct thread *thread;
    assert_ok(process_create(&pool_root.pool, (struct name){"init"}, &world.init));
    assert_ok(thread_create(world.init, spec, &thread));
    world.thread = machine_run();
    assert_ptr_equal(world.thread, thread);
    world.buffer = world_seg(WORLD_BUFFER, WORLD_BUFFER_BYTES, 0);
    assert_ok(sys_seg_attach(HANDLE_SELF, world.buffer, ACCESS_RW));
}

int world_setup(void **state)
{
    machine_setup(state);
    world_start();
    return 0;
}

int64_t must(int64_t result)
{
    if (result < 0)
        fail_msg("%s", status_text((status_t)result));
    machine_settle();
    return result;
}

int64_t world_call(uint64_t number, const uint64_t a[6])
{
    typedef int64_t handler(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
    if (setjmp(machine.back) != 0)
        return WORLD_MESSAGE;
    return ((handler *)syscall_handlers[number])(a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* A system call that was interrupted, as the CPU makes it again. */
static int64_t make_again(struct trap_frame *f)
{
    const uint64_t a[6] = {f->rdi, f->rsi, f->rdx, f->r10, f->r8, f->r9};
    f->rip += SYSCALL_BYTES;
    f->vector = TRAP_SYSCALL;
    return world_call(f->rax, a);
}

struct thread *world_return(int64_t result)
{
    struct cpu *cpu = cpu_this();
    while (cpu->resched) {
        struct thread *thread = machine_return(result);
        if (thread == NULL || thread->context.frame.rip != WORLD_ENTRY - SYSCALL_BYTES)
            return thread;
        result = make_again(&thread->context.frame);
        if (!cpu->resched && result != WORLD_MESSAGE)
            thread->context.frame.rax = (uint64_t)result;
    }
    return cpu->thread;
}

handle_t world_vas(void)
{
    return must(sys_vas_create('v', 0, 0));
}

handle_t world_seg(uint64_t base, uint64_t nbytes, uint64_t flags)
{
    return must(sys_seg_create('s', 0, base, nbytes, flags, 0));
}

handle_t world_process(void)
{
    return must(sys_process_create('p', 0, 0));
}

handle_t world_thread(handle_t process, uint32_t priority)
{
    return must(sys_thread_create(process, WORLD_ENTRY, 0x800000, 0, 0, priority));
}

struct process *world_enter(handle_t *out)
{
    handle_t handle = world_process();
    struct process *process = WORLD_OBJECT(handle, process);
    handle_t thread = world_thread(handle, PRIORITY_DEFAULT + 1);
    *out = handle;
    must(sys_cap_delete(thread));
    assert_ptr_equal(world_return(0)->process, process);
    return process;
}

struct cap *world_cap(handle_t handle)
{
    struct cap *cap = NULL;
    status_t status = cap_lookup(&world.init->caps, handle, &cap);
    assert_true(status == STATUS_OK || status == STATUS_DESTROYED);
    return cap;
}

struct object *world_object(handle_t handle)
{
    return world_cap(handle)->object;
}

handle_t world_attach(handle_t vas)
{
    return must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_ALL));
}

uint64_t world_base(handle_t seg)
{
    return WORLD_OBJECT(seg, seg)->range.base.v;
}

void world_touch(handle_t seg, uint64_t offset)
{
    uint64_t room;
    *(char *)seg_page(WORLD_OBJECT(seg, seg), offset, &room) = 'x';
}

struct mapping world_look(handle_t view, uint64_t va)
{
    return cpu_walk(WORLD_OBJECT(view, view)->mmu.root, va);
}

void world_delete_all(void)
{
    const struct cap_table *table = &world.init->caps;
    for (uint32_t page = 0; page < table->npages; page++) {
        for (uint32_t i = 0; i < CAPS_PER_PAGE; i++) {
            handle_t handle = table->pages[page][i].handle;
            if (handle != 0 && handle != HANDLE_HOME && handle != HANDLE_SELF)
                must(sys_cap_delete(handle));
        }
    }
}
