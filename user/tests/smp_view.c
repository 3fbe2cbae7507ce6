/*
 * Several CPUs: what a thread stands in on one is taken away from another. When the call has
 * returned, the old contents are never seen again: a looker reads whether it has returned before it
 * looks, so one look at what was there before is one too many.
 */
#include "smp.h"

#define LOOKS 5 /* of each looker, when it has gone */

enum how {
    DETACH_SEG,
    DISCARD,
    REVOKE_SEG,
    DESTROY_SEG,
    DETACH_VIEW,
    DELETE_VIEW,
    REVOKE_VAS,
    DESTROY_VAS,
    DESTROY_POOL,
    WAYS
};

static struct stage {
    handle_t pool, vas, seg, view;
    volatile uint64_t old, next; /* what may be there, before and after */
    volatile bool gone;
} stage;

/* Per looker: how often it has looked, and seen what it must not. */
static struct {
    volatile uint64_t looks, after, stale, foreign;
} seen[WORKERS];

static struct worker workers[WORKERS];

/* Its argument is its slot. */
static uint64_t body_look(struct worker *worker)
{
    size_t slot = worker->argument;
    smp_survive(slot);
    sys_vas_switch(stage.view);
    while (!worker->stop && seen[slot].after < LOOKS) {
        bool gone = stage.gone;
        uint64_t word = smp_load(PLACE_A);
        seen[slot].stale += gone && word == stage.old;
        seen[slot].foreign += word != stage.old && word != stage.next && word != SMP_NOTHING;
        seen[slot].after += gone;
        seen[slot].looks++;
        smp_linger(word == SMP_NOTHING ? 1000 : 0);
    }
    return (uint64_t)sys_vas_active();
}

static bool stage_make(uint64_t word)
{
    stage.pool = kit_pool(200);
    stage.vas = sys_vas_create(NAME("smp"), stage.pool);
    stage.seg = sys_seg_create(NAME("smp"), PLACE_A, 4 * PAGE_BYTES, 0, stage.pool);
    stage.view = kit_view(stage.vas, ACCESS_READ);
    stage.gone = false;
    stage.old = word;
    stage.next = 0;
    return check_eq(sys_seg_attach(stage.vas, stage.seg, ACCESS_DATA), STATUS_OK) &&
           check_eq(sys_seg_write(stage.seg, 0, (uintptr_t)&stage.old, 8), 8);
}

static int64_t take(enum how how)
{
    switch (how) {
    case DETACH_SEG:
        return sys_seg_detach(stage.vas, stage.seg);
    case DISCARD:
        return sys_seg_discard(stage.seg, 0, PAGE_BYTES);
    case REVOKE_SEG:
        return sys_cap_revoke(stage.seg);
    case DESTROY_SEG:
        return sys_object_destroy(stage.seg);
    case DETACH_VIEW:
        return sys_vas_detach(stage.view);
    case DELETE_VIEW:
        return sys_cap_delete(stage.view);
    case REVOKE_VAS:
        return sys_cap_revoke(stage.vas);
    case DESTROY_VAS:
        return sys_object_destroy(stage.vas);
    case DESTROY_POOL:
        return sys_object_destroy(stage.pool);
    case WAYS:
        break;
    }
    return STATUS_BAD_ARGUMENT;
}

/* Memory that has come free is given to somebody else, and filled. */
static void reuse_memory(void)
{
    static uint64_t words[512];
    handle_t other = kit_seg(64 * PAGE_BYTES, SEG_EAGER);
    for (size_t i = 0; i < 512; i++)
        words[i] = 0xbad;
    for (uint64_t page = 0; page < 64; page++)
        check_eq(sys_seg_write(other, page * PAGE_BYTES, (uintptr_t)words, PAGE_BYTES), PAGE_BYTES);
    kit_drop(other);
}

static bool lookers_start(size_t n)
{
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        seen[i].looks = seen[i].after = seen[i].stale = seen[i].foreign = 0;
        workers[i] = (struct worker){.argument = i};
        good = good && smp_start(&workers[i], i, body_look, i % smp_cpus());
    }
    return good;
}

/* With a view of its own gone, each has come home, and was told so once. */
static void looker_end(size_t i, enum how how)
{
    bool lost = how >= DETACH_VIEW;
    workers[i].stop = true;
    check_eq(worker_end(&workers[i]), lost ? HANDLE_HOME : stage.view);
    check_eq(seen[i].stale, 0);
    check_eq(seen[i].foreign, 0);
    check_eq(smp_faults(i)->lost, lost);
    if (how != DISCARD)
        check(smp_faults(i)->pages >= seen[i].after);
    else
        check_eq(smp_faults(i)->pages, 0);
}

static void stage_drop(enum how how)
{
    if (how < DETACH_VIEW)
        check_eq(sys_vas_detach(stage.view), STATUS_OK);
    kit_drop_all(stage.vas, stage.seg, stage.pool);
}

static void take_from_lookers(enum how how, uint64_t word)
{
    size_t n = smp_cpus() < WORKERS ? smp_cpus() : WORKERS;
    require(stage_make(word));
    require(lookers_start(n));
    for (size_t i = 0; i < n; i++)
        check_comes(seen[i].looks > 10);
    check_eq(take(how), STATUS_OK);
    stage.gone = true;
    reuse_memory();
    for (size_t i = 0; i < n; i++)
        check_comes(seen[i].after == LOOKS);
    for (size_t i = 0; i < n; i++)
        looker_end(i, how);
    stage_drop(how);
}

static void take_again_and_again(enum how how)
{
    needs_cpus(2);
    for (uint64_t round = 0; round < test_scaled(8); round++)
        take_from_lookers(how, 0x01d0000 + round);
}

void test_smp_segment_detached_is_out_of_reach_everywhere(void)
{
    take_again_and_again(DETACH_SEG);
}

void test_smp_page_discarded_is_zero_everywhere(void)
{
    take_again_and_again(DISCARD);
}

void test_smp_segment_revoked_is_out_of_reach_everywhere(void)
{
    take_again_and_again(REVOKE_SEG);
}

void test_smp_segment_destroyed_is_out_of_reach_everywhere(void)
{
    take_again_and_again(DESTROY_SEG);
}

void test_smp_view_detached_sends_all_home(void)
{
    take_again_and_again(DETACH_VIEW);
}

void test_smp_view_capability_deleted_sends_all_home(void)
{
    take_again_and_again(DELETE_VIEW);
}

void test_smp_vas_revoked_sends_all_home(void)
{
    take_again_and_again(REVOKE_VAS);
}

void test_smp_vas_destroyed_sends_all_home(void)
{
    take_again_and_again(DESTROY_VAS);
}

void test_smp_pool_destroyed_sends_all_home(void)
{
    take_again_and_again(DESTROY_POOL);
}
