/*
 * Random lives of segments, spaces and views against a model: after every few steps, what the CPU
 * finds from each view's root, address by address, is what the model says, with its rights; and no
 * translation that the TLB keeps allows more than that.
 */
#include <arch/mmu.h>

#include "space_model.h"
#include "tlb_model.h"

#define STEPS 60000
#define STEPS_PER_CHECK 8

#define HOME_REGION (8 * GIB)
#define VAS_REGION (VAS_BASE + 508 * GIB)

/* --- steps ---------------------------------------------------------------------------------- */

static void seg_make(struct model_seg *s)
{
    const uint64_t sizes[] = {1, 3 * MIB, 20 * MIB, 40 * MIB, 3 * GIB, 18 * GIB};
    uint64_t place = random_below(3);
    uint64_t nbytes = sizes[random_below(place == 1 ? 6 : 5)];
    uint64_t granule = nbytes <= 32 * MIB ? 2 * MIB : nbytes <= 16 * GIB ? GIB : 512 * GIB;
    uint64_t base = place == 2 ? 0
                    : place == 1
                        ? VAS_REGION + random_below(6) * GIB + random_below(8) * 2 * MIB
                        : HOME_REGION + random_below(8) * GIB + random_below(512) * 2 * MIB;
    uint64_t flags = random_below(2) == 0 ? SEG_SPARSE : 0;
    if (granule > 2 * MIB && random_below(2) == 0)
        flags |= SEG_PAGES_2M;
    *s = (struct model_seg){.handle = world_seg(align_down(base, granule), nbytes, flags)};
    s->seg = WORLD_OBJECT(s->handle, seg);
    s->base = s->seg->range.base.v;
    s->nbytes = s->seg->range.npages * PAGE_SIZE;
    s->extent = align_up(nbytes, granule);
    for (int i = 1; i < NSAMPLES; i++)
        s->offsets[i] = random_below(s->nbytes / PAGE_SIZE) * PAGE_SIZE;
    s->offsets[1] = s->nbytes - PAGE_SIZE;
}

static void seg_end(struct model_seg *s)
{
    if (random_below(2) == 0)
        must(sys_object_destroy(s->handle));
    else
        must(sys_cap_revoke(s->handle));
    must(sys_cap_delete(s->handle));
    s->handle = 0;
}

/* Marks the samples that lie in the same page as this one, which is there now. */
static void mark_page(struct model_seg *s, uint64_t offset, bool large)
{
    uint64_t page_bytes = large ? 2 * MIB : PAGE_SIZE;
    for (int i = 0; i < NSAMPLES; i++) {
        if (align_down(s->offsets[i], page_bytes) != align_down(offset, page_bytes))
            continue;
        s->filled[i] = true;
        s->large[i] = large;
    }
}

static bool is_in_large_page(const struct model_seg *s, uint64_t offset)
{
    int level;
    paddr_t table = s->seg->tables[offset / level_bytes(s->seg->link_level)];
    pt_walk(table, s->seg->link_level - 1, VADDR(s->base + offset), 1, &level);
    return level == 2;
}

static void seg_touch(struct model_seg *s)
{
    uint64_t room;
    uint64_t offset = s->offsets[random_below(NSAMPLES)];
    uint64_t *word = seg_page(s->seg, offset, &room);
    *word = s->base + offset + (uint64_t)s->handle;
    mark_page(s, offset, is_in_large_page(s, offset));
    for (int i = 0; i < NSAMPLES; i++)
        s->written[i] |= s->offsets[i] == offset;
}

/* A hole from before one sample to behind another. */
static void step_discard(struct model_seg *s)
{
    uint64_t first = s->offsets[random_below(NSAMPLES)];
    uint64_t end = min_u64(first + (1 + random_below(1500)) * PAGE_SIZE, s->nbytes);
    assert_int_equal(sys_seg_discard(s->handle, first, end - first), STATUS_OK);
    for (int i = 0; i < NSAMPLES; i++) {
        uint64_t page = align_down(s->offsets[i], s->large[i] ? 2 * MIB : PAGE_SIZE);
        uint64_t next = page + (s->large[i] ? 2 * MIB : PAGE_SIZE);
        if (s->offsets[i] >= first && s->offsets[i] < end)
            s->written[i] = false;
        if (page >= first && next <= end)
            s->filled[i] = s->large[i] = s->written[i] = false;
    }
}

static status_t expected_link(const struct model_seg *s, uint32_t space)
{
    if ((s->base < HOME_END) != (space < NPROCESSES))
        return STATUS_WRONG_SPACE;
    if (s->access[space] != 0)
        return STATUS_ALREADY_ATTACHED;
    for (const struct model_seg *t = segs; t < segs + NSEGS; t++) {
        if (t->handle != 0 && t->access[space] != 0 && t->base < s->base + s->extent &&
            s->base < t->base + t->extent)
            return STATUS_COLLISION;
    }
    return STATUS_OK;
}

static handle_t space_handle(uint32_t space)
{
    return space < NPROCESSES ? processes[space] : vases[space - NPROCESSES];
}

static void step_link(struct model_seg *s)
{
    const uint64_t accesses[] = {ACCESS_READ, ACCESS_RW, ACCESS_RX};
    uint32_t space = (uint32_t)random_below(NSPACES);
    uint64_t access = accesses[random_below(3)];
    status_t expected = expected_link(s, space);
    assert_int_equal(sys_seg_attach(space_handle(space), s->handle, access), expected);
    if (expected == STATUS_OK)
        s->access[space] = access;
}

