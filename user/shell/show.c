/* What there is: processes, address spaces, segments, and who holds what. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/pool.h>
#include <vasco/process.h>
#include <vasco/syscalls.h>

#include "objects.h"
#include "shell.h"
#include "show.h"

/* --- processes -------------------------------------------------------------------------------- */

static uint64_t home_bytes(handle_t process)
{
    struct link_info link;
    uint64_t nbytes = 0;
    for (uint64_t i = 0; sys_link_info(process, i, (uintptr_t)&link) == STATUS_OK; i++)
        nbytes += link.resident;
    return nbytes;
}

void command_ps(int argc, char **argv)
{
    char size[24];
    char end[64];
    (void)argc;
    (void)argv;
    objects_find();
    printf("%8s  %-16s %7s %6s %6s %10s  %s\n", "ID", "NAME", "THREADS", "CAPS", "VIEWS", "HOME",
           "STATE");
    const struct item *item;
    for (size_t i = 0; (item = objects_next(&i, OBJECT_PROCESS)) != NULL;) {
        struct process_info info;
        if (process_info(item->handle, &info) < 0)
            continue;
        printf("%8" PRIu64 "  %-16.16s %7u %6" PRIu64 " %6" PRIu64 " %10s  %s\n", info.id,
               info.name, info.nthreads, info.ncaps, info.nviews,
               bytes_text(home_bytes(item->handle), size, sizeof(size)),
               info.reason == END_RUNNING ? "runs" : process_end_text(&info, end, sizeof(end)));
    }
    objects_forget();
}

/* --- address spaces --------------------------------------------------------------------------- */

void show_vases(void)
{
    objects_find();
    printf("%8s  %-16s %8s %6s %7s  %s\n", "ID", "NAME", "SEGMENTS", "VIEWS", "TABLES", "SIZE");
    const struct item *item;
    for (size_t i = 0; (item = objects_next(&i, OBJECT_VAS)) != NULL;) {
        struct vas_info info;
        struct link_info link;
        char size[24];
        uint64_t nbytes = 0;
        if (sys_vas_info(item->handle, (uintptr_t)&info) < 0)
            continue;
        for (uint64_t n = 0; sys_link_info(item->handle, n, (uintptr_t)&link) == STATUS_OK; n++)
            nbytes += link.nbytes;
        printf("%8" PRIu64 "  %-16.16s %8u %6u %7" PRIu64 "  %s\n", info.id, info.name, info.nlinks,
               info.nviews, info.ntables, bytes_text(nbytes, size, sizeof(size)));
    }
    objects_forget();
}

static int by_base(const void *a, const void *b)
{
    const struct link_info *first = a;
    const struct link_info *second = b;
    return (first->base > second->base) - (first->base < second->base);
}

static size_t links_of(handle_t vas, struct link_info **out)
{
    struct link_info *links = NULL;
    size_t n = 0;
    struct link_info link;
    while (sys_link_info(vas, n, (uintptr_t)&link) == STATUS_OK) {
        struct link_info *more = realloc(links, (n + 1) * sizeof(link));
        if (more == NULL)
            break;
        links = more;
        links[n++] = link;
    }
    if (n > 0)
        qsort(links, n, sizeof(links[0]), by_base);
    *out = links;
    return n;
}

#define BAR 24

/* How much of it there is: '#' for what is filled. */
static void draw_segment(const struct link_info *link)
{
    char bar[BAR + 1];
    char size[24];
    char filled[24];
    uint64_t parts = link->resident / (link->nbytes / BAR + 1);
    parts += link->resident > 0 && parts == 0;
    if (link->resident >= link->nbytes)
        parts = BAR;
    for (size_t i = 0; i < BAR; i++)
        bar[i] = i < parts ? '#' : '.';
    bar[BAR] = '\0';
    printf("%012" PRIx64 " |%s| %-16.16s %s %s\n", link->base, bar, link->seg_name,
           access_text(link->access), bytes_text(link->nbytes, size, sizeof(size)));
    printf("%12s |%*s| %-16s     %s filled\n", "", BAR, "", "",
           bytes_text(link->resident, filled, sizeof(filled)));
}

