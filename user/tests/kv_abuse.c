/* Clients of the key-value server that do not behave. It must go on, and lose nothing. */
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/kv_protocol.h>
#include <vasco/seg.h>

#include "kv_kit.h"
#include "test.h"

/* The first word of the answer to a message of these words. What comes along is dropped. */
static int64_t ask(handle_t endpoint, uint32_t nwords, const uint64_t words[KV_WORDS], handle_t cap)
{
    struct message message = {.nwords = nwords};
    memcpy(message.words, words, KV_WORDS * sizeof(words[0]));
    if (cap != 0)
        message_add_cap(&message, cap, MESSAGE_ALL_RIGHTS);
    check_eq(endpoint_call(endpoint, &message), STATUS_OK);
    check_eq(message.nwords, KV_WORDS);
    for (int i = 0; i < message.ncaps; i++)
        kit_drop(message.caps[i].cap);
    return (int64_t)message.words[0];
}

static int64_t ask_for(handle_t endpoint, uint64_t request, uint64_t a, uint64_t b)
{
    return ask(endpoint, KV_WORDS, (const uint64_t[KV_WORDS]){request, a, b}, 0);
}

/* When it serves. */
static uint64_t caps_of(const struct kv_server *server)
{
    check_eq(ask_for(server->reader, KV_VAS, 0, 0), STATUS_OK);
    return kit_process_info(server->process).ncaps;
}

void test_kv_refuses_messages_that_are_none(void)
{
    static const uint64_t words[KV_WORDS] = {KV_VAS};
    struct kv_server server;
    require(kv_server_start(&server, NULL));
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    uint64_t caps = caps_of(&server);
    for (uint32_t nwords = 0; nwords <= MESSAGE_WORDS; nwords++)
        check_eq(ask(server.reader, nwords, words, seg),
                 nwords == KV_WORDS ? STATUS_OK : STATUS_BAD_ARGUMENT);
    for (uint64_t request = KV_REQUESTS; request < KV_REQUESTS + 10; request++)
        check_eq(ask_for(server.writer, request, 0, 0), STATUS_BAD_ARGUMENT);
    check_eq(ask_for(server.writer, ~0ull, ~0ull, ~0ull), STATUS_BAD_ARGUMENT);
    for (uint64_t request = 0; request < KV_OPEN; request++) /* without a session */
        check_eq(ask_for(server.writer, request, 1, 1), STATUS_BAD_ARGUMENT);
    for (uint64_t request = 0; request < KV_OPEN; request++) /* without a badge */
        check(ask_for(server.endpoint, request, 1, 1) < 0);
    check_eq(caps_of(&server), caps);
    check_eq(kit_cap_info(seg).nchildren, 0);
    kit_drop(seg);
    kv_server_end(&server);
}

void test_kv_refuses_lengths_beyond_the_buffer(void)
{
    static const uint64_t bad_keys[] = {0, KV_KEY_BYTES_MAX + 1, 1ull << 32 | 1, 1ull << 63, ~0ull};
    static const uint64_t bad_values[] = {KV_VALUE_BYTES_MAX + 1, 1ull << 32, ~0ull};
    struct kv_server server;
    struct kv kv;
    require(kv_server_start(&server, NULL));
    require_eq(kv_open_endpoint(&kv, server.writer), STATUS_OK);
    for (uint64_t request = KV_GET; request <= KV_DELETE; request++) {
        for (size_t i = 0; i < sizeof(bad_keys) / sizeof(bad_keys[0]); i++)
            check_eq(ask_for(kv.session, request, bad_keys[i], 1), STATUS_TOO_LARGE);
    }
    for (size_t i = 0; i < sizeof(bad_values) / sizeof(bad_values[0]); i++)
        check_eq(ask_for(kv.session, KV_SET, 1, bad_values[i]), STATUS_TOO_LARGE);
    check_eq(kv_count(&kv), 0);
    check_eq(kv_put(&kv, "key", "value"), STATUS_OK);
    memcpy(kv.memory, "key", 3);
    check_eq(ask_for(kv.session, KV_GET, 3, ~0ull), 5); /* no more room than there is */
    kv_close(&kv);
    kv_server_end(&server);
}

