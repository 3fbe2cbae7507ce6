/* The client's side of the registry: see vasco/registry.h. */
#include <limits.h>
#include <string.h>
#include <vasco/endpoint.h>
#include <vasco/registry_protocol.h>

/* Makes a request, with a capability if `cap` is not 0. The answer replaces it; *cap is what came
 * along, or 0. Returns what the registry answered. */
static int64_t request(handle_t registry, struct registry_message *words, handle_t *cap)
{
    struct message message = {.nwords = REGISTRY_MESSAGE_WORDS};
    memcpy(message.words, words, sizeof(*words));
    if (*cap != 0)
        message_add_cap(&message, *cap, MESSAGE_ALL_RIGHTS);
    int64_t status = endpoint_call(registry, &message);
    *cap = status < 0 ? 0 : message_cap(&message);
    if (status < 0)
        return status;
    memcpy(words, message.words, sizeof(*words));
    return words->code;
}

/* A request that concerns one entry. */
static int64_t request_of(handle_t registry, enum registry_request code, uint32_t type, int64_t id,
                          struct registry_message *words)
{
    handle_t none = 0;
    if (id < 0 || id > INT_MAX)
        return STATUS_NOT_FOUND;
    words->code = (int32_t)code;
    words->entry.type = type;
    words->entry.id = (uint32_t)id;
    return request(registry, words, &none);
}

static int64_t set_name(struct registry_message *words, const char *name)
{
    if (strlen(name) >= sizeof(words->entry.name))
        return STATUS_TOO_LARGE;
    strcpy(words->entry.name, name);
    return STATUS_OK;
}

int64_t registry_add(handle_t registry, handle_t cap, const char *name, uint32_t mode)
{
    struct registry_message words = {.code = REGISTRY_ADD, .entry.attr.mode = mode};
    int64_t status = set_name(&words, name);
    return status < 0 ? status : request(registry, &words, &cap);
}

int64_t registry_find(handle_t registry, uint32_t type, const char *name)
{
    handle_t none = 0;
    struct registry_message words = {.code = REGISTRY_FIND, .entry.type = type};
    int64_t status = set_name(&words, name);
    return status < 0 ? status : request(registry, &words, &none);
}

handle_t registry_open(handle_t registry, uint32_t type, int64_t id, uint64_t access)
{
    handle_t cap = 0;
    struct registry_message words = {.code = REGISTRY_OPEN,
                                     .access = (uint32_t)access,
                                     .entry = {.type = type, .id = (uint32_t)id}};
    if (id < 0 || id > INT_MAX)
        return STATUS_NOT_FOUND;
    int64_t status = request(registry, &words, &cap);
    return status < 0 ? status : cap;
}

static int64_t request_entry(handle_t registry, enum registry_request code, uint32_t type,
                             int64_t id, struct registry_entry *entry)
{
    struct registry_message words = {0};
    int64_t status = request_of(registry, code, type, id, &words);
    if (status >= 0)
        *entry = words.entry;
    return status < 0 ? status : STATUS_OK;
}

int64_t registry_info(handle_t registry, uint32_t type, int64_t id, struct registry_entry *entry)
{
    return request_entry(registry, REGISTRY_INFO, type, id, entry);
}

int64_t registry_next(handle_t registry, uint32_t type, int64_t after, struct registry_entry *entry)
{
    return request_entry(registry, REGISTRY_NEXT, type, after, entry);
}

int64_t registry_set_attr(handle_t registry, uint32_t type, int64_t id,
                          const struct registry_attr *attr)
{
    struct registry_message words = {.entry.attr = *attr};
    return request_of(registry, REGISTRY_SET_ATTR, type, id, &words);
}

int64_t registry_revoke(handle_t registry, uint32_t type, int64_t id)
{
    struct registry_message words = {0};
    return request_of(registry, REGISTRY_REVOKE, type, id, &words);
}

int64_t registry_remove(handle_t registry, uint32_t type, int64_t id)
{
    struct registry_message words = {0};
    return request_of(registry, REGISTRY_REMOVE, type, id, &words);
}

int64_t registry_destroy(handle_t registry, uint32_t type, int64_t id)
{
    struct registry_message words = {0};
    return request_of(registry, REGISTRY_DESTROY, type, id, &words);
}
