/*
 * Status codes and what they mean. A function of this library that returns `int64_t` or `handle_t`
 * returns zero or more when it succeeds and one of the negative codes of abi/status.def when not.
 * None of these calls blocks.
 */
#ifndef VASCO_STATUS_H
#define VASCO_STATUS_H

#include <stdint.h>

#include "abi/status.h"

/* The name of a code without its prefix ("NO_RIGHT"); values of zero or more are "OK", negative
 * ones that are not codes "unknown". Never null, never freed. */
const char *status_name(int64_t status);

/* The same in words ("the capability lacks a right that the call needs"). */
const char *status_text(int64_t status);

/* The nearest value of <errno.h>; 0 for success. Errors: none. */
int status_errno(int64_t status);

#endif
