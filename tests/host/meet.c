/* Threads that meet at endpoints: see meet.h. */
#include "meet.h"

#include "obj/runqueue.h"
#include "obj/sched.h"

struct registers registers;

uint64_t paper_at(unsigned n)
{
    return WORLD_BUFFER + n * PAGE_SIZE;
}

struct message *paper(unsigned n)
{
    uint64_t room;
    struct message *message = seg_page(WORLD_OBJECT(world.buffer, seg), n * PAGE_SIZE, &room);
    memset(message, 0x55, sizeof(*message));
    return message;
}

handle_t make_endpoint(void)
{
    return must(sys_endpoint_create('e', 0, 0));
}

struct thread *make_thread(uint32_t priority)
{
    return WORLD_OBJECT(world_thread(HANDLE_SELF, priority), thread);
}

/* As if all before it had been preempted at once. */
void run(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    struct runqueue *rq = cpu->runqueue;
    if (cpu->thread == thread && thread->state == THREAD_RUNNING)
        return;
    assert_int_equal(thread->state, THREAD_READY);
    if (cpu->thread != NULL) {
        assert_int_equal(cpu->thread->state, THREAD_RUNNING);
        thread_stand_in(cpu->thread, view_of_mmu(cpu->view));
        runqueue_add_first(rq, cpu->thread);
    }
    runqueue_remove(rq, thread);
    thread->state = THREAD_RUNNING;
    cpu->thread = thread;
    cpu->caps = &thread->process->caps;
    cpu->switch_caps = thread->switch_caps;
    context_make_current(cpu, &thread->context);
    mmu_view_load(&thread->view->mmu);
    cpu->resched = 0;
}

static struct thread *make_call(uint64_t number, handle_t endpoint, uint64_t tag)
{
    struct thread *thread = cpu_this()->thread;
    struct trap_frame *f = &thread->context.frame;
    const uint64_t *words = registers.words;
    const uint64_t a[6] = {(uint64_t)endpoint, tag, words[0], words[1], words[2], words[3]};
    f->r12 = words[4];
    f->r13 = words[5];
    f->r14 = words[6];
    f->r15 = words[7];
    f->rbx = registers.deadline;
    f->rbp = registers.buffer;
    int64_t result = world_call(number, a);
    if (result != WORLD_MESSAGE) {
        f->rax = (uint64_t)result;
        world_return(result);
    }
    check_everything();
    return cpu_this()->thread;
}

struct thread *call(handle_t endpoint, uint64_t tag)
{
    return make_call(SYSCALL_endpoint_call, endpoint, tag);
}

struct thread *receive(handle_t endpoint, uint64_t tag)
{
    return make_call(SYSCALL_endpoint_receive, endpoint, tag);
}

struct thread *reply(uint64_t tag)
{
    return make_call(SYSCALL_endpoint_reply, 0, tag);
}

struct thread *reply_receive(handle_t endpoint, uint64_t tag)
{
    return make_call(SYSCALL_endpoint_reply_receive, endpoint, tag);
}

struct thread *call_as(struct thread *thread, handle_t endpoint, uint64_t tag)
{
    run(thread);
    return call(endpoint, tag);
}

struct thread *receive_as(struct thread *thread, handle_t endpoint, uint64_t tag)
{
    run(thread);
    return receive(endpoint, tag);
}

int64_t meet_result(const struct thread *thread)
{
    return (int64_t)thread->context.frame.rax;
}

void assert_got(const struct thread *thread, uint64_t badge, uint64_t tag)
{
    const struct trap_frame *f = &thread->context.frame;
    assert_int_equal(f->rax, STATUS_OK);
    assert_int_equal(f->rdi, badge);
    assert_int_equal(f->rsi, tag);
    assert_int_equal(f->vector, TRAP_MESSAGE);
}

uint64_t word_of(const struct thread *thread, unsigned i)
{
    const struct trap_frame *f = &thread->context.frame;
    const uint64_t words[MESSAGE_REGISTERS] = {f->rdx, f->r10, f->r8,  f->r9,
                                               f->r12, f->r13, f->r14, f->r15};
    return words[i];
}

struct thread *meet_tick(uint64_t ms)
{
    machine.now += ms * MS;
    sched_tick();
    struct thread *thread = world_return(0);
    check_everything();
    return thread;
}
