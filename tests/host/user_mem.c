/* User memory: what is copied, what is refused, and that a refusal copies nothing. */
#include "obj/user_mem.h"

#include <arch/layout.h>

#include "world.h"

#define END (WORLD_BUFFER + WORLD_BUFFER_BYTES)

static status_t check(uint64_t address, uint64_t nbytes, uint64_t access)
{
    return user_check(UPTR(address), nbytes, access);
}

static void test_user_copy_comes_back_as_it_went(void **state)
{
    (void)state;
    char text[10000];
    char back[10000] = {0};
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7);
    for (uint64_t offset = 0; offset < 3 * PAGE_SIZE; offset += 1001) {
        assert_ok(user_write(UPTR(WORLD_BUFFER + offset), text, sizeof(text)));
        assert_ok(user_read(back, UPTR(WORLD_BUFFER + offset), sizeof(back)));
        assert_memory_equal(text, back, sizeof(text));
    }
}

static void test_user_copy_crosses_segments_that_touch(void **state)
{
    (void)state;
    char back[100];
    uint64_t base = 4 * GIB;
    must(sys_seg_attach(HANDLE_SELF, world_seg(base, 2 * MIB, 0), ACCESS_RW));
    must(sys_seg_attach(HANDLE_SELF, world_seg(base + 2 * MIB, 2 * MIB, 0), ACCESS_READ));
    assert_ok(check(base, 4 * MIB, ACCESS_READ));
    assert_int_equal(check(base, 2 * MIB + 1, ACCESS_WRITE), STATUS_BAD_ADDRESS);
    assert_ok(check(base, 2 * MIB, ACCESS_WRITE));
    assert_ok(user_write(UPTR(base + 2 * MIB - 50), "end", 3));
    assert_ok(user_read(back, UPTR(base + 2 * MIB - 50), sizeof(back)));
    assert_memory_equal(back, "end", 4);
}

static void test_user_range_outside_of_what_is_mapped_is_refused(void **state)
{
    (void)state;
    const struct {
        uint64_t address, nbytes;
    } bad[] = {
        {0, 1},
        {WORLD_BUFFER - 1, 1},
        {WORLD_BUFFER - 1, 2},
        {END, 1},
        {END - 1, 2},
        {WORLD_BUFFER, WORLD_BUFFER_BYTES + 1},
        {WORLD_BUFFER, UINT64_MAX},
        {WORLD_BUFFER, UINT64_MAX - WORLD_BUFFER},
        {USER_END - 1, 1},
        {USER_END, 0},
        {USER_END, 1},
        {UINT64_MAX, 0},
        {UINT64_MAX, 1},
        {PHYS_WINDOW, 8},
        {IMAGE_WINDOW, 8},
    };
    for (size_t i = 0; i < array_count(bad); i++) {
        assert_int_equal(check(bad[i].address, bad[i].nbytes, ACCESS_READ), STATUS_BAD_ADDRESS);
        assert_int_equal(check(bad[i].address, bad[i].nbytes, ACCESS_WRITE), STATUS_BAD_ADDRESS);
    }
    assert_ok(check(WORLD_BUFFER, WORLD_BUFFER_BYTES, ACCESS_RW));
    assert_ok(check(END - 1, 1, ACCESS_RW));
    assert_ok(check(0, 0, ACCESS_READ));
}

static void test_user_write_that_is_refused_writes_nothing(void **state)
{
    (void)state;
    char back[2];
    assert_ok(user_write(UPTR(END - 2), "ab", 2));
    assert_int_equal(user_write(UPTR(END - 2), "xyz", 3), STATUS_BAD_ADDRESS);
    assert_ok(user_read(back, UPTR(END - 2), 2));
    assert_memory_equal(back, "ab", 2);
}

static void test_user_check_heeds_link_and_view(void **state)
{
    (void)state;
    handle_t vas = world_vas();
    handle_t seg = world_seg(0, PAGE_SIZE, 0);
    uint64_t va = WORLD_OBJECT(seg, seg)->range.base.v;
    must(sys_seg_attach(vas, seg, ACCESS_RW));
    handle_t narrow = must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_READ));
    handle_t wide = must(sys_vas_attach(HANDLE_SELF, vas, ACCESS_RW));
    assert_int_equal(check(va, 1, ACCESS_READ), STATUS_BAD_ADDRESS);
    must(sys_vas_switch(narrow));
    assert_ok(check(va, 1, ACCESS_READ));
    assert_int_equal(check(va, 1, ACCESS_WRITE), STATUS_BAD_ADDRESS);
    must(sys_vas_switch(wide));
    assert_ok(check(va, PAGE_SIZE, ACCESS_WRITE));
    assert_int_equal(check(va, PAGE_SIZE + 1, ACCESS_WRITE), STATUS_BAD_ADDRESS);
}

