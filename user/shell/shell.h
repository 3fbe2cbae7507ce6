/* What the shell's files know of each other. */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/objects.h"
#include "abi/types.h"

/* A command: its words, of which the first is its name, and how many they are. */
struct command {
    const char *name;
    const char *synopsis;
    const char *summary;
    int least; /* words behind the name */
    int most;
    void (*run)(int argc, char **argv);
};

extern const struct command commands[];
extern const size_t ncommands;

#define COMMAND(name, synopsis, summary, least, most) void command_##name(int argc, char **argv);
#include "commands.def"
#undef COMMAND

/* --- main.c ----------------------------------------------------------------------------------- */

/* Prints a status in words: "shell: WHAT: no memory". */
void complain(const char *what, int64_t status);

/* --- jobs.c ----------------------------------------------------------------------------------- */

bool jobs_begin(char **boot_words);

/* Lets 10 ms pass, or less if something is typed: answers programs that ask for input. Bytes that
 * were typed come into `bytes`; how many. */
size_t jobs_pump(char *bytes, size_t room);

/* Says which of the programs in the background have ended. */
void jobs_report(void);

/* Starts the program that argv[0] names; in the background, or waits for its end while it has the
 * keyboard. */
void jobs_run(int argc, char **argv, bool background);

/* The process of a job that "%1" names; 0 if there is none. */
handle_t jobs_process(const char *word);

bool is_program(const char *name);

/* --- text.c ----------------------------------------------------------------------------------- */

/* "4 KiB", "1.5 MiB" into `text`, which is returned. */
char *bytes_text(uint64_t nbytes, char *text, size_t room);

/* "12K", "2M", "100": bytes. False if it is none. */
bool bytes_parse(const char *word, uint64_t *out);

/* The rights of a capability in words into `text`: "info, destroy"; "all" if it has all. */
char *rights_text(enum object_type type, uint64_t rights, char *text, size_t room);

/* "rw-" */
const char *access_text(uint64_t access);

#endif
