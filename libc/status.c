/* Status codes in words and as errno: see vasco/status.h. */
#include <errno.h>
#include <stddef.h>
#include <vasco/status.h>

#include "internal.h"

static const struct {
    int64_t value;
    const char *name;
    const char *text;
} table[] = {
#define STATUS(name, value, text) {value, #name, text},
#include "abi/status.def"
#undef STATUS
};

static const size_t nstatuses = sizeof(table) / sizeof(table[0]);

static size_t find(int64_t status)
{
    size_t i = 0;
    if (status >= 0)
        return 0;
    while (i < nstatuses && table[i].value != status)
        i++;
    return i;
}

const char *status_name(int64_t status)
{
    size_t i = find(status);
    return i < nstatuses ? table[i].name : "unknown";
}

const char *status_text(int64_t status)
{
    size_t i = find(status);
    return i < nstatuses ? table[i].text : "unknown status";
}

int status_errno(int64_t status)
{
    if (status >= 0)
        return 0;
    switch ((enum status_code)status) {
    case STATUS_OK:
        return 0;
    case STATUS_BAD_CALL:
    case STATUS_UNSUPPORTED:
        return ENOSYS;
    case STATUS_BAD_HANDLE:
    case STATUS_WRONG_TYPE:
    case STATUS_DESTROYED:
        return EBADF;
    case STATUS_NO_RIGHT:
        return EACCES;
    case STATUS_BAD_ADDRESS:
        return EFAULT;
    case STATUS_TOO_LARGE:
        return EFBIG;
    case STATUS_NO_MEMORY:
        return ENOMEM;
    case STATUS_NO_SLOT:
        return EMFILE;
    case STATUS_COLLISION:
    case STATUS_ALREADY_ATTACHED:
    case STATUS_EXISTS:
        return EEXIST;
    case STATUS_ENDED:
    case STATUS_NOT_FOUND:
        return ESRCH;
    case STATUS_NO_DATA:
    case STATUS_CHANGED:
        return EAGAIN;
    case STATUS_BUSY:
        return EBUSY;
    case STATUS_NO_STACK:
    case STATUS_TOO_DEEP:
        return EAGAIN;
    case STATUS_FAULTED:
        return EIO;
    case STATUS_NOT_IN_GATE:
        return EINVAL;
    case STATUS_TIMED_OUT:
        return ETIMEDOUT;
    case STATUS_NOT_LOCKED:
        return EPERM;
    case STATUS_BAD_ARGUMENT:
    case STATUS_UNALIGNED:
    case STATUS_NOT_ATTACHED:
    case STATUS_WRONG_SPACE:
        return EINVAL;
    }
    return EINVAL;
}

int fail(int64_t status)
{
    errno = status_errno(status);
    return -1;
}
