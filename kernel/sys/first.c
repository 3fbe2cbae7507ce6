/* Loading the first program: see first.h. */
#include "sys/first.h"

#include <arch/mmu.h>
#include <arch/phys.h>

#include "abi/objects.h"
#include "base/elf.h"
#include "base/string.h"
#include "base/ustar.h"
#include "obj/devices.h"
#include "obj/pool.h"
#include "obj/process.h"
#include "obj/seg.h"
#include "obj/thread.h"
#include "obj/view.h"

#define STACK_BYTES (256 * KIB)
#define STACK_BASE (HOME_END - 2 * MIB)
#define ARGUMENTS_MAX 32
#define WORDS_MAX 512

/* What lies at the top of init's stack segment; addresses in it are init's. */
struct first_stack {
    struct startup startup;
    uint64_t argv[ARGUMENTS_MAX + 1];
    uint64_t envp[1];
    char words[WORDS_MAX];
};
_Static_assert(sizeof(struct first_stack) % 16 == 0, "the stack below it stays aligned");

#define FIRST_STACK_ADDRESS (STACK_BASE + STACK_BYTES - sizeof(struct first_stack))

static const uint16_t all_rights = CAP_RIGHTS;

/* Links a segment to init's home, through a capability that init keeps. */
static status_t give_segment(struct process *init, struct seg *seg, uint64_t access, handle_t *out)
{
    TRY(cap_reserve(&init->caps));
    struct cap *cap = cap_insert(&init->caps, NULL, &seg->object, all_rights, 0);
    *out = cap->handle;
    return access == 0 ? STATUS_OK : space_link(&init->home, seg, cap, access);
}

static status_t load_part(struct process *init, const struct elf *elf, struct elf_program p)
{
    struct seg *seg;
    handle_t handle;
    uint64_t base = align_down(p.vaddr, level_bytes(2));
    uint64_t access = ACCESS_READ | (p.flags & ELF_WRITE ? ACCESS_WRITE : 0) |
                      (p.flags & ELF_EXECUTE ? ACCESS_EXECUTE : 0);
    const char *word = p.flags & ELF_EXECUTE ? "init text"
                       : p.flags & ELF_WRITE ? "init data"
                                             : "init rodata";
    struct seg_spec spec = {name_from_string(word), base, p.vaddr - base + p.memory_bytes, 0};
    TRY(seg_create(init->object.pool, spec, &seg));
    seg_write(seg, p.vaddr - base, elf->bytes + p.offset, p.file_bytes);
    return give_segment(init, seg, access, &handle);
}

static status_t load_elf(struct process *init, const struct elf *elf)
{
    for (uint32_t i = 0; i < elf->nprograms; i++) {
        struct elf_program p = elf_program(elf, i);
        if (p.type == ELF_LOAD && p.memory_bytes > 0)
            TRY(load_part(init, elf, p));
    }
    return STATUS_OK;
}

/* Splits "init" and the words of the command line into argv. */
static void fill_arguments(struct first_stack *stack, const char *words)
{
    uint64_t base = FIRST_STACK_ADDRESS + offsetof(struct first_stack, words);
    uint64_t at = sizeof("init");
    uint64_t argc = 0;
    memcpy(stack->words, "init", at);
    stack->argv[argc++] = base;
    while (*words != '\0' && argc < ARGUMENTS_MAX) {
        while (*words == ' ')
            words++;
        uint64_t start = at;
        while (*words != '\0' && *words != ' ' && at < WORDS_MAX - 1)
            stack->words[at++] = *words++;
        if (at == start)
            break;
        stack->argv[argc++] = base + start;
        stack->words[at++] = '\0';
    }
    stack->startup.argc = argc;
}

static void add_cap(struct startup *startup, const char *name, handle_t handle)
{
    struct startup_cap *cap = &startup->caps[startup->ncaps++];
    memcpy(cap->name, name_from_string(name).text, NAME_BYTES);
    cap->handle = handle;
}

static status_t give_device(struct process *init, struct startup *startup, struct object *device)
{
    TRY(cap_reserve(&init->caps));
    add_cap(startup, device->name.text,
            cap_insert(&init->caps, NULL, device, all_rights, 0)->handle);
    return STATUS_OK;
}

static status_t give_archive(struct process *init, struct startup *startup, struct first_spec spec)
{
    struct seg *seg;
    handle_t handle;
    struct seg_spec seg_spec = {name_from_string("archive"), ARCHIVE_BASE, spec.archive_bytes, 0};
    TRY(seg_create_borrowed(init->object.pool, seg_spec, spec.archive, &seg));
    TRY(give_segment(init, seg, 0, &handle));
    add_cap(startup, "archive", handle);
    startup->archive_bytes = spec.archive_bytes;
    return STATUS_OK;
}

static status_t make_stack(struct process *init, struct first_spec spec)
{
    static struct first_stack stack;
    struct seg *seg;
    handle_t handle;
    struct seg_spec seg_spec = {name_from_string("init stack"), STACK_BASE, STACK_BYTES, 0};
    stack.startup.magic = STARTUP_MAGIC;
    stack.startup.argv = FIRST_STACK_ADDRESS + offsetof(struct first_stack, argv);
    stack.startup.envp = FIRST_STACK_ADDRESS + offsetof(struct first_stack, envp);
    fill_arguments(&stack, spec.words);
    TRY(give_device(init, &stack.startup, &console_object));
    TRY(give_device(init, &stack.startup, &system_object));
    TRY(give_device(init, &stack.startup, &pool_root.object));
    TRY(give_archive(init, &stack.startup, spec));
    TRY(seg_create(init->object.pool, seg_spec, &seg));
    seg_write(seg, STACK_BYTES - sizeof(stack), &stack, sizeof(stack));
    return give_segment(init, seg, ACCESS_READ | ACCESS_WRITE, &handle);
}

status_t first_program(struct first_spec spec)
{
    struct file file;
    struct elf elf;
    struct process *init;
    struct thread *thread;
    TRY(ustar_find(paddr_to_ptr(spec.archive), spec.archive_bytes, "bin/init", &file));
    TRY(elf_open(file.bytes, file.nbytes, &elf));
    TRY(process_create(&pool_root.pool, name_from_string("init"), &init));
    TRY(load_elf(init, &elf));
    TRY(make_stack(init, spec));
    struct thread_spec start = {
        .entry = elf.entry,
        .stack = FIRST_STACK_ADDRESS,
        .argument = FIRST_STACK_ADDRESS,
        .priority = PRIORITY_DEFAULT,
    };
    return thread_create(init, start, &thread);
}
