/*
 * The TLBs of one CPU core, as a model that counts misses. It is fed page by page with what a
 * program fetches, loads and stores (plugin.c), and with the loads of CR3 in between.
 *
 *                 fetch            load             store
 *   4 KiB     256, 8 ways      96, 6 ways      16, fully          first level
 *   2 MiB      32, 8 ways      32, 4 ways      associative,
 *   1 GiB     (as 2 MiB)        8, 8 ways      all sizes
 *             --------------------------------------------
 *                       2,048, 16 ways                            second level
 *                4 KiB: all ways; 2 MiB: the first 8; 1 GiB: the last 8
 *
 * The sizes are those of Intel's Golden Cove, and of the second level the rules for large pages
 * are Ice Lake's (Intel 64 and IA-32 Architectures Optimization Reference Manual, "Golden Cove"
 * and "Ice Lake Client Microarchitecture"; Hennessy and Patterson, Computer Architecture, 7th
 * edition, the i9 12900). Within a set the entry goes that was used longest ago. How the levels
 * work together and which set of the second level a page is in (bits 0 to 6 of its number XOR bits
 * 7 to 13) was measured on earlier cores of Intel's: Tatar and others, "TLB;DR", USENIX Security
 * 2022. What misses the first level is looked for in the second and put into the first; what
 * misses both is put into both; what the second level drops may stay in the first.
 *
 * Global entries are found from any view; the others only under the tag that was loaded when they
 * were put in.
 */
#ifndef VASCO_TESTS_TLB_CORE_H
#define VASCO_TESTS_TLB_CORE_H

#include <stdbool.h>
#include <stdint.h>

enum core_use {
    CORE_FETCH,
    CORE_LOAD,
    CORE_STORE,
    CORE_USES,
};

#define CORE_PAGE_SIZES 3

/* What the page tables say of an address. Sizes are numbered as their level in the tables is: 1 for
 * 4 KiB, 2 for 2 MiB, 3 for 1 GiB. */
struct core_page {
    uint64_t va; /* any address in it */
    int level;
    bool global;
};

/* How many tags such a core keeps apart. */
enum core_tags {
    CORE_TAGS_NONE, /* no PCID: each load of CR3 drops all but what is global */
    CORE_TAGS_FOUR, /* as measured (TLB;DR, 4.5): a load of CR3 drops from the first level all but
                     * what is global; the second keeps the four tags that were loaded last */
    CORE_TAGS_ALL,  /* as SDM 3A 4.10.1 lets it be */
    CORE_TAGS_KINDS,
};

struct core_counts {
    uint64_t first_misses[CORE_USES];
    uint64_t second_misses[CORE_USES]; /* each is a walk of the page tables */
};

struct core;

/* Null if there is no memory. */
struct core *core_create(enum core_tags tags);
void core_destroy(struct core *core);

/* One access to a page, by the tag that was loaded last. Another one to the page of the last access
 * of this use changes nothing if no root was loaded in between, and need not be told. */
void core_access(struct core *core, enum core_use use, struct core_page page);

/* CR3 is loaded, with this tag; `keep` is its bit 63: what the tag has stays (SDM 3A 4.10.4.1). */
void core_load_root(struct core *core, uint32_t tag, bool keep);

/* What was counted since the core was created, or since core_forget_counts. */
const struct core_counts *core_counts(const struct core *core);
void core_forget_counts(struct core *core);

#endif
