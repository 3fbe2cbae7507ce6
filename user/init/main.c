/*
 * The first program. It starts what the kernel's command line names, one after the other, says how
 * each ended, and stops the machine: with code 0 if all ended with status 0, else 1.
 *
 *     run=PROGRAM[,PROGRAM...]    `default` is tour,bench
 *     any other words             go to the programs as arguments
 *
 * A PROGRAM is NAME or NAME:USER or NAME:USER.GROUP: of the archive, and who it is to the registry, which
 * init starts before.
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

/* Starts a program with the words of the command line, gives it all we have, and waits for its
 * end. */
static int run(handle_t registry, char *name, char **words)
{
    struct identity who;
    if (!take_identity(name, &who)) {
        printf("init: %s: a user is a number, or two with a point between them\n", name);
        return 1;
    }
    const struct program_cap caps[] = {
        {"system", startup_cap("system"),
         RIGHT_SYSTEM_EXIT | RIGHT_SYSTEM_CHECK | RIGHT_INFO | RIGHT_GRANT},
        {"registry", registry_as(registry, who), RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT},
    };
    struct program *program;
    handle_t process;
    int64_t status = program_open(name, &program);
    if (status < 0)
        return status == STATUS_NO_DATA ? fail_unknown(name)
                                        : fail(name, "cannot be loaded", status);
    words[0] = strdup(name);
    status = program_spawn(program, (const char *const *)words, caps, 2, &process);
    program_close(program);
    free(words[0]);
    cap_delete(caps[1].handle);
    return status < 0 ? fail(name, "cannot be started", status) : wait_for(name, process);
}

int main(int argc, char **argv)
{
    const char *names = option(argv, "run");
    int failures = 0;
    (void)argc;
    if (names == NULL || *names == '\0' || strcmp(names, "default") == 0)
        names = RUN_DEFAULT;
    handle_t registry = start_registry();
    if (registry < 0)
        failures += fail("registry", "cannot be started", registry);
    char *list = strdup(names);
    for (char *rest = list, *name; (name = strsep(&rest, ",")) != NULL;)
        failures += run(registry, name, argv);
    free(list);
    fflush(stdout);
    return (int)system_exit(startup_cap("system"), failures == 0 ? 0 : 1);
}
