/* Robust mutexes: owners that end, in this process and in others. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <vasco/program.h>
#include <vasco/seg.h>

#include "crowd.h"
#include "holder.h"

static pthread_mutex_t mutex;

static void make(pthread_mutex_t *out)
{
    pthread_mutexattr_t attr;
    int robust = 0;
    pthread_mutexattr_init(&attr);
    check_eq(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST), 0);
    check_eq(pthread_mutexattr_getrobust(&attr, &robust), 0);
    check_eq(robust, PTHREAD_MUTEX_ROBUST);
    check_eq(pthread_mutexattr_setrobust(&attr, 2), EINVAL);
    check_eq(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), 0);
    check_eq(pthread_mutex_init(out, &attr), 0);
}

/* --- threads of this process ------------------------------------------------------------------ */

static uint64_t body_lock_and_end(size_t i)
{
    (void)i;
    return pthread_mutex_lock(&mutex) != 0;
}

void test_pthread_robust_tells_that_the_owner_has_ended(void)
{
    make(&mutex);
    crowd_run(1, body_lock_and_end);
    check_eq(pthread_mutex_lock(&mutex), EOWNERDEAD);
    check_eq(pthread_mutex_trylock(&mutex), EBUSY);
    check_eq(pthread_mutex_consistent(&mutex), 0);
    check_eq(pthread_mutex_consistent(&mutex), EINVAL);
    check_eq(pthread_mutex_unlock(&mutex), 0);
    check_eq(pthread_mutex_unlock(&mutex), EPERM);
    crowd_run(1, body_lock_and_end);
    check_eq(pthread_mutex_trylock(&mutex), EOWNERDEAD);
    check_eq(pthread_mutex_consistent(&mutex), 0);
    check_eq(pthread_mutex_unlock(&mutex), 0);
    check_eq(pthread_mutex_lock(&mutex), 0);
    check_eq(pthread_mutex_unlock(&mutex), 0);
}

#define LOSERS 3
static uint64_t nlost;

/* Each stays until all have been told. */
static uint64_t body_find_it_lost(size_t i)
{
    uint64_t wrong = pthread_mutex_lock(&mutex) != ENOTRECOVERABLE;
    (void)i;
    __atomic_fetch_add(&nlost, 1, __ATOMIC_SEQ_CST);
    for (int turn = 0; turn < 5000 && nlost < LOSERS; turn++)
        sys_thread_sleep(MILLISECOND);
    return wrong + (nlost != LOSERS);
}

/* Whoever unlocks it without having put things in order gives it up, for those who wait too. */
void test_pthread_robust_not_put_in_order_is_lost(void)
{
    make(&mutex);
    crowd_run(1, body_lock_and_end);
    check_eq(pthread_mutex_lock(&mutex), EOWNERDEAD);
    nlost = 0;
    require(crowd_start(LOSERS, body_find_it_lost));
    sys_thread_sleep(5 * MILLISECOND);
    check_eq(pthread_mutex_unlock(&mutex), 0);
    crowd_end();
    check_eq(pthread_mutex_lock(&mutex), ENOTRECOVERABLE);
    check_eq(pthread_mutex_trylock(&mutex), ENOTRECOVERABLE);
    check_eq(pthread_mutex_destroy(&mutex), 0);
}

/* --- processes -------------------------------------------------------------------------------- */

#define HOLDERS 4
#define KILLS 120
#define KILLS_MAX 2000 /* if none of them has hit */
#define PAUSE_NS 2000000

static struct program *program;
static handle_t segment, holders[HOLDERS];

static bool stage_make(void)
{
    segment = seg_create("stage", HOLDER_BASE, sizeof(struct holder_stage), 0);
    if (!check_eq(seg_attach(HANDLE_SELF, segment, ACCESS_DATA), STATUS_OK))
        return false;
    make(&holder_stage()->mutex);
    return check_eq(program_open("tests", &program), STATUS_OK);
}

