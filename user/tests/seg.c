/* Segments by themselves: shape, contents, life. */
#include <string.h>

#include "kit.h"
#include "test.h"

void test_seg_info_tells_what_was_asked_for(void)
{
    handle_t seg = sys_seg_create(NAME("sixteen letters!"), PLACE_A, 3 * PAGE_BYTES, SEG_EAGER, 0);
    struct seg_info info = kit_seg_info(seg);
    check(info.id != 0);
    check(memcmp(info.name, "sixteen letters!", NAME_BYTES) == 0);
    check_eq(info.base, PLACE_A);
    check_eq(info.nbytes, 3 * PAGE_BYTES);
    check_eq(info.extent, 2 * MIB);
    check_eq(info.page_bytes, PAGE_BYTES);
    check_eq(info.resident, 3 * PAGE_BYTES);
    check_eq(info.flags, SEG_EAGER);
    check_eq(info.nlinks, 0);
    kit_drop(seg);
}

void test_seg_ids_are_never_reused(void)
{
    handle_t first = kit_seg(PAGE_BYTES, 0);
    uint64_t id = kit_seg_info(first).id;
    kit_drop(first);
    handle_t second = kit_seg(PAGE_BYTES, 0);
    check(kit_seg_info(second).id > id);
    kit_drop(second);
}

void test_seg_bases_are_unique(void)
{
    const uint64_t sizes[] = {PAGE_BYTES, 2 * MIB, 2 * MIB + 1, 5 * MIB, 32 * MIB, PAGE_BYTES};
    enum {
        SEGS = sizeof(sizes) / sizeof(sizes[0])
    };
    handle_t segs[SEGS];
    struct seg_info infos[SEGS];
    for (size_t i = 0; i < SEGS; i++) {
        segs[i] = kit_seg(sizes[i], 0);
        infos[i] = kit_seg_info(segs[i]);
        check(infos[i].base >= VAS_BASE);
        check(infos[i].base + infos[i].extent <= VAS_END);
        check_eq(infos[i].base % (2 * MIB), 0);
        for (size_t j = 0; j < i; j++)
            check(infos[i].base >= infos[j].base + infos[j].extent ||
                  infos[j].base >= infos[i].base + infos[i].extent);
    }
    for (size_t i = 0; i < SEGS; i++)
        kit_drop(segs[i]);
}

void test_seg_base_is_not_given_again(void)
{
    handle_t first = kit_seg(PAGE_BYTES, 0);
    uint64_t base = kit_seg_info(first).base;
    kit_drop(first);
    handle_t second = kit_seg(PAGE_BYTES, 0);
    check(kit_seg_info(second).base != base);
    kit_drop(second);
}

/* The granule by which a segment is linked, at the edges of each size. */
void test_seg_extent_follows_size(void)
{
    const struct {
        uint64_t nbytes, extent;
    } shapes[] = {{1, 2 * MIB},
                  {2 * MIB, 2 * MIB},
                  {2 * MIB + 1, 4 * MIB},
                  {32 * MIB, 32 * MIB},
                  {32 * MIB + 1, 1 * GIB}};
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        handle_t seg = kit_seg(shapes[i].nbytes, 0);
        check_eq(kit_seg_info(seg).nbytes, shapes[i].nbytes);
        check_eq(kit_seg_info(seg).extent, shapes[i].extent);
        kit_drop(seg);
    }
}

void test_seg_explicit_base_can_be_shared_by_many(void)
{
    handle_t a = kit_seg_at(PLACE_A, PAGE_BYTES), b = kit_seg_at(PLACE_A, PAGE_BYTES);
    check_eq(kit_seg_info(a).base, PLACE_A);
    check_eq(kit_seg_info(b).base, PLACE_A);
    kit_poke(a, 0, 1);
    kit_poke(b, 0, 2);
    check_eq(kit_peek(a, 0), 1);
    check_eq(kit_peek(b, 0), 2);
    kit_drop_all(a, b);
}

void test_seg_read_gives_back_what_write_took(void)
{
    static uint8_t out[3 * PAGE_BYTES], in[3 * PAGE_BYTES];
    handle_t seg = kit_seg(4 * PAGE_BYTES, 0);
    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (uint8_t)(i * 31 + (i >> 8));
    check_eq(sys_seg_write(seg, 100, (uintptr_t)out, sizeof(out)), sizeof(out));
    check_eq(sys_seg_read(seg, 100, (uintptr_t)in, sizeof(in)), sizeof(in));
    check(memcmp(in, out, sizeof(in)) == 0);
    check_eq(sys_seg_read(seg, 0, (uintptr_t)in, 101), 101);
    for (size_t i = 0; i < 100; i++)
        check_eq(in[i], 0);
    check_eq(in[100], out[0]);
    kit_drop(seg);
}

