/* What the two files behind sys/vas.h know of each other. */
#ifndef LIBC_VAS_RFC_H
#define LIBC_VAS_RFC_H

#include "abi/types.h"

/* A capability to the VAS or segment of this number, or -1 with errno set. */
handle_t vas_rfc_open(uint32_t type, int id, uint64_t access);

/* The access that a `type` of open() asks for: at least reading. 0 with errno set if it is none. */
uint64_t vas_rfc_access(int type);

/* Sets errno from a status, as the calls of sys/vas.h have it. Returns -1. */
int vas_rfc_fail(int64_t status);

#endif
