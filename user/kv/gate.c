/* The gate: see gate.h. What runs here are threads of clients, several at once, which can end
 * anywhere; they use no thread-local variables. */
#include "gate.h"

#include <vasco/cap.h>
#include <vasco/gate.h>

#define STACK_BYTES 16384

static _Alignas(16) char stacks[KV_GATE_STACKS][STACK_BYTES];
static const struct service *served;

static _Noreturn void enter(uint64_t badge, uint64_t word0, uint64_t word1, uint64_t unused,
                            uint64_t word2, uint64_t word3)
{
    uint64_t words[KV_WORDS] = {word0, word1, word2, word3};
    (void)unused;
    serve_session(served, badge, words);
    gate_return(words[0], words[1], words[2], words[3]);
}

handle_t gate_open_for(const struct service *service)
{
    served = service;
    handle_t gate = gate_create("kv", HANDLE_HOME, (void (*)(void))enter);
    for (size_t i = 0; i < KV_GATE_STACKS && gate > 0; i++) {
        int64_t status = gate_add_stack(gate, stacks[i] + STACK_BYTES, 0);
        if (status < 0) {
            cap_delete(gate);
            return status;
        }
    }
    return gate;
}
