/* Further threads of this program: see worker.h. */
#include "worker.h"

#include "test.h"

static _Alignas(16) char stacks[WORKERS][WORKER_STACK_BYTES];

/* Where every worker begins; the kernel passes its argument in RDI. */
static void worker_entry(struct worker *worker)
{
    sys_thread_exit(worker->body(worker));
    for (;;)
        ;
}

bool worker_start(struct worker *worker, size_t slot, uint64_t (*body)(struct worker *),
                  uint64_t priority)
{
    /* A function expects the stack as after a call: 8 below a multiple of 16. */
    uintptr_t top = (uintptr_t)stacks[slot] + WORKER_STACK_BYTES - 8;
    worker->body = body;
    worker->tls[0] = (uintptr_t)worker->tls;
    worker->thread = sys_thread_create(HANDLE_SELF, (uintptr_t)worker_entry, top, (uintptr_t)worker,
                                       (uintptr_t)worker->tls, priority);
    return check(worker->thread > 0);
}

uint64_t worker_end(struct worker *worker)
{
    check_eq(sys_thread_wait(worker->thread), STATUS_OK);
    struct thread_info info = kit_thread_info(worker->thread);
    check_eq(info.reason, END_EXIT);
    kit_drop(worker->thread);
    return (uint64_t)info.status;
}
