/* Workers that wait at futexes: see sleepers.h. */
#include "sleepers.h"

#define PRIORITY_HIGH (PRIORITY_DEFAULT + 1)

struct worker sleepers[NSLEEPERS];

/* Where each waits, and how. */
static struct {
    volatile uint64_t *word;
    uint64_t flags;
    handle_t view;
} places[NSLEEPERS];

static uint64_t body_wait(struct worker *worker)
{
    size_t i = (size_t)(worker - sleepers);
    volatile uint64_t *word = places[i].word;
    if (places[i].view != 0)
        sys_vas_switch(places[i].view);
    return (uint64_t)sys_futex_wait((uintptr_t)word, *word, FUTEX_FOREVER, places[i].flags);
}

static bool start(size_t i, uint64_t (*body)(struct worker *))
{
    sleepers[i] = (struct worker){0};
    return worker_start(&sleepers[i], i, body, PRIORITY_HIGH);
}

bool sleeper_start(size_t i, volatile uint64_t *word, uint64_t flags)
{
    places[i].word = word;
    places[i].flags = flags;
    places[i].view = 0;
    return start(i, body_wait);
}

bool sleeper_start_in(size_t i, handle_t view, volatile uint64_t *word)
{
    places[i].word = word;
    places[i].flags = 0;
    places[i].view = view;
    return start(i, body_wait);
}

bool sleeper_waits(size_t i)
{
    return kit_thread_info(sleepers[i].thread).reason == END_RUNNING;
}

void sleeper_check_end(size_t i, int64_t result)
{
    check_eq((int64_t)worker_end(&sleepers[i]), result);
}

static uint64_t body_sleep(struct worker *worker)
{
    (void)worker;
    sys_thread_sleep(UINT64_MAX);
    return 0;
}

uint64_t sleeper_own(size_t i)
{
    check(start(i, body_sleep));
    return kit_thread_info(sleepers[i].thread).id;
}

void sleeper_destroy(size_t i)
{
    check_eq(sys_object_destroy(sleepers[i].thread), STATUS_OK);
    kit_drop(sleepers[i].thread);
}
