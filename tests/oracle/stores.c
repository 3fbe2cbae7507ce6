/*
 * Stores under way. A CPU sees its own stores at once, others see them later, in their order (SDM
 * 3A 8.2.2). Memory is as the running CPU sees it: when it gives way, the values before its
 * stores under way are put back, and when it goes on its own are put there again.
 *
 * A store ends by itself sooner or later, at the latest when the list is full or a serialising
 * instruction or a locked one says so.
 */
#include "oracle.h"

#include <string.h>

void store_begins(void *address, uint64_t nbytes)
{
    struct model_cpu *m = running;
    if (nbytes > 64 || SELDOM(48)) {
        stores_drain();
        return;
    }
    for (uint64_t at = 0; at < nbytes; at += 8) {
        struct store *s = m->stores;
        if (m->nstores == STORES) {
            memmove(s, s + 1, (STORES - 1) * sizeof(*s));
            m->nstores--;
        }
        s = &m->stores[m->nstores++];
        s->address = (char *)address + at;
        s->nbytes = (uint32_t)min_u64(8, nbytes - at);
        s->value = 0;
        memcpy(&s->value, s->address, s->nbytes);
    }
}

void stores_drain(void)
{
    if (running != NULL)
        running->nstores = 0;
}

/* The value in memory and the one kept change places. */
static void exchange(struct store *s)
{
    uint64_t value = 0;
    memcpy(&value, s->address, s->nbytes);
    memcpy(s->address, &s->value, s->nbytes);
    s->value = value;
}

static void put_back(struct model_cpu *m)
{
    for (uint32_t i = m->nstores; i-- > 0;)
        exchange(&m->stores[i]);
}

/* While it runs a store's `value` is the one before it. */
void stores_set_aside(struct model_cpu *m)
{
    uint32_t ended = SELDOM(2) ? 0 : choose(m->nstores + 1);
    if (!m->lazy)
        ended = m->nstores;
    memmove(m->stores, m->stores + ended, (m->nstores - ended) * sizeof(m->stores[0]));
    m->nstores -= ended;
    put_back(m);
}

void stores_take_up(struct model_cpu *m)
{
    for (uint32_t i = 0; i < m->nstores; i++)
        exchange(&m->stores[i]);
}

void stores_show_all(void)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        if (&model_cpus[i] != running)
            stores_take_up(&model_cpus[i]);
    }
}

void stores_hide_all(void)
{
    for (uint32_t i = cpu_count; i-- > 0;) {
        if (&model_cpus[i] != running)
            put_back(&model_cpus[i]);
    }
}
