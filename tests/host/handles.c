/* Handles: a stale or wrong one is always an error, and a table grows to its end and no further. */
#include "abi/objects.h"
#include "base/string.h"
#include "cap/cap.h"
#include "machine.h"
#include "mem/frame.h"
#include "obj/pool.h"

static struct cap_table table;
static struct object thing; /* of a type whose end does nothing */

static int setup(void **state)
{
    machine_setup(state);
    object_init(&thing, OBJECT_SYSTEM, name_from_string("thing"), NULL);
    object_get(&thing);
    cap_table_init(&table, &pool_root.pool);
    return 0;
}

static int teardown(void **state)
{
    while (!cap_table_clear_some(&table))
        ;
    assert_int_equal(thing.refs, 1);
    return machine_teardown(state);
}

static struct cap *insert(struct cap *parent, uint16_t rights)
{
    assert_ok(cap_reserve(&table));
    return cap_insert(&table, parent, &thing, rights, 0);
}

static status_t look_up(handle_t handle)
{
    struct cap *cap;
    return cap_lookup(&table, handle, &cap);
}

static void test_handle_finds_its_capability(void **state)
{
    (void)state;
    struct cap *caps[200];
    for (size_t i = 0; i < array_count(caps); i++)
        caps[i] = insert(NULL, RIGHT_INFO);
    for (size_t i = 0; i < array_count(caps); i++) {
        struct cap *found;
        assert_true(caps[i]->handle > 0);
        assert_ok(cap_lookup(&table, caps[i]->handle, &found));
        assert_ptr_equal(found, caps[i]);
    }
    assert_int_equal(caps[0]->handle, HANDLE_SELF);
    assert_int_equal(caps[1]->handle, HANDLE_HOME);
    assert_int_equal(table.ncaps, array_count(caps));
    assert_int_equal(thing.refs, 1 + array_count(caps));
}

static handle_t next_of(handle_t after)
{
    handle_t next;
    uint64_t slot = after == 0 ? 0 : handle_slot(after) + 1;
    while (!cap_next_some(&table, &slot, &next) && slot < CAP_PAGES_MAX * CAPS_PER_PAGE * 2)
        ;
    return next;
}

static void test_handles_are_found_one_after_the_other(void **state)
{
    (void)state;
    struct cap *caps[3 * CAPS_PER_PAGE + 5];
    assert_int_equal(next_of(0), 0);
    for (size_t i = 0; i < array_count(caps); i++)
        caps[i] = insert(NULL, RIGHT_INFO);
    handle_t handle = 0;
    for (size_t i = 0; i < array_count(caps); i++) {
        handle = next_of(handle);
        assert_int_equal(handle, caps[i]->handle);
    }
    assert_int_equal(next_of(handle), 0);
    handle_t first = caps[0]->handle;
    handle_t last = caps[array_count(caps) - 1]->handle;
    for (size_t i = 1; i + 1 < array_count(caps); i++)
        cap_remove(caps[i]);
    assert_int_equal(next_of(first), last);
    assert_int_equal(next_of(HANDLE_OF(0, 100, 7)), last);
    assert_int_equal(next_of(-1), 0);
}

static void test_handle_that_is_stale_is_an_error_for_ever(void **state)
{
    (void)state;
    handle_t stale[50];
    for (size_t i = 0; i < array_count(stale); i++) {
        struct cap *cap = insert(NULL, RIGHT_INFO);
        stale[i] = cap->handle;
        cap_remove(cap);
        for (size_t j = 0; j <= i; j++)
            assert_int_equal(look_up(stale[j]), STATUS_BAD_HANDLE);
    }
    struct cap *live = insert(NULL, RIGHT_INFO);
    assert_int_equal((uint32_t)live->handle, (uint32_t)stale[0]);
    for (size_t i = 0; i < array_count(stale); i++)
        assert_int_equal(look_up(stale[i]), STATUS_BAD_HANDLE);
}

static void test_handle_that_never_was_is_an_error(void **state)
{
    (void)state;
    handle_t good = insert(NULL, RIGHT_INFO)->handle;
    const handle_t bad[] = {0,
                            -1,
                            INT64_MIN,
                            INT64_MAX,
                            good + 1,
                            good | 63,
                            good + HANDLE_OF(0, 1, 0),
                            good + HANDLE_OF(1, 0, 0),
                            good + HANDLE_OF(0, 0, 1),
                            1,
                            UINT32_MAX,
                            (handle_t)((uint64_t)good | (uint64_t)1 << 63),
                            HANDLE_OF(0, 1, 0)};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(look_up(bad[i]), STATUS_BAD_HANDLE);
    assert_ok(look_up(good));
}

static void test_handle_with_every_bit_flipped_is_an_error(void **state)
{
    (void)state;
    handle_t good = 0;
    for (int i = 0; i < 100; i++)
        good = insert(NULL, RIGHT_INFO)->handle;
    for (int bit = 0; bit < 64; bit++) {
        struct cap *cap;
        handle_t flipped = (handle_t)((uint64_t)good ^ (uint64_t)1 << bit);
        if (cap_lookup(&table, flipped, &cap) == STATUS_OK)
            assert_int_equal(cap->handle, flipped);
        else
            assert_int_equal(look_up(flipped), STATUS_BAD_HANDLE);
        assert_true(bit < HANDLE_GENERATION_SHIFT || look_up(flipped) == STATUS_BAD_HANDLE);
    }
}

