/*
 * From the first instruction to main: what the program was given is remembered, the first thread
 * gets its thread-local variables, constructors run. When main returns, exit() undoes it in
 * reverse.
 */
#include <stdlib.h>
#include <unistd.h>
#include <vasco/process.h>

#include "internal.h"

extern char **environ;
extern int main(int argc, char **argv, char **envp);

typedef void initialiser(void);
extern initialiser *const __init_array_start[], *const __init_array_end[];
extern initialiser *const __fini_array_start[], *const __fini_array_end[];

_Noreturn void libc_start(const struct startup *startup, void *tls);

static void run_destructors(void)
{
    for (initialiser *const *f = __fini_array_end; f-- != __fini_array_start;)
        (*f)();
}

static void run_constructors(void)
{
    if (&__fini_array_start[0] != &__fini_array_end[0])
        atexit(run_destructors);
    for (initialiser *const *f = __init_array_start; f != __init_array_end; f++)
        (*f)();
}

/* Called by crt0.asm. `tls` has room for tls_bytes(). */
_Noreturn void libc_start(const struct startup *startup, void *tls)
{
    if (startup->magic != STARTUP_MAGIC)
        process_exit(STATUS_BAD_ARGUMENT);
    startup_remember(startup);
    sys_thread_set_tls((uintptr_t)tls_fill(tls, _GLOBAL_REENT, &pthread_first));
    environ = (char **)startup->envp;
    run_constructors();
    exit(main((int)startup->argc, (char **)startup->argv, environ));
}

_Noreturn void _exit(int status)
{
    process_exit(status);
}
