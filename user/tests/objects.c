/* One object of each type: see objects.h. */
#include "objects.h"

#include <inttypes.h>
#include <string.h>

#include "abi/syscalls.h"
#include "test.h"

#define FOR_A_YEAR ((uint64_t)365 * 86400 * 1000 * MILLISECOND)

bool objects_make(struct objects *objects)
{
    struct child *child = &objects->child;
    struct child_task task = {.value = FOR_A_YEAR};
    handle_t *of = objects->of;
    memset(objects, 0, sizeof(*objects));
    if (!child_make(child, "objects", &code_sleep) || !child_start(child, &task))
        return false;
    of[OBJECT_PROCESS] = child->process;
    of[OBJECT_THREAD] = child->thread;
    of[OBJECT_VAS] = kit_vas();
    of[OBJECT_VIEW] = kit_view(of[OBJECT_VAS], ACCESS_ALL);
    of[OBJECT_SEG] = kit_seg(PAGE_BYTES, 0);
    of[OBJECT_CONSOLE] = sys_cap_derive(kit_console(), kit_cap_info(kit_console()).rights, 0);
    of[OBJECT_SYSTEM] = sys_cap_derive(kit_system(), kit_cap_info(kit_system()).rights, 0);
    of[OBJECT_POOL] = sys_pool_create(NAME("test"), 100, 0);
    of[OBJECT_ENDPOINT] = sys_endpoint_create(NAME("test"), 0);
    of[OBJECT_GATE] = sys_gate_create(HANDLE_HOME, CHILD_CODE, NAME("test"), 0);
    of[OBJECT_NOTIFICATION] = sys_notification_create(NAME("test"), 0);
    check_eq(sys_seg_attach(of[OBJECT_VAS], of[OBJECT_SEG], ACCESS_READ), STATUS_OK);
    for (size_t type = OBJECT_NONE + 1; type < OBJECT_TYPES; type++)
        check_eq(kit_cap_info(of[type]).type, type);
    sys_thread_sleep(MILLISECOND);
    return true;
}

void objects_drop(struct objects *objects)
{
    handle_t *of = objects->of;
    child_kill(&objects->child);
    check_eq(sys_vas_detach(of[OBJECT_VIEW]), STATUS_OK);
    kit_drop_all(of[OBJECT_VAS], of[OBJECT_SEG], of[OBJECT_CONSOLE], of[OBJECT_SYSTEM],
                 of[OBJECT_POOL], of[OBJECT_ENDPOINT], of[OBJECT_GATE], of[OBJECT_NOTIFICATION]);
}

void snapshot_take(struct snapshot *snapshot, const struct objects *objects)
{
    const handle_t *of = objects->of;
    memset(snapshot, 0, sizeof(*snapshot));
    account_take(&snapshot->account);
    snapshot->self = kit_process_info(HANDLE_SELF);
    snapshot->process = kit_process_info(of[OBJECT_PROCESS]);
    snapshot->thread = kit_thread_info(of[OBJECT_THREAD]);
    snapshot->vas = kit_vas_info(of[OBJECT_VAS]);
    snapshot->seg = kit_seg_info(of[OBJECT_SEG]);
    sys_pool_info(of[OBJECT_POOL], (uintptr_t)&snapshot->pool);
    for (size_t type = OBJECT_NONE + 1; type < OBJECT_TYPES; type++)
        snapshot->caps[type] = kit_cap_info(of[type]);
    snapshot->view = sys_vas_active();
}

bool snapshot_is_same(const struct snapshot *a, const struct snapshot *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

size_t uses_make(struct use uses[USES_MAX], const struct objects *objects)
{
    static uint64_t buffer[sizeof(struct message) / 8];
    static struct lock_times times;
    const handle_t *of = objects->of;
    enum {
        PROCESS = 1 << OBJECT_PROCESS,
        THREAD = 1 << OBJECT_THREAD,
        VAS = 1 << OBJECT_VAS,
        VIEW = 1 << OBJECT_VIEW,
        SEG = 1 << OBJECT_SEG,
        CONSOLE = 1 << OBJECT_CONSOLE,
        SYSTEM = 1 << OBJECT_SYSTEM,
        POOL = 1 << OBJECT_POOL,
        ENDPOINT = 1 << OBJECT_ENDPOINT,
        GATE = 1 << OBJECT_GATE,
        NOTIFICATION = 1 << OBJECT_NOTIFICATION,
        ANY = (1 << OBJECT_TYPES) - 1,
    };
    const uint64_t P = (uint64_t)of[OBJECT_PROCESS], T = (uint64_t)of[OBJECT_THREAD],
                   V = (uint64_t)of[OBJECT_VAS], W = (uint64_t)of[OBJECT_VIEW],
                   S = (uint64_t)of[OBJECT_SEG], C = (uint64_t)of[OBJECT_CONSOLE],
                   M = (uint64_t)of[OBJECT_SYSTEM], L = (uint64_t)of[OBJECT_POOL],
                   E = (uint64_t)of[OBJECT_ENDPOINT], G = (uint64_t)of[OBJECT_GATE],
                   N = (uint64_t)of[OBJECT_NOTIFICATION], BUFFER = (uintptr_t)buffer,
                   TIMES = (uintptr_t)&times;
    const struct use all[] = {
#define USE(call, place, set, needs, ...) {#call, SYSCALL_##call, place, set, needs, {__VA_ARGS__}},
#include "uses.def"
#undef USE
    };
    _Static_assert(sizeof(all) <= USES_MAX * sizeof(all[0]), "raise USES_MAX");
    memcpy(uses, all, sizeof(all));
    return sizeof(all) / sizeof(all[0]);
}

int64_t use_call(const struct use *use, handle_t handle)
{
    uint64_t arguments[6];
    memcpy(arguments, use->arguments, sizeof(arguments));
    arguments[use->position] = (uint64_t)handle;
    return kit_call(use->number, arguments);
}

void use_check_refused(const struct use *use, handle_t handle, int64_t expected,
                       const struct objects *objects)
{
    struct snapshot before, after;
    snapshot_take(&before, objects);
    int64_t result = use_call(use, handle);
    snapshot_take(&after, objects);
    if (!check_eq(result, expected))
        test_note("by %s, handle %u = 0x%" PRIx64, use->name, use->position, (uint64_t)handle);
    if (!check(snapshot_is_same(&before, &after)))
        test_note("by %s, handle %u = 0x%" PRIx64, use->name, use->position, (uint64_t)handle);
}
