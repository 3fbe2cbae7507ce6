/*
 * A program as somebody would write it who knows C and has read docs/tutorial.md: a list of errands
 * is read from a file and kept in a VAS; another process of the same program adds it up there.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vasco/must.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/startup.h>

#include "list/list.h"

long sum_of(const long *numbers, size_t n); /* sum.asm */

static jmp_buf bad_line;

static void parse(struct segheap *heap, struct list *list, char *line)
{
    char *rest = NULL;
    char *name = strtok_r(line, ":", &rest);
    char *price = strtok_r(NULL, ":\n", &rest);
    if (price == NULL)
        longjmp(bad_line, 1);
    name[0] = (char)toupper((unsigned char)name[0]);
    list_add(heap, list, name, lround_cents(strtod(price, NULL)));
}

static void read_file(const char *path, struct segheap *heap, struct list *list)
{
    FILE *file = fopen(path, "r");
    static char *line; /* static: longjmp leaves it alone */
    static size_t room;
    static int nbad;
    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    if (setjmp(bad_line) != 0)
        nbad++;
    while (getline(&line, &room, file) > 0)
        parse(heap, list, line);
    printf("%s: %ld bytes, %zu errands, %d bad line\n", path, ftell(file), list->n, nbad);
    free(line);
    fclose(file);
}

static int add_up(void)
{
    handle_t vas = must(startup_cap("vas"), "find the VAS");
    must(vas_switch(must(vas_attach(HANDLE_SELF, vas, ACCESS_READ), "attach it")), "switch");
    const struct list *list = list_there();
    long *prices = calloc(list->n, sizeof(*prices));
    assert(prices != NULL);
    const char *const *names = list_sorted(list, prices);
    char text[64] = "";
    for (size_t i = 0; i < list->n; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    long sum = sum_of(prices, list->n);
    printf("%s: %s, %ld.%02ld in all, all %s\n", getenv("WHO"), text, sum / 100, sum % 100, STATE);
    free(prices);
    return (int)list->n;
}

static int start_other(const char *name, handle_t vas)
{
    const struct program_cap cap = {"vas", vas, RIGHT_VAS_VIEW | RIGHT_VAS_READ};
    struct process_info info;
    struct program *program;
    handle_t process;
    fflush(stdout);
    must(setenv("WHO", "the other", 1), "set the environment");
    must(program_open(name, &program), "open the program");
    must(program_spawn(program, (const char *[]){name, "-a", NULL}, &cap, 1, &process), "start it");
    must(process_wait(process, &info), "wait for it");
    return info.reason == END_EXIT ? (int)info.status : -1;
}

int main(int argc, char **argv)
{
    struct timespec before, after;
    for (int option; (option = getopt(argc, argv, "a")) != -1;) {
        if (option == 'a')
            return add_up();
    }
    clock_gettime(CLOCK_MONOTONIC, &before);
    struct list *list;
    handle_t vas = list_make(&list);
    read_file("files/errands/errands.txt", list_heap(), list);
    size_t n = list->n;
    must(vas_switch(HANDLE_HOME), "switch home");
    if (start_other(argv[0], vas) != (int)n)
        return EXIT_FAILURE;
    usleep(1000);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert(after.tv_sec > before.tv_sec || after.tv_nsec > before.tv_nsec);
    errno = 0;
    return fopen("files/errands/none", "r") == NULL && errno == ENOENT ? EXIT_SUCCESS
                                                                       : EXIT_FAILURE;
}
