/* Comparing the model with the page tables: see space_model.h. */
#include "space_model.h"

#include <arch/phys.h>

#include "mem/frame.h"

struct model_seg segs[NSEGS];
struct model_view views[NVIEWS];
handle_t processes[NPROCESSES];
handle_t vases[NVASES];

struct process *model_process(uint32_t i)
{
    return i == 0 ? world.init : WORLD_OBJECT(processes[i], process);
}

struct space *model_space(uint32_t i)
{
    return i < NPROCESSES ? &model_process(i)->home
                          : &WORLD_OBJECT(vases[i - NPROCESSES], vas)->space;
}

/* The index of the sample at this offset, or -1. */
static int sample_at(const struct model_seg *s, uint64_t offset)
{
    for (int i = 0; i < NSAMPLES; i++) {
        if (s->offsets[i] == offset)
            return i;
    }
    return -1;
}

/* Whether a page is there: one of a sample, or a large one that holds a sample too. */
static bool is_filled(const struct model_seg *s, uint64_t offset)
{
    for (int i = 0; i < NSAMPLES; i++) {
        uint64_t page_bytes = s->large[i] ? 2 * MIB : PAGE_SIZE;
        if (s->filled[i] && align_down(s->offsets[i], page_bytes) == align_down(offset, page_bytes))
            return true;
    }
    return false;
}

static void check_address(const struct view *view, uint32_t home, uint32_t vas, uint64_t va)
{
    struct mapping m = cpu_walk(view->mmu.root, va);
    for (const struct model_seg *s = segs; s < segs + NSEGS; s++) {
        uint32_t space = va < HOME_END ? home : vas;
        if (s->handle == 0 || space == NSPACES || s->access[space] == 0 ||
            va - s->base >= s->nbytes)
            continue;
        int i = sample_at(s, va - s->base);
        assert_int_equal(m.present, is_filled(s, va - s->base));
        if (!m.present)
            return;
        assert_int_equal(m.access, s->access[space] & (va < HOME_END ? ACCESS_ALL : view->access));
        assert_int_equal(*(uint64_t *)paddr_to_ptr(PADDR(m.pa)),
                         i >= 0 && s->written[i] ? va + (uint64_t)s->handle : 0);
        return;
    }
    assert_false(m.present);
}

static void check_view(const struct view *view, uint32_t home, uint32_t vas)
{
    for (const struct model_seg *s = segs; s < segs + NSEGS; s++) {
        for (int i = 0; s->handle != 0 && i < NSAMPLES; i++)
            check_address(view, home, vas, s->base + s->offsets[i]);
    }
}

void model_check(void)
{
    for (uint32_t i = 0; i < NPROCESSES; i++)
        check_view(model_process(i)->home_view, i, NSPACES);
    for (const struct model_view *v = views; v < views + NVIEWS; v++) {
        if (v->view != NULL)
            check_view(v->view, v->process, v->vas + NPROCESSES);
    }
    for (uint32_t i = 0; i < NSPACES; i++)
        check_space(model_space(i));
    for (int i = 0; i < NSEGS; i++) {
        if (segs[i].handle != 0)
            check_seg(segs[i].seg);
    }
    frame_check();
}
