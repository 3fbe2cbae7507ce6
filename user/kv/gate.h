/* The way into the server by gate. */
#ifndef KV_GATE_H
#define KV_GATE_H

#include "serve.h"

/* Opens the one gate, through which requests of sessions come: to this service, which stays.
 * Returns a capability without a badge. Errors: NO_MEMORY, NO_SLOT. */
handle_t gate_open_for(const struct service *service);

#endif
