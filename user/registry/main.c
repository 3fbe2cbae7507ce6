/*
 * The registry (vasco/registry.h says what it is for). It serves one call after the other and waits
 * for nobody: what a client does with its answer, or that it ends before, is the client's business.
 *
 * It trusts nothing that comes in a message but the badge, which the kernel has put there.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/registry_protocol.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/status.h>
#include <vasco/vas.h>

#include "access.h"
#include "entries.h"

/* A request, and the answer it gets. */
struct request {
    struct caller caller;
    struct registry_message *words;
    handle_t given;  /* the capability that came along; 0 if none, or if it has been kept */
    handle_t answer; /* a capability to go with the answer, and then to be dropped; or 0 */
};

static int64_t check_new(const struct request *request, struct cap_info *info)
{
    if (request->given == 0)
        return STATUS_BAD_ARGUMENT;
    int64_t status = cap_info(request->given, info);
    if (status < 0)
        return status;
    if (info->type != OBJECT_VAS && info->type != OBJECT_SEG)
        return STATUS_WRONG_TYPE;
    if ((info->rights & RIGHT_GRANT) == 0)
        return STATUS_NO_RIGHT;
    return info->badge == 0 ? STATUS_OK : STATUS_EXISTS;
}

static int64_t do_add(struct request *request)
{
    const struct registry_entry *wanted = &request->words->entry;
    struct cap_info info;
    struct record *entry;
    int64_t status = check_new(request, &info);
    if (status < 0)
        return status;
    if (!mode_is_good(wanted->attr.mode) || wanted->name[0] == '\0')
        return STATUS_BAD_ARGUMENT;
    const struct registry_attr attr = {wanted->attr.mode, request->caller.user,
                                       request->caller.group};
    status = entry_add(info.type, wanted->name, attr, request->given, &entry);
    if (status < 0)
        return status;
    request->given = 0;
    return entry->id;
}

static int64_t do_find(struct request *request, struct record *entry)
{
    (void)request;
    return entry->id;
}

static int64_t do_open(struct request *request, struct record *entry)
{
    struct cap_info info;
    uint64_t access = request->words->access;
    if ((access & ~(uint64_t)(ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE)) != 0)
        return STATUS_BAD_ARGUMENT;
    if (!may_access(&request->caller, &entry->attr, access))
        return STATUS_NO_RIGHT;
    int64_t status = cap_info(entry->cap, &info);
    if (status < 0)
        return status;
    uint64_t rights = rights_of(entry->type, access, info.rights);
    request->answer = cap_derive(entry->cap, rights, entry->id);
    return request->answer < 0 ? request->answer : STATUS_OK;
}

static int64_t do_info(struct request *request, struct record *entry)
{
    struct cap_info info;
    struct registry_entry *out = &request->words->entry;
    int64_t status = cap_info(entry->cap, &info);
    if (status < 0)
        return status;
    *out = (struct registry_entry){
        .id = entry->id, .type = entry->type, .object = info.object, .attr = entry->attr};
    strcpy(out->name, entry->name);
    return STATUS_OK;
}

static int64_t do_set_attr(struct request *request, struct record *entry)
{
    const struct registry_attr *attr = &request->words->entry.attr;
    if (!mode_is_good(attr->mode))
        return STATUS_BAD_ARGUMENT;
    if (attr->user != entry->attr.user && request->caller.user != 0)
        return STATUS_NO_RIGHT;
    entry->attr = *attr;
    return STATUS_OK;
}

static int64_t do_revoke(struct request *request, struct record *entry)
{
    (void)request;
    return cap_revoke(entry->cap);
}

static int64_t do_remove(struct request *request, struct record *entry)
{
    (void)request;
    entry_remove(entry);
    return STATUS_OK;
}

/* Views of a VAS, or links of a segment. */
static int64_t count_users(const struct record *entry)
{
    struct vas_info vas;
    struct seg_info seg;
    int64_t status =
        entry->type == OBJECT_VAS ? vas_info(entry->cap, &vas) : seg_info(entry->cap, &seg);
    if (status < 0)
        return status;
    return entry->type == OBJECT_VAS ? vas.nviews : seg.nlinks;
}

