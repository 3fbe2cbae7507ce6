/*
 * floor 1: finding a file in a ustar archive (POSIX pax, "ustar Interchange Format") that lies in
 * memory. Nothing is read outside of the archive.
 */
#ifndef VASCO_BASE_USTAR_H
#define VASCO_BASE_USTAR_H

#include "base/status.h"

struct file {
    const void *bytes;
    uint64_t nbytes;
};

/* NO_DATA if there is no such file, BAD_ARGUMENT if the archive is damaged before it. */
status_t must_check ustar_find(const void *archive, uint64_t nbytes, const char *name,
                               struct file *out);

#endif
