/*
 * The benchmarks of benchmarks.def, all or one.
 *
 *     bench=NAME[,NAME...]  only these
 *     unit=UNIT             what the time-stamp counter counts here: cycle (default) or insn
 *     kv=MIX.WAY.CLIENTS    of the key-value store only this, as read-mostly.switch.1
 *     report=json           the figures once more, one object a line, for programs
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "partner.h"

static const struct {
    const char *name;
    void (*run)(void);
} benchmarks[] = {
#define BENCHMARK(name, words) {#name, bench_##name},
#include "benchmarks.def"
#undef BENCHMARK
};

static const size_t nbenchmarks = sizeof(benchmarks) / sizeof(benchmarks[0]);

static char **options;

const char *bench_option(const char *key)
{
    size_t length = strlen(key);
    for (char **option = options; *option != NULL; option++) {
        if (strncmp(*option, key, length) == 0 && (*option)[length] == '=')
            return *option + length + 1;
    }
    return NULL;
}

static int fail_unknown(const char *names)
{
    printf("bench: there is no benchmark %s; there are:", names);
    for (size_t i = 0; i < nbenchmarks; i++)
        printf(" %s", benchmarks[i].name);
    printf("\n");
    return EXIT_FAILURE;
}

/* Is the name in the list? */
static bool is_wanted(const char *names, const char *name)
{
    size_t length = strlen(name);
    while (names != NULL) {
        size_t n = strcspn(names, ",");
        if (n == length && strncmp(names, name, n) == 0)
            return true;
        names = names[n] == ',' ? names + n + 1 : NULL;
    }
    return false;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], PARTNER) == 0)
        partner_main(argv + 2);
    options = argv;
    const char *only = bench_option("bench");
    const char *unit = bench_option("unit");
    size_t nrun = 0;
    samples_calibrate();
    for (size_t i = 0; i < nbenchmarks; i++)
        nrun += only == NULL || is_wanted(only, benchmarks[i].name);
    if (nrun == 0)
        return fail_unknown(only);
    report_begin(unit != NULL && strcmp(unit, "insn") == 0 ? "insn" : "cycle");
    for (size_t i = 0; i < nbenchmarks; i++) {
        if (only == NULL || is_wanted(only, benchmarks[i].name))
            benchmarks[i].run();
    }
    const char *format = bench_option("report");
    report_end(format != NULL && strcmp(format, "json") == 0);
    return EXIT_SUCCESS;
}
