/*
 * Gates: functions of one process that threads of others call. The thread itself goes there, for
 * the price of two switches of address spaces; nobody is scheduled. Besides the errors named here
 * each call can give BAD_HANDLE, DESTROYED, WRONG_TYPE and NO_RIGHT.
 *
 *   static void add(uint64_t badge, uint64_t words[4], void *context)      the owner
 *   {
 *       words[0] += words[1] + words[2] + words[3];
 *   }
 *   handle_t gate = gate_open("adder", HANDLE_HOME, add, NULL, 4);
 *
 *   uint64_t words[4] = {1, 2, 3, 4};                                      a client
 *   int64_t status = gate_call(adder, words);
 *
 * What a function behind a gate must know: it runs on a thread of the caller's, at the caller's
 * priority, on one of the gate's stacks, with thread-local variables of that stack. The thread may
 * end at any moment, and with it the call: what must stay whole goes under a robust mutex, or under
 * the locks of segments, which tell the next holder; the C library's own locks are not like that,
 * so it leaves malloc and stdio alone if callers may be ended. It can do what the owner's
 * capabilities allow, call endpoints and gates, and wait; it cannot receive calls, set a fault
 * handler, or change the thread's priority or CPU (BUSY, NO_RIGHT). thread_exit returns from the
 * gate with ENDED. A fault ends the call with FAULTED, not the owner; the thread lives on, and so
 * do the mutexes that it held.
 */
#ifndef VASCO_GATE_H
#define VASCO_GATE_H

#include <stddef.h>
#include <stdint.h>
#include <vasco/name.h>
#include <vasco/syscalls.h>

#include "abi/objects.h"
#include "abi/status.h"

#define GATE_WORDS 4

/* The registers that a compiler keeps across calls, set to 0. */
#define GATE_CLEAR_KEPT                                                                            \
    "xorl %%ebx, %%ebx\n\t"                                                                        \
    "xorl %%ebp, %%ebp\n\t"                                                                        \
    "xorl %%r12d, %%r12d\n\t"                                                                      \
    "xorl %%r13d, %%r13d\n\t"                                                                      \
    "xorl %%r14d, %%r14d\n\t"                                                                      \
    "xorl %%r15d, %%r15d\n\t"

/* A call of `gate` with `words`, cleared before by `clear`. RBP cannot be named as overwritten, but
 * be kept below the red zone. */
