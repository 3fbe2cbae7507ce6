/* Status codes, from status.def: STATUS_OK and its negative kin. */
#ifndef VASCO_ABI_STATUS_H
#define VASCO_ABI_STATUS_H

enum status_code {
#define STATUS(name, value, text) STATUS_##name = (value),
#include "abi/status.def"
#undef STATUS
};

#endif
