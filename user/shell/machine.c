/* The machine: memory, CPUs, what the kernel counts, its end. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <vasco/clock.h>
#include <vasco/pool.h>
#include <vasco/startup.h>
#include <vasco/status.h>
#include <vasco/system.h>

#include "abi/counters.h"
#include "abi/features.h"
#include "objects.h"
#include "shell.h"

#define FRAME 4096

/* --- memory ----------------------------------------------------------------------------------- */

static void show_pool(handle_t pool, uint32_t depth)
{
    struct pool_info info;
    char limit[24];
    char used[24];
    if (pool_info(pool, &info) < 0)
        return;
    printf("%8" PRIu64 "  %*s%-16.16s %*s %12s of %s\n", info.id, (int)(2 * depth), "", info.name,
           depth < 8 ? (int)(16 - 2 * depth) : 0, "",
           bytes_text(info.used_frames * FRAME, used, sizeof(used)),
           bytes_text(info.limit_frames * FRAME, limit, sizeof(limit)));
}

void command_mem(int argc, char **argv)
{
    struct system_info info;
    char total[24];
    char left[24];
    char objects[24];
    (void)argc;
    (void)argv;
    if (system_info(&info) < 0)
        return;
    printf("%s of memory, %s of it free; kernel objects take %s.\n",
           bytes_text(info.total_frames * FRAME, total, sizeof(total)),
           bytes_text(info.free_frames * FRAME, left, sizeof(left)),
           bytes_text(info.object_bytes, objects, sizeof(objects)));
    printf("Promised to pools, and used from them:\n");
    objects_find();
    const struct item *item;
    for (size_t i = 0; (item = objects_next(&i, OBJECT_POOL)) != NULL;)
        show_pool(item->handle, item->depth);
    objects_forget();
}

/* --- CPUs ------------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    const char *lost;
} features[] = {
#define FEATURE(NAME, word, lost) {(word), (lost)},
#include "abi/features.def"
#undef FEATURE
};

void command_cpu(int argc, char **argv)
{
    struct system_info info;
    const size_t n = sizeof(features) / sizeof(features[0]);
    int column = 8;
    (void)argc;
    (void)argv;
    if (system_info(&info) < 0)
        return;
    printf("%u CPU%s, time-stamp counter at %" PRIu64 " MHz\n", info.ncpus,
           info.ncpus == 1 ? "" : "s", info.tsc_hz / 1000000);
    printf("In use:");
    const char *mark = "";
    for (size_t i = 0; i < n; i++) {
        int width = (int)strlen(features[i].word) + 2;
        if ((info.features >> i & 1) == 0)
            continue;
        if (column + width > 78) {
            column = printf("%s\n       ", mark) - 2;
            mark = "";
        }
        column += printf("%s %s", mark, features[i].word);
        mark = ",";
    }
    printf("\n");
    for (size_t i = 0; i < n; i++) {
        if ((info.features >> i & 1) == 0)
            printf("No %s: %s.\n", features[i].word, features[i].lost);
    }
}

/* --- counters --------------------------------------------------------------------------------- */

static const char *const counter_words[] = {
#define COUNTER(NAME, word, meaning) (word),
#include "abi/counters.def"
#undef COUNTER
};

static void show_counters(const uint64_t *now, const uint64_t *before)
{
    const size_t half = (COUNTERS + 1) / 2;
    for (size_t i = 0; i < half; i++) {
        for (size_t j = i; j < COUNTERS; j += half) {
            bool is_sum = j != COUNTER_LONGEST_STEP;
            printf("%-16s %18" PRIu64 "%s", counter_words[j], now[j] - (is_sum ? before[j] : 0),
                   j == i ? "    " : "");
        }
        printf("\n");
    }
}

static void wait_second(bool *key)
{
    char byte;
    uint64_t end = clock_nanoseconds() + 1000000000;
    while (clock_nanoseconds() < end && !*key)
        *key = jobs_pump(&byte, 1) > 0;
}

static void show_live(void)
{
    uint64_t before[COUNTERS];
    uint64_t now[COUNTERS];
    bool key = false;
    system_counters(before, COUNTERS);
    printf("Each second; a key ends it.\n");
    while (!key) {
        wait_second(&key);
        system_counters(now, COUNTERS);
        show_counters(now, before);
        printf("\n");
        memcpy(before, now, sizeof(now));
    }
}

void command_stat(int argc, char **argv)
{
    static const uint64_t zeroes[COUNTERS];
    uint64_t now[COUNTERS];
    if (argc == 2 && strcmp(argv[1], "-l") == 0) {
        show_live();
        return;
    }
    if (argc == 2) {
        printf("It is: stat [-l]\n");
        return;
    }
    system_counters(now, COUNTERS);
    show_counters(now, zeroes);
}

/* --- its end ---------------------------------------------------------------------------------- */

void command_poweroff(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    fflush(stdout);
    int64_t status = system_power(startup_cap("system"), POWER_OFF);
    if (status == STATUS_UNSUPPORTED)
        status = system_exit(startup_cap("system"), 0);
    complain("poweroff", status);
}

void command_reboot(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    fflush(stdout);
    complain("reboot", system_power(startup_cap("system"), POWER_REBOOT));
}

void command_clear(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int i = 0; i < 25; i++)
        printf("\n");
}

void command_echo(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        printf("%s%s", argv[i], i + 1 < argc ? " " : "");
    printf("\n");
}
