/* What the files of libc/ know of each other and programs do not. */
#ifndef LIBC_INTERNAL_H
#define LIBC_INTERNAL_H

#include <reent.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/types.h"

/* Keeps what vasco/startup.h tells. */
void startup_remember(const struct startup *startup);

/* argv: the program's name, its arguments, and null. */
char **startup_arguments(void);

/* What a thread's FS base points to. The first word is the compiler's: it points to itself. */
struct pthread;
struct thread_control {
    struct thread_control *self;
    struct _reent *reent;    /* the C library's state */
    struct pthread *pthread; /* what it is to POSIX */
    uint64_t id;             /* the kernel's; 0: not asked yet (pthread_internal.h) */
};

/* The first thread of the program. */
extern struct pthread pthread_first;

static inline struct thread_control *thread_control(void)
{
    struct thread_control *self;
    __asm__("movq %%fs:0, %0" : "=r"(self));
    return self;
}

/* Bytes of a thread's block: its thread-local variables and its struct thread_control. A
 * multiple of TLS_ALIGN. */
#define TLS_ALIGN 64
size_t tls_bytes(void);

/* Fills a block of tls_bytes(), aligned to TLS_ALIGN, for a new thread. Returns its FS base. */
struct thread_control *tls_fill(void *block, struct _reent *reent, struct pthread *pthread);

/* Reads what was typed, at least one byte, and waits for it. Returns bytes or a status. */
int64_t console_read(char *bytes, size_t nbytes);

/* A stack among those of the threads, for something else; and back. Returns a status. */
struct place;
int64_t thread_take_stack(size_t nbytes, struct place **out, uintptr_t *base_out);
void thread_give_stack(struct place *place);

/* Begins the state of newlib that a thread, or a stack of a gate, has of its own. */
void thread_begin_reent(struct _reent *reent);

/* File descriptors: those of the console, and the others. */
#define CONSOLE_FDS 3
#define OPEN_FILES_MAX (CONSOLE_FDS + 16)

/* Sets errno from a status. Returns -1. */
int fail(int64_t status);

#endif
