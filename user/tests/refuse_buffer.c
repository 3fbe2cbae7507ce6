/* Buffers that are not the caller's to read or to write, for every call that takes one. */
#include <inttypes.h>
#include <string.h>

#include "abi/syscalls.h"
#include "objects.h"
#include "test.h"

/* A call with a buffer: which argument, how long, and whether the kernel writes to it. */
struct buffer_use {
    const char *name;
    uint64_t number;
    unsigned int position;
    uint64_t nbytes;
    bool is_written;
    uint64_t arguments[6];
};

#define BUFFER_USES 14

static void buffer_uses_make(struct buffer_use uses[BUFFER_USES], const struct objects *objects)
{
    const handle_t *of = objects->of;
    const uint64_t seg = (uint64_t)of[OBJECT_SEG];
    const struct buffer_use all[BUFFER_USES] = {
#define OUT(call, at, nbytes, ...)                                                                 \
    {                                                                                              \
#call, SYSCALL_##call, at, nbytes, true,                                                   \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define IN(call, at, nbytes, ...)                                                                  \
    {                                                                                              \
#call, SYSCALL_##call, at, nbytes, false,                                                  \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
        OUT(thread_info, 1, sizeof(struct thread_info), (uint64_t)of[OBJECT_THREAD]),
        OUT(thread_info, 1, sizeof(struct thread_info), 0),
        OUT(process_info, 1, sizeof(struct process_info), (uint64_t)of[OBJECT_PROCESS]),
        OUT(vas_info, 1, sizeof(struct vas_info), (uint64_t)of[OBJECT_VAS]),
        OUT(seg_info, 1, sizeof(struct seg_info), seg),
        OUT(cap_info, 1, sizeof(struct cap_info), seg),
        OUT(link_info, 2, sizeof(struct link_info), seg, 0),
        OUT(system_info, 0, sizeof(struct system_info), 0),
        OUT(system_counters, 0, COUNTERS * 8, 0, COUNTERS),
        OUT(system_trace_read, 3, sizeof(struct trace_event), (uint64_t)of[OBJECT_SYSTEM], 0, 0, 0,
            1),
        OUT(pool_caps, 3, sizeof(struct cap_entry), (uint64_t)of[OBJECT_POOL],
            (uint64_t)of[OBJECT_POOL], 0, 0, 1),
        OUT(seg_read, 2, 64, seg, 0, 0, 64),
        IN(seg_write, 2, 64, seg, 0, 0, 64),
        IN(console_write, 1, 64, (uint64_t)of[OBJECT_CONSOLE], 0, 64),
#undef OUT
#undef IN
    };
    memcpy(uses, all, sizeof(all));
}

static int64_t buffer_call(const struct buffer_use *use, uint64_t address)
{
    uint64_t arguments[6];
    memcpy(arguments, use->arguments, sizeof(arguments));
    arguments[use->position] = address;
    return kit_call(use->number, arguments);
}

/* Tries one bad address with every call that accesses its buffer so. */
static void buffer_check_refused(const struct objects *objects, uint64_t address, bool only_writes)
{
    struct buffer_use uses[BUFFER_USES];
    struct snapshot before, after;
    buffer_uses_make(uses, objects);
    for (size_t i = 0; i < BUFFER_USES; i++) {
        if (only_writes && !uses[i].is_written)
            continue;
        snapshot_take(&before, objects);
        int64_t result = buffer_call(&uses[i], address);
        snapshot_take(&after, objects);
        bool same = snapshot_is_same(&before, &after);
        if (!check_eq(result, STATUS_BAD_ADDRESS) || !check(same))
            test_note("by %s to 0x%" PRIx64, uses[i].name, address);
    }
}

void test_buffer_outside_user_space_is_refused(void)
{
    const uint64_t bad[] = {0xffff800000000000, 0xfffffe8000000000, 0xffffff0000000000,
                            0xffffffff80000000, 0xffffffff80100000, 0x0000800000000000,
                            0x00007ffffffff000, 0x00007ffffffffff8, 0x8000000000000000,
                            0xffff7fffffffffff, 0xfffffffffffffff8, 0xffffffffffffffff};
    struct objects objects;
    require(objects_make(&objects));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        buffer_check_refused(&objects, bad[i], false);
    objects_drop(&objects);
}

void test_buffer_unmapped_is_refused(void)
{
    struct objects objects;
    require(objects_make(&objects));
    const uint64_t bad[] = {0,
                            8,
                            PAGE_BYTES - 8,
                            HOME_END - PAGE_BYTES,
                            HOME_END - 8,
                            kit_seg_info(objects.of[OBJECT_SEG]).base};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        buffer_check_refused(&objects, bad[i], false);
    objects_drop(&objects);
}

/* A segment in a view where this thread stands; the page behind its last is not there. */
struct window {
    handle_t vas, seg, view;
    uint64_t base;
};

static bool window_open(struct window *window, uint64_t link, uint64_t access)
{
    window->vas = kit_vas();
    window->seg = kit_seg(PAGE_BYTES, 0);
    window->base = kit_seg_info(window->seg).base;
    window->view = kit_view(window->vas, access);
    return check_eq(sys_seg_attach(window->vas, window->seg, link), STATUS_OK) &&
           check_eq(sys_vas_switch(window->view), STATUS_OK);
}

static void window_close(struct window *window)
{
    check_eq(sys_vas_detach(window->view), STATUS_OK);
    kit_drop_all(window->seg, window->vas);
}

void test_buffer_crossing_into_nothing_is_refused(void)
{
    struct objects objects;
    struct window window;
    require(objects_make(&objects));
    require(window_open(&window, ACCESS_DATA, ACCESS_DATA));
    kit_poke(window.seg, 0, 1);
    buffer_check_refused(&objects, window.base + PAGE_BYTES - 8, false);
    buffer_check_refused(&objects, window.base + PAGE_BYTES - 1, false);
    buffer_check_refused(&objects, window.base - 8, false);
    check_eq(kit_peek(window.seg, PAGE_BYTES - 8), 0);
    window_close(&window);
    objects_drop(&objects);
}

void test_buffer_in_read_only_link_is_refused(void)
{
    struct objects objects;
    struct window window;
    require(objects_make(&objects));
    require(window_open(&window, ACCESS_READ, ACCESS_DATA));
    buffer_check_refused(&objects, window.base, true);
    check_eq(kit_peek(window.seg, 0), 0);
    window_close(&window);
    objects_drop(&objects);
}

void test_buffer_in_read_only_view_is_refused(void)
{
    struct objects objects;
    struct window window;
    require(objects_make(&objects));
    require(window_open(&window, ACCESS_DATA, ACCESS_READ));
    buffer_check_refused(&objects, window.base, true);
    check_eq(kit_peek(window.seg, 0), 0);
    window_close(&window);
    objects_drop(&objects);
}

void test_buffer_in_program_text_is_refused(void)
{
    struct objects objects;
    require(objects_make(&objects));
    buffer_check_refused(&objects, (uintptr_t)raw_call, true);
    objects_drop(&objects);
}

/* A buffer may begin anywhere, lie in a VAS, cross pages, and be untouched so far. */
void test_buffer_of_the_caller_is_accepted_wherever_it_is(void)
{
    struct window window;
    struct seg_info info;
    require(window_open(&window, ACCESS_DATA, ACCESS_DATA));
    handle_t large = kit_seg(4 * PAGE_BYTES, 0);
    check_eq(sys_seg_attach(window.vas, large, ACCESS_DATA), STATUS_OK);
    uint64_t base = kit_seg_info(large).base;
    check_eq(kit_seg_info(large).resident, 0);
    check_eq(sys_seg_info(window.seg, base + PAGE_BYTES - 13), STATUS_OK);
    memcpy(&info, (void *)(uintptr_t)(base + PAGE_BYTES - 13), sizeof(info));
    check_eq(info.base, window.base);
    check_eq(kit_seg_info(large).resident, 2 * PAGE_BYTES);
    check_eq(sys_seg_read(window.seg, 0, base, 0), 0);
    kit_drop(large);
    window_close(&window);
}

/* With no bytes to copy the address does not matter, but the range must lie in the segment. */
void test_buffer_of_no_bytes_is_not_accessed(void)
{
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    check_eq(sys_seg_read(seg, 0, 0, 0), 0);
    check_eq(sys_seg_read(seg, PAGE_BYTES, 0, 0), 0);
    check_eq(sys_console_write(kit_console(), 0, 0), 0);
    check_eq(kit_seg_info(seg).resident, 0);
    kit_drop(seg);
}
