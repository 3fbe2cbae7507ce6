/*
 * A plugin for QEMU that follows the one CPU of the guest and feeds models of TLBs (core.h) with
 * what it does, while the guest says that it is being measured.
 *
 *     -plugin build/tlb/plugin.so,memory=BYTES,mark=ADDRESS,output=FILE
 *
 * `mark` is the address of the word by which a program says so (user/bench/trace.h): a 1 begins a
 * measured part, a 0 ends it. For each part one line for each kind of core is written, an object of
 * JSON with what was counted.
 *
 * QEMU itself has no PCID and its TLB is of another kind; of it only the instructions and the
 * addresses are taken. What a page is, the guest's own tables say (guest.h). That the right ones
 * are looked at is checked when data is accessed on another page than the last: QEMU must have gone
 * to the same physical address.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arch/phys.h>

#include "core.h"
#include "guest.h"
#include "qemu_plugin.h"

int qemu_plugin_version = QEMU_PLUGIN_VERSION;
char *machine_ram;

#define NO_PAGE UINT64_MAX

/* What is counted in a measured part whatever the core. */
struct counts {
    uint64_t accesses[CORE_USES];
    uint64_t root_loads;
    uint64_t invalidations; /* INVLPG: the cores are not told of them */
};

static struct {
    uint64_t mark;
    FILE *output;
    bool is_measuring;
    uint64_t last_load;            /* where the last load was from */
    paddr_t root;                  /* loaded now; 0: no view has been seen yet */
    uint64_t last_page[CORE_USES]; /* since then */
    struct counts counts;
    struct core *cores[CORE_TAGS_KINDS];
} plugin;

static _Noreturn void fail(const char *what, uint64_t va)
{
    fprintf(stderr, "tlb plugin: %s: 0x%" PRIx64 "\n", what, va);
    exit(EXIT_FAILURE);
}

/* --- the measured part ------------------------------------------------------------------------ */

static void begin_part(void)
{
    if (plugin.is_measuring)
        fail("a measured part begins in another", plugin.mark);
    if (plugin.root.v == 0)
        fail("no view was seen to be loaded before", plugin.mark);
    plugin.is_measuring = true;
    plugin.counts = (struct counts){0};
    for (int i = 0; i < CORE_TAGS_KINDS; i++)
        core_forget_counts(plugin.cores[i]);
}

static void write_uses(const char *name, const uint64_t counts[CORE_USES])
{
    fprintf(plugin.output,
            ",\"%s\":{\"fetch\":%" PRIu64 ",\"load\":%" PRIu64 ",\"store\":%" PRIu64 "}", name,
            counts[CORE_FETCH], counts[CORE_LOAD], counts[CORE_STORE]);
}

static void end_part(void)
{
    static const char *const names[CORE_TAGS_KINDS] = {"none", "four", "all"};
    if (!plugin.is_measuring)
        return;
    plugin.is_measuring = false;
    for (int i = 0; i < CORE_TAGS_KINDS; i++) {
        const struct core_counts *counts = core_counts(plugin.cores[i]);
        fprintf(plugin.output, "{\"tags\":\"%s\",\"invalidations\":%" PRIu64, names[i],
                plugin.counts.invalidations);
        fprintf(plugin.output, ",\"root_loads\":%" PRIu64, plugin.counts.root_loads);
        write_uses("accesses", plugin.counts.accesses);
        write_uses("first_misses", counts->first_misses);
        write_uses("second_misses", counts->second_misses);
        fprintf(plugin.output, "}\n");
    }
    fflush(plugin.output);
}

/* --- what the guest does ---------------------------------------------------------------------- */

/* Tells the cores, if this is not where the last access of this use was; true then, with the
 * address that the page tables say. */
static bool use_page(enum core_use use, uint64_t va, paddr_t *pa)
{
    struct core_page page;
    if (plugin.root.v == 0)
        return false;
    plugin.counts.accesses[use]++;
    if (plugin.last_page[use] == va / PAGE_SIZE)
        return false;
    plugin.last_page[use] = va / PAGE_SIZE;
    if (!guest_walk(plugin.root, va, &page, pa))
        fail("an access to what is not mapped", va);
    for (int i = 0; i < CORE_TAGS_KINDS; i++)
        core_access(plugin.cores[i], use, page);
    return true;
}

static void on_fetch(unsigned int cpu, void *data)
{
    paddr_t pa;
    (void)cpu;
    use_page(CORE_FETCH, (uint64_t)(uintptr_t)data, &pa);
}

static void on_mark(const struct qemu_plugin_hwaddr *address)
{
    const uint64_t *mark = paddr_to_ptr(PADDR(qemu_plugin_hwaddr_phys_addr(address)));
    if (*mark == 1)
        begin_part();
    else
        end_part();
}

static void check_address(const struct qemu_plugin_hwaddr *address, uint64_t va, paddr_t pa)
{
    if (!qemu_plugin_hwaddr_is_io(address) && qemu_plugin_hwaddr_phys_addr(address) != pa.v)
        fail("the tables say another address than QEMU uses", va);
}

