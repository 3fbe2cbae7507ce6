/* Clients of the registry that do not behave. It must go on, and lose nothing. */
#include <stdio.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/registry_protocol.h>

#include "server.h"
#include "test.h"
#include "worker.h"

static void check_serves(handle_t registry)
{
    check_eq(registry_find(registry, OBJECT_VAS, "nobody"), STATUS_NOT_FOUND);
}

/* The answer to a message of these words, sent with a capability that must come back. */
static int64_t send(handle_t registry, const struct registry_message *words, uint64_t nwords,
                    handle_t cap)
{
    struct registry_message answer;
    struct message message = {.nwords = (uint32_t)nwords};
    if (cap != 0)
        message_add_cap(&message, cap, MESSAGE_ALL_RIGHTS);
    memcpy(message.words, words, sizeof(*words));
    check_eq(endpoint_call(registry, &message), STATUS_OK);
    check_eq(message.ncaps, 0);
    memcpy(&answer, message.words, sizeof(answer));
    return answer.code;
}

void test_registry_refuses_messages_that_are_none(void)
{
    struct server server;
    struct registry_message words = {.code = REGISTRY_FIND, .entry.type = OBJECT_VAS};
    require(server_start(&server));
    handle_t me = server.registry, seg = kit_seg(PAGE_BYTES, 0);
    uint64_t caps = kit_process_info(server.process).ncaps;
    for (uint64_t nwords = 0; nwords <= MESSAGE_WORDS; nwords++)
        check_eq(send(me, &words, nwords, seg),
                 nwords == REGISTRY_MESSAGE_WORDS ? STATUS_NOT_FOUND : STATUS_BAD_ARGUMENT);
    memset(words.entry.name, 'x', sizeof(words.entry.name));
    for (int32_t code = -2; code <= REGISTRY_REQUESTS; code++) {
        words.code = code;
        check_eq(send(me, &words, REGISTRY_MESSAGE_WORDS, seg), STATUS_TOO_LARGE);
    }
    words.entry.name[0] = '\0';
    words.entry.name[REGISTRY_NAME_BYTES - 1] = '\0';
    for (int32_t code = -2; code <= REGISTRY_REQUESTS; code++) {
        for (uint32_t type = 0; type <= OBJECT_TYPES; type++) {
            words.code = code;
            words.entry.type = type;
            words.entry.id = UINT32_MAX;
            check(send(me, &words, REGISTRY_MESSAGE_WORDS, seg) < 0);
        }
    }
    check_eq(kit_process_info(server.process).ncaps, caps);
    check_eq(kit_cap_info(seg).nchildren, 0);
    check_serves(me);
    kit_drop(seg);
    server_end(&server);
}

static struct message opening;

/* Makes the call `opening` of the registry that is the argument, again and again, and drops what it
 * gets. */
static uint64_t keep_opening(struct worker *worker)
{
    static struct message message;
    for (;;) {
        message.ncaps = 0;
        message.nwords = opening.nwords;
        for (size_t i = 0; i < opening.nwords; i++)
            message.words[i] = opening.words[i];
        if (endpoint_call((handle_t)worker->argument, &message) == STATUS_OK &&
            message_cap(&message) > 0)
            sys_cap_delete(message_cap(&message));
        worker->result++;
    }
    return 0;
}

/* Starts a worker that opens this VAS. */
static bool open_on_and_on(struct worker *worker, handle_t registry, int64_t id)
{
    const struct registry_message words = {.code = REGISTRY_OPEN,
                                           .access = ACCESS_READ,
                                           .entry = {.type = OBJECT_VAS, .id = (uint32_t)id}};
    opening.nwords = REGISTRY_MESSAGE_WORDS;
    memcpy(opening.words, &words, sizeof(words));
    *worker = (struct worker){.argument = (uint64_t)registry};
    return worker_start(worker, 0, keep_opening, PRIORITY_DEFAULT);
}

