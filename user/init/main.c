/*
 * The first program. It starts what the kernel's command line names, one after the other, says how
 * each ended, and stops the machine: with code 0 if all ended with status 0, else 1.
 *
 *     run=PROGRAM[,PROGRAM...]    `default` is the shell
 *     exit=HOW                    the kernel's
 *     any other words             go to all programs, behind their own arguments
 *
 * A PROGRAM is NAME[:USER[.GROUP]][/ARGUMENT...]: of the archive, who it is to the registry, which
 * init starts before, and what it is told. So rfc:5.6/build/660 is the program rfc, as user 5 of
 * group 6, with the arguments build and 660.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/archive.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/registry.h>
#include <vasco/startup.h>
#include <vasco/status.h>
#include <vasco/system.h>

#define RUN_DEFAULT SHELL
#define SHELL "shell" /* the program that sees what others have */
#define PROGRAM_FOLDER "bin/"

static int fail(const char *name, const char *what, int64_t status)
{
    printf("init: %s: %s: %s\n", name, what, status_text(status));
    return 1;
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

/* --- the registry --------------------------------------------------------------------------- */

#define USER_DEFAULT 1000
#define GROUP_DEFAULT 1000

/* Starts the registry on an endpoint, which is returned, or a status. */
static handle_t start_registry(void)
{
    struct program *program;
    handle_t process;
    int64_t status = program_open("registry", &program);
    if (status < 0)
        return status;
    handle_t endpoint = endpoint_create("registry");
    const struct program_cap serve = {"serve", endpoint, RIGHT_ENDPOINT_RECEIVE | RIGHT_INFO};
    status = endpoint;
    if (status >= 0)
        status = program_spawn(program, (const char *[]){"registry", NULL}, &serve, 1, &process);
    program_close(program);
    if (status < 0)
        return status;
    cap_delete(process);
    return endpoint;
}

struct identity {
    uint32_t user;
    uint32_t group;
};

/* A number of the program's name, and where it ends. False if there is none, or it is too large. */
static bool take_number(char **text, uint32_t *out)
{
    char *end = *text;
    errno = 0;
    unsigned long number = strtoul(*text, &end, 10);
    if (**text < '0' || **text > '9' || errno != 0 || number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    *text = end;
    return true;
}

/* Who the program is: cuts USER or USER.GROUP off its name. False if that is neither. */
static bool take_identity(char *name, struct identity *out)
{
    char *who = strchr(name, ':');
    *out = (struct identity){USER_DEFAULT, GROUP_DEFAULT};
    if (who == NULL)
        return true;
    *who++ = '\0';
    if (!take_number(&who, &out->user))
        return false;
    if (out->user == 0)
        out->group = 0;
    if (*who == '.' && (who++, !take_number(&who, &out->group)))
        return false;
    return *who == '\0';
}

/* A capability to the registry that speaks for the program; 0 if there is no registry. */
static handle_t registry_as(handle_t registry, struct identity who)
{
    if (registry < 0)
        return 0;
    return cap_derive(registry, RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT,
                      registry_badge(who.user, who.group));
}

/* --- programs ------------------------------------------------------------------------------- */

static bool is_for_init(const char *word)
{
    return strncmp(word, "run=", 4) == 0 || strncmp(word, "exit=", 5) == 0;
}

/* The program's arguments: its name, those that follow it behind slashes (which are cut), and the
 * words of the command line that are not ours. To be freed. */
static char **arguments_of(char *program, char **words)
{
    size_t room = strlen(program) + 2;
    size_t n = 0;
    for (char **word = words; *word != NULL; word++)
        room++;
    char **arguments = calloc(room, sizeof(char *));
    if (arguments == NULL)
        return NULL;
    for (char *rest = program, *word; (word = strsep(&rest, "/")) != NULL;)
        arguments[n++] = word;
    for (char **word = words + 1; *word != NULL; word++) {
        if (!is_for_init(*word))
            arguments[n++] = *word;
    }
    return arguments;
}

/* Starts a program, gives it all we have, and waits for its end. Its name is the first argument. */
static int run(handle_t registry, char **arguments)
{
    struct identity who;
    char *name = arguments[0];
    if (!take_identity(name, &who)) {
        printf("init: %s: a user is a number, or two with a point between them\n", name);
        return 1;
    }
    const struct program_cap caps[] = {
        {"system", startup_cap("system"),
         RIGHT_SYSTEM_EXIT | RIGHT_SYSTEM_CHECK | RIGHT_SYSTEM_TRACE | RIGHT_INFO | RIGHT_GRANT},
        {"registry", registry_as(registry, who), RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT},
        {"memory", startup_cap("memory"), RIGHT_POOL_OPEN | RIGHT_INFO | RIGHT_DESTROY},
    };
    const size_t ncaps = strcmp(name, SHELL) == 0 ? 3 : 2;
    struct program *program;
    handle_t process;
    int64_t status = program_open(name, &program);
    if (status < 0)
        return status == STATUS_NOT_FOUND ? fail_unknown(name)
                                          : fail(name, "cannot be loaded", status);
    status = program_spawn(program, (const char *const *)arguments, caps, ncaps, &process);
    program_close(program);
    cap_delete(caps[1].handle);
    return status < 0 ? fail(name, "cannot be started", status) : wait_for(name, process);
}

int main(int argc, char **argv)
{
    const char *names = startup_option("run");
    int failures = 0;
    (void)argc;
    if (names == NULL || *names == '\0' || strcmp(names, "default") == 0)
        names = RUN_DEFAULT;
    handle_t registry = start_registry();
    if (registry < 0)
        failures += fail("registry", "cannot be started", registry);
    char *list = strdup(names);
    for (char *rest = list, *program; (program = strsep(&rest, ",")) != NULL;) {
        char **arguments = *program == '\0' ? NULL : arguments_of(program, argv);
        if (arguments != NULL)
            failures += run(registry, arguments);
        free(arguments);
    }
    free(list);
    fflush(stdout);
    return (int)system_exit(startup_cap("system"), failures == 0 ? 0 : 1);
}
