/* Endpoints: what arrives of a message, in registers, in memory and in tables. */
#include "meet.h"

#include "obj/runqueue.h"
#include "obj/sched.h"

#define OWN 0xa000 /* what a thread has in its registers before a message comes */

static void set_words(uint64_t first)
{
    for (unsigned i = 0; i < MESSAGE_REGISTERS; i++)
        registers.words[i] = first + i;
}

/* --- words ---------------------------------------------------------------------------------- */

/* The page of the receiver has been filled before. */
static void assert_words(const struct thread *to, unsigned page, uint64_t nwords, uint64_t first)
{
    uint64_t room;
    const struct message *m = seg_page(WORLD_OBJECT(world.buffer, seg), page * PAGE_SIZE, &room);
    for (unsigned i = 0; i < MESSAGE_REGISTERS; i++) {
        if (i < nwords)
            assert_int_equal(word_of(to, i), first + i);
        else if (i >= MESSAGE_SHORT_WORDS)
            assert_int_equal(word_of(to, i), nwords <= MESSAGE_SHORT_WORDS ? OWN + i : 0);
    }
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        assert_int_equal(m->words[i], i >= MESSAGE_REGISTERS && i < nwords ? first + i : FILL);
    assert_int_equal(m->nwords, (uint32_t)FILL);
}

/* Registers and the page for a message of so many words. */
static uint64_t write_words(unsigned page, uint64_t nwords, uint64_t first)
{
    struct message *m = paper(page);
    set_words(first);
    for (uint64_t i = MESSAGE_REGISTERS; i < nwords; i++)
        m->words[i] = first + i;
    registers.buffer = paper_at(page);
    return MESSAGE_TAG(nwords, 0, MESSAGE_BUFFER);
}

static uint64_t expect_words(unsigned page)
{
    paper(page);
    set_words(OWN);
    registers.buffer = paper_at(page);
    return MESSAGE_TAG(0, 0, MESSAGE_BUFFER);
}

static void receive_words(struct thread *server, handle_t endpoint)
{
    uint64_t tag = expect_words(1);
    receive_as(server, endpoint, tag);
}

/* A call of so many words to a server that waits already, or comes after it; and as many back. The
 * sender's page is also the one for its answer, whose words lie over those that it sent. */
static void exchange(struct thread *server, handle_t endpoint, uint64_t nwords, bool waits)
{
    if (waits)
        receive_words(server, endpoint);
    uint64_t tag = write_words(2, nwords, 100);
    call_as(world.thread, endpoint, tag);
    if (!waits)
        receive_words(server, endpoint);
    assert_got(server, 0, MESSAGE_TAG(nwords, 0, 0));
    assert_words(server, 1, nwords, 100);
    /* the caller's own registers are what it sent */
    uint64_t kept = world.thread->context.frame.r15;
    paper(2);
    run(server);
    tag = write_words(3, nwords, 500);
    reply(tag);
    assert_got(world.thread, 0, MESSAGE_TAG(nwords, 0, 0));
    assert_int_equal(kept, 107);
    for (unsigned i = 0; i < MESSAGE_REGISTERS; i++) {
        if (i < nwords)
            assert_int_equal(word_of(world.thread, i), 500 + i);
        else if (i >= MESSAGE_SHORT_WORDS)
            assert_int_equal(word_of(world.thread, i), nwords <= 4 ? 100 + i : 0);
    }
    run(world.thread);
}

static void test_endpoint_carries_words_exactly(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_thread(PRIORITY_DEFAULT);
    for (uint64_t nwords = 0; nwords <= MESSAGE_WORDS; nwords++) {
        exchange(server, endpoint, nwords, true);
        exchange(server, endpoint, nwords, false);
    }
    uint64_t tag = write_words(2, 0, 0);
    call(endpoint, tag + MESSAGE_WORDS + 1);
    assert_int_equal(meet_result(world.thread), STATUS_TOO_LARGE);
    call(endpoint, MESSAGE_TAG(MESSAGE_REGISTERS + 1, 0, 0));
    assert_int_equal(meet_result(world.thread), STATUS_BAD_ARGUMENT);
}

