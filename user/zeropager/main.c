/*
 * A pager that gives pages of zeroes out of its own pool: so much for all, and so much for each
 * client. A client can have segments far larger than that, and pays for nothing.
 *
 *     zeropager ALL EACH   pages; "serve": the endpoint, to receive at
 *
 * A client is a badge. It asks for memory in a VAS, sends its faults to the same endpoint, and
 * touches what it likes:
 *
 *     struct message m = {.nwords = 1, .words = {nbytes}};
 *     message_add_cap(&m, vas, RIGHT_VAS_LINK | RIGHT_INFO);
 *     endpoint_call(pager, &m);                  words[0]: a status; words[1]: where it lies
 *     fault_endpoint_set(0, pager);
 *
 * With nbytes 0 it gives back all that it has. It never has a capability to the segment: with the
 * right to write there it could fill pages itself, as many as it likes. A touch beyond a limit is
 * declined, and is then the client's own matter (FAULT_MISSING).
 */
#include <stdbool.h>
#include <stdlib.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/fault.h>
#include <vasco/pool.h>
#include <vasco/seg.h>
#include <vasco/startup.h>

#define SEGS 32

static struct lent {
    handle_t seg; /* 0: this place is free */
    uint64_t id;
    uint64_t client;
    uint64_t npages; /* given so far */
} lent[SEGS];

static handle_t pool;
static uint64_t limit; /* of each client */

static uint64_t pages_of(uint64_t client)
{
    uint64_t npages = 0;
    for (size_t i = 0; i < SEGS; i++)
        npages += lent[i].seg != 0 && lent[i].client == client ? lent[i].npages : 0;
    return npages;
}

static bool give_page(uint64_t client, const struct fault_call *fault)
{
    uint64_t offset = fault->offset & ~(uint64_t)(PAGE_BYTES - 1);
    for (size_t i = 0; i < SEGS; i++) {
        struct lent *l = &lent[i];
        if (l->seg == 0 || l->id != fault->seg)
            continue;
        if (l->client != client || pages_of(client) >= limit)
            return false;
        l->npages++; /* at most: another of its threads may have touched it before */
        return seg_fill(l->seg, offset, PAGE_BYTES) >= 0;
    }
    return false;
}

/* The segment is sparse, so its pool pays for a page when it comes. */
static int64_t lend(struct lent *l, uint64_t client, handle_t vas, uint64_t nbytes, uint64_t *base)
{
    struct seg_info info = {0};
    handle_t seg = seg_create_in(pool, "lent", 0, nbytes, SEG_PAGED | SEG_SPARSE);
    if (seg < 0)
        return seg;
    seg_info(seg, &info);
    int64_t status = seg_attach(vas, seg, ACCESS_READ | ACCESS_WRITE);
    if (status < 0) {
        cap_delete(seg);
        return status;
    }
    *l = (struct lent){seg, info.id, client, 0};
    *base = info.base;
    return STATUS_OK;
}

static int64_t lend_somewhere(uint64_t client, handle_t vas, uint64_t nbytes, uint64_t *base)
{
    for (size_t i = 0; i < SEGS; i++) {
        if (lent[i].seg == 0)
            return lend(&lent[i], client, vas, nbytes, base);
    }
    return STATUS_NO_SLOT;
}

static void take_back(uint64_t client)
{
    for (size_t i = 0; i < SEGS; i++) {
        if (lent[i].seg == 0 || lent[i].client != client)
            continue;
        object_destroy(lent[i].seg);
        cap_delete(lent[i].seg);
        lent[i].seg = 0;
    }
}

static void serve_request(struct message *m)
{
    uint64_t nbytes = m->nwords > 0 ? m->words[0] : 0, base = 0;
    int64_t status = STATUS_OK;
    if (nbytes == 0)
        take_back(m->badge);
    else
        status = lend_somewhere(m->badge, message_cap(m), nbytes, &base);
    for (size_t i = 0; i < m->ncaps; i++)
        cap_delete(m->caps[i].cap);
    m->nwords = 2;
    m->ncaps = 0;
    m->words[0] = (uint64_t)status;
    m->words[1] = base;
}

int main(int argc, char **argv)
{
    struct message m;
    handle_t serve = startup_cap("serve");
    if (argc < 3 || serve < 0)
        return 1;
    pool = pool_create("zeroes", strtoul(argv[1], NULL, 10));
    limit = strtoul(argv[2], NULL, 10);
    if (pool < 0)
        return 1;
    int64_t status = endpoint_receive(serve, &m);
    while (status == STATUS_OK) {
        const struct fault_call *fault = fault_call_in(&m);
        if (fault == NULL)
            serve_request(&m);
        else if (fault->kind == FAULT_MISSING && give_page(m.badge, fault))
            fault_answer(&m, FAULT_RESUME);
        else
            fault_answer(&m, FAULT_DECLINE);
        status = endpoint_reply_receive(serve, &m);
    }
    return 0; /* nobody can call any more */
}