void test_registry_survives_clients_that_end_half_way(void)
{
    struct server server;
    require(server_start(&server));
    handle_t vas = kit_vas();
    int64_t id = registry_add(server.registry, vas, "half-way", 0);
    size_t turns = test_scaled(64);
    for (size_t i = 0; i < turns; i++) {
        struct worker worker;
        uint64_t caps = kit_process_info(HANDLE_SELF).ncaps;
        require(open_on_and_on(&worker, server.registry, id));
        sys_thread_sleep(i * MILLISECOND / 16);
        check_eq(object_destroy(worker.thread), STATUS_OK);
        kit_drop(worker.thread);
        check_serves(server.registry);
        for (handle_t cap = cap_next(0); cap > 0; cap = cap_next(cap)) {
            if (kit_cap_info(cap).type == OBJECT_VAS && kit_cap_info(cap).badge == (uint64_t)id)
                kit_drop(cap); /* it had come just before the end */
        }
        check_eq(kit_process_info(HANDLE_SELF).ncaps, caps);
    }
    check_eq(kit_cap_info(vas).refs, 2);
    kit_drop(vas);
    server_end(&server);
}

/* The object ends while the registry is answering with a capability to it. */
void test_registry_survives_objects_that_end_half_way(void)
{
    struct server server;
    require(server_start(&server));
    size_t turns = test_scaled(64);
    for (size_t i = 0; i < turns; i++) {
        handle_t vas = kit_vas();
        int64_t id = registry_add(server.registry, vas, "half-way", 0);
        struct worker worker;
        require(open_on_and_on(&worker, server.registry, id));
        sys_thread_sleep(i * MILLISECOND / 16);
        check_eq(i % 2 == 0 ? object_destroy(vas) : cap_revoke(vas), STATUS_OK);
        check_serves(server.registry);
        check_eq(registry_find(server.registry, OBJECT_VAS, "half-way"), STATUS_NOT_FOUND);
        check_eq(object_destroy(worker.thread), STATUS_OK);
        kit_drop_all(worker.thread, vas);
        for (handle_t cap = cap_next(0); cap > 0; cap = cap_next(cap)) {
            struct cap_info info;
            if (cap_info(cap, &info) == STATUS_DESTROYED)
                kit_drop(cap);
        }
    }
    server_end(&server);
}

void test_registry_gives_each_user_a_share(void)
{
    struct server server;
    require(server_start(&server));
    handle_t greedy = server_as(&server, 5, 6), other = server_as(&server, 7, 6),
             seg = kit_seg(PAGE_BYTES, 0);
    char name[5] = "aaaa";
    int64_t id = 0;
    int n = 0;
    for (; n < REGISTRY_ENTRIES_PER_USER + 1 && id >= 0; n++) {
        for (int i = 0; i < 4; i++)
            name[i] = (char)('a' + (n >> (4 * i) & 15));
        id = registry_add(greedy, seg, name, 0);
    }
    check_eq(n, REGISTRY_ENTRIES_PER_USER + 1);
    check_eq(id, STATUS_NO_SLOT);
    check(registry_add(other, seg, "another", 0) > 0);
    check_eq(registry_remove(greedy, OBJECT_SEG, registry_find(greedy, OBJECT_SEG, "aaaa")),
             STATUS_OK);
    check(registry_add(greedy, seg, "again", 0) > 0);
    kit_drop_all(greedy, other, seg);
    server_end(&server);
}

/* What was destroyed counts no more. */
void test_registry_share_is_of_what_there_is(void)
{
    struct server server;
    require(server_start(&server));
    handle_t user = server_as(&server, 5, 6), seg = kit_seg(PAGE_BYTES, 0);
    char name[8];
    for (int n = 0; n < REGISTRY_ENTRIES_PER_USER; n++) {
        snprintf(name, sizeof(name), "n%d", n);
        check(registry_add(user, seg, name, 0) > 0);
    }
    check_eq(object_destroy(seg), STATUS_OK);
    kit_drop(seg);
    seg = kit_seg(PAGE_BYTES, 0);
    check(registry_add(user, seg, "fresh", 0) > 0);
    kit_drop_all(seg, user);
    server_end(&server);
}
