/* Rooms for the tests of segment locks: see room.h. */
#include "room.h"

#include "obj/sched.h"

#define FAR_FUTURE ((uint64_t)1 << 60)

handle_t make_lockable(void)
{
    return world_seg(0, PAGE_SIZE, SEG_LOCKABLE);
}

struct room make_room(void)
{
    struct room room = {.vas = world_vas(), .seg = make_lockable()};
    must(sys_seg_attach(room.vas, room.seg, ACCESS_RW));
    room.writes = must(sys_vas_attach(HANDLE_SELF, room.vas, ACCESS_RW));
    room.reads = must(sys_vas_attach(HANDLE_SELF, room.vas, ACCESS_READ));
    return room;
}

struct seg_lock *lock_of(handle_t seg)
{
    return &WORLD_OBJECT(seg, seg)->lock;
}

struct thread *enter_thread(void)
{
    handle_t handle = world_thread(HANDLE_SELF, cpu_this()->thread->priority + 1);
    struct thread *thread = WORLD_OBJECT(handle, thread);
    assert_ptr_equal(world_return(handle), thread);
    return thread;
}

struct thread *switch_to(handle_t view)
{
    return world_return(sys_vas_switch(view));
}

struct thread *sleep_long(void)
{
    return world_return(sys_thread_sleep(FAR_FUTURE));
}

struct thread *tick(uint64_t ms)
{
    machine.now += ms * MS;
    sched_tick();
    return world_return(0);
}

int64_t result_of(const struct thread *thread)
{
    return (int64_t)thread->context.frame.rax;
}
