/*
 * Several CPUs: processes that end while their threads do all there is on all of them. When the
 * call that ended it has returned, none of its threads executes another instruction: what they
 * count stands still, and so does what they write by calls.
 */
#include "child.h"
#include "smp.h"
#include "visitors.h"

#define TASKS_BASE 0xa00000 /* a page for each thread */
#define PIECE_BYTES 256
#define FRAMES 300

enum gang_end {
    BY_DESTROY,
    BY_POOL,
    BY_FAULT,
    BY_CODE,
    BY_THREADS,
};

enum piece {
    COUNT, /* in a view */
    TRAVEL,
    CALLS,
    LOCKED, /* travels to a view with a lock; two of them */
    LOCKED_TOO,
    FAULTS,
    SPIN,
    SLEEP,
    PIECES
};

static const struct code *const codes[PIECES] = {
    &code_count,  &code_travel, &code_calls, &code_travel,
    &code_travel, &code_faults, &code_spin,  &code_sleep,
};

struct gang {
    struct child child;
    handle_t pool, vas, seg, proof, tasks;
    handle_t threads[PIECES];
    struct room room;
};

/* What its threads have done so far; all of it stands still when they have ended. */
struct deeds {
    uint64_t results[PIECES], count, proof;
};

static uint64_t task_word(const struct gang *gang, size_t i, uint64_t offset)
{
    return kit_peek(gang->tasks, i * PAGE_BYTES + offset);
}

static struct deeds deeds_now(const struct gang *gang)
{
    struct deeds deeds = {.count = kit_peek(gang->seg, 0), .proof = kit_peek(gang->proof, 0)};
    for (size_t i = 0; i < PIECES; i++)
        deeds.results[i] = task_word(gang, i, offsetof(struct child_task, result));
    return deeds;
}

/* The task of a piece; that which calls writes its own count into the segment `proof`. */
static void task_write(const struct gang *gang, size_t i)
{
    const struct child *child = &gang->child;
    handle_t guarded = sys_vas_attach(child->process, gang->room.vas, ACCESS_DATA);
    uint64_t page[32] = {0};
    struct child_task *task = (struct child_task *)page;
    *task = (struct child_task){.address = PLACE_A, .value = UINT64_MAX};
    task->view =
        (uint64_t)(i == LOCKED || i == LOCKED_TOO ? guarded
                                                  : child_view(child, gang->vas, ACCESS_DATA));
    if (i == CALLS) {
        const uint64_t place = TASKS_BASE + i * PAGE_BYTES + offsetof(struct child_task, result);
        const uint64_t arguments[4] = {
            (uint64_t)sys_cap_place(child->process, gang->proof, RIGHT_SEG_WRITE, 0), 0, place, 8};
        task->value = SYSCALL_seg_write;
        for (size_t a = 0; a < 4; a++)
            page[CHILD_ARGUMENTS / 8 + a] = arguments[a];
    }
    check_eq(sys_seg_write(gang->tasks, i * PAGE_BYTES, (uintptr_t)page, sizeof(page)),
             sizeof(page));
}

static bool gang_thread(struct gang *gang, size_t i)
{
    check(codes[i]->nbytes <= PIECE_BYTES);
    check(sys_seg_write(gang->child.code, i * PIECE_BYTES, (uintptr_t)codes[i]->bytes,
                        codes[i]->nbytes) > 0);
    task_write(gang, i);
    gang->threads[i] =
        sys_thread_create(gang->child.process, CHILD_CODE + i * PIECE_BYTES, CHILD_STACK_TOP,
                          TASKS_BASE + i * PAGE_BYTES, 0, PRIORITY_DEFAULT);
    return check(gang->threads[i] > 0) &&
           check_eq(sys_thread_set_cpu(gang->threads[i], (i + 1) % smp_cpus()), STATUS_OK);
}