/* Of five words and more none but those of the message: the others are the sender's own. */
static void test_endpoint_carries_nothing_but_the_message_in_the_last_registers(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_thread(PRIORITY_DEFAULT);
    for (unsigned nwords = 5; nwords < MESSAGE_REGISTERS; nwords++) {
        receive_as(server, endpoint, 0);
        set_words(100);
        call_as(world.thread, endpoint, MESSAGE_TAG(nwords, 0, 0));
        for (unsigned i = 4; i < MESSAGE_REGISTERS; i++)
            assert_int_equal(word_of(server, i), i < nwords ? 100 + i : 0);
        run(server);
        reply(0);
        run(world.thread);
    }
}

/* The slow way too: who has no buffer may have anything in RBP. */
static void test_endpoint_does_not_look_at_rbp_without_a_buffer(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_thread(PRIORITY_DEFAULT);
    registers.buffer = (uint64_t)1 << 63;
    for (uint64_t nwords = 0; nwords <= MESSAGE_REGISTERS; nwords++) {
        registers.deadline = UINT64_MAX;
        receive_as(server, endpoint, MESSAGE_TAG(0, 0, MESSAGE_DEADLINE));
        call_as(world.thread, endpoint, MESSAGE_TAG(nwords, 0, MESSAGE_DEADLINE));
        assert_got(server, 0, nwords);
        run(server);
        reply(MESSAGE_TAG(nwords, 0, 0));
        assert_got(world.thread, 0, nwords);
        run(world.thread);
    }
}

/* What the receiver takes no message of is the caller's error; the receiver goes on waiting. */
static void test_endpoint_refuses_what_the_receiver_does_not_take(void **state)
{
    (void)state;
    static const struct {
        uint64_t sent, taken;
    } cases[] = {
        {MESSAGE_TAG(5, 0, 0), MESSAGE_TAG(0, 0, MESSAGE_SHORT)},
        {MESSAGE_TAG(5, 0, 0), MESSAGE_TAG(0, 0, MESSAGE_SHORT | MESSAGE_BUFFER)},
        {MESSAGE_TAG(9, 0, MESSAGE_BUFFER), MESSAGE_TAG(0, 0, 0)},
        {MESSAGE_TAG(0, 1, MESSAGE_BUFFER), MESSAGE_TAG(0, 0, 0)},
    };
    handle_t endpoint = make_endpoint();
    struct thread *server = make_thread(PRIORITY_DEFAULT);
    paper(2)->caps[0] = (struct message_cap){world.buffer, MESSAGE_ALL_RIGHTS};
    registers.buffer = paper_at(2);
    for (size_t i = 0; i < array_count(cases); i++) {
        receive_as(server, endpoint, cases[i].taken);
        call_as(world.thread, endpoint, cases[i].sent);
        assert_int_equal(meet_result(world.thread), STATUS_TOO_LARGE);
        assert_int_equal(server->state, THREAD_BLOCKED);
        call_as(world.thread, endpoint, MESSAGE_TAG(4, 0, 0));
        assert_got(server, 0, 4);
        run(server);
        reply(0);
        run(world.thread);
    }
}

/* --- capabilities --------------------------------------------------------------------------- */

/* A process that sees the buffer, and has a thread that waits at the endpoint. It has to be
 * destroyed, since it may wait for ever. */
static handle_t receiver;

static struct process *make_receiver(handle_t endpoint, handle_t pool, struct thread **thread)
{
    handle_t handle = receiver = must(sys_process_create('r', 0, pool));
    struct process *process = WORLD_OBJECT(handle, process);
    must(sys_seg_attach(handle, world.buffer, ACCESS_RW));
    handle_t placed = must(sys_cap_place(handle, endpoint, RIGHT_ENDPOINT_RECEIVE, 0));
    *thread = WORLD_OBJECT(world_thread(handle, PRIORITY_DEFAULT), thread);
    paper(1);
    registers.buffer = paper_at(1);
    receive_as(*thread, placed, MESSAGE_TAG(0, 0, MESSAGE_BUFFER));
    run(world.thread);
    return process;
}

