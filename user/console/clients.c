/* Lines of clients: see clients.h. */
#include "clients.h"

#include "screen.h"

static struct client clients[CLIENTS_MAX];
static uint64_t turn;

static void show_line(struct client *client)
{
    screen_line(client->line, client->nbytes);
    client->nbytes = 0;
}

static struct client *find(uint64_t badge)
{
    struct client *oldest = clients;
    for (struct client *client = clients; client < clients + CLIENTS_MAX; client++) {
        if (client->badge == badge)
            return client;
        if (client->turn < oldest->turn)
            oldest = client;
    }
    return oldest;
}

struct client *client_of(uint64_t badge)
{
    struct client *client = find(badge);
    if (client->badge != badge && client->nbytes > 0)
        show_line(client);
    client->badge = badge;
    client->turn = ++turn;
    return client;
}

void client_write(struct client *client, const char *bytes, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        if (bytes[i] == '\n') {
            show_line(client);
            continue;
        }
        if (client->nbytes == sizeof(client->line))
            show_line(client);
        client->line[client->nbytes++] = bytes[i];
    }
}

void client_prompt(struct client *client)
{
    screen_prompt(client->line, client->nbytes);
    client->nbytes = 0;
}
