/* What the C library does by itself, and needs the system for nevertheless: memory, jumps, time. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"
#include "test.h"

#define PIECES 300

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

void test_posix_qsort_and_bsearch_agree(void)
{
    int numbers[PIECES];
    srand(1);
    for (int i = 0; i < PIECES; i++)
        numbers[i] = rand() % 1000;
    int key = numbers[PIECES / 2];
    qsort(numbers, PIECES, sizeof(numbers[0]), compare_ints);
    for (int i = 1; i < PIECES; i++)
        check(numbers[i - 1] <= numbers[i]);
    const int *found = bsearch(&key, numbers, PIECES, sizeof(numbers[0]), compare_ints);
    check(found != NULL && *found == key);
}

void test_posix_malloc_gives_each_piece_its_own_bytes(void)
{
    static unsigned char *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = malloc(1 + i);
        require(pieces[i] != NULL);
        memset(pieces[i], (int)i, 1 + i);
    }
    for (size_t i = 0; i < PIECES; i += 2) {
        pieces[i] = realloc(pieces[i], 2 * PIECES);
        require(pieces[i] != NULL);
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t j = 0; j <= i; j++)
            check(pieces[i][j] == (unsigned char)i);
        free(pieces[i]);
    }
}

void test_posix_aligned_memory_is_aligned(void)
{
    void *memory = NULL;
    check_eq(posix_memalign(&memory, 4096, 100), 0);
    check_eq((uintptr_t)memory % 4096, 0);
    free(memory);
    check_eq(posix_memalign(&memory, 24, 100), EINVAL);
    memory = aligned_alloc(256, 512);
    check(memory != NULL && (uintptr_t)memory % 256 == 0);
    free(memory);
    errno = 0;
    check(malloc((size_t)1 << 60) == NULL);
    check_eq(errno, ENOMEM);
}

/* Not even when free finds that the heap could shrink, which it does not. */
void test_posix_free_leaves_errno_alone(void)
{
    errno = EDOM;
    void *volatile piece = malloc(200 * KIB); /* or gcc would leave out both */
    free(piece);
    check_eq(errno, EDOM);
}

/* --- jumps ------------------------------------------------------------------------------------ */

static jmp_buf back;
static int jump_value;

uint64_t jump_and_sum(jmp_buf buffer); /* jump.asm */
_Noreturn void jump_away(void);

static void jump_from(int depth);
static void (*volatile go_deeper)(int depth) = jump_from;

/* Jumps out of many frames, with other values in all registers that a compiler keeps. */
static void jump_from(int depth)
{
    volatile char frame[64];
    frame[0] = (char)depth;
    if (depth > 0)
        go_deeper(depth - 1);
    __asm__ volatile("movq $-1, %%rbx\n\t"
                     "movq $-1, %%r12\n\t"
                     "movq $-1, %%r13\n\t"
                     "movq $-1, %%r14\n\t"
                     "movq $-1, %%r15"
                     :
                     :
                     : "rbx", "r12", "r13", "r14", "r15");
    longjmp(back, jump_value + frame[0]);
}

_Noreturn void jump_away(void)
{
    go_deeper(20);
    abort();
}

void test_posix_longjmp_brings_back_registers_and_stack(void)
{
    for (int i = 1; i <= 100; i++) {
        jump_value = i * 1000000;
        check_eq(jump_and_sum(back), jump_value + 111111);
    }
}

/* C 7.13.2.1: or it would look like the first time. */
void test_posix_longjmp_with_0_returns_1(void)
{
    jump_value = 0;
    check_eq(jump_and_sum(back), 111111 + 1);
}

/* --- time ------------------------------------------------------------------------------------- */

#define NANOSECONDS 1000000000

static int64_t now(clockid_t clock)
{
    struct timespec time = {0};
    check_eq(clock_gettime(clock, &time), 0);
    check(time.tv_nsec >= 0 && time.tv_nsec < NANOSECONDS);
    return (int64_t)time.tv_sec * NANOSECONDS + time.tv_nsec;
}

void test_posix_sleeps_last_as_long_as_asked(void)
{
    const struct timespec two = {.tv_nsec = 2 * MILLISECOND};
    struct timespec left = {1, 1};
    int64_t before = now(CLOCK_MONOTONIC);
    check_eq(nanosleep(&two, &left), 0);
    check_eq(left.tv_sec + left.tv_nsec, 0);
    int64_t between = now(CLOCK_MONOTONIC);
    check(between - before >= (int64_t)(2 * MILLISECOND));
    check_eq(usleep(2000), 0);
    int64_t after = now(CLOCK_MONOTONIC);
    check(after - between >= (int64_t)(2 * MILLISECOND));
    check_eq(sleep(0), 0);
    int64_t until = after + (int64_t)(2 * MILLISECOND);
    const struct timespec then = {.tv_sec = until / NANOSECONDS, .tv_nsec = until % NANOSECONDS};
    check_eq(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL), 0);
    check(now(CLOCK_MONOTONIC) >= until);
    check_eq(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL), 0);
}

void test_posix_clocks_are_one_clock(void)
{
    struct timeval day;
    int64_t before = now(CLOCK_REALTIME);
    check_eq(gettimeofday(&day, NULL), 0);
    time_t seconds = time(NULL);
    int64_t after = now(CLOCK_MONOTONIC);
    int64_t microseconds = (int64_t)day.tv_sec * 1000000 + day.tv_usec;
    check(before / 1000 <= microseconds && microseconds <= after / 1000);
    check(seconds >= day.tv_sec && seconds <= after / NANOSECONDS);
    check(clock() > 0);
}

void test_posix_clocks_refuse_what_makes_no_sense(void)
{
    struct timespec time = {.tv_nsec = NANOSECONDS};
    errno = 0;
    check_eq(nanosleep(&time, NULL), -1);
    check_eq(errno, EINVAL);
    check_eq(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL), EINVAL);
    errno = 0;
    check_eq(clock_gettime((clockid_t)99, &time), -1);
    check_eq(errno, EINVAL);
    check_eq(clock_getres(CLOCK_MONOTONIC, &time), 0);
    check_eq(time.tv_sec, 0);
    check_eq(time.tv_nsec, 1);
}

/* The first of January 1970 is when the machine started. */
void test_posix_calendar_can_be_computed(void)
{
    const time_t moment = 951782400; /* a leap day */
    struct tm tm;
    char text[32];
    check(gmtime_r(&moment, &tm) != NULL);
    check(strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm) > 0);
    check(strcmp(text, "2000-02-29 00:00") == 0);
    check_eq(mktime(&tm), moment);
    check(time(NULL) < 10 * 365 * 24 * 3600);
}

void test_posix_numbers_are_read_and_computed(void)
{
    char *end;
    check(strtod("2.25e2x", &end) == 225.0);
    check_eq(*end, 'x');
    check(sqrt(2.25) == 1.5 && floor(-1.5) == -2.0);
    errno = 0;
    check_eq(strtol("99999999999999999999", NULL, 10), INT64_MAX);
    check_eq(errno, ERANGE);
}
