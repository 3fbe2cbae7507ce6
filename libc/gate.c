/* Gates of gate_open: their stacks, and what happens on one. vasco/gate.h, gate.asm. */
#include <cpuid.h>
#include <pthread.h>
#include <stdbool.h>
#include <vasco/cap.h>
#include <vasco/gate.h>
#include <vasco/home.h>
#include <vasco/seg.h>

#include "internal.h"
#include "pthread_internal.h"

/*
 * All that a call has of its own lies in one granule of the home space:
 *
 *     base                                                base + GATE_STACK_BYTES
 *     | ... frames, downwards | struct gate_stack | thread-local block | struct own |
 */
struct gate_stack {
    gate_function *function;
    void *context;
    handle_t gate;
    struct place *place;
    struct gate_stack *next;
} __attribute__((aligned(16)));

struct own {
    struct _reent reent;
    struct pthread pthread;
} __attribute__((aligned(TLS_ALIGN)));

/* Those of all gates of this program. */
static struct gate_stack *stacks;
static pthread_mutex_t stacks_mutex = PTHREAD_MUTEX_INITIALIZER;

const uint32_t gate_call_number = SYSCALL_gate_call;
const uint32_t gate_return_number = SYSCALL_gate_return;
bool gate_has_avx;

/* In gate.asm. */
void gate_enter(void);

/* Called by gate_enter; `stack` is what lies at the top. */
void gate_dispatch(uint64_t badge, uint64_t words[GATE_WORDS], const struct gate_stack *stack);

void gate_dispatch(uint64_t badge, uint64_t words[GATE_WORDS], const struct gate_stack *stack)
{
    thread_control()->id = 0; /* of whom, is to be asked again */
    stack->function(badge, words, stack->context);
}

/* AVX, and the system keeps its registers (SDM 1 14.3). */
static __attribute__((constructor)) void look_for_avx(void)
{
    unsigned int a, b, c, d;
    gate_has_avx =
        __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_OSXSAVE) != 0 && (c & bit_AVX) != 0;
}

/* Prepares the stack at `base`, whose top this is. Returns the FS base that goes with it. */
static uintptr_t prepare(uintptr_t base, struct gate_stack **top)
{
    struct own *own = (struct own *)(base + GATE_STACK_BYTES) - 1;
    char *block = (char *)own - tls_bytes();
    thread_begin_reent(&own->reent);
    own->pthread.place = NULL; /* the stack may have been a thread's */
    *top = (struct gate_stack *)block - 1;
    return (uintptr_t)tls_fill(block, &own->reent, &own->pthread);
}

static int64_t add_stack(struct gate_stack what)
{
    struct gate_stack *stack;
    uintptr_t base;
    int64_t status = thread_take_stack(GATE_STACK_BYTES, &what.place, &base);
    if (status < 0)
        return status;
    uintptr_t tls = prepare(base, &stack);
    *stack = what;
    pthread_mutex_lock(&stacks_mutex);
    stack->next = stacks;
    stacks = stack;
    pthread_mutex_unlock(&stacks_mutex);
    return sys_gate_add_stack(what.gate, (uintptr_t)stack, tls);
}

handle_t gate_open(const char *name, handle_t view, gate_function *function, void *context,
                   size_t nstacks)
{
    if (nstacks == 0 || nstacks > GATE_STACKS_MAX)
        return STATUS_BAD_ARGUMENT;
    handle_t gate = gate_create(name, view, gate_enter);
    for (size_t i = 0; gate >= 0 && i < nstacks; i++) {
        int64_t status =
            add_stack((struct gate_stack){.function = function, .context = context, .gate = gate});
        if (status >= 0)
            continue;
        gate_shut(gate);
        return status;
    }
    return gate;
}

int64_t gate_shut(handle_t gate)
{
    int64_t status = object_destroy(gate);
    if (status < 0)
        return status;
    pthread_mutex_lock(&stacks_mutex);
    for (struct gate_stack **link = &stacks; *link != NULL;) {
        struct gate_stack *stack = *link;
        if (stack->gate != gate) {
            link = &stack->next;
            continue;
        }
        *link = stack->next;
        thread_give_stack(stack->place);
    }
    pthread_mutex_unlock(&stacks_mutex);
    return cap_delete(gate);
}
