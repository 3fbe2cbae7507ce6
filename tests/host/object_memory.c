/* Pools and slabs: promises are kept, and memory use depends on what is alive alone. */
#include "machine.h"
#include "mem/frame.h"
#include "mem/pool.h"
#include "mem/slab.h"

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
    assert_int_equal(pool_root.limit, frame_count_free());
    assert_int_equal(pool_root.charged, 0);
}

static void test_slab_objects_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct slab_cache cache;
    void *objects[200];
    slab_cache_init(&cache, "thing", 100);
    for (size_t i = 0; i < array_count(objects); i++) {
        assert_ok(slab_alloc(&cache, &objects[i]));
        assert_true(is_aligned((uintptr_t)objects[i], 16));
        for (size_t at = 0; at < 100; at++)
            assert_int_equal(((char *)objects[i])[at], 0);
        memset(objects[i], (int)i | 0x80, 100);
    }
    for (size_t i = 0; i < array_count(objects); i++) {
        for (size_t at = 0; at < 100; at++)
            assert_int_equal(((unsigned char *)objects[i])[at], (i | 0x80) & 0xff);
        slab_free(&cache, objects[i]);
    }
}

static void test_slab_memory_goes_back_with_its_last_object(void **state)
{
    (void)state;
    struct slab_cache cache;
    void *objects[100];
    slab_cache_init(&cache, "thing", 1024);
    struct usage before = usage_now();
    for (size_t i = 0; i < array_count(objects); i++)
        assert_ok(slab_alloc(&cache, &objects[i]));
    assert_int_equal(cache.nobjects, 100);
    assert_int_equal(slab_bytes_alive() - before.object_bytes, 100 * 1024);
    assert_int_equal(pool_root.charged - before.charged, 34);
    assert_int_equal(before.free_frames - frame_count_free(), 34);
    for (size_t i = 0; i < array_count(objects); i++)
        slab_free(&cache, objects[i * 37 % array_count(objects)]);
    assert_usage(before);
}

static void test_slab_reuses_freed_objects_before_it_takes_a_frame(void **state)
{
    (void)state;
    struct slab_cache cache;
    void *objects[6];
    void *again;
    slab_cache_init(&cache, "thing", 1000);
    for (size_t i = 0; i < array_count(objects); i++)
        assert_ok(slab_alloc(&cache, &objects[i]));
    uint64_t charged = pool_root.charged;
    slab_free(&cache, objects[1]);
    slab_free(&cache, objects[5]);
    assert_ok(slab_alloc(&cache, &again));
    assert_ok(slab_alloc(&cache, &again));
    assert_int_equal(pool_root.charged, charged);
    machine.may_leak = true;
}

static void test_slab_alloc_without_memory_changes_nothing(void **state)
{
    (void)state;
    struct slab_cache cache;
    void *object;
    slab_cache_init(&cache, "thing", 64);
    pool_root.limit = pool_root.charged;
    struct usage before = usage_now();
    assert_int_equal(slab_alloc(&cache, &object), STATUS_NO_MEMORY);
    assert_usage(before);
    assert_int_equal(cache.nobjects, 0);
}

static void test_slab_free_of_another_caches_object_panics(void **state)
{
    (void)state;
    struct slab_cache a;
    struct slab_cache b;
    void *object;
    slab_cache_init(&a, "a", 64);
    slab_cache_init(&b, "b", 64);
    assert_ok(slab_alloc(&a, &object));
    assert_panics("slab->cache == cache", slab_free(&b, object));
    assert_panics("nbytes <= 1024", slab_cache_init(&b, "too large", 1025));
    slab_free(&a, object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_pool_never_promises_more_than_its_limit),
        MACHINE_TEST(test_pool_refund_of_more_than_was_charged_panics),
        MACHINE_TEST(test_pool_root_promises_the_memory_there_is),
        MACHINE_TEST(test_slab_objects_are_zeroed_aligned_and_apart),
        MACHINE_TEST(test_slab_memory_goes_back_with_its_last_object),
        MACHINE_TEST(test_slab_reuses_freed_objects_before_it_takes_a_frame),
        MACHINE_TEST(test_slab_alloc_without_memory_changes_nothing),
        MACHINE_TEST(test_slab_free_of_another_caches_object_panics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
