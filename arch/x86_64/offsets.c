/*
 * floor 8: what NASM needs to know of C structures and numbers. The build compiles this file to
 * assembly and turns its marked lines into build/gen/offsets.inc.
 */
#include <arch/cpu.h>
#include <arch/kernel_lock.h>
#include <arch/layout.h>
#include <arch/trap_frame.h>

#include "abi/objects.h"
#include "abi/status.h"
#include "abi/syscalls.h"
#include "boot/boot.h"
#include "cap/cap.h"
#include "cpu/descriptors.h"
#include "cpu/registers.h"
#include "obj/gate.h"
#include "obj/runqueue.h"
#include "obj/view.h"

#define CONSTANT(name, value) __asm__ volatile("\n.ascii \"->" #name " %0\"" ::"i"(value))
_Static_assert(offsetof(struct cap, rights) == offsetof(struct cap, type) + 2 &&
                   offsetof(struct cap, quick) == offsetof(struct cap, type) + 1,
               "read as one");

_Static_assert(SYSCALL_null == 0 && SYSCALL_vas_switch == 1 && SYSCALL_thread_yield == 2 &&
                   SYSCALL_clock_read == 3,
               "the calls that do without the kernel lock are the first");

_Static_assert(SYSCALL_gate_return == SYSCALL_gate_call + 1, "the way into the kernel knows");
_Static_assert(offsetof(struct process, caps) == 0, "a process is known by its table");

#define OFFSET(name, type, member) CONSTANT(name, offsetof(type, member))

void offsets(void);

static void offsets_cpu(void)
{
    OFFSET(CPU_FRAME, struct cpu, frame);
    OFFSET(CPU_USER_RSP, struct cpu, user_rsp);
    OFFSET(CPU_STACK_TOP, struct cpu, stack_top);
    OFFSET(CPU_SWITCH_CAPS, struct cpu, switch_caps);
    OFFSET(CPU_CAPS, struct cpu, caps);
    OFFSET(CPU_VIEW, struct cpu, view);
    OFFSET(CPU_RESCHED, struct cpu, resched);
    OFFSET(CPU_ATTENTION, struct cpu, attention);
    OFFSET(CPU_WATCHED, struct cpu, watched);
    CONSTANT(WATCH_TRACE, WATCH_TRACE);
    OFFSET(CPU_LOCK_TAKEN, struct cpu, lock_taken);
    OFFSET(CPU_THREAD, struct cpu, thread);
    OFFSET(CPU_RUNQUEUE, struct cpu, runqueue);
    OFFSET(CPU_TAGS, struct cpu, tags);
    OFFSET(TAG_ID, struct tlb_tag, id);
    OFFSET(TAG_GENERATION, struct tlb_tag, generation);
    OFFSET(COUNTER_OF_SYSCALLS, struct cpu, counters[COUNTER_SYSCALLS]);
    OFFSET(COUNTER_OF_VIEW_SWITCHES, struct cpu, counters[COUNTER_VIEW_SWITCHES]);
}

static void offsets_frame(void)
{
    CONSTANT(FRAME_BYTES, sizeof(struct trap_frame));
    CONSTANT(TRAP_SYSCALL, TRAP_SYSCALL);
    CONSTANT(TRAP_REPEAT, TRAP_REPEAT);
    CONSTANT(TRAP_MESSAGE, TRAP_MESSAGE);
    CONSTANT(SYSCALL_BYTES, SYSCALL_BYTES);
    OFFSET(FRAME_R15, struct trap_frame, r15);
    OFFSET(FRAME_R14, struct trap_frame, r14);
    OFFSET(FRAME_R13, struct trap_frame, r13);
    OFFSET(FRAME_R12, struct trap_frame, r12);
    OFFSET(FRAME_RBP, struct trap_frame, rbp);
    OFFSET(FRAME_RBX, struct trap_frame, rbx);
    OFFSET(FRAME_RAX, struct trap_frame, rax);
    OFFSET(FRAME_RDX, struct trap_frame, rdx);
    OFFSET(FRAME_RSI, struct trap_frame, rsi);
    OFFSET(FRAME_RDI, struct trap_frame, rdi);
    OFFSET(FRAME_R8, struct trap_frame, r8);
    OFFSET(FRAME_R9, struct trap_frame, r9);
    OFFSET(FRAME_R10, struct trap_frame, r10);
    OFFSET(FRAME_VECTOR, struct trap_frame, vector);
    OFFSET(FRAME_ERROR, struct trap_frame, error);
    OFFSET(FRAME_RIP, struct trap_frame, rip);
    OFFSET(FRAME_CS, struct trap_frame, cs);
    OFFSET(FRAME_RFLAGS, struct trap_frame, rflags);
    OFFSET(FRAME_RSP, struct trap_frame, rsp);
    OFFSET(FRAME_SS, struct trap_frame, ss);
}

