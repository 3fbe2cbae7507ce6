/*
 * A picture of init, another process, a VAS and a segment, to compare before and after a call that
 * fails: it must have changed nothing.
 */
#ifndef VASCO_TESTS_PICTURE_H
#define VASCO_TESTS_PICTURE_H

#include "world.h"

/* All that an operation could have changed without being asked. */
struct picture {
    struct usage usage;
    uint32_t ncaps[2], nviews[2], nthreads[2], pages[2];
    uint32_t nlinks, ntables, vas_views;
    uint64_t vas_generation, home_generation;
    uint32_t seg_links, refs[3];
    uint64_t children;
    uint64_t sum; /* of the roots and top tables */
};

struct picture picture_now(handle_t process, handle_t vas, handle_t seg);

#endif