/* --- sessions --------------------------------------------------------------------------------- */

void test_kv_session_is_its_clients_alone(void)
{
    struct kv_server server;
    struct kv kv;
    require(kv_server_start(&server, NULL));
    require_eq(kv_open_endpoint(&kv, server.reader), STATUS_OK);
    uint64_t badge = kit_cap_info(kv.session).badge;
    check_eq(badge, kv_session_badge(0, KV_MAY_READ));
    check_eq(cap_derive(server.reader, RIGHT_ENDPOINT_CALL, badge), STATUS_BAD_ARGUMENT);
    check_eq(cap_derive(kv.session, RIGHT_ENDPOINT_CALL, kv_session_badge(0, KV_MAY)),
             STATUS_BAD_ARGUMENT);
    check_eq(object_destroy(kv.session), STATUS_NO_RIGHT);
    check_eq(object_destroy(kv.buffer), STATUS_NO_RIGHT);
    check_eq(seg_discard(kv.buffer, 0, PAGE_BYTES), STATUS_OK);
    check_eq(kv_get(&kv, "key", 3, NULL, 0), STATUS_NOT_FOUND);
    handle_t copy = cap_derive(kv.session, RIGHT_ENDPOINT_CALL, 0);
    kv_close(&kv);
    struct message message = {.nwords = KV_WORDS};
    check_eq(endpoint_call(copy, &message), STATUS_BAD_HANDLE);
    check_eq(endpoint_call(server.reader, &message), STATUS_OK);
    kv_server_end(&server);
}

/* Who ends without a word is found out when somebody needs the place. */
void test_kv_sessions_of_the_ended_are_given_again(void)
{
    static struct kv clients[KV_SESSIONS_MAX];
    struct kv_server server;
    struct kv kv;
    require(kv_server_start(&server, NULL));
    uint64_t caps = caps_of(&server);
    for (size_t i = 0; i < KV_SESSIONS_MAX; i++)
        require_eq(kv_open_endpoint(&clients[i], server.writer), STATUS_OK);
    check_eq(kv_open_endpoint(&kv, server.writer), STATUS_NO_SLOT);
    for (size_t i = 1; i < KV_SESSIONS_MAX; i += 2)
        kit_drop(clients[i].session);
    for (size_t i = 1; i < KV_SESSIONS_MAX; i += 2) {
        kit_drop(clients[i].buffer); /* dead, or it will be */
        require_eq(kv_open_endpoint(&clients[i], server.writer), STATUS_OK);
        check_eq(kv_put(&clients[i], "key", "value"), STATUS_OK);
    }
    check_eq(kv_open_endpoint(&kv, server.writer), STATUS_NO_SLOT);
    for (size_t i = 0; i < KV_SESSIONS_MAX; i++)
        kv_close(&clients[i]);
    check_eq(caps_of(&server), caps);
    kv_server_end(&server);
}

void test_kv_client_has_several_servers(void)
{
    struct kv_server servers[2];
    struct kv kv[2];
    require(kv_server_start(&servers[0], NULL) && kv_server_start(&servers[1], NULL));
    for (size_t i = 0; i < 2; i++) {
        require_eq(kv_open_endpoint(&kv[i], servers[i].writer), STATUS_OK);
        check_eq(kv_put(&kv[i], "key", i == 0 ? "zero" : "one"), STATUS_OK);
    }
    check(kv_has(&kv[0], "key", "zero") && kv_has(&kv[1], "key", "one"));
    check(kv[0].memory != kv[1].memory);
    for (size_t i = 0; i < 2; i++) {
        kv_close(&kv[i]);
        kv_server_end(&servers[i]);
    }
}