static struct cap *cap_of(const struct process *process, handle_t handle)
{
    struct cap *cap = NULL;
    assert_ok(cap_lookup(&process->caps, handle, &cap));
    return cap;
}

/* Page 2: so many capabilities, with fewer rights each. */
static const uint64_t wanted[MESSAGE_CAPS] = {MESSAGE_ALL_RIGHTS, RIGHT_SEG_READ | RIGHT_INFO,
                                              RIGHT_GRANT, 0};

static uint64_t write_caps(unsigned ncaps)
{
    struct message *m = paper(2);
    for (unsigned i = 0; i < ncaps; i++)
        m->caps[i] = (struct message_cap){world.buffer, wanted[i]};
    registers.buffer = paper_at(2);
    return MESSAGE_TAG(0, ncaps, MESSAGE_BUFFER);
}

static void test_endpoint_gives_up_to_four_capabilities_with_chosen_rights(void **state)
{
    (void)state;
    for (unsigned ncaps = 1; ncaps <= MESSAGE_CAPS; ncaps++) {
        handle_t endpoint = make_endpoint();
        struct thread *server;
        uint64_t room, all = world_cap(world.buffer)->rights;
        struct process *process = make_receiver(endpoint, 0, &server);
        uint32_t before = process->caps.ncaps;
        call(endpoint, write_caps(ncaps));
        assert_got(server, 0, MESSAGE_TAG(0, ncaps, 0));
        assert_int_equal(process->caps.ncaps, before + ncaps);
        const struct message *got = seg_page(WORLD_OBJECT(world.buffer, seg), PAGE_SIZE, &room);
        for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
            if (i >= ncaps) {
                assert_int_equal(got->caps[i].cap, (handle_t)FILL);
                continue;
            }
            uint64_t rights = wanted[i] == MESSAGE_ALL_RIGHTS ? all : wanted[i];
            const struct cap *cap = cap_of(process, got->caps[i].cap);
            assert_int_equal(got->caps[i].rights, rights);
            assert_int_equal(cap->rights, rights);
            assert_ptr_equal(cap->parent, world_cap(world.buffer));
        }
        run(server);
        reply(0);
        run(world.thread);
    }
}

/* One that cannot be sent is enough for none to be. */
static void test_endpoint_sends_all_capabilities_or_none(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    handle_t narrow = must(sys_cap_derive(world.buffer, RIGHT_INFO | RIGHT_GRANT, 0));
    handle_t mute = must(sys_cap_derive(world.buffer, RIGHT_INFO, 0));
    const struct {
        struct message_cap cap;
        int64_t status;
    } bad[] = {
        {{0, MESSAGE_ALL_RIGHTS}, STATUS_BAD_HANDLE},
        {{mute, MESSAGE_ALL_RIGHTS}, STATUS_NO_RIGHT},
        {{narrow, RIGHT_SEG_READ}, STATUS_NO_RIGHT},
        {{narrow, (uint64_t)1 << 20}, STATUS_BAD_ARGUMENT},
    };
    struct thread *server;
    struct process *process = make_receiver(endpoint, 0, &server);
    uint32_t before = process->caps.ncaps;
    for (size_t i = 0; i < array_count(bad); i++) {
        for (unsigned at = 0; at < MESSAGE_CAPS; at++) {
            uint64_t tag = write_caps(MESSAGE_CAPS);
            uint64_t room;
            struct message *m = seg_page(WORLD_OBJECT(world.buffer, seg), 2 * PAGE_SIZE, &room);
            m->caps[at] = bad[i].cap;
            assert_ptr_equal(call(endpoint, tag), world.thread);
            assert_int_equal(meet_result(world.thread), bad[i].status);
            assert_int_equal(process->caps.ncaps, before);
            assert_int_equal(server->state, THREAD_BLOCKED);
        }
    }
    call(endpoint, MESSAGE_TAG(0, MESSAGE_CAPS + 1, MESSAGE_BUFFER));
    assert_int_equal(meet_result(world.thread), STATUS_TOO_LARGE);
    must(sys_object_destroy(receiver));
}

