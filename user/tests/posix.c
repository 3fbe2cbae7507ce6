/* What POSIX gives a program as a process: arguments, environment, ends, identity. */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/startup.h>
#include <vasco/system.h>

#include "kit.h"
#include "posix_child.h"
#include "test.h"

#define SIGNAL_STATUS 128 /* as shells say it */

/* --- roles ------------------------------------------------------------------------------------ */

static int order; /* in which exit's handlers have run */

static void handler_first(void)
{
    order = 1;
}

static void handler_last(void)
{
    _exit(order == 1 ? POSIX_GOOD : 1);
}

/* The arguments reach it as they are: blanks, none at all, and nothing behind them. */
static bool has_arguments(int argc, char **argv)
{
    return argc == 5 && strcmp(argv[3], "with two blanks") == 0 && argv[4][0] == '\0' &&
           argv[5] == NULL;
}

/* Of two arguments with one key the first counts; a key is a whole word. */
static bool has_options(void)
{
    const char *colour = startup_option("colour");
    const char *empty = startup_option("empty");
    return colour != NULL && strcmp(colour, "blue") == 0 && empty != NULL && empty[0] == '\0' &&
           startup_option("col") == NULL && startup_option("options") == NULL &&
           startup_number("size", 1) == 0x20 && startup_number("length", 7) == 7;
}

/* That of who has started it; its own changes are its own. */
static bool has_environment(void)
{
    const char *colour = getenv("COLOUR");
    return colour != NULL && strcmp(colour, "blue") == 0 && getenv("SHAPE") == NULL &&
           setenv("SHAPE", "round", 1) == 0 && strcmp(getenv("SHAPE"), "round") == 0;
}

static bool write_is_refused(void)
{
    return write(STDOUT_FILENO, "x", 1) == -1 && errno == EBADF;
}

int posix_child_main(int argc, char **argv)
{
    const char *role = argv[2];
    if (strcmp(role, "arguments") == 0)
        return has_arguments(argc, argv) ? POSIX_GOOD : 1;
    if (strcmp(role, "options") == 0)
        return has_options() ? POSIX_GOOD : 1;
    if (strcmp(role, "environment") == 0)
        return has_environment() ? POSIX_GOOD : 1;
    if (strcmp(role, "mute") == 0)
        return write_is_refused() ? POSIX_GOOD : 1;
    if (strcmp(role, "assert") == 0)
        assert(argc == 0);
    if (strcmp(role, "abort") == 0)
        abort();
    atexit(handler_last);
    atexit(handler_first);
    return 1;
}

/* Runs a role without a console. Returns its exit status. */
static int64_t run_role(const char *const argv[])
{
    const struct program_cap mute = {"console", 0, 0};
    struct process_info info = {0};
    struct program *program;
    handle_t process;
    if (!check_eq(program_open("tests", &program), STATUS_OK))
        return -1;
    if (check_eq(program_spawn(program, argv, &mute, 1, &process), STATUS_OK)) {
        check_eq(process_wait(process, &info), STATUS_OK);
        check_eq(info.reason, END_EXIT);
        kit_drop(process);
    }
    program_close(program);
    return info.status;
}

static int64_t run_simple_role(const char *role)
{
    return run_role((const char *[]){"tests", "posix", role, NULL});
}

/* --- tests ------------------------------------------------------------------------------------ */

void test_posix_arguments_arrive_as_they_are(void)
{
    const char *const argv[] = {"tests", "posix", "arguments", "with two blanks", "", NULL};
    check_eq(run_role(argv), POSIX_GOOD);
}

void test_startup_option_is_the_first_of_its_key(void)
{
    const char *const argv[] = {"tests",      "posix",  "options",   "colour=blue",
                                "colour=red", "empty=", "size=0x20", NULL};
    check_eq(run_role(argv), POSIX_GOOD);
}

void test_posix_environment_is_inherited(void)
{
    check_eq(setenv("COLOUR", "blue", 1), 0);
    check_eq(run_simple_role("environment"), POSIX_GOOD);
    check(getenv("SHAPE") == NULL);
    check_eq(setenv("COLOUR", "red", 0), 0);
    check(strcmp(getenv("COLOUR"), "blue") == 0);
    check_eq(unsetenv("COLOUR"), 0);
    check(getenv("COLOUR") == NULL);
    check_eq(run_simple_role("environment"), 1);
}

/* Half a stack is what arguments and environment can have together. */
void test_posix_environment_too_large_is_refused(void)
{
    static char large[40 * KIB];
    struct program *program;
    handle_t process;
    memset(large, 'x', sizeof(large) - 1);
    const char *const argv[] = {"tests", "posix", "arguments", large, NULL};
    require_eq(program_open("tests", &program), STATUS_OK);
    check_eq(program_spawn(program, argv, NULL, 0, &process), STATUS_TOO_LARGE);
    program_close(program);
}

void test_posix_exit_runs_its_handlers_backwards(void)
{
    check_eq(run_simple_role("exit"), POSIX_GOOD);
}

void test_posix_abort_and_assert_end_by_a_signal(void)
{
    check_eq(run_simple_role("abort"), SIGNAL_STATUS + SIGABRT);
    check_eq(run_simple_role("assert"), SIGNAL_STATUS + SIGABRT);
}

void test_posix_write_without_a_console_is_refused(void)
{
    check_eq(run_simple_role("mute"), POSIX_GOOD);
}

void test_posix_process_knows_itself(void)
{
    struct process_info info = kit_process_info(HANDLE_SELF);
    struct system_info machine = kit_system_info();
    check_eq(getpid(), info.id);
    check_eq(getppid(), 1);
    check_eq(sysconf(_SC_PAGESIZE), PAGE_BYTES);
    check_eq(getpagesize(), PAGE_BYTES);
    check_eq(sysconf(_SC_NPROCESSORS_ONLN), machine.ncpus);
    check_eq(sysconf(_SC_PHYS_PAGES), machine.total_frames);
    errno = 0;
    check_eq(sysconf(-1), -1);
    check_eq(errno, EINVAL);
}

/* newlib's begins with an optind of 0, POSIX's with 1; either begins again. */
void test_posix_getopt_finds_options_and_the_rest(void)
{
    for (int turn = 0; turn < 2; turn++) {
        char *argv[] = {"x", "-v", "-o", "out", "--", "-rest", NULL};
        const char *out = NULL;
        int verbose = 0;
        optind = turn;
        for (int option; (option = getopt(6, argv, "vo:")) != -1;) {
            verbose += option == 'v';
            out = option == 'o' ? optarg : out;
        }
        check_eq(verbose, 1);
        check(out != NULL && strcmp(out, "out") == 0);
        check_eq(optind, 5);
    }
}

/* What there is none of says so, and nothing happens. */
void test_posix_what_is_missing_says_so(void)
{
    errno = 0;
    check_eq(fork(), -1);
    check_eq(errno, ENOSYS);
    check_eq(unlink("text/GPL-2"), -1);
    check_eq(errno, EROFS);
    check_eq(kill(getpid() + 1000, SIGTERM), -1);
    check_eq(errno, ESRCH);
    check(strcmp(strerror(EROFS), strerror(ESRCH)) != 0);
}
