/*
 * What the machine keeps of a thread beside its trap frame.
 *
 * Segment bases: with FSGSBASE user code sets them itself, so they are read back at each save.
 * Without, FS base changes only by context_set_tls and GS base stays 0; but loading a selector can
 * clear either (SDM 3A 3.4.4), so FS base is written at each load.
 *
 * Vector registers: XSAVEOPT writes only what changed since the XRSTOR from the same area
 * (SDM 1 13.9), which is sound because a thread is always loaded before it is saved.
 */
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/page.h>

#include "base/assert.h"
#include "cpu/descriptors.h"
#include "cpu/features.h"
#include "cpu/instr.h"
#include "cpu/registers.h"

/* Offsets in the FXSAVE area, which is also the beginning of the XSAVE area (SDM 1 10.5.1), and the
 * values after reset. */
#define AREA_FCW 0
#define AREA_MXCSR 24
#define FCW_INITIAL 0x037f
#define MXCSR_INITIAL 0x1f80
#define AREA_ALIGNMENT 64

uint64_t context_vector_bytes(void)
{
    return features_vector_bytes();
}

/* As after a reset. */
static void init_vectors(void *vectors)
{
    page_zero(vectors, context_vector_bytes());
    *(uint16_t *)((char *)vectors + AREA_FCW) = FCW_INITIAL;
    *(uint32_t *)((char *)vectors + AREA_MXCSR) = MXCSR_INITIAL;
}

void context_init(struct context *c, void *vectors, uint64_t entry, uint64_t stack,
                  uint64_t argument, uint64_t tls)
{
    ASSERT(is_aligned((uint64_t)vectors, AREA_ALIGNMENT));
    *c = (struct context){
        .frame = {.rip = entry,
                  .cs = SELECTOR_USER_CODE,
                  .rflags = RFLAGS_ALWAYS | RFLAGS_IF,
                  .rsp = stack,
                  .ss = SELECTOR_USER_DATA,
                  .rdi = argument},
        .fs_base = tls,
        .vectors = vectors,
    };
    init_vectors(vectors);
}

void context_throw_back(struct context *c, uint64_t rip, uint64_t rsp, uint64_t fs_base,
                        int64_t status)
{
    struct trap_frame *f = &c->frame;
    *f = (struct trap_frame){.rip = rip,
                             .cs = f->cs,
                             .rflags = RFLAGS_USER_START,
                             .rsp = rsp,
                             .ss = f->ss,
                             .rax = (uint64_t)status,
                             .vector = TRAP_SYSCALL};
    c->fs_base = fs_base;
    c->gs_base = 0;
    init_vectors(c->vectors);
}

void context_save(struct context *c)
{
    uint64_t features = features_in_use;
    if (likely(features >> FEATURE_FSGSBASE & 1)) {
        c->fs_base = cpu_read_fs_base();
        c->gs_base = cpu_read_user_gs_base();
    }
    if (likely(features >> FEATURE_XSAVEOPT & 1))
        cpu_xsaveopt(c->vectors);
    else if (features >> FEATURE_XSAVE & 1)
        cpu_xsave(c->vectors);
    else
        cpu_fxsave(c->vectors);
}

void context_load(const struct context *c)
{
    if (likely(feature_used(FEATURE_FSGSBASE))) {
        cpu_write_fs_base(c->fs_base);
        cpu_write_user_gs_base(c->gs_base);
    } else {
        cpu_write_msr(MSR_FS_BASE, c->fs_base);
    }
    if (likely(feature_used(FEATURE_XSAVE)))
        cpu_xrstor(c->vectors);
    else
        cpu_fxrstor(c->vectors);
}

#define FAST_FEATURES                                                                              \
    ((uint64_t)1 << FEATURE_FSGSBASE | (uint64_t)1 << FEATURE_XSAVE |                              \
     (uint64_t)1 << FEATURE_XSAVEOPT)

void context_switch(struct context *from, const struct context *to)
{
    if (unlikely((features_in_use & FAST_FEATURES) != FAST_FEATURES)) {
        context_save(from);
        context_load(to);
        return;
    }
    from->fs_base = cpu_read_fs_base();
    cpu_write_fs_base(to->fs_base);
    from->gs_base = cpu_swap_user_gs_base(to->gs_base);
    cpu_xsaveopt(from->vectors);
    cpu_xrstor(to->vectors);
}

void context_set_tls(struct context *c, uint64_t base)
{
    c->fs_base = base;
    if (feature_used(FEATURE_FSGSBASE))
        cpu_write_fs_base(base);
    else
        cpu_write_msr(MSR_FS_BASE, base);
}

bool context_has_fsgsbase(void)
{
    return feature_used(FEATURE_FSGSBASE);
}

uint64_t context_swap_tls(struct context *c, uint64_t base)
{
    uint64_t before = feature_used(FEATURE_FSGSBASE) ? cpu_read_fs_base() : c->fs_base;
    context_set_tls(c, base);
    return before;
}

/* Both have these 15 registers in one order. */
#define COMMON_REGISTERS 15
_Static_assert(offsetof(struct trap_frame, rdi) == (COMMON_REGISTERS - 1) * sizeof(uint64_t), "");
_Static_assert(offsetof(struct fault_report, rdi) - offsetof(struct fault_report, r15) ==
                   (COMMON_REGISTERS - 1) * sizeof(uint64_t),
               "");

void context_report(const struct context *c, struct fault_report *report)
{
    const struct trap_frame *f = &c->frame;
    page_copy(&report->r15, &f->r15, COMMON_REGISTERS * sizeof(uint64_t));
    report->rip = f->rip;
    report->cs = f->cs;
    report->rflags = f->rflags;
    report->rsp = f->rsp;
    report->ss = f->ss;
}

/* What user code can change by itself (SDM 1 3.4.3), but for NT: IRETQ would choke on it. */
#define RFLAGS_USER (RFLAGS_STATUS | RFLAGS_TF | RFLAGS_DF | RFLAGS_AC | RFLAGS_ID)

void context_take_report(struct context *c, const struct fault_report *report)
{
    struct trap_frame *f = &c->frame;
    page_copy(&f->r15, &report->r15, COMMON_REGISTERS * sizeof(uint64_t));
    f->rip = report->rip;
    f->rflags = (report->rflags & RFLAGS_USER) | RFLAGS_USER_START;
    f->rsp = report->rsp;
    f->vector = TRAP_REPEAT;
}
