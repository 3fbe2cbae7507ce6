/* Pools and slabs: promises are kept, and memory use depends on what is alive alone. */
#include "machine.h"
#include "mem/frame.h"
#include "mem/slab.h"
#include "obj/pool.h"

#define KIND SLAB_ENDPOINT /* given another size here */

static void test_pool_never_promises_more_than_its_limit(void **state)
{
    (void)state;
    struct pool pool = {.limit = 10};
    assert_ok(pool_charge(&pool, 10));
    assert_int_equal(pool_charge(&pool, 1), STATUS_NO_MEMORY);
    assert_ok(pool_charge(&pool, 0));
    pool_refund(&pool, 4);
    assert_int_equal(pool_charge(&pool, 5), STATUS_NO_MEMORY);
    assert_int_equal(pool_charge(&pool, UINT64_MAX), STATUS_NO_MEMORY);
    assert_int_equal(pool.charged, 6);
    assert_ok(pool_charge(&pool, 4));
}

static void test_pool_refund_of_more_than_was_charged_panics(void **state)
{
    (void)state;
    struct pool pool = {.limit = 10, .charged = 3};
    assert_panics("nframes <= pool->charged", pool_refund(&pool, 4));
}

static void test_pool_root_promises_the_memory_there_is(void **state)
{
    (void)state;
    assert_int_equal(pool_root.pool.limit, frame_count_free());
    assert_int_equal(pool_root.pool.charged, 0);
}

static void test_slab_objects_are_aligned_and_apart(void **state)
{
    (void)state;
    void *objects[200];
    slab_kind_init(KIND, 100);
    for (size_t i = 0; i < array_count(objects); i++) {
        assert_ok(slab_alloc(&pool_root.pool, KIND, &objects[i]));
        assert_true(is_aligned((uintptr_t)objects[i], 16));
        memset(objects[i], (int)i | 0x80, 100);
    }
    for (size_t i = 0; i < array_count(objects); i++) {
        for (size_t at = 0; at < 100; at++)
            assert_int_equal(((unsigned char *)objects[i])[at], (i | 0x80) & 0xff);
        slab_free(objects[i]);
    }
}

static void test_slab_memory_goes_back_with_its_last_object(void **state)
{
    (void)state;
    void *objects[100];
    slab_kind_init(KIND, 1024);
    struct usage before = usage_now();
    for (size_t i = 0; i < array_count(objects); i++)
        assert_ok(slab_alloc(&pool_root.pool, KIND, &objects[i]));
    assert_int_equal(slab_bytes_alive() - before.object_bytes, 100 * 1024);
    assert_int_equal(pool_root.pool.charged - before.charged, 34);
    assert_int_equal(before.free_frames - frame_count_free(), 34);
    for (size_t i = 0; i < array_count(objects); i++)
        slab_free(objects[i * 37 % array_count(objects)]);
    assert_usage(before);
}

static void test_slab_reuses_freed_objects_before_it_takes_a_frame(void **state)
{
    (void)state;
    void *objects[6];
    void *again;
    slab_kind_init(KIND, 1000);
    for (size_t i = 0; i < array_count(objects); i++)
        assert_ok(slab_alloc(&pool_root.pool, KIND, &objects[i]));
    uint64_t charged = pool_root.pool.charged;
    slab_free(objects[1]);
    slab_free(objects[5]);
    assert_ok(slab_alloc(&pool_root.pool, KIND, &again));
    assert_ok(slab_alloc(&pool_root.pool, KIND, &again));
    assert_int_equal(pool_root.pool.charged, charged);
    machine.may_leak = true;
}

static void test_slab_alloc_without_memory_changes_nothing(void **state)
{
    (void)state;
    void *object;
    slab_kind_init(KIND, 64);
    pool_root.pool.limit = pool_root.pool.charged;
    struct usage before = usage_now();
    assert_int_equal(slab_alloc(&pool_root.pool, KIND, &object), STATUS_NO_MEMORY);
    assert_usage(before);
}

/* Each pool has slabs of its own: what one leaves half empty the other does not fill. */
static void test_slab_memory_is_each_pools_own(void **state)
{
    (void)state;
    struct usage before = usage_now();
    struct pool_object *a;
    struct pool_object *b;
    void *of_a;
    void *of_b;
    slab_kind_init(KIND, 64);
    assert_ok(pool_create(&pool_root.pool, (struct name){"a"}, 2, &a));
    assert_ok(pool_create(&pool_root.pool, (struct name){"b"}, 1, &b));
    assert_ok(slab_alloc(&a->pool, KIND, &of_a));
    assert_ok(slab_alloc(&b->pool, KIND, &of_b));
    assert_int_equal(a->pool.charged, 1);
    assert_int_equal(b->pool.charged, 1);
    slab_free(of_a);
    slab_free(of_b);
    assert_int_equal(a->pool.charged + b->pool.charged, 0);
    pool_free(a);
    pool_free(b);
    assert_usage(before);
}

static void test_slab_kind_too_large_panics(void **state)
{
    (void)state;
    assert_panics("nbytes <= 1024", slab_kind_init(KIND, 1025));
}

static void test_pool_takes_its_limit_from_its_parent(void **state)
{
    (void)state;
    struct usage before = usage_now();
    struct pool_object *outer;
    struct pool_object *inner;
    struct pool_object *none;
    assert_ok(pool_create(&pool_root.pool, (struct name){"outer"}, 10, &outer));
    assert_int_equal(pool_root.pool.charged, before.charged + 11);
    object_get(&outer->object);
    assert_ok(pool_create(&outer->pool, (struct name){"inner"}, 9, &inner));
    object_get(&inner->object);
    assert_int_equal(outer->pool.charged, 10);
    assert_int_equal(pool_create(&outer->pool, (struct name){"none"}, 1, &none), STATUS_NO_MEMORY);
    assert_int_equal(pool_charge(&outer->pool, 1), STATUS_NO_MEMORY);
    assert_ok(pool_charge(&inner->pool, 9));
    pool_refund(&inner->pool, 9);
    object_put(&inner->object);
    machine_settle();
    assert_int_equal(outer->pool.charged, 0);
    object_put(&outer->object);
    assert_usage(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_pool_never_promises_more_than_its_limit),
        MACHINE_TEST(test_pool_refund_of_more_than_was_charged_panics),
        MACHINE_TEST(test_pool_root_promises_the_memory_there_is),
        MACHINE_TEST(test_slab_objects_are_aligned_and_apart),
        MACHINE_TEST(test_slab_memory_goes_back_with_its_last_object),
        MACHINE_TEST(test_slab_reuses_freed_objects_before_it_takes_a_frame),
        MACHINE_TEST(test_slab_alloc_without_memory_changes_nothing),
        MACHINE_TEST(test_slab_memory_is_each_pools_own),
        MACHINE_TEST(test_slab_kind_too_large_panics),
        MACHINE_TEST(test_pool_takes_its_limit_from_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
