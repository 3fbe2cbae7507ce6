/* The clients, and what each has written of a line that is not full yet. */
#ifndef CONSOLE_CLIENTS_H
#define CONSOLE_CLIENTS_H

#include <vasco/console.h>

#define CLIENTS_MAX 64

struct client {
    uint64_t badge; /* 0: nobody */
    uint64_t turn;  /* when it has last been here */
    size_t nbytes;
    char line[CONSOLE_LINE_BYTES];
};

/* The client with this badge, which is not 0. If there are too many it takes the place of the one
 * that has not been here for the longest time, whose line is shown as it is. */
struct client *client_of(uint64_t badge);

/* Adds to its line, and shows it when it is full. */
void client_write(struct client *client, const char *bytes, size_t nbytes);

/* Shows the beginning of its line, to be continued by what is typed. */
void client_prompt(struct client *client);

#endif
