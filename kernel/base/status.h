/*
 * status_t: what every function that can fail returns. A function that fails has changed nothing.
 * TRY() hands a failure on to the caller.
 */
#ifndef VASCO_BASE_STATUS_H
#define VASCO_BASE_STATUS_H

#include "abi/status.h"
#include "base/types.h"

typedef enum status_code status_t;

#define must_check __attribute__((warn_unused_result))

#define TRY(expression)                                                                            \
    do {                                                                                           \
        status_t try_status = (expression);                                                        \
        if (unlikely(try_status != STATUS_OK))                                                     \
            return try_status;                                                                     \
    } while (0)

/* The text of a status, for messages; never null. */
const char *status_text(status_t status);

#endif
