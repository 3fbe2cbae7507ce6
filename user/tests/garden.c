/* A tree and its ledger under locks, and who works on them: see garden.h. */
#include "garden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/startup.h>
#include <vasco/status.h>
#include <vasco/thread.h>

#define CHANGES 32 /* of one visit */

/* Everything above has happened when somebody ends below. */
#define in_order() __atomic_signal_fence(__ATOMIC_SEQ_CST)

static void count(uint64_t *number)
{
    __atomic_add_fetch(number, 1, __ATOMIC_RELAXED);
}

bool garden_open(struct garden *garden)
{
    struct segheap *heap = segheap_open((void *)(uintptr_t)GARDEN_HEAP);
    garden->tree = heap != NULL ? segheap_root(heap, "tree") : NULL;
    return garden->tree != NULL;
}

bool garden_is_right(const struct garden *garden)
{
    const struct ledger *ledger = garden_ledger();
    if (!avl_is_whole(garden->tree) || ledger->announced)
        return false;
    uint64_t n = 0;
    for (uint64_t key = 0; key < GARDEN_KEYS; key++) {
        if (avl_find(garden->tree, key) != ledger->values[key])
            return false;
        n += ledger->values[key] != 0;
    }
    return n == garden->tree->top.value;
}

/* --- putting in order ------------------------------------------------------------------------- */

/* What was announced has happened, or it has not. */
static const char *settle(const struct avl *tree)
{
    struct ledger *ledger = garden_ledger();
    if (!ledger->announced)
        return NULL;
    uint64_t value = avl_find(tree, ledger->key);
    if (value != ledger->value && value != ledger->values[ledger->key])
        return "a change that was half made";
    ledger->values[ledger->key] = value;
    in_order();
    ledger->announced = 0;
    return NULL;
}

static const char *put_in_order(const struct garden *garden)
{
    count(&garden_tally()->told);
    if (avl_is_torn(garden->tree)) {
        count(&garden_tally()->torn);
        avl_undo(garden->tree);
    }
    const char *wrong = settle(garden->tree);
    if (wrong != NULL)
        return wrong;
    if (!garden_is_right(garden))
        return "the tree, put in order";
    if (seg_mark_consistent(garden->heap) != STATUS_OK ||
        seg_mark_consistent(garden->ledger) != STATUS_OK)
        return "seg_mark_consistent";
    return NULL;
}

const char *garden_enter(const struct garden *garden, int64_t status)
{
    if (status == VAS_ABANDONED)
        return put_in_order(garden);
    if (status != STATUS_OK)
        return status_name(status);
    return avl_is_torn(garden->tree) || garden_ledger()->announced ? "nobody has told" : NULL;
}

/* --- gardeners -------------------------------------------------------------------------------- */

struct gardener {
    struct garden garden;
    handle_t view;
    uint64_t random;
    uint64_t number;
};

/* Half of the keys that are there go, the others get another value. */
static const char *change(struct gardener *self)
{
    struct avl *tree = self->garden.tree;
    struct ledger *ledger = garden_ledger();
    uint64_t key = garden_random(&self->random) % GARDEN_KEYS, was = ledger->values[key];
    uint64_t value = 1 + garden_random(&self->random);
    if (was != 0 && value % 2 == 0)
        value = 0;
    ledger->key = key;
    ledger->value = value;
    in_order();
    ledger->announced = 1;
    in_order();
    if (avl_find(tree, key) != was)
        return "the value of a key";
    if (!avl_set(tree, key, value))
        return "no memory";
    in_order();
    ledger->values[key] = value;
    ledger->nchanges++;
    in_order();
    ledger->announced = 0;
    return NULL;
}

/* In the middle others run, who must not come in. */
static const char *visit_to_change(struct gardener *self)
{
    int64_t status = vas_switch(self->view);
    if (status < 0)
        return status_name(status);
    const char *wrong = garden_open(&self->garden) ? garden_enter(&self->garden, status) : "a heap";
    garden_ledger()->gardener = self->number;
    for (int i = 0; i < CHANGES && wrong == NULL; i++) {
        wrong = change(self);
        if (i == CHANGES / 2)
            thread_yield();
    }
    if (wrong == NULL && garden_ledger()->gardener != self->number)
        wrong = "two at once";
    count(&garden_tally()->changes);
    vas_switch(HANDLE_HOME);
    return wrong;
}

/* Who can only look leaves again when it is told that there is nothing to look at. */
static const char *visit_to_look(struct gardener *self)
{
    const char *wrong = NULL;
    int64_t status = vas_switch(self->view);
    if (status < 0)
        return status_name(status);
    if (status == STATUS_OK) {
        uint64_t before = garden_ledger()->nchanges;
        thread_yield();
        if (!garden_open(&self->garden) || !garden_is_right(&self->garden) ||
            garden_ledger()->nchanges != before)
            wrong = "what was looked at";
        count(&garden_tally()->looks);
    }
    vas_switch(HANDLE_HOME);
    thread_sleep(0);
    return wrong;
}

int gardener_main(const char *what, const char *seed)
{
    bool changes = strcmp(what, "changes") == 0;
    struct gardener self = {
        .garden = {startup_cap("vas"), startup_cap("heap"), startup_cap("ledger"), NULL},
        .random = strtoull(seed, NULL, 10),
    };
    struct process_info info = {0};
    sys_process_info(HANDLE_SELF, (uintptr_t)&info);
    self.number = info.id;
    self.view = vas_attach(HANDLE_SELF, self.garden.vas,
                           changes ? ACCESS_READ | ACCESS_WRITE : ACCESS_READ);
    const char *wrong = NULL;
    if (self.view < 0 ||
        seg_attach(HANDLE_SELF, startup_cap("tally"), ACCESS_READ | ACCESS_WRITE) < 0)
        wrong = "a garden";
    while (wrong == NULL)
        wrong = changes ? visit_to_change(&self) : visit_to_look(&self);
    printf("# gardener that %s: wrong: %s\n", what, wrong);
    return 1;
}