/* Fills the table of a process until its last page has so many slots left. */
static void fill_table(struct process *process, uint32_t left)
{
    struct cap_table *table = &process->caps;
    while (table->fresh != CAPS_PER_PAGE - left) {
        assert_ok(cap_reserve(table));
        cap_insert(table, NULL, &process->object, CAP_WEAK, 0);
    }
}

/* With room for fewer than four, whether memory or the table itself is at its end: the caller's
 * error, the receiver waits on, and a view still finds what room there was. */
static void check_full(uint32_t left, bool no_memory)
{
    handle_t endpoint = make_endpoint();
    handle_t pool = must(sys_pool_create('p', 0, 700, 0));
    struct pool *limits = &WORLD_OBJECT(pool, pool_object)->pool;
    struct thread *server;
    struct process *process = make_receiver(endpoint, pool, &server);
    if (!no_memory) {
        while (process->caps.npages < CAP_PAGES_MAX) {
            fill_table(process, 0);
            fill_table(process, CAPS_PER_PAGE - 1);
        }
    }
    fill_table(process, left);
    uint64_t limit = limits->limit;
    limits->limit = no_memory ? limits->charged : limit;
    uint32_t before = process->caps.ncaps, fresh = process->caps.fresh;
    assert_ptr_equal(call(endpoint, write_caps(MESSAGE_CAPS)), world.thread);
    assert_int_equal(meet_result(world.thread), no_memory ? STATUS_NO_MEMORY : STATUS_NO_SLOT);
    assert_int_equal(process->caps.ncaps, before);
    assert_int_equal(process->caps.fresh, fresh);
    assert_int_equal(cap_reserve_view(&process->caps) == STATUS_OK, left > 0);
    if (left > 0) {
        call(endpoint, write_caps(left));
        assert_got(server, 0, MESSAGE_TAG(0, left, 0));
        assert_int_equal(process->caps.ncaps, before + left);
    }
    if (left > 0) {
        run(server);
        reply(0);
        run(world.thread);
    }
    limits->limit = limit;
    must(sys_object_destroy(receiver));
    must(sys_cap_delete(receiver));
    must(sys_cap_delete(pool));
    must(sys_cap_delete(endpoint));
}

static void test_endpoint_gives_no_capability_if_memory_ends_at_any_of_four(void **state)
{
    (void)state;
    for (uint32_t left = 0; left < MESSAGE_CAPS; left++)
        check_full(left, true);
}

static void test_endpoint_gives_no_capability_if_the_table_ends_at_any_of_four(void **state)
{
    (void)state;
    for (uint32_t left = 0; left < MESSAGE_CAPS; left++)
        check_full(left, false);
}

/* What is left of the last page is used, all of it, when another page follows. */
static void test_cap_reserve_many_wastes_no_slot_at_the_border_of_a_page(void **state)
{
    (void)state;
    struct cap_table *table = &world.init->caps;
    for (uint32_t left = 0; left <= MESSAGE_CAPS; left++) {
        fill_table(world.init, left);
        uint32_t npages = table->npages;
        assert_ok(cap_reserve_many(table, MESSAGE_CAPS));
        assert_int_equal(table->npages, npages + (left < MESSAGE_CAPS));
        check_everything();
        for (uint32_t i = 0; i < left + (left < MESSAGE_CAPS ? CAPS_PER_PAGE : 0); i++)
            cap_insert(table, NULL, &world.init->object, CAP_WEAK, 0);
        assert_int_equal(table->fresh, CAPS_PER_PAGE);
        assert_null(table->free[false]);
        assert_int_equal(table->ncaps, table->npages * CAPS_PER_PAGE);
        check_everything();
    }
}

