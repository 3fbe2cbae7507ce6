/* Short ways to what nearly every test needs: see kit.h. */
#include "kit.h"

#include <vasco/startup.h>

#include "test.h"

handle_t kit_console(void)
{
    return startup_cap("console");
}

handle_t kit_system(void)
{
    return startup_cap("system");
}

handle_t kit_seg(uint64_t nbytes, uint64_t flags)
{
    return sys_seg_create(NAME("test"), 0, nbytes, flags, 0);
}

handle_t kit_seg_at(uint64_t base, uint64_t nbytes)
{
    return sys_seg_create(NAME("test"), base, nbytes, 0, 0);
}

handle_t kit_vas(void)
{
    return sys_vas_create(NAME("test"), 0);
}

handle_t kit_pool(uint64_t nframes)
{
    return sys_pool_create(NAME("test"), nframes, 0);
}

handle_t kit_seg_in(handle_t vas, uint64_t base, uint64_t word)
{
    handle_t seg = kit_seg_at(base, PAGE_BYTES);
    check_eq(sys_seg_attach(vas, seg, ACCESS_DATA), STATUS_OK);
    kit_poke(seg, 0, word);
    return seg;
}

handle_t kit_view(handle_t vas, uint64_t access)
{
    return sys_vas_attach(HANDLE_SELF, vas, access);
}

handle_t kit_without(handle_t cap, uint64_t rights)
{
    return sys_cap_derive(cap, kit_cap_info(cap).rights & ~rights, 0);
}

void kit_drop(handle_t cap)
{
    check_eq(sys_cap_delete(cap), STATUS_OK);
}

struct seg_info kit_seg_info(handle_t seg)
{
    struct seg_info info = {0};
    sys_seg_info(seg, (uintptr_t)&info);
    return info;
}

struct vas_info kit_vas_info(handle_t vas)
{
    struct vas_info info = {0};
    sys_vas_info(vas, (uintptr_t)&info);
    return info;
}

struct cap_info kit_cap_info(handle_t cap)
{
    struct cap_info info = {0};
    sys_cap_info(cap, (uintptr_t)&info);
    return info;
}

struct thread_info kit_thread_info(handle_t thread)
{
    struct thread_info info = {0};
    sys_thread_info(thread, (uintptr_t)&info);
    return info;
}

struct process_info kit_process_info(handle_t process)
{
    struct process_info info = {0};
    sys_process_info(process, (uintptr_t)&info);
    return info;
}

struct pool_info kit_pool_info(handle_t pool)
{
    struct pool_info info = {0};
    sys_pool_info(pool, (uintptr_t)&info);
    return info;
}

struct system_info kit_system_info(void)
{
    struct system_info info = {0};
    sys_system_info((uintptr_t)&info);
    return info;
}

bool kit_has_feature(enum feature feature)
{
    return (kit_system_info().features >> feature & 1) != 0;
}

void kit_poke(handle_t seg, uint64_t offset, uint64_t word)
{
    check_eq(sys_seg_write(seg, offset, (uintptr_t)&word, sizeof(word)), sizeof(word));
}

uint64_t kit_peek(handle_t seg, uint64_t offset)
{
    uint64_t word = 0;
    check_eq(sys_seg_read(seg, offset, (uintptr_t)&word, sizeof(word)), sizeof(word));
    return word;
}

int64_t kit_call(uint64_t number, const uint64_t arguments[6])
{
    struct raw_registers registers = {
        .rax = number,
        .rdi = arguments[0],
        .rsi = arguments[1],
        .rdx = arguments[2],
        .r10 = arguments[3],
        .r8 = arguments[4],
        .r9 = arguments[5],
        .rflags = 0x202,
    };
    raw_call(&registers);
    return (int64_t)registers.rax;
}
