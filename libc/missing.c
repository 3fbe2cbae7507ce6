/*
 * Functions of POSIX that newlib leaves out, or has under other names, and that need nothing of the
 * system but facts.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <vasco/system.h>
#include <vasco/thread.h>

#include "abi/types.h"
#include "internal.h"

ssize_t getdelim(char **line, size_t *room, int delimiter, FILE *file)
{
    return __getdelim(line, room, delimiter, file);
}

ssize_t getline(char **line, size_t *room, FILE *file)
{
    return __getline(line, room, file);
}

int posix_memalign(void **out, size_t align, size_t nbytes)
{
    if (align < sizeof(void *) || (align & (align - 1)) != 0)
        return EINVAL;
    void *memory = memalign(align, nbytes);
    if (memory == NULL && nbytes != 0)
        return ENOMEM;
    *out = memory;
    return 0;
}

int getpagesize(void)
{
    return PAGE_BYTES;
}

long sysconf(int name)
{
    struct system_info info;
    if (system_info(&info) < 0)
        return -1;
    switch (name) {
    case _SC_PAGESIZE: /* _SC_PAGE_SIZE too */
        return PAGE_BYTES;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
        return (long)info.ncpus;
    case _SC_PHYS_PAGES:
        return (long)info.total_frames;
    case _SC_AVPHYS_PAGES:
        return (long)info.free_frames;
    case _SC_CLK_TCK:
        return CLOCKS_PER_SEC;
    case _SC_OPEN_MAX:
        return OPEN_FILES_MAX;
    case _SC_THREAD_THREADS_MAX:
        return THREADS_STARTED_MAX + 1;
    default:
        errno = EINVAL;
        return -1;
    }
}
