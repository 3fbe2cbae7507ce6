/* Several CPUs: what is there changes while threads on others read and write it. */
#include "smp.h"

static struct worker workers[WORKERS];
static handle_t view;

/* Writes numbers that grow, as far as it is let; then less often. */
static uint64_t body_write(struct worker *worker)
{
    size_t slot = worker->argument;
    smp_survive(slot);
    sys_vas_switch(view);
    for (uint64_t n = 1; !worker->stop; n++) {
        uint64_t faults = smp_faults(slot)->pages;
        smp_store(PLACE_A + slot * 8, n);
        smp_linger(smp_faults(slot)->pages != faults ? 1000 : 0);
    }
    return 0;
}

/* What is narrowed is not written from any CPU any more; what is widened again is, at once. */
void test_smp_link_narrowed_stops_writers_everywhere(void)
{
    needs_cpus(2);
    handle_t vas = kit_vas(), seg = kit_seg_in(vas, PLACE_A, 0);
    size_t n = smp_cpus();
    view = kit_view(vas, ACCESS_DATA);
    for (size_t i = 0; i < n; i++) {
        workers[i] = (struct worker){.argument = i};
        require(smp_start(&workers[i], i, body_write, i));
    }
    for (size_t round = 0; round < test_scaled(16); round++) {
        for (size_t i = 0; i < n; i++) {
            uint64_t word = kit_peek(seg, i * 8);
            check_comes(kit_peek(seg, i * 8) != word);
        }
        uint64_t words[SMP_MAX], again[SMP_MAX], faults = smp_faults(1)->pages;
        check_eq(sys_seg_set_access(vas, seg, ACCESS_READ), STATUS_OK);
        sys_seg_read(seg, 0, (uintptr_t)words, sizeof(words));
        check_comes(smp_faults(1)->pages > faults + 1);
        sys_seg_read(seg, 0, (uintptr_t)again, sizeof(again));
        for (size_t i = 0; i < n; i++)
            check_eq(again[i], words[i]);
        check_eq(sys_seg_set_access(vas, seg, ACCESS_DATA), STATUS_OK);
    }
    for (size_t i = 0; i < n; i++) {
        workers[i].stop = true;
        check_eq(worker_end(&workers[i]), 0);
    }
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(seg, vas);
}

/* --- one segment behind the other at one place ------------------------------------------------ */

#define SEGS 3

/* The number of the segment that is attached, from 1; odd while that changes. */
static volatile uint64_t version, attached;

/* Returns how often what was there was not what is attached, though nothing changed meanwhile; and
 * how often it was something that never was. */
static uint64_t body_compare(struct worker *worker)
{
    uint64_t wrong = 0;
    smp_survive(worker->argument);
    sys_vas_switch(view);
    while (!worker->stop) {
        uint64_t before = version, expected = attached;
        uint64_t word = smp_load(PLACE_A);
        wrong += word > SEGS && word != SMP_NOTHING;
        if (before % 2 == 0 && version == before) {
            wrong += word != expected;
            worker->result++;
        }
        smp_linger(word == SMP_NOTHING ? 1000 : 0);
    }
    return wrong;
}

static void change(handle_t vas, handle_t seg, uint64_t number)
{
    version++;
    if (number != 0)
        check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    else
        check_eq(sys_seg_detach(vas, seg), STATUS_OK);
    attached = number != 0 ? number : SMP_NOTHING;
    version++;
}

void test_smp_link_replaced_shows_the_new_one_everywhere(void)
{
    needs_cpus(2);
    handle_t vas = kit_vas(), segs[SEGS];
    size_t n = smp_cpus();
    for (uint64_t i = 0; i < SEGS; i++) {
        segs[i] = kit_seg_at(PLACE_A, PAGE_BYTES);
        kit_poke(segs[i], 0, i + 1);
    }
    version = 0;
    attached = SMP_NOTHING;
    view = kit_view(vas, ACCESS_READ);
    for (size_t i = 0; i < n; i++) {
        workers[i] = (struct worker){.argument = i};
        require(smp_start(&workers[i], i, body_compare, i));
    }
    for (uint64_t round = 0; round < test_scaled(128); round++) {
        change(vas, segs[round % SEGS], round % SEGS + 1);
        if (round % 8 == 0)
            sys_thread_sleep(0);
        change(vas, segs[round % SEGS], 0);
    }
    for (size_t i = 0; i < n; i++) {
        check_comes(workers[i].result > 0);
        workers[i].stop = true;
        check_eq(worker_end(&workers[i]), 0);
    }
    check_eq(sys_vas_detach(view), STATUS_OK);
    kit_drop_all(segs[0], segs[1], segs[2], vas);
}