/* --- answers -------------------------------------------------------------------------------- */

/* An answer with something wrong changes nothing, and can be given again; what the caller does not
 * take is the caller's error. */
static void test_endpoint_answer_that_is_bad_can_be_given_again(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_thread(PRIORITY_DEFAULT);
    static const struct {
        uint64_t tag, buffer;
        int64_t status;
    } bad[] = {
        {MESSAGE_TAG(MESSAGE_WORDS + 1, 0, MESSAGE_BUFFER), WORLD_BUFFER, STATUS_TOO_LARGE},
        {MESSAGE_TAG(0, MESSAGE_CAPS + 1, MESSAGE_BUFFER), WORLD_BUFFER, STATUS_TOO_LARGE},
        {MESSAGE_TAG(9, 0, 0), WORLD_BUFFER, STATUS_BAD_ARGUMENT},
        {MESSAGE_TAG(9, 0, MESSAGE_BUFFER), GIB, STATUS_BAD_ADDRESS},
        {MESSAGE_TAG(0, 1, MESSAGE_BUFFER), WORLD_BUFFER, STATUS_BAD_HANDLE},
    };
    paper(0);
    receive_as(server, endpoint, 0);
    call_as(world.thread, endpoint, MESSAGE_TAG(0, 0, 0));
    for (size_t i = 0; i < array_count(bad); i++) {
        for (int both = 0; both < 2; both++) {
            registers.buffer = bad[i].buffer;
            run(server);
            if (both)
                reply_receive(endpoint, bad[i].tag);
            else
                reply(bad[i].tag);
            assert_int_equal(meet_result(server), bad[i].status);
            assert_ptr_equal(server->rendezvous.serves, world.thread);
            assert_int_equal(world.thread->state, THREAD_BLOCKED);
        }
    }
    reply(MESSAGE_TAG(9, 0, 0));
    registers.buffer = WORLD_BUFFER;
    reply(MESSAGE_TAG(9, 0, MESSAGE_BUFFER));
    assert_int_equal(meet_result(server), STATUS_OK);
    assert_int_equal(meet_result(world.thread), STATUS_TOO_LARGE);
    run(server);
    reply(0);
    assert_int_equal(meet_result(server), STATUS_ENDED);
}

/* Without anybody to answer it receives. */
static void test_endpoint_reply_receive_goes_on_if_its_caller_has_gone(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_thread(PRIORITY_DEFAULT);
    handle_t handle = world_thread(HANDLE_SELF, PRIORITY_DEFAULT);
    struct thread *gone = WORLD_OBJECT(handle, thread);
    receive_as(server, endpoint, 0);
    call_as(gone, endpoint, 0);
    run(world.thread);
    must(sys_object_destroy(handle));
    check_everything();
    assert_null(server->rendezvous.serves);
    run(server);
    reply_receive(endpoint, 0);
    assert_int_equal(server->state, THREAD_BLOCKED);
    set_words(7);
    call_as(world.thread, endpoint, 1);
    assert_got(server, 0, 1);
    assert_int_equal(word_of(server, 0), 7);
    run(server);
    assert_ptr_equal(receive(endpoint, 0), server);
    assert_int_equal(meet_result(server), STATUS_BUSY);
}

/* --- deadlines ------------------------------------------------------------------------------ */

#define TIMED MESSAGE_TAG(0, 0, MESSAGE_DEADLINE)

