/* What the program was given: see vasco/startup.h. */
#include <string.h>
#include <vasco/startup.h>

#include "abi/status.h"
#include "internal.h"

static const struct startup *given;

void startup_remember(const struct startup *startup)
{
    given = startup;
}

char **startup_arguments(void)
{
    return (char **)given->argv;
}

handle_t startup_cap(const char *name)
{
    for (uint64_t i = 0; i < given->ncaps && i < STARTUP_CAPS; i++) {
        if (strncmp(given->caps[i].name, name, NAME_BYTES) == 0)
            return given->caps[i].handle;
    }
    return STATUS_BAD_HANDLE;
}

uint64_t startup_archive_bytes(void)
{
    return given->archive_bytes;
}
