/*
 * floor 7: the first program. The kernel loads `bin/init` from the archive, gives it every
 * capability there is, and from then on only answers.
 */
#ifndef VASCO_SYS_FIRST_H
#define VASCO_SYS_FIRST_H

#include "base/status.h"
#include "base/types.h"

struct first_spec {
    paddr_t archive; /* page-aligned; the rest of its last page is zero */
    uint64_t archive_bytes;
    const char *words; /* the command line: init's arguments after its name */
};

/* Creates init, ready to run. */
status_t must_check first_program(struct first_spec spec);

#endif
