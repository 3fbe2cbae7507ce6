/*
 * Thread-local variables, laid out as the compiler expects them (x86-64 psABI, variant II): below
 * the FS base. libc/user.ld knows the sizes.
 *
 *     block                                        FS base
 *     | initial values | zeroes, up to a multiple  | struct thread_control |
 *     |                | of TLS_ALIGN              |                       |
 */
#include <string.h>

#include "internal.h"

/* Set by libc/user.ld; of those that end in _bytes the address is the value. */
extern const char __tls_image[], __tls_image_end[], __tls_variables_bytes[], __tls_bytes[];

_Static_assert(sizeof(struct thread_control) <= TLS_ALIGN, "libc/user.ld leaves that much room");

size_t tls_bytes(void)
{
    return (uintptr_t)__tls_bytes;
}

struct thread_control *tls_fill(void *block, struct _reent *reent, struct pthread *pthread)
{
    void *base = (char *)block + (uintptr_t)__tls_variables_bytes;
    struct thread_control *control = base;
    memset(block, 0, tls_bytes());
    memcpy(block, __tls_image, (size_t)(__tls_image_end - __tls_image));
    *control = (struct thread_control){.self = control, .reent = reent, .pthread = pthread};
    return control;
}

struct _reent *__getreent(void)
{
    return thread_control()->reent;
}
