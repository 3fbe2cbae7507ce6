/* The frame: makes all, waits, and says what was found. See stress.h. */
#include "main.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/pool.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/system.h>
#include <vasco/thread.h>

#define SECONDS_DEFAULT 10
#define SECOND 1000000000ULL
#define MILLISECOND 1000000ULL
#define TESTS 3

static handle_t board, pool;
static uint64_t ncpus;

handle_t main_pool(void)
{
    return pool;
}

handle_t main_board(void)
{
    return board;
}

uint64_t main_cpus(void)
{
    return ncpus;
}

static struct system_info system_now(void)
{
    struct system_info info = {0};
    system_info(&info);
    return info;
}

/* --- what was found --------------------------------------------------------------------------- */

static int report(int number, bool good, const char *what)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", number, what);
    return good ? 0 : 1;
}

static void print_finding(uint64_t milliseconds)
{
    const struct finding *f = &BOARD->finding;
    if (BOARD->nfindings == 0)
        return;
    printf("# after %" PRIu64 " ms, the first of %" PRIu64 ": %s\n", milliseconds, BOARD->nfindings,
           f->what);
    printf("# process %" PRIu64 ", thread %" PRIu64 ": VAS %" PRIu64 ", place %" PRIu64
           ", page %" PRIu64 ", version %" PRIu64 ": 0x%" PRIx64 ", expected 0x%" PRIx64 "\n",
           f->process, f->thread, f->vas, f->place, f->page, f->version, f->word, f->expected);
}

static uint64_t counted(enum kind kind)
{
    uint64_t sum = 0;
    for (uint64_t process = 0; process < PROCESSES; process++)
        for (uint64_t thread = 0; thread < THREADS; thread++)
            sum += BOARD->counts[process][thread][kind];
    return sum;
}

static bool all_has_happened(void)
{
    for (int kind = 0; kind < NKINDS; kind++)
        if (counted((enum kind)kind) == 0)
            return false;
    return true;
}

static void print_tally(void)
{
    static const char *const texts[] = {
#define TALLY(name, text) text,
#include "tally.def"
#undef TALLY
    };
    for (int kind = 0; kind < NKINDS; kind++)
        printf("# %" PRIu64 " %s\n", counted((enum kind)kind), texts[kind]);
}

/* --- the run ---------------------------------------------------------------------------------- */

static uint64_t seed;
static volatile bool over;

static void masters(void *nothing)
{
    (void)nothing;
    crowd_run(0, seed);
    over = true;
}

/* Until something is found, or the time is over and all has happened; but not for ever. Returns the
 * milliseconds that it took. */
static uint64_t run(uint64_t nanoseconds)
{
    uint64_t start = (uint64_t)sys_clock_read();
    handle_t thread = thread_start(masters, NULL, PRIORITY_DEFAULT);
    for (uint64_t now = start; now - start < 10 * nanoseconds && BOARD->nfindings == 0;) {
        thread_sleep(20 * MILLISECOND);
        now = (uint64_t)sys_clock_read();
        if (now - start >= nanoseconds && all_has_happened())
            break;
    }
    uint64_t took = ((uint64_t)sys_clock_read() - start) / MILLISECOND;
    BOARD->stop = true;
    thread_join(thread);
    children_end();
    change_end();
    return took;
}

static bool begin(void)
{
    board = seg_create("board", HOME_FREE_BASE, sizeof(struct board), SEG_EAGER);
    pool = pool_create("stress", system_now().free_frames / 2);
    return board > 0 && pool > 0 &&
           seg_attach(HANDLE_SELF, board, ACCESS_READ | ACCESS_WRITE) == STATUS_OK &&
           change_begin() && children_begin(seed);
}

static bool nothing_is_left(void)
{
    struct pool_info info = {0};
    pool_info(pool, &info);
    if (info.used_frames != 0)
        printf("# %" PRIu64 " frames are left\n", info.used_frames);
    return info.used_frames == 0 && sys_debug_check(startup_cap("system")) == STATUS_OK;
}

static int child(char **argv)
{
    seg_attach(HANDLE_SELF, startup_cap("board"), ACCESS_READ | ACCESS_WRITE);
    crowd_run(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    ncpus = system_now().ncpus < THREADS ? system_now().ncpus : THREADS;
    if (argc == 4 && strcmp(argv[1], "child") == 0)
        return child(argv);
    seed = startup_number("seed", 1);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    thread_set_priority(0, PRIORITY_DEFAULT + 1);
    printf("# seed=%" PRIu64 ", %" PRIu64 " CPUs\n1..%d\n", seed, ncpus, TESTS);
    if (!begin()) {
        printf("stress: cannot begin\n");
        return 1;
    }
    uint64_t took = run(startup_number("seconds", SECONDS_DEFAULT) * SECOND);
    failed += report(1, BOARD->nfindings == 0, "what is seen is what must be there");
    print_finding(took);
    failed += report(2, all_has_happened(), "all of it has happened");
    print_tally();
    failed += report(3, nothing_is_left(), "nothing is left of it");
    return failed == 0 ? 0 : 1;
}