#define GATE_CALL(clear)                                                                           \
    ({                                                                                             \
        int64_t result = SYSCALL_gate_call;                                                        \
        register uint64_t word2 __asm__("r8") = words[2];                                          \
        register uint64_t word3 __asm__("r9") = words[3];                                          \
        __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"                                             \
                         "pushq %%rbp\n\t" clear "syscall\n\t"                                     \
                         "popq %%rbp\n\t"                                                          \
                         "leaq 128(%%rsp), %%rsp"                                                  \
                         : "+a"(result), "+D"(gate), "+S"(words[0]), "+d"(words[1]), "+r"(word2),  \
                           "+r"(word3)                                                             \
                         :                                                                         \
                         : "rbx", "rcx", "r10", "r11", "r12", "r13", "r14", "r15", "memory",       \
                           "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", \
                           "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");          \
        words[2] = word2;                                                                          \
        words[3] = word3;                                                                          \
        result;                                                                                    \
    })

/*
 * A call with four words, which the results replace. Needs GATE: CALL. Before the call the
 * registers that a compiler keeps across calls are cleared, so that the other side sees nothing of
 * them; they need not come back either. What it leaves as it is: vector and x87 registers, with
 * their control words, and GS base. gate_call_guarded takes care of these too.
 *
 * Errors: NO_STACK (all of the gate's are in use: try again later), TOO_DEEP (more than
 * GATE_DEPTH_MAX), BUSY (the thread has locks of segments): the call has not begun. FAULTED, ENDED,
 * DESTROYED, BAD_HANDLE: it was broken off, and the words are 0. After the other errors they are 0
 * or as they were, so who calls again writes them again.
 */
static inline int64_t gate_call(handle_t gate, uint64_t words[GATE_WORDS])
{
    return GATE_CALL(GATE_CLEAR_KEPT);
}

/* The same, but the other side sees the registers that a compiler keeps: for who trusts it with
 * that, some instructions less. */
static inline int64_t gate_call_open(handle_t gate, uint64_t words[GATE_WORDS])
{
    return GATE_CALL("");
}

/* The same for who trusts the other side with nothing: vector registers are cleared before, and the
 * control words of SSE and x87 come back as they were. In gate.asm. */
int64_t gate_call_guarded(handle_t gate, uint64_t words[GATE_WORDS]);

/* --- the owner -------------------------------------------------------------------------------- */

/* What is called: with the badge of the caller's capability, the words, which it changes in place,
 * and what was given to gate_open. */
typedef void gate_function(uint64_t badge, uint64_t words[GATE_WORDS], void *context);

#define GATE_STACK_BYTES (64 * 1024)

/*
 * Makes a gate into a view of this process (HANDLE_HOME, or one from vas_attach that locks no
 * segments) with `nstacks` stacks in the home space, 1 to GATE_STACKS_MAX. Does not block. Needs
 * VIEW: SWITCH. Returns a capability with all rights; it is given away with RIGHT_GATE_CALL and
 * RIGHT_GRANT. Errors: BAD_ARGUMENT (nstacks), BUSY (the view locks segments), NO_MEMORY, NO_SLOT.
 */
handle_t gate_open(const char *name, handle_t view, gate_function *function, void *context,
                   size_t nstacks);

/* Ends a gate of gate_open, by the capability that it returned; calls in progress are broken off
 * (DESTROYED). Does not block. Needs DESTROY. Errors: those of object_destroy. */
int64_t gate_shut(handle_t gate);

/* What is known of a gate. Needs INFO. Errors: BAD_ADDRESS. */
static inline int64_t gate_info(handle_t gate, struct gate_info *info)
{
    return sys_gate_info(gate, (uintptr_t)info);
}

/* The return with word0 to word3, after `clear`. */
#define GATE_RETURN(clear)                                                                         \
    do {                                                                                           \
        register uint64_t r8 __asm__("r8") = word2;                                                \
        register uint64_t r9 __asm__("r9") = word3;                                                \
        __asm__ volatile(clear "syscall"                                                           \
                         :                                                                         \
                         : "a"(SYSCALL_gate_return), "S"(word0), "d"(word1), "r"(r8), "r"(r9)      \
                         : "memory");                                                              \
        __builtin_unreachable();                                                                   \
    } while (0)

/* --- without the library's stacks ------------------------------------------------------------- */

/* Makes a gate whose code starts at `entry`, as abi/types.h says, and which has no stack yet. Needs
 * VIEW: SWITCH. Returns a capability with all rights. Errors: BAD_ADDRESS, BUSY (the view locks
 * segments), NO_MEMORY, NO_SLOT. */
static inline handle_t gate_create(const char *name, handle_t view, void (*entry)(void))
{
    const struct name_words words = name_words(name);
    return sys_gate_create(view, (uintptr_t)entry, words.lo, words.hi, 0);
}

/* Gives a gate one more stack, that ends at `top`, a multiple of 16: a C function at the entry
 * finds it as if it had been called. Calls that use it have `tls` as FS base. Needs GATE: STACK.
 * Errors: BAD_ADDRESS, UNALIGNED, ENDED, NO_SLOT (it has GATE_STACKS_MAX), NO_MEMORY. */
static inline int64_t gate_add_stack(handle_t gate, void *top, uintptr_t tls)
{
    return sys_gate_add_stack(gate, (uintptr_t)top - sizeof(uintptr_t), tls);
}

/* Ends such code, with its four results. All other registers go back as they are, so what the
 * caller must not see is cleared here: those that a compiler keeps across calls. */
static inline _Noreturn void gate_return(uint64_t word0, uint64_t word1, uint64_t word2,
                                         uint64_t word3)
{
    GATE_RETURN(GATE_CLEAR_KEPT);
}

/* The same without clearing them. */
static inline _Noreturn void gate_return_open(uint64_t word0, uint64_t word1, uint64_t word2,
                                              uint64_t word3)
{
    GATE_RETURN("");
}

#endif
