/*
 * The shell: what init starts unless it is told otherwise. A line is a command of commands.def or a
 * program of the archive; docs/shell.md shows what they do.
 *
 * It is started with the machine's console, with "memory", the pool of all memory, by which it sees
 * and ends what others have made, and with what programs get, which it hands on.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/archive.h>
#include <vasco/cap.h>
#include <vasco/console.h>
#include <vasco/process.h>
#include <vasco/startup.h>
#include <vasco/status.h>

#include "complete.h"
#include "line.h"
#include "objects.h"
#include "shell.h"
#include "words.h"

const struct command commands[] = {
#define COMMAND(name, synopsis, summary, least, most)                                              \
    {#name, synopsis, summary, least, most, command_##name},
#include "commands.def"
#undef COMMAND
};
const size_t ncommands = sizeof(commands) / sizeof(commands[0]);

void complain(const char *what, int64_t status)
{
    printf("%s: %s\n", what, status_text(status));
}

static const struct command *command_named(const char *name)
{
    for (size_t i = 0; i < ncommands; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

void command_help(int argc, char **argv)
{
    const struct command *one = argc > 1 ? command_named(argv[1]) : NULL;
    if (argc > 1 && one == NULL) {
        printf("There is no command '%s'.\n", argv[1]);
        return;
    }
    if (one != NULL) {
        printf("%s %s\n  %s\n", one->name, one->synopsis, one->summary);
        return;
    }
    for (size_t i = 0; i < ncommands; i++)
        printf("%-9s %s\n", commands[i].name, commands[i].summary);
    printf("`help vas` shows how a command is written. Programs are started by their names;\n"
           "& behind them lets them run in the background, ^C ends one, TAB completes.\n");
}

static void kill_job(const char *word)
{
    handle_t process = jobs_process(word);
    int64_t status = process == 0 ? STATUS_OK : object_destroy(process);
    if (process == 0)
        printf("There is no job %s; `jobs` lists them.\n", word);
    else if (status < 0)
        complain(word, status);
}

void command_kill(int argc, char **argv)
{
    (void)argc;
    if (argv[1][0] == '%') {
        kill_job(argv[1]);
        return;
    }
    objects_find();
    const struct item *item = objects_named(argv[1], OBJECT_PROCESS);
    struct cap_info self;
    if (item != NULL &&
        (strncmp(item->info.name, "init", NAME_BYTES) == 0 ||
         (cap_info(HANDLE_SELF, &self) == STATUS_OK && self.object == item->info.object))) {
        printf("%.16s stays: `poweroff` ends all.\n", item->info.name);
    } else if (item != NULL) {
        int64_t status = object_destroy(item->handle);
        if (status < 0)
            complain(argv[1], status);
    }
    objects_forget();
}

void command_run(int argc, char **argv)
{
    bool background = strcmp(argv[argc - 1], "&") == 0;
    if (background)
        argv[--argc] = NULL;
    if (argc > 1)
        jobs_run(argc - 1, argv + 1, background);
    else
        printf("It is: run PROGRAM [WORD...] [&]\n");
}

void command_bench(int argc, char **argv)
{
    char which[80];
    char name[] = "bench";
    char cold[] = "cold=no";
    char *words[] = {name, which, cold, NULL};
    snprintf(which, sizeof(which), "bench=%s", argc > 1 ? argv[1] : "micro");
    jobs_run(3, words, false);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void execute(int argc, char **argv)
{
    const struct command *command = command_named(argv[0]);
    if (command == NULL) {
        bool background = strcmp(argv[argc - 1], "&") == 0;
        if (background)
            argv[--argc] = NULL;
        if (argc > 0 && is_program(argv[0]))
            jobs_run(argc, argv, background);
        else if (argc > 0)
            printf("There is no command or program '%s'; try `help` or `programs`.\n", argv[0]);
        return;
    }
    if (argc - 1 < command->least || argc - 1 > command->most)
        printf("It is: %s %s\n", command->name, command->synopsis);
    else
        command->run(argc, argv);
}

static void execute_line(const char *text)
{
    char copy[LINE_BYTES];
    char *words[WORDS_MAX + 1];
    strcpy(copy, text);
    int n = words_split(copy, words);
    if (n == -1)
        printf("A quote has no end.\n");
    else if (n < 0)
        printf("A line has at most %d words.\n", WORDS_MAX);
    else if (n > 0)
        execute(n, words);
    fflush(stdout);
    jobs_report();
}

static void show(const char *bytes, size_t nbytes)
{
    console_write(bytes, nbytes);
}

static struct line line = {.prompt = "vasco> ", .show = show};

/* What comes of one key; false: there is nothing more to be read. */
static bool feed(char byte)
{
    switch (line_feed(&line, byte)) {
    case LINE_DONE:
        line_remember(&line);
        execute_line(line.text);
        line_begin(&line);
        return true;
    case LINE_BROKEN:
        line_begin(&line);
        return true;
    case LINE_TAB:
        complete(&line);
        return true;
    case LINE_END:
        return false;
    default:
        return true;
    }
}

/* The words of the boot that are neither init's nor the kernel's, which init has given to us. */
int main(int argc, char **argv)
{
    char bytes[64];
    (void)argc;
    if (!jobs_begin(argv + 1)) {
        printf("shell: there is not enough memory\n");
        return 1;
    }
    printf("\nWelcome to Vasco. `help` lists what there is, `tour` shows the idea,\n"
           "`poweroff` ends it.\n");
    fflush(stdout);
    line_begin(&line);
    for (;;) {
        size_t n = jobs_pump(bytes, sizeof(bytes));
        for (size_t i = 0; i < n; i++) {
            if (!feed(bytes[i]))
                command_poweroff(0, NULL);
        }
    }
}
