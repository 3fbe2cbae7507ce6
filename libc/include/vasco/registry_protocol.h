/*
 * The words of a message to the registry and of its answer; vasco/registry.h says what the requests
 * mean. With REGISTRY_ADD goes the capability, and one comes back from REGISTRY_OPEN.
 */
#ifndef VASCO_REGISTRY_PROTOCOL_H
#define VASCO_REGISTRY_PROTOCOL_H

#include <vasco/registry.h>

enum registry_request {
    REGISTRY_ADD,      /* entry.name, entry.attr.mode */
    REGISTRY_FIND,     /* entry.type, entry.name */
    REGISTRY_OPEN,     /* entry.type, entry.id, access; as in all that follow */
    REGISTRY_INFO,     /* answers with the entry */
    REGISTRY_NEXT,     /* answers with the entry behind entry.id */
    REGISTRY_SET_ATTR, /* entry.attr */
    REGISTRY_REVOKE,
    REGISTRY_REMOVE,
    REGISTRY_DESTROY,
    REGISTRY_REQUESTS,
};

struct registry_message {
    int32_t code; /* enum registry_request; in the answer: a status, or the id */
    uint32_t access;
    struct registry_entry entry;
};
_Static_assert(sizeof(struct registry_message) <= 8 * MESSAGE_WORDS, "fits in a message");
_Static_assert(sizeof(struct registry_message) % 8 == 0, "and is words");

#define REGISTRY_MESSAGE_WORDS (sizeof(struct registry_message) / 8)

#endif
