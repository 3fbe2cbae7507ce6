/* Threads: life, waiting, thread-local storage, views. */
#include <vasco/thread.h>

#include "child.h"
#include "test.h"
#include "worker.h"

#define PRIORITY_HIGH (PRIORITY_DEFAULT + 4)
#define PRIORITY_LOW (PRIORITY_DEFAULT - 4)

static uint64_t body_return(struct worker *worker)
{
    return worker->argument * 2;
}

void test_thread_gets_its_argument_and_gives_its_status(void)
{
    static struct worker worker;
    worker = (struct worker){.argument = 21};
    require(worker_start(&worker, 0, body_return, PRIORITY_DEFAULT));
    check_eq(worker_end(&worker), 42);
}

void test_thread_info_tells_who_and_where(void)
{
    struct thread_info self = kit_thread_info(0);
    struct child child;
    check_eq(self.process, kit_process_info(HANDLE_SELF).id);
    check_eq(self.priority, PRIORITY_DEFAULT);
    check_eq(self.reason, END_RUNNING);
    check_eq(self.view, HANDLE_HOME);
    require(child_make(&child, "spinner", &code_spin));
    require(child_start(&child, &(struct child_task){0}));
    struct thread_info other = kit_thread_info(child.thread);
    check(other.id != self.id);
    check_eq(other.process, kit_process_info(child.process).id);
    check_eq(other.view, HANDLE_HOME);
    child_kill(&child);
}

void test_thread_wait_returns_when_it_has_ended_before(void)
{
    static struct worker worker;
    worker = (struct worker){.argument = 1};
    require(worker_start(&worker, 0, body_return, PRIORITY_HIGH));
    check_eq(kit_thread_info(worker.thread).reason, END_EXIT);
    check_eq(sys_thread_wait(worker.thread), STATUS_OK);
    check_eq(sys_thread_set_priority(worker.thread, 1), STATUS_ENDED);
    check_eq(worker_end(&worker), 2);
}

static uint64_t body_wait(struct worker *worker)
{
    return (uint64_t)sys_thread_wait((handle_t)worker->argument);
}

/* Several wait for one. */
void test_thread_end_wakes_all_who_wait(void)
{
    static struct worker waiters[3];
    struct child child;
    require(child_make(&child, "sleeper", &code_sleep));
    require(child_start(&child, &(struct child_task){.value = 10 * MILLISECOND}));
    for (size_t i = 0; i < 3; i++) {
        waiters[i] = (struct worker){.argument = (uint64_t)child.thread};
        require(worker_start(&waiters[i], i, body_wait, PRIORITY_HIGH));
        check_eq(kit_thread_info(waiters[i].thread).reason, END_RUNNING);
    }
    for (size_t i = 0; i < 3; i++)
        check_eq(worker_end(&waiters[i]), STATUS_OK);
    check_eq(child_end(&child).reason, END_EXIT);
}

static uint64_t body_spin(struct worker *worker)
{
    while (!worker->stop)
        worker->result++;
    return 0;
}

void test_thread_destroyed_ends_at_once(void)
{
    static struct worker worker;
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_spin, PRIORITY_LOW));
    sys_thread_sleep(2 * MILLISECOND);
    check_eq(sys_object_destroy(worker.thread), STATUS_OK);
    uint64_t count = worker.result;
    check_eq(kit_thread_info(worker.thread).reason, END_DESTROYED);
    check_eq(sys_thread_wait(worker.thread), STATUS_OK);
    sys_thread_sleep(2 * MILLISECOND);
    check_eq(worker.result, count);
    kit_drop(worker.thread);
}

static void sleep_a_moment(void *unused)
{
    (void)unused;
    sys_thread_sleep(5 * MILLISECOND);
}

static uint64_t body_join(struct worker *worker)
{
    return (uint64_t)thread_join((handle_t)worker->argument);
}

/* Both wait for its end, and one of them gives back its stack, which another thread may have by
 * the time that the other one looks. */
void test_thread_joined_by_two_is_given_back_by_one(void)
{
    static struct worker joiners[2];
    handle_t thread = thread_start(sleep_a_moment, NULL, PRIORITY_DEFAULT);
    require(thread > 0);
    for (size_t i = 0; i < 2; i++) {
        joiners[i] = (struct worker){.argument = (uint64_t)thread};
        require(worker_start(&joiners[i], i, body_join, PRIORITY_HIGH));
    }
    int64_t first = (int64_t)worker_end(&joiners[0]);
    int64_t second = (int64_t)worker_end(&joiners[1]);
    check_eq(first == STATUS_OK ? second : first, STATUS_BAD_HANDLE);
    check_eq(first == STATUS_OK ? first : second, STATUS_OK);
}

