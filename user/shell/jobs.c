/*
 * Programs that the shell has started, and what they read.
 *
 * The shell keeps the keyboard. A program gets the console for writing, and for reading an endpoint
 * "input" at which the shell answers in the words of vasco/console.h: the program in the foreground
 * gets the lines that are typed while it runs, all others are told that nothing has been typed. So
 * ^C can end a program that reads, and one that does not.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/archive.h>
#include <vasco/cap.h>
#include <vasco/clock.h>
#include <vasco/console.h>
#include <vasco/endpoint.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/startup.h>
#include <vasco/status.h>

#include "shell.h"

#define JOBS_MAX 32
#define TURN_NS 10000000
#define TYPED_BYTES 512
#define PROGRAM_FOLDER "bin/"
#define CTRL(letter) ((letter)&0x1f)

struct job {
    handle_t process; /* 0: free */
    uint64_t id;
    char name[NAME_BYTES];
};

static struct job jobs[JOBS_MAX]; /* number n, as users see it, is jobs[n - 1] */
static handle_t input;            /* where programs ask for what is typed */
static char **words_for_all;      /* those of the boot that every program gets */
static uint64_t foreground;       /* the number of a job; 0: the shell itself */

/* What has been typed for the foreground: whole lines up to `ready`, then one that is edited. */
static char typed[TYPED_BYTES];
static size_t ntyped;
static size_t ready;
static bool typed_end; /* ^D */

bool jobs_begin(char **boot_words)
{
    words_for_all = boot_words;
    input = endpoint_create("input");
    return input > 0;
}

/* --- what programs read ----------------------------------------------------------------------- */

static int64_t take_typed(char *bytes, size_t room)
{
    size_t n = ready < room ? ready : room;
    if (n == 0 && typed_end) {
        typed_end = false;
        return 0;
    }
    if (n == 0)
        return STATUS_NO_DATA;
    memcpy(bytes, typed, n);
    memmove(typed, typed + n, ntyped - n);
    ntyped -= n;
    ready -= n;
    return (int64_t)n;
}

static void answer(struct message *message)
{
    int64_t result = STATUS_BAD_ARGUMENT;
    for (int i = 0; i < message->ncaps; i++)
        cap_delete(message->caps[i].cap);
    if (message->nwords >= CONSOLE_WORDS && message->words[0] == CONSOLE_READ) {
        uint64_t room = message->words[1];
        room = room < CONSOLE_BYTES_MAX ? room : CONSOLE_BYTES_MAX;
        result = message->badge == foreground && foreground != 0
                     ? take_typed((char *)&message->words[CONSOLE_WORDS], room)
                     : STATUS_NO_DATA;
    }
    message->words[0] = (uint64_t)result;
    message->nwords = console_nwords(result > 0 ? (size_t)result : 0);
    message->ncaps = 0;
}

size_t jobs_pump(char *bytes, size_t room)
{
    static struct message message;
    uint64_t end = clock_nanoseconds() + TURN_NS;
    fflush(stdout);
    for (;;) {
        int64_t n = console_poll(bytes, room);
        if (n > 0)
            return (size_t)n;
        if (endpoint_receive_until(input, &message, end) != STATUS_OK)
            return 0;
        answer(&message);
        endpoint_reply(&message);
    }
}

/* --- ends ------------------------------------------------------------------------------------- */

static bool has_ended(const struct job *job, struct process_info *info)
{
    return process_info(job->process, info) < 0 || info->reason != END_RUNNING;
}

static void forget(struct job *job)
{
    cap_delete(job->process);
    job->process = 0;
}

void jobs_report(void)
{
    struct process_info info;
    char text[80];
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].process == 0 || !has_ended(&jobs[i], &info))
            continue;
        printf("[%zu] %s %s\n", i + 1, jobs[i].name, process_end_text(&info, text, sizeof(text)));
        forget(&jobs[i]);
    }
}

void command_jobs(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    jobs_report();
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].process != 0)
            printf("[%zu] %s (%" PRIu64 ") runs\n", i + 1, jobs[i].name, jobs[i].id);
    }
}

handle_t jobs_process(const char *word)
{
    char *end;
    unsigned long number = strtoul(word + 1, &end, 10);
    if (end == word + 1 || *end != '\0' || number < 1 || number > JOBS_MAX)
        return 0;
    return jobs[number - 1].process;
}

/* --- the foreground --------------------------------------------------------------------------- */

static void echo(const char *text)
{
    console_write(text, strlen(text));
}

static void put_typed(char c)
{
    const char shown[2] = {c, '\0'};
    if (ntyped == TYPED_BYTES || (ntyped == TYPED_BYTES - 1 && c != '\n'))
        return;
    typed[ntyped++] = c;
    echo(shown);
    if (c == '\n')
        ready = ntyped;
}