static void test_endpoint_call_ends_at_its_deadline_received_or_not(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *caller = make_thread(PRIORITY_DEFAULT + 1);
    registers.deadline = machine.now + 3 * MS;
    assert_ptr_equal(call_as(caller, endpoint, TIMED), world.thread);
    meet_tick(2);
    assert_int_equal(caller->state, THREAD_BLOCKED);
    assert_ptr_equal(meet_tick(1), caller);
    assert_int_equal(meet_result(caller), STATUS_TIMED_OUT);
    assert_ptr_equal(call(endpoint, TIMED), caller);
    assert_int_equal(meet_result(caller), STATUS_TIMED_OUT);
    registers.deadline = machine.now + 3 * MS;
    assert_ptr_equal(call(endpoint, TIMED), world.thread);
    assert_ptr_equal(receive(endpoint, 0), world.thread);
    assert_ptr_equal(world.thread->rendezvous.serves, caller);
    assert_ptr_equal(meet_tick(3), caller);
    assert_int_equal(meet_result(caller), STATUS_TIMED_OUT);
    assert_null(world.thread->rendezvous.serves);
    run(world.thread);
    reply(0);
    assert_int_equal(meet_result(world.thread), STATUS_ENDED);
}

/* An answer in time takes the timer away: nothing strikes in the caller's next wait. */
static void test_endpoint_answer_takes_the_callers_timer_away(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *caller = make_thread(PRIORITY_DEFAULT);
    for (int both = 0; both < 2; both++) {
        registers.deadline = machine.now + 3 * MS;
        call_as(caller, endpoint, TIMED);
        receive_as(world.thread, endpoint, 0);
        if (both) {
            struct thread *other = make_thread(PRIORITY_DEFAULT);
            reply_receive(endpoint, 0);
            assert_got(caller, 0, 0);
            call_as(other, endpoint, 0);
        } else {
            reply(0);
        }
        run(caller);
        call(make_endpoint(), 0);
        run(world.thread);
        meet_tick(5);
        assert_int_equal(caller->state, THREAD_BLOCKED);
        assert_false(timer_is_set(&caller->timer));
        if (both)
            break;
        run(world.thread);
        caller = make_thread(PRIORITY_DEFAULT);
    }
}

static void test_endpoint_receive_ends_at_its_deadline_or_takes_what_is_there(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    struct thread *server = make_thread(PRIORITY_DEFAULT + 1);
    registers.deadline = 0;
    run(server);
    assert_ptr_equal(receive(endpoint, TIMED), server);
    assert_int_equal(meet_result(server), STATUS_TIMED_OUT);
    registers.deadline = machine.now + 3 * MS;
    assert_ptr_equal(receive(endpoint, TIMED), world.thread);
    assert_ptr_equal(meet_tick(3), server);
    assert_int_equal(meet_result(server), STATUS_TIMED_OUT);
    set_words(30);
    call_as(world.thread, endpoint, 2);
    registers.deadline = 0;
    receive_as(server, endpoint, TIMED);
    assert_got(server, 0, 2);
    assert_int_equal(word_of(server, 1), 31);
    set_words(40);
    assert_ptr_equal(reply_receive(endpoint, TIMED | 1), server);
    assert_int_equal(meet_result(server), STATUS_TIMED_OUT);
    assert_got(world.thread, 0, 1);
    assert_int_equal(word_of(world.thread, 0), 40);
    registers.deadline = machine.now + MS;
    assert_ptr_equal(reply_receive(endpoint, TIMED), world.thread);
    assert_ptr_equal(meet_tick(1), server);
    assert_int_equal(meet_result(server), STATUS_TIMED_OUT);
}

/* --- capabilities that go --------------------------------------------------------------------- */

/* As if another CPU came before the work that the delete has left. */
static void delete_and_leave_the_work(handle_t handle)
{
    assert_ok((status_t)sys_cap_delete(handle));
    cpu_this()->resched = 0;
}

/* Of two receivers one may not receive any more, and nobody has looked yet which: the call is
 * nobody's but the other one's, and does not wait beside it. */
static void test_endpoint_call_finds_the_receiver_whose_capability_is_in_doubt(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    handle_t leaf = must(sys_cap_derive(endpoint, RIGHT_ENDPOINT_RECEIVE, 0));
    struct thread *gone = make_thread(PRIORITY_DEFAULT);
    struct thread *stays = make_thread(PRIORITY_DEFAULT);
    receive_as(gone, leaf, 0);
    receive_as(stays, endpoint, 0);
    run(world.thread);
    delete_and_leave_the_work(leaf);
    call(endpoint, 1);
    assert_int_equal(meet_result(gone), STATUS_BAD_HANDLE);
    assert_got(stays, 0, 1);
    run(stays);
    reply(0);
}