static bool gang_make(struct gang *gang)
{
    *gang = (struct gang){.pool = kit_pool(FRAMES), .vas = kit_vas()};
    gang->seg = kit_seg_in(gang->vas, PLACE_A, 0);
    gang->proof = kit_seg(PAGE_BYTES, 0);
    gang->tasks = kit_seg_at(TASKS_BASE, PIECES * PAGE_BYTES);
    if (!room_make(&gang->room) || !child_make_in(&gang->child, gang->pool, "gang", &code_spin))
        return false;
    check_eq(sys_seg_attach(gang->child.process, gang->tasks, ACCESS_DATA), STATUS_OK);
    for (size_t i = 0; i < PIECES; i++)
        if (!gang_thread(gang, i))
            return false;
    return true;
}

/* All of them are at it. */
static void gang_wait(const struct gang *gang)
{
    check_comes(kit_peek(gang->seg, 0) > 0);
    check_comes(kit_peek(gang->proof, 0) > 0);
    check_comes(task_word(gang, TRAVEL, offsetof(struct child_task, result)) > 10);
    check_comes(task_word(gang, LOCKED, offsetof(struct child_task, result)) > 0);
    check_comes(task_word(gang, LOCKED_TOO, offsetof(struct child_task, result)) > 0);
    check_comes(task_word(gang, FAULTS, offsetof(struct child_task, result)) > 0);
}

static void gang_end(struct gang *gang, enum gang_end how)
{
    if (how == BY_DESTROY) {
        check_eq(sys_object_destroy(gang->child.process), STATUS_OK);
    } else if (how == BY_POOL) {
        check_eq(sys_object_destroy(gang->pool), STATUS_OK);
    } else if (how == BY_THREADS) {
        for (size_t i = 0; i < PIECES; i++)
            check_eq(sys_object_destroy(gang->threads[i]), STATUS_OK);
    } else if (how == BY_CODE) {
        check_eq(sys_cap_revoke(gang->child.code), STATUS_OK);
        check_eq(sys_process_wait(gang->child.process), STATUS_OK);
    } else {
        handle_t last =
            sys_thread_create(gang->child.process, PAGE_BYTES, PAGE_BYTES, 0, 0, PRIORITY_DEFAULT);
        sys_thread_set_cpu(last, smp_cpus() - 1); /* or it has begun, and ended all, here */
        check_eq(sys_process_wait(gang->child.process), STATUS_OK);
        kit_drop(last);
    }
}

static void gang_drop(struct gang *gang)
{
    for (size_t i = 0; i < PIECES; i++)
        kit_drop(gang->threads[i]);
    child_drop(&gang->child);
    room_drop(&gang->room);
    kit_drop_all(gang->vas, gang->seg, gang->proof, gang->tasks, gang->pool);
}

static void gang_run(enum gang_end how, size_t round)
{
    struct gang gang;
    require(gang_make(&gang));
    gang_wait(&gang);
    if (round % 2 == 0)
        sys_thread_sleep(0);
    gang_end(&gang, how);
    struct deeds before = deeds_now(&gang);
    check_eq(sys_debug_check(kit_system()), STATUS_OK);
    sys_thread_sleep(0);
    struct deeds after = deeds_now(&gang);
    for (size_t i = 0; i < PIECES; i++) {
        check_eq(after.results[i], before.results[i]);
        check(how == BY_POOL || kit_thread_info(gang.threads[i]).reason != END_RUNNING);
    }
    check_eq(after.count, before.count);
    check_eq(after.proof, before.proof);
    check(room_is_free(&gang.room));
    if (room_is_abandoned(&gang.room))
        room_put_in_order(&gang.room);
    gang_drop(&gang);
}

static void gang_rounds(enum gang_end how)
{
    needs_cpus(2);
    for (size_t round = 0; round < test_scaled(4); round++)
        gang_run(how, round);
}

void test_smp_process_destroyed_ends_on_all_cpus(void)
{
    gang_rounds(BY_DESTROY);
}

void test_smp_process_in_a_destroyed_pool_ends_on_all_cpus(void)
{
    gang_rounds(BY_POOL);
}

void test_smp_process_that_faults_ends_on_all_cpus(void)
{
    needs_cpus(2);
    test_expect_log("process 'gang' .*: execution of 0x1000 refused");
    gang_rounds(BY_FAULT);
}

void test_smp_process_without_code_ends_on_all_cpus(void)
{
    gang_rounds(BY_CODE);
}

void test_smp_threads_destroyed_end_on_all_cpus(void)
{
    gang_rounds(BY_THREADS);
}