static void draw_gap(uint64_t from, uint64_t to)
{
    char size[24];
    if (to > from)
        printf("%012" PRIx64 " :%*s: %s free\n", from, BAR, "",
               bytes_text(to - from, size, sizeof(size)));
}

static void draw_line(void)
{
    printf("%12s +%.*s+\n", "", BAR, "--------------------------------");
}

void show_map(handle_t vas)
{
    struct link_info *links;
    size_t n = links_of(vas, &links);
    uint64_t at = VAS_BASE;
    for (size_t i = 0; i < n; i++) {
        draw_gap(at, links[i].base);
        draw_line();
        draw_segment(&links[i]);
        draw_line();
        at = links[i].base + links[i].nbytes;
    }
    draw_gap(at, VAS_END);
    free(links);
}

/* --- segments --------------------------------------------------------------------------------- */

void show_segs(void)
{
    objects_find();
    printf("%8s  %-16s %-14s %10s %10s %8s %5s\n", "ID", "NAME", "BASE", "SIZE", "FILLED", "PAGES",
           "LINKS");
    const struct item *item;
    for (size_t i = 0; (item = objects_next(&i, OBJECT_SEG)) != NULL;) {
        struct seg_info info;
        char size[24];
        char filled[24];
        char page[24];
        if (sys_seg_info(item->handle, (uintptr_t)&info) < 0)
            continue;
        printf("%8" PRIu64 "  %-16.16s %-14" PRIx64 " %10s %10s %8s %5u\n", info.id, info.name,
               info.base, bytes_text(info.nbytes, size, sizeof(size)),
               bytes_text(info.resident, filled, sizeof(filled)),
               bytes_text(info.page_bytes, page, sizeof(page)), info.nlinks);
    }
    objects_forget();
}

/* --- capabilities ----------------------------------------------------------------------------- */

/* The capability by which this shell looks, just now. */
static bool is_ours(const struct cap_entry *entry)
{
    for (size_t i = 0; i < objects_count(); i++) {
        const struct item *item = objects_at(i);
        if (item->handle == entry->handle && item->info.object == entry->object)
            return item->handle != item->pool;
    }
    return false;
}

static void show_entry(const struct cap_entry *entry)
{
    char holder[48];
    char rights[120];
    char start[160];
    int indent = 2 + 2 * (entry->depth < 12 ? entry->depth : 12);
    object_text(entry->holder, holder, sizeof(holder));
    const char *verb = entry->place == CAP_IN_LINK    ? "attached in "
                       : entry->place == CAP_IN_CLONE ? "cloned as "
                       : entry->type == OBJECT_VIEW   ? "view of "
                                                      : "";
    snprintf(start, sizeof(start), "%*s%s%s", indent, entry->depth > 0 ? "+ " : "", verb, holder);
    if (entry->badge != 0)
        printf("%s, badge %" PRIx64, start, entry->badge);
    else
        printf("%s", start);
    if (entry->place == CAP_IN_LINK)
        printf(": %s\n", access_text(entry->rights));
    else if (entry->place == CAP_IN_CLONE)
        printf("\n");
    else
        printf(": %s\n", rights_text(entry->type, entry->rights, rights, sizeof(rights)));
}

static void show_tree(const struct item *item)
{
    struct cap_entry entries[CAP_ENTRIES_READ_MAX];
    uint64_t first = 0;
    int64_t n;
    while ((n = pool_caps(item->pool, item->handle, first, entries, CAP_ENTRIES_READ_MAX)) > 0) {
        for (int64_t i = 0; i < n; i++) {
            if (!is_ours(&entries[i]))
                show_entry(&entries[i]);
        }
        first += (uint64_t)n;
    }
    if (n == STATUS_TOO_LARGE)
        printf("  ... and more\n");
    else if (n < 0)
        complain(item->info.name, n);
}

void command_cap(int argc, char **argv)
{
    (void)argc;
    objects_find();
    const struct item *item = objects_named(argv[1], OBJECT_NONE);
    if (item != NULL) {
        printf("%s %.16s (%" PRIu64 "), %u references\n", type_word(item->info.type),
               item->info.name, item->info.object, item->info.refs - 1);
        show_tree(item);
    }
    objects_forget();
}
