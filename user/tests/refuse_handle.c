/* Handles that are not what a call needs, in every place where a call takes one. */
#include "abi/syscalls.h"
#include "objects.h"
#include "test.h"

/* Calls for which 0 means the calling thread, its process's pool, or none. */
static bool use_takes_null(const struct use *use)
{
    return use->number == SYSCALL_thread_info || use->number == SYSCALL_thread_set_priority ||
           use->number == SYSCALL_thread_set_cpu ||
           use->number == SYSCALL_thread_set_fault_endpoint || use->types == 1 << OBJECT_POOL;
}

/* Tries one bad handle in every place. */
static void handle_check_refused(const struct objects *objects, handle_t handle, int64_t expected)
{
    struct use uses[USES_MAX];
    size_t nuses = uses_make(uses, objects);
    for (size_t i = 0; i < nuses; i++)
        if (handle != 0 || !use_takes_null(&uses[i]))
            use_check_refused(&uses[i], handle, expected, objects);
}

void test_handle_null_is_refused(void)
{
    struct objects objects;
    require(objects_make(&objects));
    handle_check_refused(&objects, 0, STATUS_BAD_HANDLE);
    objects_drop(&objects);
}

void test_handle_stale_is_refused(void)
{
    struct objects objects;
    require(objects_make(&objects));
    handle_t stale = sys_cap_derive(objects.of[OBJECT_SEG], RIGHT_INFO, 0);
    kit_drop(stale);
    handle_check_refused(&objects, stale, STATUS_BAD_HANDLE);
    objects_drop(&objects);
}

void test_handle_stale_is_refused_when_its_slot_is_reused(void)
{
    const handle_t place = ((handle_t)1 << HANDLE_GENERATION_SHIFT) - 1;
    struct objects objects;
    require(objects_make(&objects));
    handle_t stale = sys_cap_derive(objects.of[OBJECT_SEG], RIGHT_INFO, 0);
    kit_drop(stale);
    handle_t fresh = sys_cap_derive(objects.of[OBJECT_VAS], RIGHT_INFO, 0);
    check_eq(fresh & place, stale & place);
    check(fresh != stale);
    handle_check_refused(&objects, stale, STATUS_BAD_HANDLE);
    kit_drop(fresh);
    objects_drop(&objects);
}

void test_handle_never_given_out_is_refused(void)
{
    struct objects objects;
    require(objects_make(&objects));
    handle_t seg = objects.of[OBJECT_SEG];
    const handle_t forged[] = {
        -1,
        INT64_MIN,
        INT64_MAX,
        seg | 1,                                       /* reserved low bits */
        seg + HANDLE_OF(0, 0, 1),                      /* a generation that is yet to come */
        seg & ~HANDLE_OF(0, 0, 0x7fffffff),            /* generation 0 */
        (handle_t)((uint64_t)seg | (uint64_t)1 << 63), /* negative, else right */
        HANDLE_OF(0xfffff, 63, 1),                     /* a table page far beyond the table */
        (handle_t)0xffff800000000000,                  /* a kernel address */
    };
    for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++)
        handle_check_refused(&objects, forged[i], STATUS_BAD_HANDLE);
    objects_drop(&objects);
}

/* A number that names a capability in the child's table and nothing in ours. */
static handle_t handle_foreign(const struct objects *objects)
{
    handle_t foreign = 0;
    struct cap_info info;
    for (int i = 0; i < 4096; i++) {
        foreign =
            sys_cap_place(objects->of[OBJECT_PROCESS], objects->of[OBJECT_SEG], RIGHT_INFO, 0);
        if (sys_cap_info(foreign, (uintptr_t)&info) == STATUS_BAD_HANDLE)
            return foreign;
    }
    return 0;
}

void test_handle_of_another_process_is_refused(void)
{
    struct objects objects;
    require(objects_make(&objects));
    handle_t foreign = handle_foreign(&objects);
    if (check(foreign > 0))
        handle_check_refused(&objects, foreign, STATUS_BAD_HANDLE);
    objects_drop(&objects);
}

void test_handle_of_wrong_type_is_refused(void)
{
    struct objects objects;
    struct use uses[USES_MAX];
    require(objects_make(&objects));
    size_t nuses = uses_make(uses, &objects);
    for (size_t i = 0; i < nuses; i++)
        for (size_t type = OBJECT_NONE + 1; type < OBJECT_TYPES; type++)
            if ((uses[i].types >> type & 1) == 0)
                use_check_refused(&uses[i], objects.of[type], STATUS_WRONG_TYPE, &objects);
    objects_drop(&objects);
}

