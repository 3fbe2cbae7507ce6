/* The example pagers at work: user/textpager and user/zeropager. */
#include <string.h>
#include <vasco/archive.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/fault.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>

#include "child.h"
#include "smp.h"

#define CLIENT_RIGHTS (RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT)
#define ABOVE (PRIORITY_DEFAULT + 1)

/* A pager of a test's own, and a VAS where its clients stand. */
static struct {
    handle_t endpoint, process;
    handle_t vas, view;
} room;

static bool room_open(const char *const argv[])
{
    struct program *program;
    room.endpoint = endpoint_create("pager");
    const struct program_cap serve = {"serve", room.endpoint, RIGHT_ENDPOINT_RECEIVE | RIGHT_INFO};
    room.vas = kit_vas();
    room.view = kit_view(room.vas, ACCESS_DATA);
    room.process = program_open(argv[0], &program);
    if (!check_eq(room.process, STATUS_OK))
        return false;
    int64_t status = program_spawn(program, argv, &serve, 1, &room.process);
    program_close(program);
    return check_eq(status, STATUS_OK) && check(room.view > 0);
}

static void room_close(void)
{
    check_eq(object_destroy(room.process), STATUS_OK);
    kit_drop_all(room.process, room.endpoint);
    check_eq(sys_vas_detach(room.view), STATUS_OK);
    kit_drop(room.vas);
}

/* A client is whoever holds this. */
static handle_t client_as(uint64_t badge)
{
    return cap_derive(room.endpoint, CLIENT_RIGHTS, badge);
}

/* A child that loads from an address in the VAS, or stores there, its faults served. */
static bool start_child(struct child *child, const struct code *code, handle_t client,
                        uint64_t address)
{
    if (!child_make(child, "child", code))
        return false;
    handle_t view = child_view(child, room.vas, ACCESS_DATA);
    handle_t placed = sys_cap_place(child->process, client, RIGHT_ENDPOINT_CALL, 0);
    struct child_task task = {.view = (uint64_t)view, .address = address, .value = 5};
    sys_thread_set_priority(0, ABOVE);
    bool good =
        child_start(child, &task) && check_eq(fault_endpoint_set(child->thread, placed), STATUS_OK);
    sys_thread_set_priority(0, PRIORITY_DEFAULT);
    return good;
}

static struct process_info run_child(const struct code *code, handle_t client, uint64_t address)
{
    struct child child;
    if (!start_child(&child, code, client, address))
        return (struct process_info){0};
    return child_end(&child);
}

/* --- texts ------------------------------------------------------------------------------------ */

static const char *const textpager[] = {"textpager", "packed/licences", NULL};

/* The text as it is in the archive, and as the pager has it. */
static struct {
    struct archive_file file;
    handle_t seg;
    uint64_t base;
} text;

static bool text_open(void)
{
    struct message m = {0};
    if (!check_eq(archive_find("text/licences", &text.file), STATUS_OK) ||
        !check_eq(endpoint_call(room.endpoint, &m), STATUS_OK))
        return false;
    text.seg = message_cap(&m);
    text.base = kit_seg_info(text.seg).base;
    check_eq(m.words[0], text.file.nbytes);
    return check_eq(seg_attach(room.vas, text.seg, ACCESS_READ), STATUS_OK);
}

