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

/* The right to call is the same bit of both. */
static handle_t make_cap(handle_t door, uint64_t badge)
{
    _Static_assert(RIGHT_ENDPOINT_CALL == RIGHT_GATE_CALL, "both are doors");
    return cap_derive(door, RIGHT_ENDPOINT_CALL | RIGHT_REVOKE | RIGHT_INFO | RIGHT_GRANT, badge);
}

static int64_t fill(struct session *session, const struct doors *doors, uint64_t place)
{
    uint64_t badge = kv_session_badge(place, session->may);
    int64_t status = make_buffer(session, place);
    if (status < 0)
        return status;
    session->gate = make_cap(doors->gate, badge);
    session->cap = make_cap(doors->endpoint, badge);
    return session->gate < 0 ? session->gate : session->cap;
}

int64_t session_begin(const struct doors *doors, uint64_t place, uint64_t may, struct session **out)
{
    end_deserted_ones();
    while (place < KV_SESSIONS_MAX && sessions[place].cap != 0)
        place++;
    if (place >= KV_SESSIONS_MAX)
        return STATUS_NO_SLOT;
    struct session *session = &sessions[place];
    session->may = may;
    int64_t status = fill(session, doors, place);
    if (status < 0) {
        session_end(session);
        return status;
    }
    *out = session;
    return (int64_t)place;
}

static void drop(handle_t cap)
{
    if (cap > 0)
        cap_delete(cap);
}

void session_end(struct session *session)
{
    if (session->cap > 0)
        cap_revoke(session->cap);
    if (session->gate > 0)
        cap_revoke(session->gate);
    if (session->buffer > 0)
        object_destroy(session->buffer);
    drop(session->cap);
    drop(session->gate);
    drop(session->buffer);
    *session = (struct session){0};
}