/* A capability that lacks the right can be made: the call needs one, and a view cannot be
 * derived. */
static bool use_can_be_narrowed(const struct use *use)
{
    return use->right != RIGHT_NONE && use->types != 1 << OBJECT_VIEW;
}

void test_right_missing_is_refused(void)
{
    struct objects objects;
    struct use uses[USES_MAX];
    require(objects_make(&objects));
    size_t nuses = uses_make(uses, &objects);
    for (size_t i = 0; i < nuses; i++) {
        if (!use_can_be_narrowed(&uses[i]))
            continue;
        handle_t narrow = kit_without((handle_t)uses[i].arguments[uses[i].position], uses[i].right);
        use_check_refused(&uses[i], narrow, STATUS_NO_RIGHT, &objects);
        kit_drop(narrow);
    }
    objects_drop(&objects);
}

static bool uses_try(const struct use *uses, size_t nuses, enum object_type type, uint64_t right)
{
    for (size_t i = 0; i < nuses; i++)
        if ((uses[i].types >> type & 1) != 0 && uses[i].right == right)
            return true;
    return false;
}

/* The list of uses knows every right of every type. */
void test_right_of_every_type_is_tried(void)
{
    struct objects objects;
    struct use uses[USES_MAX];
    require(objects_make(&objects));
    size_t nuses = uses_make(uses, &objects);
#define OBJECT(type, word)
#define RIGHT(type, name, bit, meaning)                                                            \
    if (!check(uses_try(uses, nuses, OBJECT_##type, RIGHT_##type##_##name)))                       \
        test_note("no use needs the right %s of %s", #name, #type);
#define COMMON_RIGHT(name, bit, meaning)                                                           \
    if (!check(uses_try(uses, nuses, OBJECT_SEG, RIGHT_##name)))                                   \
        test_note("no use needs the right %s", #name);
#include "abi/objects.def"
#undef OBJECT
#undef RIGHT
#undef COMMON_RIGHT
    objects_drop(&objects);
}

/* Views and the machine's own objects have no right to be derived, revoked or destroyed by. */
void test_right_of_a_view_stays_with_its_process(void)
{
    struct objects objects;
    require(objects_make(&objects));
    handle_t view = objects.of[OBJECT_VIEW];
    check_eq(sys_cap_derive(view, RIGHT_VIEW_SWITCH, 0), STATUS_NO_RIGHT);
    check_eq(sys_cap_derive(HANDLE_HOME, RIGHT_VIEW_SWITCH, 0), STATUS_NO_RIGHT);
    check_eq(sys_cap_place(objects.of[OBJECT_PROCESS], view, 0, 0), STATUS_NO_RIGHT);
    check_eq(sys_cap_revoke(view), STATUS_NO_RIGHT);
    check_eq(sys_object_destroy(view), STATUS_NO_RIGHT);
    objects_drop(&objects);
}

/* A capability without any right names its object and allows nothing but to be deleted. */
void test_right_none_at_all_is_refused(void)
{
    struct objects objects;
    struct use uses[USES_MAX];
    require(objects_make(&objects));
    size_t nuses = uses_make(uses, &objects);
    for (size_t i = 0; i < nuses; i++) {
        if (!use_can_be_narrowed(&uses[i]))
            continue;
        handle_t bare = sys_cap_derive((handle_t)uses[i].arguments[uses[i].position], 0, 0);
        use_check_refused(&uses[i], bare, STATUS_NO_RIGHT, &objects);
        kit_drop(bare);
    }
    objects_drop(&objects);
}

/* An object that was destroyed says so, whichever call asks, and its capabilities can be
 * deleted. */
void test_handle_of_destroyed_object_says_so(void)
{
    struct objects objects;
    struct use uses[USES_MAX];
    require(objects_make(&objects));
    size_t nuses = uses_make(uses, &objects);
    handle_t vas = kit_vas(), seg = kit_seg(PAGE_BYTES, 0);
    check_eq(sys_object_destroy(vas), STATUS_OK);
    check_eq(sys_object_destroy(seg), STATUS_OK);
    for (size_t i = 0; i < nuses; i++) {
        if (uses[i].number == SYSCALL_cap_delete)
            continue;
        if (uses[i].types >> OBJECT_VAS & 1)
            use_check_refused(&uses[i], vas, STATUS_DESTROYED, &objects);
        if (uses[i].types >> OBJECT_SEG & 1)
            use_check_refused(&uses[i], seg, STATUS_DESTROYED, &objects);
    }
    kit_drop_all(vas, seg);
    objects_drop(&objects);
}
