/*
 * Threads: see vasco/thread.h. All that a thread has of its own lies in the segment of its stack:
 *
 *     base                                                          base + bytes of the stack
 *     | ... frames, downwards | thread-local block | struct start |
 *
 * A few stacks of the usual size are kept when their threads have been joined, attached as they
 * are: making one anew, filling its pages and taking them away again costs more than a thread.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/home.h>
#include <vasco/seg.h>
#include <vasco/thread.h>

#include "internal.h"
#include "pthread_internal.h"

_Static_assert(THREAD_STACK_MAX < HOME_GRANULE && THREAD_STACK_BYTES <= THREAD_STACK_MAX,
               "unmapped pages between stacks");
_Static_assert(THREADS_STARTED_MAX <= (HOME_STACK_BASE - HOME_STACKS_BASE) / HOME_GRANULE, "room");

struct start {
    void (*run)(void *argument);
    void *argument;
    struct _reent reent;
    struct pthread pthread;
} __attribute__((aligned(TLS_ALIGN)));

#define STACKS_KEPT_MAX 16

/* Which places for stacks are taken, and by whom. */
static struct place {
    atomic_bool taken;
    atomic_bool detached; /* nobody joins the thread: the place is free when it has ended */
    bool used_keys;       /* so its stack holds values that are no later thread's */
    handle_t stack;       /* 0: none. A free place may have one, of the usual size */
    size_t stack_bytes;
    _Atomic handle_t thread; /* no handle comes twice: who changes this one to 0 has its end */
} places[THREADS_STARTED_MAX];

static atomic_int nkept; /* stacks of free places */

struct pthread pthread_first;

/* newlib's: opens the standard streams of this state. */
extern void __sinit(struct _reent *reent);

static void place_drop_stack(struct place *place)
{
    if (place->stack > 0) {
        seg_detach(HANDLE_SELF, place->stack);
        cap_delete(place->stack);
    }
    place->stack = 0;
}

/* Whether a place that becomes free keeps its stack. */
static bool place_keeps_stack(const struct place *place)
{
    if (place->stack <= 0 || place->stack_bytes != THREAD_STACK_BYTES || place->used_keys)
        return false;
    if (atomic_fetch_add(&nkept, 1) < STACKS_KEPT_MAX)
        return true;
    atomic_fetch_sub(&nkept, 1);
    return false;
}

static void place_free(struct place *place)
{
    if (!place_keeps_stack(place))
        place_drop_stack(place);
    atomic_store(&place->taken, false);
}

/* Whether the thread is given up here: of several that find its end only one does, and has its
 * place. */
static bool place_forget(struct place *place, handle_t thread)
{
    if (!atomic_compare_exchange_strong(&place->thread, &thread, 0))
        return false;
    cap_delete(thread);
    return true;
}

/* Whoever finds that a detached thread has ended has its place. */
static bool place_inherit(struct place *place)
{
    struct thread_info info;
    handle_t thread = place->thread;
    if (!place->detached || thread == 0 ||
        (thread_info(thread, &info) == STATUS_OK && info.reason == END_RUNNING) ||
        !place_forget(place, thread))
        return false;
    place->detached = false;
    return true;
}

/* Whether the place was free, and is the caller's now. */
static bool place_try(struct place *place)
{
    if (atomic_exchange(&place->taken, true))
        return false;
    atomic_fetch_sub(&nkept, place->stack > 0);
    return true;
}

static struct place *place_take(void)
{
    for (struct place *place = places; place < places + THREADS_STARTED_MAX; place++) {
        if (place_try(place) || place_inherit(place))
            return place;
    }
    return NULL;
}

void thread_trim_stacks(void)
{
    for (struct place *place = places; place < places + THREADS_STARTED_MAX; place++) {
        if (place_try(place)) {
            place_drop_stack(place);
            place_free(place);
        }
    }
}

void place_use_keys(struct place *place)
{
    place->used_keys = true;
}

bool place_detach(struct place *place)
{
    return !atomic_exchange(&place->detached, true);
}

handle_t place_thread(const struct place *place)
{
    return place->detached ? 0 : place->thread;
}

static int64_t place_attach_stack(struct place *place, size_t nbytes, uintptr_t *base_out)
{
    uintptr_t base = HOME_STACKS_BASE + (uintptr_t)(place - places) * HOME_GRANULE;
    *base_out = base;
    if (place->stack > 0 && place->stack_bytes == nbytes && !place->used_keys)
        return STATUS_OK;
    place_drop_stack(place);
    place->used_keys = false;
    place->stack_bytes = nbytes;
    place->stack = seg_create("stack", base, nbytes, 0);
    if (place->stack < 0)
        return place->stack;
    int64_t status = seg_attach(HANDLE_SELF, place->stack, ACCESS_READ | ACCESS_WRITE);
    if (status < 0)
        place_drop_stack(place);
    return status;
}

