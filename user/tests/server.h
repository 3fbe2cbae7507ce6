/*
 * A registry of a test's own, with which the test can be anybody, and which ends with the test.
 */
#ifndef TESTS_SERVER_H
#define TESTS_SERVER_H

#include <stdbool.h>
#include <vasco/registry.h>

#include "kit.h"

struct server {
    handle_t process;
    handle_t registry; /* as user 0 */
};

bool server_start(struct server *server);

/* Ends it. Everything that was opened through it must have been dropped. */
void server_end(struct server *server);

/* The registry as it is for this user. To be dropped. */
handle_t server_as(const struct server *server, uint32_t user, uint32_t group);

/* Runs the program bin/NAME with one or two arguments as this user, and returns its exit status;
 * 1000 if it ended otherwise. */
int server_run(const struct server *server, uint32_t user, uint32_t group, const char *name,
               const char *first, const char *second);

#endif
