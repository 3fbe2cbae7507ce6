/* Gates: calls through them, and what the two sides see of each other. */
#include <vasco/gate.h>

#include "kit.h"
#include "test.h"

#define STACK_BYTES 16384

static _Alignas(16) char stacks[4][STACK_BYTES];

static void *stack_top(size_t i)
{
    return stacks[i] + STACK_BYTES;
}

static _Noreturn void entry_sum(uint64_t badge, uint64_t word0, uint64_t word1, uint64_t unused,
                                uint64_t word2, uint64_t word3)
{
    (void)unused;
    gate_return(word0 + word1 + word2 + word3, badge, word2, word3);
}

void test_gate_call_comes_back_with_its_results(void)
{
    handle_t gate = gate_create("sum", HANDLE_HOME, (void (*)(void))entry_sum);
    require(gate > 0);
    uint64_t words[GATE_WORDS] = {1, 2, 3, 4};
    check_eq(gate_call(gate, words), STATUS_NO_STACK);
    check_eq(gate_add_stack(gate, stack_top(0), 0), STATUS_OK);
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t w[GATE_WORDS] = {i, 2, 3, 4};
        check_eq(gate_call(gate, w), STATUS_OK);
        check_eq(w[0], i + 9);
        check_eq(w[1], 0);
        check_eq(w[2], 3);
        check_eq(w[3], 4);
    }
    kit_drop(gate);
}

/* --- the library's gates ---------------------------------------------------------------------- */

static _Thread_local uint64_t ncalls;

static void sum_of_calls(uint64_t badge, uint64_t words[GATE_WORDS], void *context)
{
    *(uint64_t *)context += words[0];
    words[0] = *(uint64_t *)context;
    words[1] = ++ncalls;
    words[2] = badge;
    words[3] = 0;
}

/* With thread-local variables of the stack, and the caller's as they were. */
void test_gate_of_the_library_calls_a_function(void)
{
    uint64_t sum = 0;
    handle_t gate = gate_open("sum", HANDLE_HOME, sum_of_calls, &sum, 1);
    require(gate > 0);
    handle_t badged = sys_cap_derive(gate, RIGHT_GATE_CALL, 77);
    ncalls = 100;
    for (uint64_t i = 1; i <= 6; i++) {
        uint64_t words[GATE_WORDS] = {i, 0, 0, 5};
        check_eq(i % 2 == 0 ? gate_call(badged, words) : gate_call_guarded(badged, words),
                 STATUS_OK);
        check_eq(words[0], i * (i + 1) / 2);
        check_eq(words[1], i);
        check_eq(words[2], 77);
        check_eq(words[3], 0);
    }
    check_eq(ncalls, 100);
    kit_drop(badged);
    check_eq(gate_shut(gate), STATUS_OK);
}