static int64_t do_destroy(struct request *request, struct record *entry)
{
    if (!may_access(&request->caller, &entry->attr, ACCESS_WRITE))
        return STATUS_NO_RIGHT;
    int64_t status = count_users(entry);
    if (status != 0)
        return status < 0 ? status : STATUS_BUSY;
    status = object_destroy(entry->cap);
    if (status == STATUS_OK)
        entry_remove(entry);
    return status;
}

/* What there is to do for each request that concerns an entry. */
static const struct {
    int64_t (*act)(struct request *, struct record *);
    bool owners; /* only the owner may */
} actions[REGISTRY_REQUESTS] = {
    [REGISTRY_FIND] = {do_find, false},        [REGISTRY_OPEN] = {do_open, false},
    [REGISTRY_INFO] = {do_info, false},        [REGISTRY_NEXT] = {do_info, false},
    [REGISTRY_SET_ATTR] = {do_set_attr, true}, [REGISTRY_REVOKE] = {do_revoke, true},
    [REGISTRY_REMOVE] = {do_remove, true},     [REGISTRY_DESTROY] = {do_destroy, false},
};

static struct record *entry_of(const struct registry_message *words)
{
    const struct registry_entry *wanted = &words->entry;
    if (words->code == REGISTRY_FIND)
        return entry_by_name(wanted->type, wanted->name);
    if (words->code == REGISTRY_NEXT)
        return entry_behind(wanted->type, wanted->id);
    return entry_by_id(wanted->type, wanted->id);
}

static int64_t serve(struct request *request)
{
    struct registry_message *words = request->words;
    if (memchr(words->entry.name, '\0', REGISTRY_NAME_BYTES) == NULL)
        return STATUS_TOO_LARGE;
    if (words->code == REGISTRY_ADD)
        return do_add(request);
    if (words->code < 0 || words->code >= REGISTRY_REQUESTS ||
        (words->entry.type != OBJECT_VAS && words->entry.type != OBJECT_SEG))
        return STATUS_BAD_ARGUMENT;
    struct record *entry = entry_of(words);
    if (entry == NULL)
        return STATUS_NOT_FOUND;
    if (actions[words->code].owners && !is_owner(&request->caller, &entry->attr))
        return STATUS_NO_RIGHT;
    return actions[words->code].act(request, entry);
}

/* Answers one message in place. Returns the capability that goes with it, or 0. */
static handle_t answer(struct message *message)
{
    struct registry_message words;
    struct request request = {
        .caller = caller_of(message->badge), .words = &words, .given = message_cap(message)};
    int64_t result = STATUS_BAD_ARGUMENT;
    memcpy(&words, message->words, sizeof(words));
    if (message->nwords == REGISTRY_MESSAGE_WORDS)
        result = serve(&request);
    if (request.given != 0)
        cap_delete(request.given);
    words.code = (int32_t)result;
    *message = (struct message){.nwords = REGISTRY_MESSAGE_WORDS};
    if (request.answer > 0)
        message_add_cap(message, request.answer, MESSAGE_ALL_RIGHTS);
    memcpy(message->words, &words, sizeof(words));
    return message_cap(message);
}

/* Somebody may have ended the object, and so the capability in the answer, since it was derived:
 * then the caller hears of no such entry. That the caller has ended is no concern of ours. */
static void reply(struct message *message)
{
    const struct registry_message gone = {.code = STATUS_NOT_FOUND};
    handle_t sent = answer(message);
    if (endpoint_reply(message) < 0 && sent != 0) {
        message->ncaps = 0;
        memcpy(message->words, &gone, sizeof(gone));
        endpoint_reply(message);
    }
    if (sent != 0)
        cap_delete(sent);
}

int main(void)
{
    static struct message message;
    handle_t endpoint = startup_cap("serve");
    for (;;) {
        int64_t status = endpoint_receive(endpoint, &message);
        if (status < 0) {
            printf("registry: cannot receive: %s\n", status_text(status));
            return 1;
        }
        reply(&message);
    }
}