static uint64_t text_pages(void)
{
    return (text.file.nbytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

static uint64_t resident(void)
{
    return kit_seg_info(text.seg).resident;
}

/* How many bytes of a page are wrong; behind the end of the text there are zeroes. */
static uint64_t wrong_in(uint64_t page)
{
    const char *expected = text.file.data;
    const volatile char *found = (const volatile char *)text.base;
    uint64_t wrong = 0;
    for (uint64_t at = page * PAGE_BYTES; at < (page + 1) * PAGE_BYTES; at++)
        wrong += found[at] != (at < text.file.nbytes ? expected[at] : 0);
    return wrong;
}

void test_textpager_unpacks_the_pages_that_are_touched(void)
{
    require(room_open(textpager));
    require(text_open());
    check_eq(fault_endpoint_set(0, room.endpoint), STATUS_OK);
    require_eq(sys_vas_switch(room.view), STATUS_OK);
    check_eq(resident(), 0);
    check_eq(wrong_in(text_pages() - 1), 0);
    check_eq(wrong_in(3), 0);
    check_eq(resident(), 2 * PAGE_BYTES);
    for (uint64_t page = 0; page < text_pages(); page++)
        check_eq(wrong_in(page), 0);
    check_eq(resident(), text_pages() * PAGE_BYTES);
    check_eq(fault_endpoint_set(0, 0), STATUS_OK);
    kit_drop(text.seg);
    room_close();
}

/* What a client has gives it no right to put something into the text. */
void test_textpager_lets_nobody_else_supply(void)
{
    static char page[PAGE_BYTES];
    require(room_open(textpager));
    require(text_open());
    check_eq(seg_supply(text.seg, 0, page, PAGE_BYTES), STATUS_NO_RIGHT);
    check_eq(seg_fill(text.seg, 0, PAGE_BYTES), STATUS_NO_RIGHT);
    check_eq(resident(), 0);
    kit_drop(text.seg);
    room_close();
}

/* Threads that begin in different places, and then read everything. */
static uint64_t body_read(struct worker *worker)
{
    uint64_t wrong = 0;
    fault_endpoint_set(0, room.endpoint);
    sys_vas_switch(room.view);
    for (uint64_t i = 0; i < text_pages(); i++)
        wrong += wrong_in((worker->argument + i) % text_pages());
    return wrong;
}

void test_smp_textpager_serves_all_cpus(void)
{
    static struct worker workers[WORKERS];
    size_t n = smp_cpus();
    needs_cpus(2);
    require(room_open(textpager));
    require(text_open());
    for (size_t i = 0; i < n; i++) {
        workers[i] = (struct worker){.argument = i / 2 * 10};
        require(smp_start(&workers[i], i, body_read, i));
    }
    for (size_t i = 0; i < n; i++)
        check_eq(worker_end(&workers[i]), 0);
    check_eq(resident(), text_pages() * PAGE_BYTES);
    kit_drop(text.seg);
    room_close();
}

/* What it has supplied stays. Its clients wait like any callers, until who has started it takes
 * their endpoint away. */
void test_textpager_that_is_killed_serves_nobody(void)
{
    struct child child;
    require(room_open(textpager));
    require(text_open());
    check_eq(run_child(&code_load, room.endpoint, text.base + PAGE_BYTES).reason, END_EXIT);
    check_eq(resident(), PAGE_BYTES);
    check_eq(object_destroy(room.process), STATUS_OK);
    test_expect_log("process 'child' .*: read of 0x[0-9a-f]+ refused");
    check_eq(run_child(&code_load, room.endpoint, text.base + PAGE_BYTES).reason, END_EXIT);
    require(start_child(&child, &code_load, room.endpoint, text.base + 2 * PAGE_BYTES));
    sys_thread_sleep(MILLISECOND);
    check_eq(object_destroy(room.endpoint), STATUS_OK);
    check_eq(child_end(&child).reason, END_FAULT);
    kit_drop_all(text.seg, room.process, room.endpoint);
    check_eq(sys_vas_detach(room.view), STATUS_OK);
    kit_drop(room.vas);
}

void test_textpager_refuses_what_is_no_packed_text(void)
{
    const char *const bad[] = {"text/licences", "bin/nothing", "packed/nothing"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct process_info info = {0};
        require(room_open((const char *[]){"textpager", bad[i], NULL}));
        check_eq(process_wait(room.process, &info), STATUS_OK);
        check_eq(info.reason, END_EXIT);
        check_eq(info.status, 1);
        kit_drop_all(room.process, room.endpoint);
        check_eq(sys_vas_detach(room.view), STATUS_OK);
        kit_drop(room.vas);
    }
}

/* --- zeroes ----------------------------------------------------------------------------------- */

#define EACH 20

/* 40 pages for all, with the tables on the way to them. */
static const char *const zeropager[] = {"zeropager", "40", "20", NULL};

/* Where it lies, or a status. */
static int64_t borrow(handle_t client, uint64_t nbytes)
{
    struct message m = {.nwords = 1, .words = {nbytes}};
    message_add_cap(&m, room.vas, RIGHT_VAS_LINK | RIGHT_INFO);
    if (!check_eq(endpoint_call(client, &m), STATUS_OK))
        return STATUS_BAD_CALL;
    return (int64_t)m.words[0] < 0 ? (int64_t)m.words[0] : (int64_t)m.words[1];
}

static void give_back(handle_t client)
{
    struct message m = {.nwords = 1, .words = {0}};
    check_eq(endpoint_call(client, &m), STATUS_OK);
    check_eq(m.words[0], STATUS_OK);
}

/* Touches this many pages of what was borrowed, and finds zeroes, or what it has left there. */
static uint64_t body_touch(struct worker *worker)
{
    uint64_t wrong = 0, base = worker->result;
    smp_survive(0);
    sys_vas_switch(room.view);
    for (uint64_t i = 0; i < worker->argument; i++) {
        uint64_t address = base + i * 16 * PAGE_BYTES;
        uint64_t word = smp_load(address);
        wrong += word != 0 && word != i + 1;
        smp_store(address, i + 1);
        wrong += smp_load(address) != i + 1;
    }
    return wrong;
}

/* Its thread does not know of the pager: who starts it does. How many touches were declined. */
static uint64_t touch(handle_t client, int64_t base, uint64_t npages)
{
    static struct worker worker;
    worker = (struct worker){.argument = npages, .result = (uint64_t)base};
    sys_thread_set_priority(0, ABOVE);
    check(worker_start(&worker, 0, body_touch, PRIORITY_DEFAULT));
    check_eq(fault_endpoint_set(worker.thread, client), STATUS_OK);
    sys_thread_set_priority(0, PRIORITY_DEFAULT);
    uint64_t wrong = worker_end(&worker);
    uint64_t declined = smp_faults(0)->pages;
    check_eq(wrong, declined / 3 * 2);
    return declined / 3; /* two loads and a store */
}

void test_zeropager_gives_pages_up_to_the_clients_limit(void)
{
    require(room_open(zeropager));
    handle_t client = client_as(1);
    int64_t base = borrow(client, GIB);
    require(base > 0);
    check_eq(touch(client, base, EACH), 0);
    check_eq(touch(client, base, EACH), 0);
    give_back(client);
    base = borrow(client, GIB);
    check_eq(touch(client, base, EACH + 3), 3);
    give_back(client);
    kit_drop(client);
    room_close();
}

void test_zeropager_is_empty_for_all_at_once(void)
{
    require(room_open(zeropager));
    handle_t clients[3];
    int64_t bases[3];
    for (size_t i = 0; i < 3; i++) {
        clients[i] = client_as(i + 1);
        bases[i] = borrow(clients[i], 4 * MIB);
        require(bases[i] > 0);
    }
    check_eq(touch(clients[0], bases[0], EACH), 0);
    uint64_t declined = touch(clients[1], bases[1], EACH);
    check(declined > 0 && declined < EACH);
    check_eq(touch(clients[2], bases[2], 1), 1);
    give_back(clients[0]);
    check_eq(touch(clients[2], bases[2], 1), 0);
    for (size_t i = 0; i < 3; i++)
        kit_drop(clients[i]);
    room_close();
}

/* With the memory of another client it has nothing to do. */
void test_zeropager_declines_for_strangers(void)
{
    require(room_open(zeropager));
    handle_t one = client_as(1), other = client_as(2);
    int64_t base = borrow(one, MIB);
    test_expect_log("process 'child' .*: write to 0x[0-9a-f]+ refused");
    check_eq(run_child(&code_store, other, (uint64_t)base).reason, END_FAULT);
    check_eq(run_child(&code_store, one, (uint64_t)base).reason, END_EXIT);
    check_eq(run_child(&code_load, other, (uint64_t)base).status, 5); /* it is there now */
    kit_drop_all(one, other);
    room_close();
}

void test_zeropager_answers_bad_requests(void)
{
    require(room_open(zeropager));
    handle_t client = client_as(1);
    struct message m = {.nwords = 1, .words = {MIB}};
    check_eq(endpoint_call(client, &m), STATUS_OK);
    check_eq(m.words[0], STATUS_BAD_HANDLE); /* no VAS */
    m = (struct message){.nwords = 1, .words = {MIB}};
    message_add_cap(&m, room.vas, RIGHT_INFO);
    check_eq(endpoint_call(client, &m), STATUS_OK);
    check_eq(m.words[0], STATUS_NO_RIGHT);
    check_eq(borrow(client, UINT64_MAX), STATUS_TOO_LARGE);
    give_back(client);
    kit_drop(client);
    room_close();
}
