/*
 * The key-value store as a service (vasco/kv.h says what it does).
 *
 *     kv [NAME [MODE]]
 *
 * It is started with a capability "serve" to the endpoint that it receives at, without a badge, and
 * with the rights CALL, RECEIVE, GRANT, REVOKE and INFO. With a name it enters VAS and segment into
 * the registry: who finds them there switches into the store (kv_store_open) without asking the
 * server. MODE is octal, 0600 if there is none.
 *
 * One thread serves one call by endpoint after the other; those by gate come with threads of their
 * own. It waits for nobody but for the locks of the store: who switches into it and stays there
 * keeps others waiting, and so the server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/registry.h>
#include <vasco/startup.h>
#include <vasco/status.h>

#include "gate.h"
#include "serve.h"

#define MODE_DEFAULT 0600

static int fail(const char *what, int64_t status)
{
    printf("kv: cannot %s: %s\n", what, status_text(status));
    return EXIT_FAILURE;
}

static int64_t enter_registry(const struct kv_store *store, const char *name, uint32_t mode)
{
    handle_t registry = startup_cap("registry");
    int64_t id = registry_add(registry, store->vas, name, mode);
    return id < 0 ? id : registry_add(registry, store->seg, name, mode);
}

/* Turns a call into its answer. Capabilities that came with it are not wanted. */
static void answer(const struct service *service, struct message *message)
{
    uint64_t words[KV_WORDS] = {KV_REQUESTS};
    for (int i = 0; i < message->ncaps; i++)
        cap_delete(message->caps[i].cap);
    if (message->nwords == KV_WORDS)
        memcpy(words, message->words, sizeof(words));
    message->ncaps = (uint16_t)serve(service, message->badge, words, message->caps);
    message->nwords = KV_WORDS;
    memcpy(message->words, words, sizeof(words));
}

/* What goes with an answer can have been destroyed meanwhile: then the caller hears that. */
static int64_t serve_calls(const struct service *service)
{
    static struct message message;
    int64_t status = endpoint_receive(service->doors.endpoint, &message);
    while (status == STATUS_OK) {
        answer(service, &message);
        status = endpoint_reply_receive(service->doors.endpoint, &message);
        if (status < 0 && message.ncaps > 0) {
            message.ncaps = 0;
            message.words[0] = (uint64_t)status;
            status = endpoint_reply_receive(service->doors.endpoint, &message);
        }
    }
    return status;
}

int main(int argc, char **argv)
{
    static struct service service;
    service.doors.endpoint = startup_cap("serve");
    int64_t status = kv_store_create(&service.store, "kv");
    if (status < 0)
        return fail("make a store", status);
    service.doors.gate = gate_open_for(&service);
    if (service.doors.gate < 0)
        return fail("open a gate", service.doors.gate);
    if (argc > 1)
        status = enter_registry(&service.store, argv[1],
                                argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 8) : MODE_DEFAULT);
    if (status < 0)
        return fail("enter the registry", status);
    return fail("receive", serve_calls(&service));
}
