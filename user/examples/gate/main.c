/*
 * A service that is called like a function. The owner makes a gate; a client's own thread goes
 * through it into the owner's process, runs the owner's function there, and comes back with four
 * words. Nobody is woken up or scheduled, and neither side sees the other's memory.
 *
 * It prints:
 *
 *     the client has paid 30: 30 are in
 *     the client has paid 12: 42 are in
 *     the bank has 42
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <vasco/gate.h>
#include <vasco/must.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/startup.h>

#define STACKS 2 /* so many calls can be under way at once */

struct bank {
    _Atomic uint64_t balance; /* callers are threads: two may be here at the same time */
};

/* Runs in the bank's process, on the caller's thread. `badge` would tell callers apart. */
static void pay(uint64_t badge, uint64_t words[GATE_WORDS], void *context)
{
    struct bank *bank = context;
    (void)badge;
    words[0] += atomic_fetch_add(&bank->balance, words[0]);
}

static int client(void)
{
    static const uint64_t sums[] = {30, 12};
    handle_t gate = must(startup_cap("bank"), "find the bank");

    for (size_t i = 0; i < 2; i++) {
        uint64_t words[GATE_WORDS] = {sums[i]}; /* the answer takes their place */
        must(gate_call(gate, words), "pay");
        printf("the client has paid %" PRIu64 ": %" PRIu64 " are in\n", sums[i], words[0]);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "client") == 0)
        return client();

    static struct bank bank;
    handle_t gate = must(gate_open("bank", HANDLE_HOME, pay, &bank, STACKS), "make a gate");
    const struct program_cap caps[] = {{"bank", gate, RIGHT_GATE_CALL}};
    struct program *program;
    handle_t process;
    must(program_open(argv[0], &program), "open the program");
    must(program_spawn(program, (const char *[]){argv[0], "client", NULL}, caps, 1, &process),
         "start the client");
    must(process_wait(process, NULL), "wait for the client");
    printf("the bank has %" PRIu64 "\n", atomic_load(&bank.balance));
    return 0;
}
