/* Children that own a gate: see gate_owner.h. */
#include "gate_owner.h"

#include <vasco/endpoint.h>

#include "test.h"

static bool write_numbers(const struct child *child)
{
    static const uint64_t numbers[] = {SYSCALL_gate_create, SYSCALL_gate_add_stack,
                                       SYSCALL_gate_call, SYSCALL_gate_return};
    return check_eq(
        sys_seg_write(child->task, CHILD_ARGUMENTS, (uintptr_t)numbers, sizeof(numbers)),
        sizeof(numbers));
}

static bool start(struct gate_owner *owner, handle_t view)
{
    struct message message;
    handle_t endpoint = sys_endpoint_create(NAME("owner"), 0);
    handle_t placed = owner_place(owner, endpoint, RIGHT_ENDPOINT_CALL);
    const struct child_task task = {.view = (uint64_t)view, .value = (uint64_t)placed};
    bool good = write_numbers(&owner->child) && child_start(&owner->child, &task) &&
                check_eq(endpoint_receive(endpoint, &message), STATUS_OK) &&
                check_eq(message.ncaps, 1) && check_eq(endpoint_reply(&message), STATUS_OK);
    owner->gate = good ? message.caps[0].cap : 0;
    kit_drop(endpoint);
    return good;
}

bool owner_start_from(struct gate_owner *owner, handle_t pool)
{
    *owner = (struct gate_owner){0};
    return child_make_in(&owner->child, pool, "owner", &code_gate_owner) &&
           start(owner, HANDLE_HOME);
}

bool owner_start(struct gate_owner *owner)
{
    return owner_start_from(owner, 0);
}

bool owner_start_in(struct gate_owner *owner, handle_t vas, uint64_t access)
{
    *owner = (struct gate_owner){0};
    if (!child_make(&owner->child, "owner", &code_gate_owner))
        return false;
    owner->view = child_view(&owner->child, vas, access);
    return check(owner->view > 0) && start(owner, owner->view);
}

void owner_kill(struct gate_owner *owner)
{
    child_kill(&owner->child);
    kit_drop(owner->gate);
}

struct process_info owner_drop(struct gate_owner *owner)
{
    kit_drop(owner->gate);
    return child_drop(&owner->child);
}

uint64_t owner_calls(const struct gate_owner *owner)
{
    return child_task_now(&owner->child).result;
}

handle_t owner_place(const struct gate_owner *owner, handle_t cap, uint64_t rights)
{
    handle_t placed = sys_cap_place(owner->child.process, cap, rights, 0);
    check(placed > 0);
    return placed;
}

struct gate_info owner_gate_info(const struct gate_owner *owner)
{
    struct gate_info info = {0};
    check_eq(gate_info(owner->gate, &info), STATUS_OK);
    return info;
}

int64_t owner_call(handle_t gate, uint64_t what, uint64_t word1, uint64_t word2, uint64_t word3,
                   uint64_t *result)
{
    uint64_t words[GATE_WORDS] = {what, word1, word2, word3};
    int64_t status = gate_call(gate, words);
    *result = words[0];
    return status;
}
