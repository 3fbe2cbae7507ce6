/* Lives: processes whose threads do all there is at once, travel, fault, sleep, call, serve; ended
 * in every way. */
#include "child.h"
#include "test.h"

#define FRAMES 200
#define PRIORITY_LOW (PRIORITY_DEFAULT - 1)
#define PIECE_BYTES 256 /* room for the code of one */

enum crowd_end {
    BY_DESTROY,
    BY_EXIT,
    BY_FAULT,
    BY_CODE,
    BY_TASK,
    BY_VAS,
    BY_ENDPOINT,
    BY_POOL,
    CROWD_ENDS
};

static const struct code *const pieces[] = {&code_travel, &code_faults, &code_serve,    &code_call,
                                            &code_call,   &code_sleep,  &code_exit_with};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))
#define THREADS (PIECES - 1) /* the last one is started to end them */

struct crowd {
    struct child child; /* its thread is the traveller */
    handle_t pool, vas, data, endpoint;
    handle_t threads[THREADS];
};

static handle_t crowd_thread(const struct crowd *crowd, size_t piece)
{
    return sys_thread_create(crowd->child.process, CHILD_CODE + piece * PIECE_BYTES,
                             CHILD_STACK_TOP, CHILD_TASK, 0, PRIORITY_LOW);
}

/* One call is received and never answered, one waits; the sleeper stands in the view. */
static bool crowd_make(struct crowd *crowd)
{
    struct child *child = &crowd->child;
    *crowd = (struct crowd){.pool = kit_pool(FRAMES), .vas = kit_vas()};
    crowd->endpoint = sys_endpoint_create(NAME("crowd"), 0);
    crowd->data = kit_seg_in(crowd->vas, PLACE_A, 1);
    if (!child_make_in(child, crowd->pool, "crowd", &code_travel))
        return false;
    for (size_t i = 0; i < PIECES; i++)
        check(pieces[i]->nbytes <= PIECE_BYTES &&
              sys_seg_write(child->code, i * PIECE_BYTES, (uintptr_t)pieces[i]->bytes,
                            pieces[i]->nbytes) > 0);
    const struct child_task task = {
        .view = (uint64_t)child_view(child, crowd->vas, ACCESS_READ),
        .value = (uint64_t)sys_cap_place(child->process, crowd->endpoint,
                                         RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_RECEIVE, 0),
        .address = SERVE_HOLD};
    if (!child_start(child, &task))
        return false;
    check_eq(sys_thread_set_priority(child->thread, PRIORITY_LOW), STATUS_OK);
    for (size_t i = 1; i < THREADS; i++)
        check((crowd->threads[i] = crowd_thread(crowd, i)) > 0);
    return true;
}

static void crowd_wait(const struct crowd *crowd, enum end_reason reason)
{
    check_eq(sys_process_wait(crowd->child.process), STATUS_OK);
    check_eq(kit_process_info(crowd->child.process).reason, reason);
}

/* A further thread ends all the others: by what it does, or by what it touches. */
static void crowd_end_from_inside(struct crowd *crowd, enum crowd_end how)
{
    handle_t last = how == BY_EXIT ? crowd_thread(crowd, PIECES - 1)
                                   : sys_thread_create(crowd->child.process, PAGE_BYTES, PAGE_BYTES,
                                                       0, 0, PRIORITY_LOW);
    check(last > 0);
    crowd_wait(crowd, how == BY_EXIT ? END_EXIT : END_FAULT);
    check_eq(kit_thread_info(last).reason, how == BY_EXIT ? END_EXIT : END_FAULT);
    kit_drop(last);
}

/* By what is taken away from it. */
static void crowd_end_from_outside(struct crowd *crowd, enum crowd_end how)
{
    if (how == BY_CODE || how == BY_TASK) {
        check_eq(sys_cap_revoke(how == BY_CODE ? crowd->child.code : crowd->child.task), STATUS_OK);
        crowd_wait(crowd, END_FAULT);
    } else if (how == BY_ENDPOINT) {
        check_eq(sys_object_destroy(crowd->endpoint), STATUS_OK);
        crowd_wait(crowd, END_EXIT);
        check_eq(kit_process_info(crowd->child.process).status, STATUS_DESTROYED);
    } else if (how == BY_VAS) {
        check_eq(sys_object_destroy(crowd->vas), STATUS_OK);
        sys_thread_sleep(0);
    }
    if (how != BY_POOL)
        check_eq(sys_object_destroy(crowd->child.process), STATUS_OK);
}

/* Of the pool: nobody has a capability to what is in it any more, and still it all ends. */
static void crowd_drop(struct crowd *crowd, enum crowd_end how)
{
    for (size_t i = 1; i < THREADS; i++)
        kit_drop(crowd->threads[i]);
    child_drop(&crowd->child);
    if (how == BY_POOL)
        check_eq(sys_object_destroy(crowd->pool), STATUS_OK);
    else
        check_eq(kit_pool_info(crowd->pool).used_frames, 0);
    if (how != BY_VAS)
        check_eq(kit_vas_info(crowd->vas).nviews, 0);
    kit_drop_all(crowd->pool, crowd->vas, crowd->data, crowd->endpoint);
}

static void crowd_run(enum crowd_end how)
{
    struct crowd crowd;
    require(crowd_make(&crowd));
    sys_thread_sleep(2 * MILLISECOND);
    check_eq(kit_process_info(crowd.child.process).nthreads, THREADS);
    if (how == BY_EXIT || how == BY_FAULT)
        crowd_end_from_inside(&crowd, how);
    crowd_end_from_outside(&crowd, how);
    crowd_drop(&crowd, how);
}

static void crowd_rounds(enum crowd_end how)
{
    for (size_t round = 0; round < test_scaled(16); round++)
        crowd_run(how);
}

void test_lives_of_a_crowd_end_when_it_is_destroyed(void)
{
    crowd_rounds(BY_DESTROY);
}

void test_lives_of_a_crowd_end_when_one_exits(void)
{
    crowd_rounds(BY_EXIT);
}

void test_lives_of_a_crowd_end_when_one_faults(void)
{
    test_expect_log("process 'crowd' .*: execution of 0x1000 refused");
    crowd_rounds(BY_FAULT);
}

void test_lives_of_a_crowd_end_with_its_code(void)
{
    crowd_rounds(BY_CODE);
}

void test_lives_of_a_crowd_end_with_its_data(void)
{
    crowd_rounds(BY_TASK);
}

void test_lives_of_a_crowd_end_when_its_vas_has_gone(void)
{
    crowd_rounds(BY_VAS);
}

void test_lives_of_a_crowd_end_with_its_endpoint(void)
{
    crowd_rounds(BY_ENDPOINT);
}

void test_lives_of_a_crowd_end_with_its_pool(void)
{
    crowd_rounds(BY_POOL);
}
