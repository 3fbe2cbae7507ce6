/* A registry of one's own: see server.h. */
#include "server.h"

#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/process.h>
#include <vasco/program.h>

#include "test.h"

#define ENDED_OTHERWISE 1000
#define CLIENT_RIGHTS (RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT)

/* Starts a program and closes it again. */
static handle_t start(const char *const argv[], const struct program_cap *cap)
{
    struct program *program;
    handle_t process = 0;
    int64_t status = program_open(argv[0], &program);
    if (status < 0)
        return status;
    status = program_spawn(program, argv, cap, 1, &process);
    program_close(program);
    return status < 0 ? status : process;
}

bool server_start(struct server *server)
{
    server->registry = endpoint_create("registry");
    const struct program_cap serve = {"serve", server->registry,
                                      RIGHT_ENDPOINT_RECEIVE | RIGHT_INFO};
    server->process = start((const char *[]){"registry", NULL}, &serve);
    return check(server->registry > 0) && check(server->process > 0);
}

void server_end(struct server *server)
{
    check_eq(object_destroy(server->process), STATUS_OK);
    kit_drop_all(server->process, server->registry);
}

handle_t server_as(const struct server *server, uint32_t user, uint32_t group)
{
    return cap_derive(server->registry, CLIENT_RIGHTS, registry_badge(user, group));
}

int server_run(const struct server *server, uint32_t user, uint32_t group, const char *name,
               const char *first, const char *second)
{
    struct process_info info = {0};
    handle_t client = server_as(server, user, group);
    const struct program_cap registry = {"registry", client, CLIENT_RIGHTS};
    handle_t process = start((const char *[]){name, first, second, NULL}, &registry);
    kit_drop(client);
    if (!check(process > 0))
        return ENDED_OTHERWISE;
    check_eq(process_wait(process, &info), STATUS_OK);
    kit_drop(process);
    return info.reason == END_EXIT ? (int)info.status : ENDED_OTHERWISE;
}
