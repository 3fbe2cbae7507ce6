/* Out of memory: every call that makes something fails with a status, changes nothing, and all
 * comes back afterwards. */
#include "account.h"
#include "child.h"
#include "test.h"

#define HOARD_MAX 1024
/* A handle has six bits for the slot in a page of a table. */
#define CAPS_IN_A_PAGE 64

/* Everything that was taken to exhaust memory. */
static struct {
    size_t n;
    handle_t handles[HOARD_MAX];
} hoard;

static bool hoard_add(handle_t handle)
{
    if (handle <= 0 || hoard.n == HOARD_MAX)
        return false;
    hoard.handles[hoard.n++] = handle;
    return true;
}

static void hoard_drop_one(void)
{
    kit_drop(hoard.handles[--hoard.n]);
}

static void hoard_drop(void)
{
    while (hoard.n > 0)
        hoard_drop_one();
}

/* Takes all memory: segments of every size from the largest down, then VASes, which need one frame
 * more each. True if the last refusal was NO_MEMORY. */
static bool hoard_all(void)
{
    handle_t handle = STATUS_NO_MEMORY;
    for (uint64_t nbytes = UINT64_C(1) << 40; nbytes >= PAGE_BYTES; nbytes /= 2)
        while (hoard_add(handle = kit_seg(nbytes, 0)))
            ;
    while (hoard_add(handle = kit_vas()))
        ;
    return handle == STATUS_NO_MEMORY;
}

void test_memory_exhausted_is_a_status_and_comes_back(void)
{
    require(hoard_all());
    struct system_info system = kit_system_info();
    for (int i = 0; i < 3; i++) {
        check_eq(kit_seg(PAGE_BYTES, 0), STATUS_NO_MEMORY);
        check_eq(kit_seg(PAGE_BYTES, SEG_EAGER), STATUS_NO_MEMORY);
        check_eq(kit_seg(2 * MIB, SEG_PAGES_2M), STATUS_NO_MEMORY);
        check_eq(kit_vas(), STATUS_NO_MEMORY);
        check_eq(sys_process_create(NAME("none"), 0), STATUS_NO_MEMORY);
    }
    check_eq(kit_system_info().charged_frames, system.charged_frames);
    check_eq(kit_system_info().object_bytes, system.object_bytes);
    hoard_drop();
}

/* What was promised at creation is there when everything else is gone. */
void test_memory_promised_can_be_touched_when_none_is_left(void)
{
    handle_t seg = kit_seg(64 * PAGE_BYTES, 0);
    require(hoard_all());
    for (uint64_t page = 0; page < 64; page++) {
        check_eq(kit_peek(seg, page * PAGE_BYTES), 0);
        kit_poke(seg, page * PAGE_BYTES, page);
    }
    hoard_drop();
    kit_drop(seg);
}

/* Calls that need memory, on objects made before it ran out. Each undoes what it did. */
struct maker {
    handle_t process;
    handle_t vas;
    handle_t far_seg; /* its link needs two tables */
    handle_t seg;
};

static int64_t make_and_drop(handle_t handle)
{
    if (handle > 0)
        sys_cap_delete(handle);
    return handle < 0 ? handle : STATUS_OK;
}

static int64_t make_seg(struct maker *maker)
{
    (void)maker;
    return make_and_drop(kit_seg(3 * PAGE_BYTES, 0));
}

static int64_t make_eager_seg(struct maker *maker)
{
    (void)maker;
    return make_and_drop(kit_seg(3 * PAGE_BYTES, SEG_EAGER));
}

static int64_t make_vas(struct maker *maker)
{
    (void)maker;
    return make_and_drop(kit_vas());
}

static int64_t make_process(struct maker *maker)
{
    (void)maker;
    return make_and_drop(sys_process_create(NAME("made"), 0));
}

static int64_t make_view(struct maker *maker)
{
    handle_t view = kit_view(maker->vas, ACCESS_READ);
    return view < 0 ? view : sys_vas_detach(view);
}

static int64_t make_thread(struct maker *maker)
{
    handle_t thread = sys_thread_create(maker->process, PAGE_BYTES, PAGE_BYTES, 0, 0, 0);
    if (thread < 0)
        return thread;
    sys_object_destroy(maker->process);
    sys_cap_delete(maker->process);
    maker->process = 0;
    return make_and_drop(thread);
}

/* The VAS keeps its tables, so it is made anew the next time. */
static int64_t make_link(struct maker *maker)
{
    return sys_seg_attach(maker->vas, maker->far_seg, ACCESS_READ);
}

/* The process's table has no free slot, so it must grow. */
static int64_t make_placed_cap(struct maker *maker)
{
    handle_t placed = sys_cap_place(maker->process, maker->seg, 0, 0);
    return placed < 0 ? placed : STATUS_OK;
}

static void maker_make(struct maker *maker)
{
    maker->process = sys_process_create(NAME("maker"), 0);
    maker->vas = kit_vas();
    maker->far_seg = kit_seg_at(VAS_BASE + 9 * 512 * GIB, PAGE_BYTES);
    maker->seg = kit_seg(PAGE_BYTES, 0);
    while (kit_process_info(maker->process).ncaps < CAPS_IN_A_PAGE &&
           check(sys_cap_place(maker->process, maker->seg, 0, 0) > 0))
        ;
}

static void maker_drop(struct maker *maker)
{
    if (maker->process != 0)
        kit_drop(maker->process);
    kit_drop_all(maker->vas, maker->far_seg, maker->seg);
}

/* Gives one frame free after the other, and makes the call at each point until it succeeds. */
static void check_fails_cleanly(int64_t (*call)(struct maker *))
{
    struct maker maker;
    struct account before, after;
    int64_t result = STATUS_NO_MEMORY;
    maker_make(&maker);
    require(hoard_all());
    while (hoard.n > 0) {
        account_take(&before);
        result = call(&maker);
        account_take(&after);
        if (result != STATUS_NO_MEMORY)
            break;
        check(account_is_same(&before, &after));
        hoard_drop_one();
    }
    check_eq(result, STATUS_OK);
    hoard_drop();
    maker_drop(&maker);
}

#define MEMORY_TEST(what)                                                                          \
    void test_memory_short_fails_cleanly_making_##what(void)                                       \
    {                                                                                              \
        check_fails_cleanly(make_##what);                                                          \
    }
MEMORY_TEST(seg)
MEMORY_TEST(eager_seg)
MEMORY_TEST(vas)
MEMORY_TEST(process)
MEMORY_TEST(view)
MEMORY_TEST(thread)
MEMORY_TEST(link)
MEMORY_TEST(placed_cap)

/* As many objects of one kind as fit into the last free MiB, then all of them gone. */
static void check_fills_and_empties(handle_t (*make)(void))
{
    handle_t gap = kit_seg(MIB, 0), handle;
    require(hoard_all());
    kit_drop(gap);
    size_t before = hoard.n;
    while (hoard_add(handle = make()))
        ;
    check(hoard.n > before + 10);
    if (hoard.n < HOARD_MAX)
        check_eq(handle, STATUS_NO_MEMORY);
    hoard_drop();
}

static handle_t one_page_seg(void)
{
    return kit_seg(PAGE_BYTES, 0);
}

static handle_t one_process(void)
{
    return sys_process_create(NAME("many"), 0);
}

void test_memory_filled_with_segs_comes_back(void)
{
    check_fills_and_empties(one_page_seg);
}

void test_memory_filled_with_vases_comes_back(void)
{
    check_fills_and_empties(kit_vas);
}

void test_memory_filled_with_processes_comes_back(void)
{
    check_fills_and_empties(one_process);
}
