/*
 * The console as a service (vasco/console.h says what it does). It is started with the machine's
 * console, and with a capability "serve" to the endpoint that it receives at.
 *
 * It answers at once: who wants to read what has not been typed yet is told so, and asks again.
 */
#include <string.h>
#include <vasco/cap.h>
#include <vasco/console.h>
#include <vasco/endpoint.h>
#include <vasco/startup.h>
#include <vasco/status.h>

#include "clients.h"
#include "screen.h"

static int64_t take(struct client *client, const struct message *message)
{
    uint64_t nbytes = message->words[1];
    if (nbytes > CONSOLE_BYTES_MAX || message->nwords < console_nwords(nbytes))
        return STATUS_BAD_ARGUMENT;
    client_write(client, (const char *)&message->words[CONSOLE_WORDS], nbytes);
    return (int64_t)nbytes;
}

static int64_t give(struct client *client, struct message *message)
{
    uint64_t room = message->words[1] < CONSOLE_BYTES_MAX ? message->words[1] : CONSOLE_BYTES_MAX;
    if ((client->badge & 1) == 0)
        return STATUS_NO_RIGHT;
    if (room == 0)
        return STATUS_BAD_ARGUMENT;
    client_prompt(client);
    return screen_read((char *)&message->words[CONSOLE_WORDS], room);
}

/* Turns a call into its answer. */
static void answer(struct message *message)
{
    int64_t result = STATUS_BAD_ARGUMENT;
    size_t nbytes = 0;
    for (int i = 0; i < message->ncaps; i++)
        cap_delete(message->caps[i].cap);
    if (message->badge == 0) {
        result = STATUS_NO_RIGHT;
    } else if (message->nwords >= CONSOLE_WORDS && message->words[0] == CONSOLE_WRITE) {
        result = take(client_of(message->badge), message);
    } else if (message->nwords >= CONSOLE_WORDS && message->words[0] == CONSOLE_READ) {
        result = give(client_of(message->badge), message);
        nbytes = result > 0 ? (size_t)result : 0;
    }
    message->words[0] = (uint64_t)result;
    message->nwords = console_nwords(nbytes);
    message->ncaps = 0;
}

/* Does not end but by an error of the endpoint. */
int main(void)
{
    static struct message message;
    handle_t endpoint = startup_cap("serve");
    int64_t status = endpoint_receive(endpoint, &message);
    while (status == STATUS_OK) {
        answer(&message);
        status = endpoint_reply_receive(endpoint, &message);
    }
    return 1;
}
