/* Taking a picture of what an operation could change: see picture.h. */
#include "picture.h"

#include <arch/phys.h>

static uint64_t table_sum(paddr_t table)
{
    uint64_t sum = 0;
    for (int i = 0; i < PT_ENTRIES; i++)
        sum = sum * 31 + ((const uint64_t *)paddr_to_ptr(table))[i];
    return sum;
}

struct picture picture_now(handle_t process, handle_t vas, handle_t seg)
{
    struct process *const processes[2] = {world.init, WORLD_OBJECT(process, process)};
    struct vas *v = WORLD_OBJECT(vas, vas);
    struct seg *s = WORLD_OBJECT(seg, seg);
    struct picture p;
    memset(&p, 0, sizeof(p));
    p.usage = usage_now();
    for (int i = 0; i < 2; i++) {
        p.ncaps[i] = processes[i]->caps.ncaps;
        p.pages[i] = processes[i]->caps.npages;
        p.nviews[i] = processes[i]->nviews;
        p.nthreads[i] = processes[i]->nthreads;
        p.home_generation += processes[i]->home.generation;
        p.ntables += processes[i]->home.ntables;
        p.sum += table_sum(processes[i]->home.top);
    }
    p.nlinks = v->space.nlinks;
    p.ntables += v->space.ntables;
    p.vas_views = v->nviews;
    p.vas_generation = v->space.generation;
    p.seg_links = s->nlinks;
    p.refs[0] = v->object.refs;
    p.refs[1] = s->object.refs;
    p.refs[2] = processes[1]->object.refs;
    p.children = cap_count_children(world_cap(vas), 100) + cap_count_children(world_cap(seg), 100);
    p.sum += table_sum(v->space.top);
    return p;
}
