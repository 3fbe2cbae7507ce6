"""Bugs that the oracle must find: each is a change of one piece of text in one file, which must be
there exactly once. They are put into a copy of the file."""

TLB = "arch/x86_64/mmu/tlb.c"
ASK = "arch/x86_64/mmu/ask.c"
VIEW = "arch/x86_64/mmu/view.c"
ENTRY = "arch/x86_64/trap/entry.asm"
SPACE = "kernel/obj/space.c"
TABLES = "kernel/obj/space_tables.c"
MEMORY = "kernel/obj/seg_memory.c"
SEG = "kernel/obj/seg.c"
SCHED = "kernel/obj/sched.c"
OBJ_VIEW = "kernel/obj/view.c"
CAPS = "kernel/cap/table.c"

# (name, file, text, what takes its place)
BUGS = [
    # --- the eight that were asked for ---
    ("a tag reused without a flush", VIEW,
     "likely(tag->id == v->id && tag->generation == generation)",
     "likely(tag->generation == generation || tag->id != v->id)"),
    ("the generation raised too late", TLB,
     "    __atomic_store_n(generation, *generation + 1, __ATOMIC_RELEASE);\n", ""),
    ("freed before the acknowledgement", TLB,
     "    tlb_batch_apply(batch);\n    if (cpu_count > 1) {",
     "    tlb_batch_apply(batch);\n    free_frames(batch);\n    batch->first_frame = FRAME_END;\n"
     "    if (cpu_count > 1) {"),
    ("no second look at the generation", ENTRY,
     "    jne     .switch_slowly\n    inc     qword",
     "    inc     qword"),
    ("the root of a second view forgotten", TABLES,
     "                 pte_narrow(pte, view_access(view, space)));\n    }",
     "                 pte_narrow(pte, view_access(view, space)));\n        break;\n    }"),
    ("the wrong tag flushed", TLB,
     "v->tag_offset / sizeof(struct tlb_tag), VADDR(0)",
     "v->tag_offset / sizeof(struct tlb_tag) ^ 1, VADDR(0)"),
    ("the home space forgotten", ENTRY,
     "    sub     r9, [rsi]\n", "    sub     r9, [rsi]\n    mov     r9, [r8]\n"),
    ("a link removed in the first view only", MEMORY,
     "        tlb_batch_removed(batch, &link->space->generation, range);\n",
     "        tlb_batch_removed(batch, &link->space->generation, range);\n        break;\n"),
]