static void stage_drop(void)
{
    program_close(program);
    check_eq(holder_stage()->wrong, 0);
    check_eq(seg_detach(HANDLE_SELF, segment), STATUS_OK);
    kit_drop(segment);
}

static bool holder_start(size_t i, const char *what)
{
    const char *argv[] = {"tests", "holder", what, NULL};
    const struct program_cap cap = {"stage", segment, ACCESS_DATA};
    return check_eq(program_spawn(program, argv, &cap, 1, &holders[i]), STATUS_OK);
}

static void holder_kill(size_t i)
{
    check_eq(kit_process_info(holders[i]).reason, END_RUNNING);
    check_eq(sys_object_destroy(holders[i]), STATUS_OK);
    kit_drop(holders[i]);
}

static bool comes(const uint64_t *word, uint64_t at_least)
{
    for (int turn = 0; turn < 10000; turn++) {
        if (__atomic_load_n(word, __ATOMIC_SEQ_CST) >= at_least)
            return true;
        sys_thread_sleep(MILLISECOND);
    }
    return false;
}

static uint64_t body_inherit(size_t i)
{
    int error = pthread_mutex_lock(&holder_stage()->mutex);
    (void)i;
    if (error == EOWNERDEAD) {
        holder_stage()->ntaken_over++;
        pthread_mutex_consistent(&holder_stage()->mutex);
        error = 0;
    }
    return (uint64_t)error + (pthread_mutex_unlock(&holder_stage()->mutex) != 0);
}

/* Some wait when the holder's process is destroyed; one of them is told. */
void test_pthread_robust_holder_is_killed_while_others_wait(void)
{
    require(stage_make());
    require(holder_start(0, "stays"));
    check(comes(&holder_stage()->held, 1));
    check_eq(pthread_mutex_trylock(&holder_stage()->mutex), EBUSY);
    check_eq(pthread_mutex_timedlock(&holder_stage()->mutex, &(struct timespec){0}), ETIMEDOUT);
    check_eq(pthread_mutex_unlock(&holder_stage()->mutex), EPERM);
    require(crowd_start(4, body_inherit));
    sys_thread_sleep(5 * MILLISECOND);
    check_eq(holder_stage()->ntaken_over, 0);
    holder_kill(0);
    crowd_end();
    check_eq(holder_stage()->ntaken_over, 1);
    stage_drop();
}

/* Processes that work are killed at any moment: whoever is left goes on, and finds what was left in
 * the middle. */
void test_pthread_robust_mutex_outlasts_all_who_are_killed(void)
{
    const struct holder_stage *stage = holder_stage();
    const size_t kills = test_scaled(KILLS);
    uint64_t random = (uint64_t)sys_clock_read();
    require(stage_make());
    printf("# seed %" PRIu64 "\n", random);
    check_eq(sys_thread_set_priority(0, PRIORITY_DEFAULT + 1), STATUS_OK);
    for (size_t i = 0; i < HOLDERS; i++)
        require(holder_start(i, "works"));
    for (size_t kill = 0; kill < kills || (stage->ntorn == 0 && kill < KILLS_MAX); kill++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t before = stage->nvisits;
        sys_thread_sleep((random >> 33) % PAUSE_NS);
        holder_kill(kill % HOLDERS);
        require(holder_start(kill % HOLDERS, "works"));
        if (kill % 8 == 0 && !check(comes(&stage->nvisits, before + 1)))
            break;
    }
    for (size_t i = 0; i < HOLDERS; i++)
        holder_kill(i);
    check_eq(sys_thread_set_priority(0, PRIORITY_DEFAULT), STATUS_OK);
    holder_visit(holder_stage());
    test_note("%" PRIu64 " visits, %" PRIu64 " taken over, %" PRIu64 " torn", stage->nvisits,
              stage->ntaken_over, stage->ntorn);
    check(stage->ntorn > 0 && stage->ntaken_over >= stage->ntorn);
    stage_drop();
}