static void on_access(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t va, void *data)
{
    (void)cpu;
    (void)data;
    bool is_store = qemu_plugin_mem_is_store(info);
    if (!is_store)
        plugin.last_load = va;
    else if (va == plugin.mark)
        on_mark(qemu_plugin_get_hwaddr(info, va));
    enum core_use use = is_store ? CORE_STORE : CORE_LOAD;
    uint64_t last = va + (UINT64_C(1) << qemu_plugin_mem_size_shift(info)) - 1;
    paddr_t pa;
    if (use_page(use, va, &pa))
        check_address(qemu_plugin_get_hwaddr(info, va), va, pa);
    if (last / PAGE_SIZE != va / PAGE_SIZE)
        use_page(use, last, &pa);
}

/* Called before it is executed, behind the load of its operand. */
static void on_root_load(unsigned int cpu, void *data)
{
    struct guest_load load;
    (void)cpu;
    if (!guest_load_of(plugin.last_load, &load)) {
        if (plugin.root.v != 0)
            fail("a write of CR3 that loads no view", (uint64_t)(uintptr_t)data);
        return;
    }
    plugin.root = load.root;
    plugin.counts.root_loads++;
    for (int i = 0; i < CORE_USES; i++)
        plugin.last_page[i] = NO_PAGE;
    for (int i = 0; i < CORE_TAGS_KINDS; i++)
        core_load_root(plugin.cores[i], load.tag, load.keep);
}

static void on_invalidation(unsigned int cpu, void *data)
{
    (void)cpu;
    (void)data;
    plugin.counts.invalidations++;
}

/* --- what QEMU translates --------------------------------------------------------------------- */

/* Is it 0F and `opcode`, with `reg` in its ModRM byte, behind a REX prefix or none? (SDM 2A 2.1) */
static bool is_instruction(const struct qemu_plugin_insn *insn, uint8_t opcode, uint8_t reg,
                           bool memory)
{
    const uint8_t *bytes = qemu_plugin_insn_data(insn);
    size_t nbytes = qemu_plugin_insn_size(insn);
    size_t prefix = nbytes > 0 && (bytes[0] & 0xf0) == 0x40;
    if (nbytes < prefix + 3 || bytes[prefix] != 0x0f || bytes[prefix + 1] != opcode)
        return false;
    uint8_t modrm = bytes[prefix + 2];
    return (modrm >> 3 & 7) == reg && (modrm >> 6 != 3) == memory;
}

static void watch_instruction(struct qemu_plugin_insn *insn)
{
    void *va = (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn);
    enum qemu_plugin_cb_flags none = QEMU_PLUGIN_CB_NO_REGS;
    qemu_plugin_register_vcpu_mem_cb(insn, on_access, none, QEMU_PLUGIN_MEM_RW, NULL);
    if (is_instruction(insn, 0x22, 3, false)) /* MOV CR3 */
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_root_load, none, va);
    if (is_instruction(insn, 0x01, 7, true)) /* INVLPG */
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_invalidation, none, NULL);
}

/* Where RAM is, from an instruction of the kernel's. */
static void find_ram(const struct qemu_plugin_insn *insn)
{
    uint64_t va = qemu_plugin_insn_vaddr(insn);
    char *here = qemu_plugin_insn_haddr(insn);
    if (machine_ram == NULL && va >= IMAGE_WINDOW && here != NULL)
        machine_ram = here - (va - IMAGE_WINDOW);
}

/* A block may be on two pages, and so may be an instruction: then there are two fetches. */
static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    uint64_t at = qemu_plugin_tb_vaddr(tb);
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_fetch, QEMU_PLUGIN_CB_NO_REGS,
                                         (void *)(uintptr_t)at);
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t last = qemu_plugin_insn_vaddr(insn) + qemu_plugin_insn_size(insn) - 1;
        if (last / PAGE_SIZE != at / PAGE_SIZE)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_fetch, QEMU_PLUGIN_CB_NO_REGS,
                                                   (void *)(uintptr_t)last);
        at = last;
        find_ram(insn);
        watch_instruction(insn);
    }
}

/* --- the start -------------------------------------------------------------------------------- */

static void take_option(const char *option)
{
    const char *value = strchr(option, '=');
    if (value == NULL)
        return;
    if (strncmp(option, "memory=", 7) == 0)
        guest_ram_bytes = strtoull(value + 1, NULL, 0);
    if (strncmp(option, "mark=", 5) == 0)
        plugin.mark = strtoull(value + 1, NULL, 0);
    if (strncmp(option, "output=", 7) == 0)
        plugin.output = fopen(value + 1, "w");
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++)
        take_option(argv[i]);
    if (guest_ram_bytes == 0 || plugin.mark == 0 || plugin.output == NULL) {
        fprintf(stderr, "tlb plugin: it wants memory=, mark= and output=\n");
        return -1;
    }
    for (int i = 0; i < CORE_TAGS_KINDS; i++) {
        plugin.cores[i] = core_create((enum core_tags)i);
        if (plugin.cores[i] == NULL)
            return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
