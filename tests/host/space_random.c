/*
 * Random lives of segments, spaces and views against a model: after every few steps, what the CPU
 * finds from each view's root, address by address, is what the model says, with its rights; and no
 * translation that the TLB keeps allows more than that.
 */
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
    *s = (struct model_seg){.handle = world_seg(align_down(base, granule), nbytes, 0)};
    s->seg = WORLD_OBJECT(s->handle, seg);
    s->base = s->seg->range.base.v;
    s->nbytes = align_up(nbytes, PAGE_SIZE);
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

static void seg_touch(struct model_seg *s)
{
    uint64_t room;
    uint64_t i = random_below(NSAMPLES);
    uint64_t *word = seg_page(s->seg, s->offsets[i], &room);
    *word = s->base + s->offsets[i] + (uint64_t)s->handle;
    for (int j = 0; j < NSAMPLES; j++)
        s->filled[j] |= s->offsets[j] == s->offsets[i];
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
        step_renew_space();
    else if (dice < 10)
        step_view(&views[random_below(NVIEWS)]);
    else if (dice < 20)
        step_switch();
    else if (s->handle == 0)
        seg_make(s);
    else if (dice < 25)
        seg_end(s);
    else if (dice < 60)
        step_link(s);
    else if (dice < 80)
        step_unlink(s);
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