static void step_unlink(struct model_seg *s)
{
    uint32_t space = (uint32_t)random_below(NSPACES);
    status_t expected = s->access[space] != 0 ? STATUS_OK : STATUS_NOT_ATTACHED;
    assert_int_equal(sys_seg_detach(space_handle(space), s->handle), expected);
    s->access[space] = 0;
}

static void step_access(struct model_seg *s)
{
    const uint64_t accesses[] = {ACCESS_READ, ACCESS_RW, ACCESS_RX};
    uint32_t space = (uint32_t)random_below(NSPACES);
    uint64_t access = accesses[random_below(3)];
    status_t expected = s->access[space] != 0 ? STATUS_OK : STATUS_NOT_ATTACHED;
    assert_int_equal(sys_seg_set_access(space_handle(space), s->handle, access), expected);
    if (expected == STATUS_OK)
        s->access[space] = access;
}

static void step_view(struct model_view *v)
{
    struct cap *cap;
    if (v->view != NULL) {
        cap_remove(view_cap(v->view));
        v->view = NULL;
        return;
    }
    v->process = (uint32_t)random_below(NPROCESSES);
    v->vas = (uint32_t)random_below(NVASES);
    v->access = ACCESS_READ | random_below(8);
    handle_t view = must(sys_vas_attach(processes[v->process], vases[v->vas], v->access));
    assert_ok(cap_lookup(&model_process(v->process)->caps, view, &cap));
    v->view = container_of(cap->object, struct view, object);
}

static void forget_space(uint32_t space)
{
    for (int i = 0; i < NSEGS; i++)
        segs[i].access[space] = 0;
    for (struct model_view *v = views; v < views + NVIEWS; v++) {
        if (v->process == space || v->vas + NPROCESSES == space)
            v->view = NULL;
    }
}

static void step_renew_space(void)
{
    uint32_t space = (uint32_t)random_below(NSPACES - 1) + 1;
    handle_t *handle = space < NPROCESSES ? &processes[space] : &vases[space - NPROCESSES];
    bool destroy = space >= NPROCESSES || random_below(2) == 0;
    if (destroy)
        must(sys_object_destroy(*handle));
    must(sys_cap_delete(*handle));
    *handle = space < NPROCESSES ? world_process() : world_vas();
    forget_space(space);
}

/* A VAS is replaced by a clone of itself or of another one. */
static void step_clone(void)
{
    uint32_t from = (uint32_t)random_below(NVASES);
    uint32_t to = (uint32_t)random_below(NVASES);
    uint64_t access = ACCESS_READ | random_below(8);
    handle_t clone = must(sys_vas_clone(vases[from], access, 0));
    uint64_t accesses[NSEGS];
    for (int i = 0; i < NSEGS; i++)
        accesses[i] = segs[i].access[NPROCESSES + from] & access;
    must(sys_object_destroy(vases[to]));
    must(sys_cap_delete(vases[to]));
    vases[to] = clone;
    forget_space(NPROCESSES + to);
    for (int i = 0; i < NSEGS; i++)
        segs[i].access[NPROCESSES + to] = accesses[i];
}

/* Init's thread moves into one of its views, or home. */
static void step_switch(void)
{
    struct model_view *v = &views[random_below(NVIEWS)];
    bool own = v->view != NULL && v->process == 0;
    must(sys_vas_switch(own ? v->view->handle : HANDLE_HOME));
}

static void step(void)
{
    struct model_seg *s = &segs[random_below(NSEGS)];
    uint64_t dice = random_below(100);
    if (dice < 1)
        random_below(2) == 0 ? step_renew_space() : step_clone();
    else if (dice < 10)
        step_view(&views[random_below(NVIEWS)]);
    else if (dice < 20)
        step_switch();
    else if (s->handle == 0)
        seg_make(s);
    else if (dice < 25)
        seg_end(s);
    else if (dice < 52)
        step_link(s);
    else if (dice < 68)
        step_unlink(s);
    else if (dice < 76)
        step_access(s);
    else if (dice < 82)
        step_discard(s);
    else
        seg_touch(s);
}

/* The CPU that init runs on has translations of all it could reach. */
static void run_init(void)
{
    tlb_model_check();
    for (const struct model_seg *s = segs; s < segs + NSEGS; s++) {
        for (int i = 0; s->handle != 0 && i < NSAMPLES; i++)
            tlb_model_fill(s->base + s->offsets[i]);
    }
}

static void test_spaces_show_what_was_linked_in_any_sequence(void **state)
{
    (void)state;
    pool_root.pool.limit = UINT64_MAX / 2;
    memset(segs, 0, sizeof(segs));
    memset(views, 0, sizeof(views));
    processes[0] = HANDLE_SELF;
    for (uint32_t i = 1; i < NPROCESSES; i++)
        processes[i] = world_process();
    for (uint32_t i = 0; i < NVASES; i++)
        vases[i] = world_vas();
    for (int i = 1; i <= STEPS; i++) {
        step();
        run_init();
        if (i % STEPS_PER_CHECK == 0)
            model_check();
    }
    must(sys_vas_switch(HANDLE_HOME));
    world_delete_all();
}

static void test_spaces_show_what_was_linked_without_pcid_too(void **state)
{
    machine_stop();
    machine_start(MACHINE_RAM, MACHINE_FEATURES & ~FEATURE_BIT(PCID) & ~FEATURE_BIT(INVPCID));
    world_start();
    random_seed(2);
    test_spaces_show_what_was_linked_in_any_sequence(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_spaces_show_what_was_linked_in_any_sequence),
        WORLD_TEST(test_spaces_show_what_was_linked_without_pcid_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
