/*
 * CPU features: what CPUID says (SDM 2A, CPUID), what the boot options leave, and the control
 * registers that follow from it.
 *
 * Control registers are written whole: what the firmware left in them does not matter.
 */
#include "cpu/features.h"

#include "base/format.h"
#include "base/log.h"
#include "base/option.h"
#include "base/string.h"
#include "cpu/instr.h"
#include "cpu/registers.h"

#define FXSAVE_BYTES 512
#define XSAVE_HEADER_END 576
#define VECTOR_BYTES_MAX 3072

uint64_t features_in_use;
static uint64_t vector_components; /* XCR0 */
static uint64_t vector_bytes = FXSAVE_BYTES;

enum cpuid_register {
    EAX,
    EBX,
    ECX,
    EDX
};

/* Where CPUID tells of a feature, and what it is of no use without. */
static const struct {
    const char *name;
    const char *word;
    const char *without;
    uint32_t leaf, subleaf;
    enum cpuid_register reg;
    uint32_t bit;
    uint64_t needs; /* set of features */
    uint64_t cr4;   /* the bit that switches it on */
} table[FEATURES] = {
#define FEATURE(id, feature_word, loss)                                                            \
    [FEATURE_##id] = {.name = #id, .word = feature_word, .without = loss, FIND_##id},
#define FIND(l, s, r, b) .leaf = (l), .subleaf = (s), .reg = (r), .bit = (b)
#define FIND_NX FIND(0x80000001, 0, EDX, 20)
#define FIND_SMEP FIND(7, 0, EBX, 7), .cr4 = CR4_SMEP
#define FIND_SMAP FIND(7, 0, EBX, 20), .cr4 = CR4_SMAP
#define FIND_UMIP FIND(7, 0, ECX, 2), .cr4 = CR4_UMIP
#define FIND_PGE FIND(1, 0, EDX, 13), .cr4 = CR4_PGE
#define FIND_PCID FIND(1, 0, ECX, 17), .cr4 = CR4_PCIDE
#define FIND_INVPCID FIND(7, 0, EBX, 10), .needs = (uint64_t)1 << FEATURE_PCID
#define FIND_FSGSBASE FIND(7, 0, EBX, 0), .cr4 = CR4_FSGSBASE
#define FIND_XSAVE FIND(1, 0, ECX, 26), .cr4 = CR4_OSXSAVE
#define FIND_XSAVEOPT FIND(0xd, 1, EAX, 0), .needs = (uint64_t)1 << FEATURE_XSAVE
#define FIND_PAGES_1G FIND(0x80000001, 0, EDX, 26)
#define FIND_INVARIANT_TSC FIND(0x80000007, 0, EDX, 8)
#define FIND_RDTSCP FIND(0x80000001, 0, EDX, 27)
#define FIND_X2APIC FIND(1, 0, ECX, 21)
#include "abi/features.def"
#undef FEATURE
};

/* A leaf that the CPU does not have answers with the highest one's data; here it is all zero. */
static struct cpuid leaf_read(uint32_t leaf, uint32_t subleaf)
{
    uint32_t highest = cpu_id(leaf & 0x80000000, 0).eax;
    return leaf <= highest ? cpu_id(leaf, subleaf) : (struct cpuid){0};
}

static bool feature_is_present(enum feature f)
{
    struct cpuid r = leaf_read(table[f].leaf, table[f].subleaf);
    const uint32_t words[] = {[EAX] = r.eax, [EBX] = r.ebx, [ECX] = r.ecx, [EDX] = r.edx};
    return (words[table[f].reg] >> table[f].bit & 1) != 0;
}

static bool feature_is_refused(enum feature f, const char *cmdline)
{
    char option[24] = "no";
    size_t n = strlen(table[f].name);
    for (size_t i = 0; i <= n && i + 3 < sizeof(option); i++) {
        char c = table[f].name[i];
        option[i + 2] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return option_find(cmdline, option, NULL, 0);
}

static uint64_t features_find(const char *cmdline)
{
    uint64_t found = 0;
    for (enum feature f = 0; f < FEATURES; f++) {
        bool usable = (table[f].needs & ~found) == 0;
        if (usable && feature_is_present(f) && !feature_is_refused(f, cmdline))
            found |= (uint64_t)1 << f;
    }
    return found;
}

/* Bytes of the standard format up to the end of these components (SDM 1 13.4.3, 13.5). */
static uint64_t components_bytes(uint64_t components)
{
    uint64_t end = XSAVE_HEADER_END;
    for (uint32_t i = 2; i < 63; i++) {
        if (!(components >> i & 1))
            continue;
        struct cpuid r = cpu_id(0xd, i);
        end = max_u64(end, (uint64_t)r.ebx + r.eax);
    }
    return end;
}

/* XCR0: x87 and SSE, then AVX, then AVX-512, as far as the CPU has them and the area holds them. */
static void vectors_choose(void)
{
    if (!feature_used(FEATURE_XSAVE))
        return;
    struct cpuid r = cpu_id(0xd, 0);
    uint64_t supported = (uint64_t)r.edx << 32 | r.eax;
    static const uint64_t steps[] = {XCR0_AVX, XCR0_AVX512};
    vector_components = XCR0_X87 | XCR0_SSE;
    for (size_t i = 0; i < array_count(steps); i++) {
        uint64_t more = vector_components | steps[i];
        if ((supported & more) != more || components_bytes(more) > VECTOR_BYTES_MAX)
            break;
        vector_components = more;
    }
    vector_bytes = components_bytes(vector_components);
}

bool features_are_here(void)
{
    for (enum feature f = 0; f < FEATURES; f++) {
        if (feature_used(f) && !feature_is_present(f))
            return false;
    }
    return true;
}

uint64_t features_vector_bytes(void)
{
    return vector_bytes;
}

/* SDM 3A 12.12.2. As after reset, but that entry 1, which is chosen by PTE_WRITE_THROUGH alone, is
 * write-combining. Every CPU that can run 64-bit code has the register. */
#define PAT_BACK ((uint64_t)6)
#define PAT_COMBINING ((uint64_t)1)
#define PAT_UNCACHED_WEAK ((uint64_t)7)
#define PAT_UNCACHED ((uint64_t)0)
#define PAT_HALF (PAT_BACK | PAT_COMBINING << 8 | PAT_UNCACHED_WEAK << 16 | PAT_UNCACHED << 24)

void features_set_caching(void)
{
    cpu_write_msr(MSR_PAT, PAT_HALF | PAT_HALF << 32);
}

void features_enable(void)
{
    uint64_t cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    if (leaf_read(1, 0).edx >> 7 & 1)
        cr4 |= CR4_MCE;
    for (enum feature f = 0; f < FEATURES; f++)
        cr4 |= feature_used(f) ? table[f].cr4 : 0;
    features_set_caching();
    cpu_write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
    cpu_write_cr4(cr4);
    uint64_t efer = cpu_read_msr(MSR_EFER) & ~(EFER_SCE | EFER_NXE);
    cpu_write_msr(MSR_EFER, efer | EFER_SCE | (feature_used(FEATURE_NX) ? EFER_NXE : 0));
    if (feature_used(FEATURE_XSAVE))
        cpu_write_xcr0(vector_components);
}

/* The CPU's own name for itself: 48 characters in three leaves. */
static void log_brand(void)
{
    struct cpuid brand[4] = {{0}};
    for (uint32_t i = 0; i < 3; i++)
        brand[i] = leaf_read(0x80000002 + i, 0);
    const char *name = (const char *)brand;
    while (*name == ' ')
        name++;
    log_line("cpu", "%s", *name != '\0' ? name : "a CPU without a name");
}

#define LOG_COLUMNS 80

/* In as many lines as it takes. */
static void log_used(void)
{
    size_t column = 0; /* no line has begun */
    for (enum feature f = 0; f < FEATURES; f++) {
        if (!feature_used(f))
            continue;
        size_t length = strlen(table[f].word) + 2; /* with ", " */
        if (column == 0 || column + length > LOG_COLUMNS) {
            log_text("%s[cpu] in use: %s", column > 0 ? "\n" : "", table[f].word);
            column = strlen("[cpu] in use: ");
        } else {
            log_text(", %s", table[f].word);
        }
        column += length;
    }
    log_text("\n");
}

static void log_features(void)
{
    log_used();
    for (enum feature f = 0; f < FEATURES; f++) {
        if (!feature_used(f))
            log_line("cpu", "no %s%s: %s", table[f].word,
                     feature_is_present(f) ? " (switched off)" : "", table[f].without);
    }
}

void features_init(const char *cmdline)
{
    features_in_use = features_find(cmdline);
    vectors_choose();
    features_enable();
    log_brand();
    log_features();
    log_line("cpu", "vector registers: %lu bytes a thread, XCR0 0x%lx", vector_bytes,
             vector_components);
}
