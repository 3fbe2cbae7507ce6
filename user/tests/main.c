/*
 * The test suite of the system-call interface. Prints TAP and ends with status 0 if every test
 * passed, 1 if not. Of its arguments it knows
 *
 *     filter=WORD    runs only the tests whose names contain the word
 *     scale=small    shortens the long loops, for slow emulators
 *
 * and leaves the others alone: they are the words of the kernel's command line. Tests start the
 * program again as a gardener (garden.h), as a holder (holder.h), as a client of a key-value store
 * (kv_kit.h), as one of the console (console_kit.h) or as a C program that ends (posix_child.h).
 */
#include <stdio.h>
#include <string.h>
#include <vasco/startup.h>

#include "console_kit.h"
#include "garden.h"
#include "holder.h"
#include "kv_kit.h"
#include "posix_child.h"
#include "test.h"

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (argc == 4 && strcmp(argv[1], "gardener") == 0)
        return gardener_main(argv[2], argv[3]);
    if (argc == 3 && strcmp(argv[1], "holder") == 0)
        return holder_main(argv[2]);
    if (argc == 2 && strcmp(argv[1], "reads") == 0)
        return console_reader_main();
    if (argc == 3 && strcmp(argv[1], "prints") == 0)
        return console_printer_main(argv[2]);
    if (argc == 5 && strcmp(argv[1], "kv") == 0)
        return kv_worker_main(argv[2], argv[3], argv[4]);
    if (argc >= 3 && strcmp(argv[1], "posix") == 0)
        return posix_child_main(argc, argv);
    const char *scale = startup_option("scale");
    const struct test_run run = {
        .filter = startup_option("filter"),
        .small = scale != NULL && strcmp(scale, "small") == 0,
    };
    return test_run_all(&run) == 0 ? 0 : 1;
}
