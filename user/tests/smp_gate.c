/* Several CPUs: threads in a gate on all of them, whose owner, gate or view ends at any moment. */
#include <vasco/gate.h>

#include "gate_owner.h"
#include "smp.h"

#define CALLERS 6

static struct worker workers[WORKERS];
static struct gate_owner owner, inner;
static volatile handle_t gate, nested; /* 0: wait. The owner's own handle of the inner one's gate */
static volatile uint64_t nreturned, nbroken;

/* What a caller does with its i-th call: most come back at once, and some stay until the end. */
static void choose_call(uint64_t i, uint64_t words[GATE_WORDS])
{
    const uint64_t calls[][GATE_WORDS] = {
        {OWNER_RETURN},
        {OWNER_CALL, SYSCALL_thread_yield},
        {OWNER_NEST, (uint64_t)nested, OWNER_RETURN},
        {OWNER_CALL, SYSCALL_thread_sleep, MILLISECOND / 4},
        {OWNER_NEST, (uint64_t)nested, OWNER_CALL, SYSCALL_thread_yield},
        {OWNER_NEST, (uint64_t)nested, OWNER_SPIN},
        {OWNER_SPIN},
    };
    const uint64_t *chosen = calls[i % 64 == 63 ? 5 + i / 64 % 2 : i % 5];
    for (size_t word = 0; word < GATE_WORDS; word++)
        words[word] = chosen[word];
}

static bool is_expected(int64_t status)
{
    return status == STATUS_OK || status == STATUS_ENDED || status == STATUS_DESTROYED ||
           status == STATUS_BAD_HANDLE || status == STATUS_NO_STACK || status == STATUS_FAULTED;
}

/* Calls until told. What comes back from a plain call is the gate's. */
static uint64_t body_call(struct worker *worker)
{
    uint64_t wrong = 0;
    for (uint64_t i = worker->argument; !worker->stop; i++) {
        uint64_t words[GATE_WORDS];
        handle_t now = gate;
        if (now == 0) {
            sys_thread_sleep(MILLISECOND / 4);
            continue;
        }
        choose_call(i, words);
        bool plain = words[0] == OWNER_RETURN;
        int64_t status = gate_call(now, words);
        wrong += !is_expected(status);
        wrong += plain && status == STATUS_OK && (words[0] != 0 || words[1] % 0x10000 != 0);
        wrong += plain && status == STATUS_OK && words[1] == 0;
        __atomic_fetch_add(status == STATUS_OK ? &nreturned : &nbroken, 1, __ATOMIC_RELAXED);
        worker->result++;
    }
    return wrong;
}

static bool start_callers(void)
{
    gate = 0;
    nreturned = nbroken = 0;
    for (size_t i = 0; i < CALLERS; i++) {
        workers[i] = (struct worker){.argument = i * 21};
        if (!smp_start(&workers[i], i, body_call, i % smp_cpus()))
            return false;
    }
    return true;
}

static void end_callers(void)
{
    for (size_t i = 0; i < CALLERS; i++)
        workers[i].stop = true;
    for (size_t i = 0; i < CALLERS; i++)
        check_eq(worker_end(&workers[i]), 0);
    check(nreturned > 0 && nbroken > 0);
}

static bool publish(void)
{
    nested = owner_place(&owner, inner.gate, RIGHT_GATE_CALL);
    gate = owner.gate;
    return nested > 0;
}

/* Lets them call for a while of no particular length. */
static void let_them_call(size_t round)
{
    sys_thread_set_cpu(workers[round % CALLERS].thread, round % smp_cpus());
    sys_thread_sleep(round % 3 * MILLISECOND);
    smp_linger(round % 16 * 200);
}

/* Everything in turn that can end under who is inside. */
static void end_owner(size_t round)
{
    handle_t was = gate;
    if (round % 4 == 1)
        check_eq(sys_object_destroy(owner.gate), STATUS_OK);
    if (round % 4 == 2)
        check_eq(sys_cap_revoke(owner.gate), STATUS_OK);
    check_eq(sys_object_destroy(owner.child.process), STATUS_OK);
    gate = 0;
    check_eq(was, owner.gate);
    owner_drop(&owner);
}

void test_smp_gate_owners_are_destroyed_under_their_callers(void)
{
    needs_cpus(2);
    require(owner_start(&inner));
    require(start_callers());
    size_t nrounds = test_scaled(64);
    for (size_t round = 0; round < nrounds || nreturned == 0; round++) {
        require(owner_start(&owner) && publish());
        let_them_call(round);
        end_owner(round);
        if (!check(round < 20 * nrounds))
            break;
    }
    end_callers();
    check_comes(owner_gate_info(&inner).ncalls == 0);
    owner_kill(&inner);
}

/* The view of the gate goes, and comes in another owner. */
void test_smp_gate_views_are_revoked_under_their_callers(void)
{
    needs_cpus(2);
    require(owner_start(&inner));
    require(start_callers());
    size_t nrounds = test_scaled(32);
    for (size_t round = 0; round < nrounds || nreturned == 0; round++) {
        handle_t vas = kit_vas();
        require(owner_start_in(&owner, vas, ACCESS_DATA) && publish());
        let_them_call(round);
        check_eq(sys_cap_revoke(vas), STATUS_OK);
        smp_linger(round % 4 * 200);
        gate = 0;
        check_eq(sys_object_destroy(owner.child.process), STATUS_OK);
        owner_drop(&owner);
        kit_drop(vas);
        if (!check(round < 20 * nrounds))
            break;
    }
    end_callers();
    owner_kill(&inner);
}

/* The threads inside are destroyed, wherever they are: no stack is lost. */
void test_smp_gate_callers_are_destroyed_inside(void)
{
    needs_cpus(2);
    uint64_t result;
    require(owner_start(&inner) && owner_start(&owner));
    require(start_callers());
    require(publish());
    for (size_t round = 0; round < test_scaled(32); round++) {
        size_t i = round % CALLERS;
        let_them_call(round);
        check_eq(sys_object_destroy(workers[i].thread), STATUS_OK);
        kit_drop(workers[i].thread);
        workers[i] = (struct worker){.argument = round};
        require(smp_start(&workers[i], i, body_call, round / 2 % smp_cpus()));
    }
    gate = 0;
    for (size_t i = 0; i < CALLERS; i++) {
        check_eq(sys_object_destroy(workers[i].thread), STATUS_OK);
        kit_drop(workers[i].thread);
    }
    for (int i = 0; i < 2 * OWNER_STACKS; i++) {
        check_eq(owner_call(owner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_OK);
        check_eq(owner_call(inner.gate, OWNER_RETURN, 0, 0, 0, &result), STATUS_OK);
    }
    check_eq(owner_gate_info(&owner).ncalls + owner_gate_info(&inner).ncalls, 0);
    owner_kill(&owner);
    owner_kill(&inner);
}
