/*
 * A model of spaces, segments and views for random tests: what has been linked where, and what was
 * filled. model_check compares it with what the CPU would find.
 */
#ifndef VASCO_TESTS_SPACE_MODEL_H
#define VASCO_TESTS_SPACE_MODEL_H

#include "world.h"

#define NPROCESSES 3 /* the first is init */
#define NVASES 3
#define NSPACES (NPROCESSES + NVASES)
#define NSEGS 10
#define NVIEWS 8
#define NSAMPLES 6

struct model_seg {
    handle_t handle; /* 0: not there */
    struct seg *seg;
    uint64_t base, nbytes, extent;
    uint64_t offsets[NSAMPLES]; /* of pages that are looked at */
    bool filled[NSAMPLES];      /* the page is there, */
    bool large[NSAMPLES];       /* and is one of 2 MiB; */
    bool written[NSAMPLES];     /* it has the word that seg_touch writes, else zero */
    uint64_t access[NSPACES];   /* of its link there; 0: none */
};

struct model_view {
    struct view *view; /* null: not there */
    uint32_t process, vas;
    uint64_t access;
};

extern struct model_seg segs[NSEGS];
extern struct model_view views[NVIEWS];
extern handle_t processes[NPROCESSES];
extern handle_t vases[NVASES];

/* By number: processes' homes come first, then the VASes. */
struct process *model_process(uint32_t i);
struct space *model_space(uint32_t i);

/* From the root of every view, at every address of interest: is what the CPU finds what the model
 * says? And do the invariants of spaces, segments and frames hold? */
void model_check(void);

#endif
