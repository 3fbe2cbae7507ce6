"""Bugs that the oracle must find: (name, file, text, what takes its place). The text stands there
exactly once; the change is made in a copy of the file."""

ASK = "arch/x86_64/mmu/ask.c"
LOCK = "arch/x86_64/mmu/kernel_lock.c"
TLB = "arch/x86_64/mmu/tlb.c"
MMU_VIEW = "arch/x86_64/mmu/view.c"
ENTRY = "arch/x86_64/trap/entry.asm"
CAPS = "kernel/cap/table.c"
GATE = "kernel/obj/gate.c"
SCHED = "kernel/obj/sched.c"
MEMORY = "kernel/obj/seg_memory.c"
SEG = "kernel/obj/seg.c"
SPACE = "kernel/obj/space.c"
TABLES = "kernel/obj/space_tables.c"
VIEW = "kernel/obj/view.c"

BUGS = [
    # Tags.
    ("a tag is reused without a flush", MMU_VIEW,
     "likely(tag->id == v->id && tag->generation == generation)",
     "likely(tag->generation == generation)"),
    ("the switch does not look whose the tag is", ENTRY,
     "    cmp     [gs:r10 + CPU_TAGS + TAG_ID], rax\n    jne     .switch_slowly\n", ""),
    ("the record of a tag is renewed without a flush", MMU_VIEW,
     "    cpu_write_cr3(v->cr3_flush);\n", "    cpu_write_cr3(v->cr3_keep);\n"),
    ("the wrong tag is flushed", TLB,
     "v->tag_offset / sizeof(struct tlb_tag), VADDR(0)",
     "v->tag_offset / sizeof(struct tlb_tag) ^ 1, VADDR(0)"),
    ("a switch that came too late keeps what it remembers", ENTRY,
     "    mov     rax, [rdx + VIEW_CR3_FLUSH]\n    mov     cr3, rax\n", ""),
    # Generations.
    ("the generation is raised too late", TLB,
     "    raise(generation);\n    if (cpu_count > 1) {\n        remove_everywhere(range);\n",
     "    if (cpu_count > 1) {\n        remove_everywhere(range);\n        raise(generation);\n"),
    ("no second look at the generation", ENTRY,
     "    jne     .switch_too_late\n    inc     qword", "    inc     qword"),
    ("the home space is forgotten", VIEW,
     "&process->home.generation, &vas->space.generation",
     "&mmu_no_generation, &vas->space.generation"),
    ("a page is discarded for the first link only", MEMORY,
     "        tlb_batch_removed(batch, &link->space->generation, range);\n",
     "        tlb_batch_removed(batch, &link->space->generation, range);\n        break;\n"),
    ("a link is narrowed without a batch", SPACE, "    if (narrows)\n", "    if (false)\n"),
    # Order of stores.
    ("no fence between the generation and the views", TLB,
     "        __atomic_thread_fence(__ATOMIC_SEQ_CST);\n", ""),
    ("the view is published after it is loaded", ENTRY,
     "    mov     [gs:CPU_VIEW], r10          ; publish\n"
     "    mov     rax, [rdx + VIEW_CR3_KEEP]\n"
     "    mov     cr3, rax                    ;",
     "    mov     rax, [rdx + VIEW_CR3_KEEP]\n"
     "    mov     cr3, rax\n"
     "    mov     [gs:CPU_VIEW], r10          ;"),
    # Asking and answering.
    ("frames are freed before the answer", TLB,
     "    tlb_batch_apply(batch);\n    if (cpu_count > 1) {\n",
     "    tlb_batch_apply(batch);\n    free_frames(batch);\n    batch->first_frame = FRAME_END;\n"
     "    if (cpu_count > 1) {\n"),
    ("nobody waits for the answer", ASK,
     "    if (asked)\n        await_all();\n", "    (void)asked;\n"),
    ("the answer comes before the flush", ASK,
     "    if (asked & ASK_FLUSH)\n",
     "    __atomic_store_n(&cpu->asked, 0, __ATOMIC_RELEASE);\n    if (asked & ASK_FLUSH)\n"),
    ("only CPU 0 is asked to flush", ASK,
     "likely(mmu_view_is_current(view, cpu)) || cpu == self)",
     "likely(mmu_view_is_current(view, cpu)) || cpu == self || i > 0)"),
    ("who waits for the lock does not answer", LOCK, "        mmu_answer();\n", ""),
    ("one page too few is invalidated", TLB,
     "va < vrange_end(range); va += PAGE_SIZE", "va + PAGE_SIZE < vrange_end(range); va += PAGE_SIZE"),
    # Tables.
    ("the root of a second view is forgotten", TABLES,
     "                 pte_narrow(pte, view_access(view, space)));\n",
     "                 pte_narrow(pte, view_access(view, space)));\n        break;\n"),
    ("a view allows more than it should", TABLES,
     "pte_narrow(pte, view_access(view, space))", "pte_narrow(pte, ACCESS_ALL)"),
    ("tables are freed while a switch remembers them", TLB,
     "        if (batch->tables)\n            mmu_await_switches();\n", ""),
    ("a segment's tables are freed while a switch remembers them", SEG,
     "    if (seg->unsettled)\n        mmu_await_switches();\n", ""),
    # Lives.
    ("a view ends and nobody is asked", VIEW, "    sched_evict(view);\n", ""),
    ("only who stands in a view is asked when it ends", ASK,
     "(!may_switch && cpu->view != view)", "(may_switch, cpu->view != view)"),
    ("an evicted thread goes on as it is", SCHED,
     "        if (cpu != cpu_this() && cpu->thread != NULL && cpu->caps == &process->caps)\n"
     "            cpu->resched |= RESCHED_CHOOSE;\n", "        (void)cpu, (void)process;\n"),
    ("a recalled CPU returns to user code", SCHED,
     "    cpu->resched |= RESCHED_CHOOSE;\n    if (!mmu_view_is_kernel",
     "    if (!mmu_view_is_kernel"),
    ("a recalled CPU saves to a dead thread", SCHED,
     "        context_forget(cpu);\n        cpu->thread = NULL;\n        cpu->resched",
     "        cpu->thread = NULL;\n        cpu->resched"),
    ("a slot has its handle before its object", CAPS,
     "    cap->object = object;\n    cap->type = (uint8_t)object->type;\n    cap->rights = rights;\n",
     "    if (cap->generation != 0)\n"
     "        cap->handle = (handle_t)((uint64_t)cap->generation << HANDLE_GENERATION_SHIFT |\n"
     "                                 cap->badge);\n"
     "    cap->type = (uint8_t)object->type;\n    cap->rights = rights;\n    cap->object = object;\n"),
    # Gates.
    ("a gate's caller that is thrown back runs on elsewhere", GATE,
     "    if (thread->cpu->thread == thread)\n        sched_halt(thread->cpu);\n", ""),
    ("a gate's caller that is thrown back does not look around", GATE,
     "thread->epoch = EPOCH_PAST;", "thread->epoch = process->epoch;"),
    ("a gate returns to a view whose memory is not kept", GATE,
     "    view_pin(view);\n    set_frame(thread, frame);\n",
     "    view->pins += view->gone;\n    set_frame(thread, frame);\n"),
    ("a gate returns to a view that has gone", GATE,
     "view->gone || process_has_ended(view->process)", "process_has_ended(view->process)"),
    ("who is in a gate stays when its owner ends", "kernel/obj/process.c",
     "    else if (thread_gate(thread) != NULL && thread_process(thread) == process)\n"
     "        gate_throw_back(thread, thread_gate(thread), STATUS_ENDED);\n", ""),
]