static void test_user_check_stops_at_the_segments_size_inside_its_granule(void **state)
{
    (void)state;
    must(sys_seg_attach(HANDLE_SELF, world_seg(4 * GIB, 100, 0), ACCESS_RW));
    assert_ok(check(4 * GIB, PAGE_SIZE, ACCESS_WRITE));
    assert_int_equal(check(4 * GIB, PAGE_SIZE + 1, ACCESS_WRITE), STATUS_BAD_ADDRESS);
    assert_int_equal(check(4 * GIB + PAGE_SIZE, 1, ACCESS_READ), STATUS_BAD_ADDRESS);
}

static void test_seg_copy_moves_bytes_between_segment_and_buffer(void **state)
{
    (void)state;
    char back[6] = {0};
    handle_t seg = world_seg(0, 3 * PAGE_SIZE, 0);
    assert_ok(user_write(UPTR(WORLD_BUFFER), "hello", 5));
    assert_int_equal(sys_seg_write(seg, PAGE_SIZE - 2, WORLD_BUFFER, 5), 5);
    assert_int_equal(sys_seg_read(seg, PAGE_SIZE - 2, WORLD_BUFFER + PAGE_SIZE - 3, 5), 5);
    assert_ok(user_read(back, UPTR(WORLD_BUFFER + PAGE_SIZE - 3), 5));
    assert_string_equal(back, "hello");
    assert_int_equal(sys_seg_read(seg, 0, WORLD_BUFFER, 0), 0);
}

static void test_seg_copy_outside_of_the_segment_is_refused(void **state)
{
    (void)state;
    handle_t seg = world_seg(0, 3 * PAGE_SIZE, 0);
    const struct {
        uint64_t offset, nbytes;
    } bad[] = {{3 * PAGE_SIZE, 1}, {3 * PAGE_SIZE + 1, 0}, {0, 3 * PAGE_SIZE + 1},
               {UINT64_MAX, 1},    {UINT64_MAX, 2},        {PAGE_SIZE, UINT64_MAX}};
    for (size_t i = 0; i < array_count(bad); i++) {
        assert_int_equal(sys_seg_read(seg, bad[i].offset, WORLD_BUFFER, bad[i].nbytes),
                         STATUS_BAD_ARGUMENT);
        assert_int_equal(sys_seg_write(seg, bad[i].offset, WORLD_BUFFER, bad[i].nbytes),
                         STATUS_BAD_ARGUMENT);
    }
    assert_int_equal(sys_seg_read(seg, 0, END - 1, 2), STATUS_BAD_ADDRESS);
    assert_int_equal(seg_resident(WORLD_OBJECT(seg, seg)), 0);
}

static void test_seg_copy_is_at_most_64_kib(void **state)
{
    (void)state;
    handle_t seg = world_seg(0, 2 * MIB, 0);
    assert_int_equal(sys_seg_read(seg, 0, WORLD_BUFFER, 2 * MIB), 64 * KIB);
    assert_int_equal(sys_seg_read(seg, MIB, WORLD_BUFFER, UINT64_MAX), 64 * KIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_user_copy_comes_back_as_it_went),
        WORLD_TEST(test_user_copy_crosses_segments_that_touch),
        WORLD_TEST(test_user_range_outside_of_what_is_mapped_is_refused),
        WORLD_TEST(test_user_write_that_is_refused_writes_nothing),
        WORLD_TEST(test_user_check_heeds_link_and_view),
        WORLD_TEST(test_user_check_stops_at_the_segments_size_inside_its_granule),
        WORLD_TEST(test_seg_copy_moves_bytes_between_segment_and_buffer),
        WORLD_TEST(test_seg_copy_outside_of_the_segment_is_refused),
        WORLD_TEST(test_seg_copy_is_at_most_64_kib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
