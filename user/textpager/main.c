/*
 * A pager that unpacks: a segment that holds a text, of which the archive has only a packed form.
 * Each page is unpacked when somebody touches it, wherever the segment is attached, and then lies
 * there for all.
 *
 *     textpager FILE       FILE of the archive, as user/textpager/pack makes it;
 *                          "serve": the endpoint, to receive at
 *
 * A client asks for the segment, sends its faults to the same endpoint, and reads:
 *
 *     struct message m = {0};
 *     endpoint_call(pager, &m);                  words[0]: bytes of text; a capability to read them
 *     seg_attach(vas, message_cap(&m), ACCESS_READ);
 *     fault_endpoint_set(0, pager);
 *
 * It has no right to write, so only this program supplies pages.
 */
#include <stdio.h>
#include <vasco/archive.h>
#include <vasco/endpoint.h>
#include <vasco/fault.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/status.h>

#include "unpack.h"

static struct packed text;
static handle_t seg;
static uint64_t seg_id;

static int fail(const char *what, int64_t status)
{
    printf("textpager: %s: %s\n", what, status_text(status));
    return 1;
}

/* That somebody else has asked for the same page before is no failure: nothing is missing then. */
static bool supply(uint64_t offset)
{
    static char page[PAGE_BYTES];
    uint64_t number = offset / PAGE_BYTES;
    return packed_page(&text, number, page) &&
           seg_supply(seg, number * PAGE_BYTES, page, PAGE_BYTES) >= 0;
}

/* Any other fault is not ours to mend. */
static void serve_fault(struct message *m, const struct fault_call *fault)
{
    bool ours = fault->kind == FAULT_MISSING && fault->seg == seg_id;
    fault_answer(m, ours && supply(fault->offset) ? FAULT_RESUME : FAULT_DECLINE);
}

static void serve_request(struct message *m)
{
    m->nwords = 1;
    m->ncaps = 0;
    m->words[0] = text.nbytes;
    message_add_cap(m, seg, RIGHT_SEG_READ | RIGHT_INFO | RIGHT_GRANT);
}

static int64_t make_seg(void)
{
    struct seg_info info;
    seg = seg_create("text", 0, text.nbytes, SEG_PAGED);
    if (seg < 0)
        return seg;
    int64_t status = seg_info(seg, &info);
    seg_id = info.id;
    return status;
}

int main(int argc, char **argv)
{
    struct archive_file file;
    handle_t serve = startup_cap("serve");
    struct message m;
    if (argc < 2 || serve < 0)
        return fail("what it needs is missing", STATUS_BAD_ARGUMENT);
    int64_t status = archive_find(argv[1], &file);
    if (status < 0)
        return fail(argv[1], status);
    if (!packed_open(file.data, file.nbytes, &text) || text.nbytes == 0)
        return fail(argv[1], STATUS_BAD_ARGUMENT);
    status = make_seg();
    if (status < 0)
        return fail("no segment", status);
    status = endpoint_receive(serve, &m);
    while (status == STATUS_OK) {
        const struct fault_call *fault = fault_call_in(&m);
        if (fault != NULL)
            serve_fault(&m, fault);
        else
            serve_request(&m);
        status = endpoint_reply_receive(serve, &m);
    }
    return 0; /* nobody can call any more */
}
