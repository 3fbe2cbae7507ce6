/* Large trees of capabilities: see tree.h. */
#include "tree.h"

#include "test.h"

bool tree_make(struct tree *tree, size_t nleaves)
{
    *tree = (struct tree){.seg = kit_seg(PAGE_BYTES, 0)};
    tree->trunk = sys_cap_derive(tree->seg, kit_cap_info(tree->seg).rights, 0);
    for (size_t i = 0; i < TREE_PROCESSES; i++)
        if (!check((tree->processes[i] = sys_process_create(NAME("leaves"), 0)) > 0))
            return false;
    tree_add(tree, tree->trunk, nleaves);
    return tree_count(tree) == tree->nleaves;
}

void tree_add(struct tree *tree, handle_t parent, size_t nleaves)
{
    for (size_t i = 0; i < nleaves; i++)
        if (!check(sys_cap_place(tree->processes[i % TREE_PROCESSES], parent, RIGHT_INFO, i) > 0))
            return;
    tree->nleaves += nleaves;
}

size_t tree_count(const struct tree *tree)
{
    size_t n = 0;
    for (size_t i = 0; i < TREE_PROCESSES; i++)
        if (tree->processes[i] > 0)
            n += kit_process_info(tree->processes[i]).ncaps - 2;
    return n;
}

void tree_drop(struct tree *tree)
{
    if (tree->seg > 0)
        kit_drop(tree->seg);
    if (tree->trunk > 0)
        kit_drop(tree->trunk);
    for (size_t i = 0; i < TREE_PROCESSES; i++)
        if (tree->processes[i] > 0)
            kit_drop(tree->processes[i]);
}

uint64_t longest_step(void)
{
    uint64_t counters[COUNTERS] = {0};
    check_eq(sys_system_counters((uintptr_t)counters, COUNTERS), STATUS_OK);
    return counters[COUNTER_LONGEST_STEP];
}
