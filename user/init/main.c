/*
 * The first program. It starts what the kernel's command line names, one after the other, says how
 * each ended, and stops the machine: with code 0 if all ended with status 0, else 1.
 *
 *     run=NAME[,NAME...]    programs of the archive; `default` is tour,bench
 *     any other words       go to the programs as arguments
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/archive.h>
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/startup.h>
#include <vasco/status.h>
#include <vasco/system.h>

#define RUN_DEFAULT "tour,bench"
#define PROGRAM_FOLDER "bin/"

static int fail(const char *name, const char *what, int64_t status)
{
    printf("init: %s: %s: %s\n", name, what, status_text(status));
    return 1;
}

/* The value of the argument KEY=VALUE, or null. */
static const char *option(char **argv, const char *key)
{
    size_t length = strlen(key);
    for (; *argv != NULL; argv++) {
        if (strncmp(*argv, key, length) == 0 && (*argv)[length] == '=')
            return *argv + length + 1;
    }
    return NULL;
}

static int fail_unknown(const char *name)
{
    struct archive_file file;
    const size_t folder = strlen(PROGRAM_FOLDER);
    printf("init: there is no program '%s'; there are:", name);
    for (size_t position = 0; archive_next(&position, &file) == STATUS_OK;) {
        if (strncmp(file.path, PROGRAM_FOLDER, folder) == 0)
            printf(" %s", file.path + folder);
    }
    printf("\n");
    return 1;
}

static int wait_for(const char *name, handle_t process)
{
    char text[80];
    struct process_info info;
    int64_t status = process_wait(process, &info);
    cap_delete(process);
    if (status < 0)
        return fail(name, "cannot be waited for", status);
    printf("init: %s %s\n", name, process_end_text(&info, text, sizeof(text)));
    return process_ended_well(&info) ? 0 : 1;
}

/* Starts a program with the words of the command line, gives it all we have, and waits for its
 * end. */
static int run(const char *name, char **words)
{
    const struct program_cap system = {
        .name = "system",
        .handle = startup_cap("system"),
        .rights = RIGHT_SYSTEM_EXIT | RIGHT_SYSTEM_CHECK | RIGHT_INFO | RIGHT_GRANT,
    };
    struct program *program;
    handle_t process;
    int64_t status = program_open(name, &program);
    if (status < 0)
        return status == STATUS_NO_DATA ? fail_unknown(name)
                                        : fail(name, "cannot be loaded", status);
    words[0] = strdup(name);
    status = program_spawn(program, (const char *const *)words, &system, 1, &process);
    program_close(program);
    free(words[0]);
    return status < 0 ? fail(name, "cannot be started", status) : wait_for(name, process);
}

int main(int argc, char **argv)
{
    const char *names = option(argv, "run");
    int failures = 0;
    (void)argc;
    if (names == NULL || *names == '\0' || strcmp(names, "default") == 0)
        names = RUN_DEFAULT;
    char *list = strdup(names);
    for (char *rest = list, *name; (name = strsep(&rest, ",")) != NULL;)
        failures += run(name, argv);
    free(list);
    fflush(stdout);
    return (int)system_exit(startup_cap("system"), failures == 0 ? 0 : 1);
}