/* A key that was pressed while a program runs; false: it is to end. */
static bool type(char c)
{
    switch (c) {
    case CTRL('c'):
        echo("^C\n");
        return false;
    case CTRL('d'):
        typed_end = ntyped == ready;
        ready = ntyped;
        return true;
    case CTRL('h'):
    case 0x7f:
        if (ntyped > ready) {
            ntyped--;
            echo("\b \b");
        }
        return true;
    case '\r':
        put_typed('\n');
        return true;
    default:
        if ((c >= ' ' && c < 0x7f) || c == '\n' || c == '\t')
            put_typed(c);
        return true;
    }
}

/* Until the program has ended; it has the keyboard. */
static void wait_for(struct job *job)
{
    struct process_info info;
    char bytes[16];
    char text[80];
    foreground = (uint64_t)(job - jobs) + 1;
    ntyped = ready = 0;
    typed_end = false;
    while (!has_ended(job, &info)) {
        size_t n = jobs_pump(bytes, sizeof(bytes));
        for (size_t i = 0; i < n; i++) {
            if (!type(bytes[i]))
                object_destroy(job->process);
        }
    }
    foreground = 0;
    process_wait(job->process, &info); /* until it has given back what it held */
    if (!process_ended_well(&info))
        printf("%s %s\n", job->name, process_end_text(&info, text, sizeof(text)));
    forget(job);
}

/* --- the start -------------------------------------------------------------------------------- */

bool is_program(const char *name)
{
    struct archive_file file;
    char path[sizeof(file.path)];
    snprintf(path, sizeof(path), PROGRAM_FOLDER "%s", name);
    return archive_find(path, &file) == STATUS_OK;
}

void command_programs(int argc, char **argv)
{
    struct archive_file file;
    int column = 0;
    (void)argc;
    (void)argv;
    for (size_t position = 0; archive_next(&position, &file) == STATUS_OK;) {
        if (strncmp(file.path, PROGRAM_FOLDER, strlen(PROGRAM_FOLDER)) != 0)
            continue;
        printf("%-19s%s", file.path + strlen(PROGRAM_FOLDER), ++column % 4 == 0 ? "\n" : " ");
    }
    printf("%s", column % 4 == 0 ? "" : "\n");
}

static struct job *free_job(void)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].process == 0)
            return &jobs[i];
    }
    return NULL;
}

/* Its own words, and behind them those of the boot. To be freed. */
static const char **all_words(int argc, char **argv)
{
    size_t nmore = 0;
    while (words_for_all[nmore] != NULL)
        nmore++;
    const char **words = calloc((size_t)argc + nmore + 1, sizeof(char *));
    for (int i = 0; words != NULL && i < argc; i++)
        words[i] = argv[i];
    for (size_t i = 0; words != NULL && i < nmore; i++)
        words[(size_t)argc + i] = words_for_all[i];
    return words;
}

static int64_t spawn(const char *const *words, struct job *job)
{
    struct program *program;
    int64_t status = program_open(words[0], &program);
    if (status < 0)
        return status;
    const uint64_t ask = RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT;
    handle_t asks = cap_derive(input, ask, (uint64_t)(job - jobs) + 1);
    const struct program_cap caps[] = {
        {"console", startup_cap("console"), RIGHT_CONSOLE_WRITE | RIGHT_INFO | RIGHT_GRANT},
        {"input", asks, ask},
        {"system", startup_cap("system"),
         RIGHT_SYSTEM_EXIT | RIGHT_SYSTEM_CHECK | RIGHT_SYSTEM_TRACE | RIGHT_INFO | RIGHT_GRANT},
        {"registry", startup_cap("registry"), RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT},
    };
    status = program_spawn(program, words, caps, 4, &job->process);
    program_close(program);
    cap_delete(asks);
    return status;
}

void jobs_run(int argc, char **argv, bool background)
{
    struct cap_info info;
    struct job *job = free_job();
    if (job == NULL) {
        printf("%d programs run already: `jobs` shows them, `kill` ends one.\n", JOBS_MAX);
        return;
    }
    const char **words = all_words(argc, argv);
    int64_t status = words == NULL ? STATUS_NO_MEMORY : spawn(words, job);
    free(words);
    if (status < 0) {
        job->process = 0;
        if (status == STATUS_NOT_FOUND)
            printf("There is no program '%s'; `programs` lists them.\n", argv[0]);
        else
            complain(argv[0], status);
        return;
    }
    job->id = cap_info(job->process, &info) == STATUS_OK ? info.object : 0;
    snprintf(job->name, sizeof(job->name), "%s", argv[0]);
    if (background)
        printf("[%zu] %s (%" PRIu64 ")\n", (size_t)(job - jobs) + 1, job->name, job->id);
    else
        wait_for(job);
}
