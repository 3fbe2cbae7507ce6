/* Sessions: see sessions.h. */
#include "sessions.h"

#include <vasco/cap.h>
#include <vasco/seg.h>

static struct session sessions[KV_SESSIONS_MAX];

static uint64_t base_of(uint64_t place)
{
    return KV_BUFFERS_BASE + place * KV_BUFFER_STEP;
}

unsigned char *session_memory(const struct session *session)
{
    return (unsigned char *)base_of((uint64_t)(session - sessions));
}

struct session *session_of(uint64_t badge)
{
    uint64_t number = (badge >> KV_SESSION_SHIFT) - 1;
    if (number >= KV_SESSIONS_MAX || sessions[number].cap == 0)
        return NULL;
    return &sessions[number];
}

/* What the client has is a child of ours. */
static void end_deserted_ones(void)
{
    for (struct session *session = sessions; session < sessions + KV_SESSIONS_MAX; session++) {
        struct cap_info info;
        if (session->cap != 0 && cap_info(session->cap, &info) == STATUS_OK && info.nchildren == 0)
            session_end(session);
    }
}

static int64_t make_buffer(struct session *session, uint64_t place)
{
    session->buffer = seg_create("kv buffer", base_of(place), KV_BUFFER_BYTES, 0);
    if (session->buffer < 0)
        return session->buffer;
    return seg_attach(HANDLE_SELF, session->buffer, ACCESS_READ | ACCESS_WRITE);
}

int64_t session_begin(handle_t endpoint, uint64_t place, uint64_t may, struct session **out)
{
    end_deserted_ones();
    while (place < KV_SESSIONS_MAX && sessions[place].cap != 0)
        place++;
    if (place >= KV_SESSIONS_MAX)
        return STATUS_NO_SLOT;
    struct session *session = &sessions[place];
    int64_t status = make_buffer(session, place);
    session->may = may;
    session->cap =
        status < 0
            ? status
            : cap_derive(endpoint, RIGHT_ENDPOINT_CALL | RIGHT_REVOKE | RIGHT_INFO | RIGHT_GRANT,
                         kv_session_badge(place, may));
    if (session->cap < 0) {
        status = session->cap;
        session_end(session);
        return status;
    }
    *out = session;
    return (int64_t)place;
}

void session_end(struct session *session)
{
    if (session->cap > 0) {
        cap_revoke(session->cap);
        cap_delete(session->cap);
    }
    if (session->buffer > 0) {
        object_destroy(session->buffer);
        cap_delete(session->buffer);
    }
    *session = (struct session){0};
}
