/*
 * The benchmarks of benchmarks.def, all or some, in an order that a seed gives.
 *
 *     bench=NAME[,NAME...]  only these; micro, long, cpus, macro: all of a kind
 *     seed=N                the order; otherwise another one each time
 *     unit=UNIT             what the time-stamp counter counts here: cycle (default) or insn
 *     kv=MIX.WAY.CLIENTS    of the key-value store only this, as read-mostly.switch.1
 *     gups=WAY.WINDOWS.BATCH  of the random updates only this, as switch.64.16, or all of a
 *                           beginning, as switch.64
 *     cold=no               leave the cold samples out
 *     counters=yes          show below each figure what the kernel has counted for it
 *     report=json           each figure once more, as an object in a line, for programs
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/startup.h>

#include "bench.h"
#include "partner.h"

enum kind {
    MICRO,
    LONG,
    CPUS,
    MACRO,
    LAST
};

static const char *const kind_names[] = {"micro", "long", "cpus", "macro", "last"};

static const struct benchmark {
    const char *name;
    enum kind kind;
    void (*run)(void);
} benchmarks[] = {
#define BENCHMARK(name, kind, words) {#name, kind, bench_##name},
#include "benchmarks.def"
#undef BENCHMARK
};

#define BENCHMARKS (sizeof(benchmarks) / sizeof(benchmarks[0]))

/* One entry of the order: a benchmark, warm or cold. */
struct turn {
    const struct benchmark *benchmark;
    bool cold;
    uint64_t rank;
};

static bool option_is(const char *key, const char *value)
{
    const char *given = startup_option(key);
    return given != NULL && strcmp(given, value) == 0;
}

static int fail_unknown(const char *name)
{
    printf("bench: there is no benchmark %.*s; there are:", (int)strcspn(name, ","), name);
    for (size_t i = 0; i < BENCHMARKS; i++)
        printf(" %s", benchmarks[i].name);
    printf("\n");
    return EXIT_FAILURE;
}

/* Is this the first name of the list? */
static bool is_first(const char *names, const char *name)
{
    size_t length = strlen(name);
    return strcspn(names, ",") == length && strncmp(names, name, length) == 0;
}

/* The list behind its first name, or null. */
static const char *next_of(const char *names)
{
    names += strcspn(names, ",");
    return *names == ',' ? names + 1 : NULL;
}

/* Is the name in the list? Without a list each is. */
static bool is_wanted(const char *names, const char *name)
{
    bool wanted = names == NULL;
    for (; !wanted && names != NULL; names = next_of(names))
        wanted = is_first(names, name);
    return wanted;
}

static bool is_known(const char *names)
{
    bool known = false;
    for (size_t i = 0; i < BENCHMARKS; i++)
        known |=
            is_first(names, benchmarks[i].name) || is_first(names, kind_names[benchmarks[i].kind]);
    return known;
}

/* The list from the first name on that no benchmark and no kind has, or null. */
static const char *find_unknown(const char *names)
{
    while (names != NULL && is_known(names))
        names = next_of(names);
    return names;
}

/* --- the order -------------------------------------------------------------------------------- */

/* FNV-1a, and a last mixing, since the high bits decide. */
static uint64_t hash(uint64_t seed, const char *name, bool cold)
{
    uint64_t value = 0xcbf29ce484222325 ^ seed;
    for (; *name != '\0'; name++)
        value = (value ^ (unsigned char)*name) * 0x100000001b3;
    value = (value ^ cold) * 0x9e3779b97f4a7c15;
    return value ^ value >> 29;
}

static int compare(const void *a, const void *b)
{
    const struct turn *x = a, *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static bool is_chosen(const char *names, const struct benchmark *b)
{
    return is_wanted(names, b->name) || is_wanted(names, kind_names[b->kind]);
}

/* Each place in the order is told by seed and name alone: a benchmark that is added or left out
 * moves no other. Returns how many turns there are. */
static size_t choose_order(struct turn *turns, const char *only, uint64_t seed, bool with_cold)
{
    size_t n = 0;
    for (size_t i = 0; i < BENCHMARKS; i++) {
        const struct benchmark *b = &benchmarks[i];
        for (int cold = 0; cold <= (with_cold && b->kind == MICRO) && is_chosen(only, b); cold++) {
            uint64_t rank = hash(seed, b->name, cold != 0) >> 1;
            turns[n++] = (struct turn){b, cold != 0, b->kind == LAST ? UINT64_MAX : rank};
        }
    }
    qsort(turns, n, sizeof(*turns), compare);
    return n;
}

static void take_turns(const struct turn *turns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        samples_set_cold(turns[i].cold);
        report_turn(turns[i].benchmark->name, i, n);
        turns[i].benchmark->run();
    }
    samples_set_cold(false);
}

int main(int argc, char **argv)
{
    static struct turn turns[2 * BENCHMARKS];
    if (argc > 1 && strcmp(argv[1], PARTNER) == 0)
        partner_main(argv + 2);
    const char *only = startup_option("bench");
    bool counted = option_is("unit", "insn");
    const struct report_options how = {
        .unit = counted ? "insn" : "cycle",
        .seed = startup_number("seed", clock_tsc() % 1000000),
        .for_programs = option_is("report", "json"),
        .with_counters = option_is("counters", "yes"),
    };
    const char *unknown = find_unknown(only);
    if (unknown != NULL)
        return fail_unknown(unknown);
    samples_calibrate();
    bool with_cold = !option_is("cold", "no") && samples_can_be_cold(counted);
    size_t n = choose_order(turns, only, how.seed, with_cold);
    report_begin(how);
    take_turns(turns, n);
    report_end();
    return EXIT_SUCCESS;
}
