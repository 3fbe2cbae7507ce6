/* The console as a stream of bytes, the machine's or that of the service: see vasco/console.h. */
#include <stdbool.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/console.h>
#include <vasco/endpoint.h>
#include <vasco/startup.h>
#include <vasco/thread.h>

#include "internal.h"

#define WAIT_NANOSECONDS 10000000 /* between looks for what was typed */

/* Whether what the program was given is the service. */
static bool is_service(handle_t console)
{
    static enum object_type type;
    struct cap_info info;
    if (type == OBJECT_NONE)
        type = cap_info(console, &info) == STATUS_OK ? info.type : OBJECT_CONSOLE;
    return type == OBJECT_ENDPOINT;
}

/* --- the service ------------------------------------------------------------------------------ */

static int64_t service_write(handle_t service, const char *bytes, size_t nbytes)
{
    size_t n = nbytes < CONSOLE_BYTES_MAX ? nbytes : CONSOLE_BYTES_MAX;
    struct message message = {.nwords = console_nwords(n), .words = {CONSOLE_WRITE, n}};
    memcpy(&message.words[CONSOLE_WORDS], bytes, n);
    int64_t status = endpoint_call(service, &message);
    return status < 0 ? status : (int64_t)message.words[0];
}

static int64_t service_read(handle_t service, char *bytes, size_t room)
{
    struct message message = {.nwords = CONSOLE_WORDS, .words = {CONSOLE_READ, room}};
    int64_t status = endpoint_call(service, &message);
    if (status < 0)
        return status;
    int64_t n = (int64_t)message.words[0];
    if (n > (int64_t)room || n > CONSOLE_BYTES_MAX)
        return STATUS_BAD_ARGUMENT;
    if (n > 0)
        memcpy(bytes, &message.words[CONSOLE_WORDS], (size_t)n);
    return n;
}

/* --- both ------------------------------------------------------------------------------------- */

int64_t console_write(const char *bytes, size_t nbytes)
{
    handle_t console = startup_cap("console");
    size_t done = 0;
    while (done < nbytes) {
        int64_t written = is_service(console)
                              ? service_write(console, bytes + done, nbytes - done)
                              : sys_console_write(console, (uintptr_t)bytes + done, nbytes - done);
        if (written < 0)
            return written;
        done += (size_t)written;
    }
    return (int64_t)done;
}

/* Whoever has the keyboard may give a program its input by an endpoint of that name. */
int64_t console_poll(char *bytes, size_t room)
{
    handle_t console = startup_cap("console");
    handle_t input = startup_cap("input");
    if (input > 0)
        return service_read(input, bytes, room);
    return is_service(console) ? service_read(console, bytes, room)
                               : sys_console_read(console, (uintptr_t)bytes, room);
}

/* What is typed at the machine's console is shown here, and Return reads as a new line; the service
 * has done that. */
int64_t console_read(char *bytes, size_t nbytes)
{
    int64_t n = console_poll(bytes, nbytes);
    while (n == STATUS_NO_DATA) {
        thread_sleep(WAIT_NANOSECONDS);
        n = console_poll(bytes, nbytes);
    }
    if (is_service(startup_cap("console")) || startup_cap("input") > 0)
        return n;
    for (int64_t i = 0; i < n; i++) {
        if (bytes[i] == '\r')
            bytes[i] = '\n';
    }
    if (n > 0)
        console_write(bytes, (size_t)n);
    return n;
}