int64_t thread_take_stack(size_t nbytes, struct place **out, uintptr_t *base_out)
{
    struct place *place = place_take();
    if (place == NULL)
        return STATUS_NO_SLOT;
    int64_t status = place_attach_stack(place, nbytes, base_out);
    if (status < 0)
        place_free(place);
    *out = place;
    return status;
}

void thread_give_stack(struct place *place)
{
    place_drop_stack(place);
    place_free(place);
}

static void leave_streams(struct _reent *reent)
{
    (void)reent;
}

/* The thread's own state, with the standard streams of the first thread: they are open already, and
 * stay open when the thread ends. */
void thread_begin_reent(struct _reent *reent)
{
    __sinit(_GLOBAL_REENT);
    _REENT_INIT_PTR(reent);
    reent->_stdin = _GLOBAL_REENT->_stdin;
    reent->_stdout = _GLOBAL_REENT->_stdout;
    reent->_stderr = _GLOBAL_REENT->_stderr;
    reent->__sdidinit = 1;
    reent->__cleanup = leave_streams;
}

static void start_fill(struct start *start, struct place *place, const struct thread_plan *plan)
{
    thread_begin_reent(&start->reent);
    start->run = plan->run;
    start->argument = plan->argument;
    start->pthread.place = place;
    start->pthread.routine = plan->routine;
    start->pthread.argument = plan->routine_argument;
    start->pthread.result = PTHREAD_CANCELED; /* unless it ends by itself */
}

/* The thread's first function. */
static _Noreturn void thread_main(struct start *start)
{
    start->run(start->argument);
    thread_exit(STATUS_OK);
}

/* Prepares the stack at `base` and starts a thread on it. */
static handle_t start_on(uintptr_t base, struct place *place, const struct thread_plan *plan)
{
    struct start *start = (struct start *)(base + plan->stack_bytes - sizeof(struct start));
    uintptr_t block = (uintptr_t)start - tls_bytes();
    start_fill(start, place, plan);
    struct thread_control *control = tls_fill((void *)block, &start->reent, &start->pthread);
    /* As a call would leave it: the return address, here zero, below a multiple of 16. */
    uintptr_t stack = block - sizeof(uintptr_t);
    return sys_thread_create(HANDLE_SELF, (uintptr_t)thread_main, stack, (uintptr_t)start,
                             (uintptr_t)control, plan->priority);
}

handle_t thread_start_planned(const struct thread_plan *plan, struct pthread **out)
{
    uintptr_t base;
    struct place *place = place_take();
    if (place == NULL)
        return STATUS_NO_SLOT;
    int64_t result = place_attach_stack(place, plan->stack_bytes, &base);
    if (result >= 0)
        result = start_on(base, place, plan);
    if (result < 0) {
        place_free(place);
        return result;
    }
    place->thread = result;
    *out = &((struct start *)(base + plan->stack_bytes - sizeof(struct start)))->pthread;
    return result;
}

handle_t thread_start(void (*run)(void *argument), void *argument, uint32_t priority)
{
    struct pthread *thread;
    const struct thread_plan plan = {
        .run = run, .argument = argument, .priority = priority, .stack_bytes = THREAD_STACK_BYTES};
    return thread_start_planned(&plan, &thread);
}

static struct place *place_find(handle_t thread)
{
    for (struct place *place = places; place < places + THREADS_STARTED_MAX; place++) {
        if (place->taken && !place->detached && place->thread == thread)
            return place;
    }
    return NULL;
}

int64_t thread_join(handle_t thread)
{
    struct place *place = place_find(thread);
    if (thread <= 0 || place == NULL)
        return STATUS_BAD_HANDLE;
    int64_t status = thread_wait(thread);
    /* A destroyed thread is gone too. */
    if (status < 0 && status != STATUS_DESTROYED)
        return status;
    if (!place_forget(place, thread))
        return STATUS_BAD_HANDLE;
    place_free(place);
    return STATUS_OK;
}

_Noreturn void thread_exit(int64_t status)
{
    struct _reent *reent = thread_control()->reent;
    keys_end();
    if (reent != _GLOBAL_REENT)
        _reclaim_reent(reent);
    for (;;)
        sys_thread_exit((uint64_t)status);
}
