/* The texts of the status codes, from the one table. */
#include "base/status.h"

const char *status_text(status_t status)
{
    switch (status) {
#define STATUS(name, value, text)                                                                  \
    case STATUS_##name:                                                                            \
        return text;
#include "abi/status.def"
#undef STATUS
    }
    return "unknown status";
}
