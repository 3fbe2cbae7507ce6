/*
 * The key-value store as a service (vasco/kv.h says what it does).
 *
 *     kv [NAME [MODE]]
 *
 * It is started with a capability "serve" to the endpoint that it receives at, without a badge, and
 * with the rights CALL, RECEIVE, GRANT, REVOKE and INFO. With a name it enters VAS and segment into the
 * registry: who finds them there switches into the store without asking the server. MODE is octal,
 * 0600 if there is none.
 *
 * One thread serves one call after the other. It waits for nobody but for the locks of the store:
 * who switches into it and stays there keeps others waiting, and so the server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/registry.h>
#include <vasco/startup.h>
#include <vasco/status.h>

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

/* What goes along with an answer can have gone dead meanwhile. That the caller has ended is no
 * concern of ours. */
static void answer(const struct service *service, struct message *message)
{
    uint64_t words[KV_WORDS] = {KV_REQUESTS};
    if (message->nwords == KV_WORDS)
        memcpy(words, message->words, sizeof(words));
    if (message->cap != 0)
        cap_delete(message->cap);
    handle_t given = serve(service, message->badge, words);
    *message = (struct message){.cap = given, .nwords = KV_WORDS};
    memcpy(message->words, words, sizeof(words));
    int64_t status = endpoint_reply(message);
    if (given == 0)
        return;
    if (status < 0 && status != STATUS_ENDED) {
        message->cap = 0;
        message->words[0] = (uint64_t)status;
        endpoint_reply(message);
    }
    cap_delete(given);
}

int main(int argc, char **argv)
{
    static struct service service;
    static struct message message;
    service.endpoint = startup_cap("serve");
    int64_t status = kv_store_create(&service.store, "kv");
    if (status < 0)
        return fail("make a store", status);
    if (argc > 1)
        status = enter_registry(&service.store, argv[1],
                                argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 8) : MODE_DEFAULT);
    if (status < 0)
        return fail("enter the registry", status);
    while ((status = endpoint_receive(service.endpoint, &message)) == STATUS_OK)
        answer(&service, &message);
    return fail("receive", status);
}