/* --- views ------------------------------------------------------------------------------------ */

static volatile handle_t views[SMP_MAX];
static volatile uint64_t gone[SMP_MAX]; /* a handle of view number i that was taken away */

/* Each stands in a view of its own, while others stand in theirs. */
static uint64_t body_stay(struct worker *worker)
{
    size_t slot = worker->argument;
    uint64_t wrong = (uint64_t)(sys_vas_switch(views[slot]) != STATUS_OK);
    while (!worker->stop) {
        for (int i = 0; i < 1000; i++) {
            wrong += *kit_word(PLACE_A) != slot + 1;
            smp_linger(1);
        }
        wrong += sys_vas_active() != views[slot];
        worker->result++;
    }
    return wrong;
}

void test_smp_threads_stand_in_views_of_their_own_at_once(void)
{
    needs_cpus(2);
    handle_t vases[SMP_MAX], segs[SMP_MAX];
    for (size_t i = 0; i < SMP_MAX; i++) {
        vases[i] = kit_vas();
        segs[i] = kit_seg_in(vases[i], PLACE_A, i + 1);
        views[i] = kit_view(vases[i], ACCESS_READ);
        workers[i] = (struct worker){.argument = i};
    }
    for (size_t i = 0; i < SMP_MAX; i++)
        require(smp_start(&workers[i], i, body_stay, i % smp_cpus()));
    for (size_t move = 0; move < test_scaled(64); move++) {
        size_t i = move % SMP_MAX;
        check_eq(sys_thread_set_cpu(workers[i].thread, (move / 7 + i) % smp_cpus()), STATUS_OK);
        check_eq(kit_thread_info(workers[i].thread).reason, END_RUNNING);
        sys_thread_sleep(0);
    }
    for (size_t i = 0; i < SMP_MAX; i++) {
        check_comes(workers[i].result > 0);
        workers[i].stop = true;
        check_eq(worker_end(&workers[i]), 0);
        check_eq(sys_vas_detach(views[i]), STATUS_OK);
        kit_drop_all(segs[i], vases[i]);
    }
}

/* Goes round all views as fast as it can. A view that is gone cannot be entered: counted as wrong.
 * In a view that is there is its number, or nothing where it has been lost meanwhile. */
static uint64_t body_travel(struct worker *worker)
{
    uint64_t wrong = 0;
    smp_survive(worker->argument);
    while (!worker->stop) {
        for (size_t i = 0; i < 2; i++) {
            if (worker->result++ % 64 == 0)
                wrong += sys_vas_switch((handle_t)gone[i]) != STATUS_BAD_HANDLE;
            if (sys_vas_switch(views[i]) != STATUS_OK)
                continue;
            uint64_t word = smp_load(PLACE_A);
            wrong += word != i + 1 && word != SMP_NOTHING;
        }
    }
    return wrong;
}

void test_smp_views_are_detached_under_all_who_travel(void)
{
    needs_cpus(2);
    handle_t vases[2], segs[2];
    for (size_t i = 0; i < 2; i++) {
        vases[i] = kit_vas();
        segs[i] = kit_seg_in(vases[i], PLACE_A, i + 1);
        views[i] = kit_view(vases[i], ACCESS_READ);
        gone[i] = 0;
    }
    for (size_t i = 0; i < smp_cpus(); i++) {
        workers[i] = (struct worker){.argument = i};
        require(smp_start(&workers[i], i, body_travel, i));
    }
    for (size_t round = 0; round < test_scaled(160); round++) {
        handle_t view_before = views[round % 2];
        check_eq(sys_vas_detach(view_before), STATUS_OK);
        gone[round % 2] = (uint64_t)view_before;
        views[round % 2] = kit_view(vases[round % 2], ACCESS_READ);
        if (round % 4 == 0)
            sys_thread_sleep(0);
    }
    for (size_t i = 0; i < smp_cpus(); i++) {
        check_comes(workers[i].result > 0);
        workers[i].stop = true;
        check_eq(worker_end(&workers[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        check_eq(sys_vas_detach(views[i]), STATUS_OK);
        kit_drop_all(segs[i], vases[i]);
    }
}
