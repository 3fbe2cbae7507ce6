/* The console as a stream of bytes. What is typed is shown, and Return reads as a new line. */
#include <vasco/startup.h>
#include <vasco/syscalls.h>
#include <vasco/thread.h>

#include "abi/status.h"
#include "internal.h"

#define WAIT_NANOSECONDS 10000000 /* between looks for what was typed */

int64_t console_write(const char *bytes, size_t nbytes)
{
    handle_t console = startup_cap("console");
    size_t done = 0;
    while (done < nbytes) {
        int64_t written = sys_console_write(console, (uintptr_t)bytes + done, nbytes - done);
        if (written < 0)
            return written;
        done += (size_t)written;
    }
    return (int64_t)done;
}

int64_t console_read(char *bytes, size_t nbytes)
{
    handle_t console = startup_cap("console");
    int64_t n = sys_console_read(console, (uintptr_t)bytes, nbytes);
    while (n == STATUS_NO_DATA) {
        thread_sleep(WAIT_NANOSECONDS);
        n = sys_console_read(console, (uintptr_t)bytes, nbytes);
    }
    for (int64_t i = 0; i < n; i++) {
        if (bytes[i] == '\r')
            bytes[i] = '\n';
    }
    if (n > 0)
        console_write(bytes, (size_t)n);
    return n;
}