void test_seg_page_is_filled_when_first_touched(void)
{
    handle_t seg = kit_seg(64 * PAGE_BYTES, 0);
    check_eq(kit_seg_info(seg).resident, 0);
    kit_poke(seg, 7 * PAGE_BYTES, 1);
    check_eq(kit_seg_info(seg).resident, PAGE_BYTES);
    kit_poke(seg, 7 * PAGE_BYTES + 8, 1);
    check_eq(kit_seg_info(seg).resident, PAGE_BYTES);
    kit_poke(seg, 63 * PAGE_BYTES, 1);
    check_eq(kit_seg_info(seg).resident, 2 * PAGE_BYTES);
    kit_drop(seg);
}

void test_seg_memory_is_promised_at_creation(void)
{
    uint64_t before = kit_system_info().charged_frames;
    handle_t seg = kit_seg(8 * MIB, 0);
    uint64_t after = kit_system_info().charged_frames;
    check(after - before >= 8 * MIB / PAGE_BYTES);
    check(after - before <= 8 * MIB / PAGE_BYTES + 16);
    kit_poke(seg, 5 * MIB, 1);
    check_eq(kit_system_info().charged_frames, after);
    kit_drop(seg);
    check_eq(kit_system_info().charged_frames, before);
}

static bool page_is_zero(handle_t seg, uint64_t offset)
{
    static uint64_t page[PAGE_BYTES / 8];
    uint64_t any = 0;
    check_eq(sys_seg_read(seg, offset, (uintptr_t)page, PAGE_BYTES), PAGE_BYTES);
    for (size_t i = 0; i < PAGE_BYTES / 8; i++)
        any |= page[i];
    return any == 0;
}

/* More than a few frames are dirtied, freed and taken again. */
void test_seg_memory_is_zero_when_reused(void)
{
    static uint64_t dirt[PAGE_BYTES / 8];
    const uint64_t npages = test_scaled(512);
    memset(dirt, 0xa5, sizeof(dirt));
    handle_t dirty = kit_seg(npages * PAGE_BYTES, 0);
    for (uint64_t i = 0; i < npages; i++)
        check_eq(sys_seg_write(dirty, i * PAGE_BYTES, (uintptr_t)dirt, PAGE_BYTES), PAGE_BYTES);
    kit_drop(dirty);
    handle_t lazy = kit_seg(npages * PAGE_BYTES, 0);
    handle_t eager = kit_seg(npages * PAGE_BYTES, SEG_EAGER);
    for (uint64_t i = 0; i < npages; i++) {
        check(page_is_zero(lazy, i * PAGE_BYTES));
        check(page_is_zero(eager, i * PAGE_BYTES));
    }
    kit_drop_all(lazy, eager);
}

/* Segments of each link level are written at both ends through a view. */
void test_seg_of_each_size_holds_data(void)
{
    const uint64_t sizes[] = {PAGE_BYTES, 2 * MIB,   2 * MIB + PAGE_BYTES, 32 * MIB, 33 * MIB,
                              64 * MIB,   256 * MIB, 1 * GIB + PAGE_BYTES, 3 * GIB};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        handle_t seg = kit_seg(sizes[i], 0), vas = kit_vas();
        if (seg == STATUS_NO_MEMORY) {
            kit_drop(vas);
            break;
        }
        handle_t view = kit_view(vas, ACCESS_DATA);
        uint64_t base = kit_seg_info(seg).base;
        check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
        require_eq(sys_vas_switch(view), STATUS_OK);
        for (uint64_t at = 0; at < sizes[i]; at += sizes[i] / 4) {
            check_eq(*kit_word(base + at), 0);
            *kit_word(base + at) = at + 1;
        }
        *kit_word(base + sizes[i] - 8) = 99;
        check_eq(sys_vas_switch(HANDLE_HOME), STATUS_OK);
        check_eq(kit_peek(seg, sizes[i] - 8), 99);
        check_eq(kit_peek(seg, 0), 1);
        check_eq(sys_vas_detach(view), STATUS_OK);
        kit_drop_all(seg, vas);
    }
}

/* Half of what is free now, in one lazily filled segment, touched here and there. */
void test_seg_can_be_as_large_as_memory(void)
{
    struct system_info system = kit_system_info();
    uint64_t nbytes = (system.total_frames - system.charged_frames) / 2 * PAGE_BYTES;
    uint64_t step = nbytes / 64 & ~(uint64_t)7;
    handle_t seg = kit_seg(nbytes, 0);
    require(seg > 0);
    for (uint64_t at = 0; at + 8 <= nbytes; at += step) {
        check_eq(kit_peek(seg, at), 0);
        kit_poke(seg, at, at);
    }
    for (uint64_t at = 0; at + 8 <= nbytes; at += step)
        check_eq(kit_peek(seg, at), at);
    kit_drop(seg);
}