static void offsets_objects(void)
{
    OFFSET(CAP_TABLE_PAGES, struct cap_table, pages);
    OFFSET(CAP_TABLE_NPAGES, struct cap_table, npages);
    OFFSET(CAP_HANDLE, struct cap, handle);
    OFFSET(CAP_OBJECT, struct cap, object);
    OFFSET(CAP_TYPE, struct cap, type);
    OFFSET(CAP_BADGE, struct cap, badge);
    OFFSET(CAP_QUICK, struct cap, quick);
    CONSTANT(GATE_CAP_QUICK, CAP_CALLS_GATE);
    CONSTANT(HANDLE_PAGE_SHIFT, HANDLE_PAGE_SHIFT);
    CONSTANT(HANDLE_SLOT_MASK, HANDLE_SLOT_MASK);
    CONSTANT(VIEW_CAP_TYPE_AND_RIGHTS, OBJECT_VIEW | VIEW_RIGHTS << 16);
    OFFSET(VIEW_MMU, struct view, mmu);
    OFFSET(VIEW_ID, struct view, mmu.id);
    OFFSET(VIEW_HOME_GENERATION, struct view, mmu.home_generation);
    OFFSET(VIEW_VAS_GENERATION, struct view, mmu.vas_generation);
    OFFSET(VIEW_CR3_KEEP, struct view, mmu.cr3_keep);
    OFFSET(VIEW_CR3_FLUSH, struct view, mmu.cr3_flush);
    OFFSET(VIEW_TAG_OFFSET, struct view, mmu.tag_offset);
}

static void offsets_gates(void)
{
    OFFSET(MMU_HOME_GENERATION, struct mmu_view, home_generation);
    OFFSET(MMU_VAS_GENERATION, struct mmu_view, vas_generation);
    OFFSET(MMU_ID, struct mmu_view, id);
    OFFSET(MMU_CR3_KEEP, struct mmu_view, cr3_keep);
    OFFSET(MMU_TAG_OFFSET, struct mmu_view, tag_offset);
    CONSTANT(MMU_PINS, offsetof(struct view, pins) - offsetof(struct view, mmu));
    CONSTANT(MMU_PROCESS, offsetof(struct view, process) - offsetof(struct view, mmu));
    OFFSET(GATE_FREE, struct gate, free);
    OFFSET(GATE_MMU, struct gate, mmu);
    OFFSET(GATE_CAPS, struct gate, caps);
    OFFSET(GATE_ENTRY, struct gate, entry);
    OFFSET(GATE_FRAME_NEXT, struct gate_frame, next);
    OFFSET(GATE_FRAME_LIST, struct gate_frame, list);
    OFFSET(GATE_FRAME_TOP, struct gate_frame, top);
    OFFSET(GATE_FRAME_TLS, struct gate_frame, tls);
    OFFSET(GATE_FRAME_THREAD, struct gate_frame, thread);
    OFFSET(GATE_FRAME_BELOW, struct gate_frame, below);
    OFFSET(GATE_FRAME_VIA, struct gate_frame, via);
    OFFSET(GATE_FRAME_MMU, struct gate_frame, mmu);
    OFFSET(GATE_FRAME_RIP, struct gate_frame, rip);
    OFFSET(GATE_FRAME_RSP, struct gate_frame, rsp);
    OFFSET(GATE_FRAME_FS_BASE, struct gate_frame, fs_base);
    OFFSET(THREAD_GATE, struct thread, gate);
    OFFSET(THREAD_GATES_LEFT, struct thread, gates_left);
    OFFSET(COUNTER_OF_GATE_CALLS, struct cpu, counters[COUNTER_GATE_CALLS]);
    CONSTANT(NUMBER_GATE_CALL, SYSCALL_gate_call);
    CONSTANT(NUMBER_GATE_RETURN, SYSCALL_gate_return);
    CONSTANT(RFLAGS_USER_START, RFLAGS_USER_START);
}

void offsets(void)
{
    offsets_cpu();
    offsets_frame();
    offsets_objects();
    offsets_gates();
    OFFSET(LOCK_NEXT, struct kernel_lock, next);
    OFFSET(LOCK_SERVING, struct kernel_lock, serving);
    OFFSET(THREAD_PRIORITY, struct thread, priority);
    OFFSET(RUNQUEUE_READY, struct runqueue, threads.ready);
    CONSTANT(NUMBER_VAS_SWITCH, SYSCALL_vas_switch);
    CONSTANT(NUMBER_THREAD_YIELD, SYSCALL_thread_yield);
    CONSTANT(NUMBER_CLOCK_READ, SYSCALL_clock_read);
    CONSTANT(SYSCALL_COUNT, SYSCALLS);
    CONSTANT(STATUS_OF_BAD_CALL, STATUS_BAD_CALL);
    CONSTANT(MSR_OF_GS_BASE, MSR_GS_BASE);
    CONSTANT(IMAGE_WINDOW, IMAGE_WINDOW);
    CONSTANT(SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_CODE);
    CONSTANT(SELECTOR_KERNEL_DATA, SELECTOR_KERNEL_DATA);
}