/* The same with more of them than one step looks at, of which none may receive: the call waits. */
static void test_endpoint_call_passes_any_number_of_receivers_in_doubt(void **state)
{
    (void)state;
    enum {
        GONE = 20
    };
    handle_t endpoint = make_endpoint();
    handle_t leaf = must(sys_cap_derive(endpoint, RIGHT_ENDPOINT_RECEIVE, 0));
    struct thread *gone[GONE];
    for (int i = 0; i < GONE; i++) {
        gone[i] = make_thread(PRIORITY_DEFAULT);
        receive_as(gone[i], leaf, 0);
    }
    run(world.thread);
    delete_and_leave_the_work(leaf);
    call(endpoint, 1);
    for (int i = 0; i < GONE; i++)
        assert_int_equal(meet_result(gone[i]), STATUS_BAD_HANDLE);
    assert_int_equal(world.thread->rendezvous.called, endpoint);
    receive_as(gone[0], endpoint, 0);
    assert_got(gone[0], 0, 1);
    reply(0);
}

/* Its children do not save it: the receiver hears of its end as any other does. */
static void test_endpoint_receive_ends_with_a_capability_that_has_children(void **state)
{
    (void)state;
    handle_t endpoint = make_endpoint();
    handle_t used = must(sys_cap_derive(endpoint, CAP_RIGHTS & world_cap(endpoint)->rights, 0));
    must(sys_cap_derive(used, RIGHT_ENDPOINT_CALL, 0));
    must(sys_cap_derive(used, RIGHT_ENDPOINT_RECEIVE, 0));
    struct thread *server = make_thread(PRIORITY_DEFAULT);
    receive_as(server, used, 0);
    run(world.thread);
    must(sys_cap_delete(used));
    world_return(0);
    check_everything();
    assert_int_equal(server->state, THREAD_READY);
    assert_int_equal(meet_result(server), STATUS_BAD_HANDLE);
    run(server);
    receive_as(server, endpoint, 0);
    call_as(world.thread, endpoint, 1);
    assert_got(server, 0, 1);
    reply(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_endpoint_carries_words_exactly),
        WORLD_TEST(test_endpoint_carries_nothing_but_the_message_in_the_last_registers),
        WORLD_TEST(test_endpoint_does_not_look_at_rbp_without_a_buffer),
        WORLD_TEST(test_endpoint_refuses_what_the_receiver_does_not_take),
        WORLD_TEST(test_endpoint_gives_up_to_four_capabilities_with_chosen_rights),
        WORLD_TEST(test_endpoint_sends_all_capabilities_or_none),
        WORLD_TEST(test_endpoint_gives_no_capability_if_memory_ends_at_any_of_four),
        WORLD_TEST(test_endpoint_gives_no_capability_if_the_table_ends_at_any_of_four),
        WORLD_TEST(test_cap_reserve_many_wastes_no_slot_at_the_border_of_a_page),
        WORLD_TEST(test_endpoint_answer_that_is_bad_can_be_given_again),
        WORLD_TEST(test_endpoint_reply_receive_goes_on_if_its_caller_has_gone),
        WORLD_TEST(test_endpoint_call_ends_at_its_deadline_received_or_not),
        WORLD_TEST(test_endpoint_answer_takes_the_callers_timer_away),
        WORLD_TEST(test_endpoint_receive_ends_at_its_deadline_or_takes_what_is_there),
        WORLD_TEST(test_endpoint_call_finds_the_receiver_whose_capability_is_in_doubt),
        WORLD_TEST(test_endpoint_call_passes_any_number_of_receivers_in_doubt),
        WORLD_TEST(test_endpoint_receive_ends_with_a_capability_that_has_children),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