static void test_handle_of_a_slot_without_generations_is_never_given_out(void **state)
{
    (void)state;
    struct cap *cap = insert(NULL, RIGHT_INFO);
    cap_remove(cap);
    cap->generation = INT32_MAX;
    assert_ptr_equal(insert(NULL, RIGHT_INFO), cap);
    assert_int_equal((uint64_t)cap->handle >> HANDLE_GENERATION_SHIFT, INT32_MAX);
    assert_true(cap->handle > 0);
    handle_t last = cap->handle;
    cap_remove(cap);
    for (int i = 0; i < 100; i++)
        assert_ptr_not_equal(insert(NULL, RIGHT_INFO), cap);
    assert_int_equal(look_up(last), STATUS_BAD_HANDLE);
}

static void test_cap_find_checks_type_then_rights(void **state)
{
    (void)state;
    struct cap *cap;
    handle_t handle = insert(NULL, RIGHT_INFO | RIGHT_SYSTEM_EXIT)->handle;
    assert_ok(cap_find(&table, handle, OBJECT_SYSTEM, RIGHT_INFO, &cap));
    assert_ok(cap_find(&table, handle, OBJECT_SYSTEM, 0, &cap));
    assert_int_equal(cap_find(&table, handle, OBJECT_SEG, 0, &cap), STATUS_WRONG_TYPE);
    assert_int_equal(cap_find(&table, handle, OBJECT_SYSTEM, RIGHT_GRANT, &cap), STATUS_NO_RIGHT);
    assert_int_equal(cap_find(&table, handle, OBJECT_SYSTEM, RIGHT_INFO | RIGHT_GRANT, &cap),
                     STATUS_NO_RIGHT);
    assert_int_equal(cap_find(&table, handle, OBJECT_SYSTEM, (uint64_t)1 << 40, &cap),
                     STATUS_NO_RIGHT);
}

static void test_handle_of_a_dead_object_says_destroyed_and_can_be_deleted(void **state)
{
    (void)state;
    struct cap *cap = NULL;
    handle_t handle = insert(NULL, RIGHT_INFO)->handle;
    thing.dead = true;
    assert_int_equal(cap_find(&table, handle, OBJECT_SYSTEM, RIGHT_INFO, &cap), STATUS_DESTROYED);
    assert_int_equal(cap_lookup(&table, handle, &cap), STATUS_DESTROYED);
    cap_remove(cap);
    assert_int_equal(look_up(handle), STATUS_BAD_HANDLE);
}

static void test_table_grows_to_its_end_and_then_has_no_slot(void **state)
{
    (void)state;
    uint64_t charged = pool_root.pool.charged;
    struct cap *last = NULL;
    for (int i = 0; i < CAP_PAGES_MAX * CAPS_PER_PAGE; i++)
        last = insert(NULL, RIGHT_INFO);
    assert_int_equal(cap_reserve(&table), STATUS_NO_SLOT);
    assert_int_equal(pool_root.pool.charged - charged, CAP_PAGES_MAX + 1);
    assert_ok(look_up(last->handle));
    cap_remove(last);
    assert_ok(cap_reserve(&table));
    assert_ok(look_up(HANDLE_SELF));
    assert_ok(look_up(HANDLE_OF(CAP_PAGES_MAX - 1, CAPS_PER_PAGE - 2, 1)));
}

/* At its ninth page a table also needs a directory. */
static void test_table_growth_that_fails_changes_nothing(void **state)
{
    (void)state;
    for (int page = 0; page < CAP_PAGES_DIRECT + 2; page++) {
        uint64_t limit = pool_root.pool.limit;
        for (uint64_t room = 0;; room++) {
            struct usage before = usage_now();
            pool_root.pool.limit = pool_root.pool.charged + room;
            status_t status = cap_reserve(&table);
            pool_root.pool.limit = limit;
            if (status == STATUS_OK)
                break;
            assert_int_equal(status, STATUS_NO_MEMORY);
            assert_usage(before);
        }
        for (int i = 0; i < CAPS_PER_PAGE; i++)
            insert(NULL, RIGHT_INFO);
    }
}

static void test_table_end_gives_all_memory_back(void **state)
{
    (void)state;
    struct usage before = usage_now();
    for (int i = 0; i < 20 * CAPS_PER_PAGE; i++)
        insert(NULL, RIGHT_INFO);
    for (uint64_t i = 0; i < 10; i++) {
        struct cap *cap;
        assert_ok(cap_lookup(&table, HANDLE_OF(i, 3, 1), &cap));
        cap_remove(cap);
    }
    while (!cap_table_clear_some(&table))
        ;
    assert_usage(before);
    assert_int_equal(table.ncaps, 0);
    assert_int_equal(look_up(HANDLE_SELF), STATUS_BAD_HANDLE);
}

#define TABLE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(test_handle_finds_its_capability),
        TABLE_TEST(test_handles_are_found_one_after_the_other),
        TABLE_TEST(test_handle_that_is_stale_is_an_error_for_ever),
        TABLE_TEST(test_handle_that_never_was_is_an_error),
        TABLE_TEST(test_handle_with_every_bit_flipped_is_an_error),
        TABLE_TEST(test_handle_of_a_slot_without_generations_is_never_given_out),
        TABLE_TEST(test_cap_find_checks_type_then_rights),
        TABLE_TEST(test_handle_of_a_dead_object_says_destroyed_and_can_be_deleted),
        TABLE_TEST(test_table_grows_to_its_end_and_then_has_no_slot),
        TABLE_TEST(test_table_growth_that_fails_changes_nothing),
        TABLE_TEST(test_table_end_gives_all_memory_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