/* A thread whose last capability is gone runs on. */
void test_thread_needs_no_capability_to_run(void)
{
    static struct worker worker;
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_spin, PRIORITY_LOW));
    kit_drop(worker.thread);
    uint64_t nthreads = kit_process_info(HANDLE_SELF).nthreads;
    sys_thread_sleep(2 * MILLISECOND);
    check(worker.result > 0);
    worker.stop = true;
    for (int i = 0; i < 100 && kit_process_info(HANDLE_SELF).nthreads == nthreads; i++)
        sys_thread_sleep(MILLISECOND);
    check_eq(kit_process_info(HANDLE_SELF).nthreads, nthreads - 1);
}

/* The address at FS:0, where thread-local storage begins. */
static uint64_t tls_word(void)
{
    uint64_t word;
    __asm__ volatile("movq %%fs:0, %0" : "=r"(word));
    return word;
}

static uint64_t body_tls(struct worker *worker)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < worker->argument; i++) {
        wrong += tls_word() != (uintptr_t)worker->tls;
        sys_thread_yield();
    }
    return wrong;
}

void test_thread_local_storage_is_each_threads_own(void)
{
    static struct worker workers[3];
    uint64_t mine = tls_word();
    for (size_t i = 0; i < 3; i++) {
        workers[i] = (struct worker){.argument = 50};
        require(worker_start(&workers[i], i, body_tls, PRIORITY_DEFAULT));
    }
    for (size_t i = 0; i < 50; i++) {
        sys_thread_yield();
        check_eq(tls_word(), mine);
    }
    for (size_t i = 0; i < 3; i++)
        check_eq(worker_end(&workers[i]), 0);
}

static uint64_t body_set_tls(struct worker *worker)
{
    uint64_t other[2] = {(uintptr_t)other, 0};
    if (sys_thread_set_tls((uintptr_t)other) != STATUS_OK)
        return 1;
    sys_thread_sleep(MILLISECOND);
    uint64_t seen = tls_word();
    sys_thread_set_tls((uintptr_t)worker->tls);
    return seen == (uintptr_t)other && tls_word() == (uintptr_t)worker->tls ? 0 : 2;
}

void test_thread_set_tls_moves_it(void)
{
    static struct worker worker;
    worker = (struct worker){0};
    require(worker_start(&worker, 0, body_set_tls, PRIORITY_DEFAULT));
    check_eq(worker_end(&worker), 0);
}

/* Visits a view again and again and looks at the word that is this worker's alone. */
static uint64_t body_visit(struct worker *worker)
{
    uint64_t wrong = 0;
    for (int i = 0; i < 40; i++) {
        if (sys_vas_switch((handle_t)worker->argument) != STATUS_OK)
            return 1000;
        for (int look = 0; look < 3; look++) {
            wrong += *kit_word(PLACE_A) != worker->argument;
            wrong += sys_vas_active() != (handle_t)worker->argument;
            sys_thread_yield();
        }
        sys_vas_switch(HANDLE_HOME);
        sys_thread_yield();
    }
    return wrong;
}

void test_thread_stands_in_a_view_of_its_own(void)
{
    static struct worker workers[4];
    handle_t vases[4], segs[4], views[4];
    for (size_t i = 0; i < 4; i++) {
        vases[i] = kit_vas();
        views[i] = kit_view(vases[i], ACCESS_DATA);
        segs[i] = kit_seg_in(vases[i], PLACE_A, (uint64_t)views[i]);
        workers[i] = (struct worker){.argument = (uint64_t)views[i]};
    }
    for (size_t i = 0; i < 4; i++)
        require(worker_start(&workers[i], i, body_visit, PRIORITY_DEFAULT));
    for (size_t i = 0; i < 4; i++) {
        check_eq(worker_end(&workers[i]), 0);
        check_eq(sys_vas_detach(views[i]), STATUS_OK);
        kit_drop_all(segs[i], vases[i]);
    }
    check_eq(sys_vas_active(), HANDLE_HOME);
}
