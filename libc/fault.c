/* Fault handlers: see vasco/fault.h. fault.asm is where the kernel enters. */
#include <cpuid.h>
#include <stdbool.h>
#include <stdlib.h>
#include <vasco/fault.h>

extern const char fault_enter[];
bool fault_has_xsave;

_Noreturn void fault_dispatch(struct fault_report *report, const void *vectors);
void fault_vectors_restore(const void *vectors);

static _Thread_local struct {
    fault_handler *handler;
    uintptr_t stack; /* its top */
} mine;

/* Whether the system lets programs use XSAVE (CPUID leaf 1, OSXSAVE; SDM 1 13.2). */
static bool has_xsave(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_OSXSAVE) != 0;
}

int64_t fault_handler_set(fault_handler *handler, void *stack, size_t nbytes)
{
    if (handler == NULL)
        return sys_thread_set_handler(0, 0);
    if (nbytes < FAULT_STACK_BYTES)
        return STATUS_BAD_ARGUMENT;
    fault_has_xsave = has_xsave();
    mine.handler = handler;
    mine.stack = (uintptr_t)stack + nbytes;
    return sys_thread_set_handler((uintptr_t)fault_enter, mine.stack);
}

_Noreturn void fault_dispatch(struct fault_report *report, const void *vectors)
{
    mine.handler(report);
    fault_vectors_restore(vectors);
    sys_thread_resume((uintptr_t)report, (uintptr_t)fault_enter, mine.stack);
    abort(); /* the handler has changed the report into nonsense */
}
