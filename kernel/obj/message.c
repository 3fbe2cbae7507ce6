/* Messages: see message.h. What is longer than four words or has capabilities. */
#include "obj/message.h"

#include "abi/objects.h"
#include "base/assert.h"
#include "obj/process.h"
#include "obj/thread.h"
#include "obj/user_mem.h"
#include "obj/view.h"

#define MESSAGE_AT(member) offsetof(struct message, member)

/* What does not fit in registers, read and checked. */
struct letter {
    uint64_t nwords;
    uint64_t ncaps;
    struct cap *caps[MESSAGE_CAPS];
    uint16_t rights[MESSAGE_CAPS];
    struct message_cap given[MESSAGE_CAPS];
    uint64_t words[MESSAGE_WORDS - MESSAGE_REGISTERS];
};

static uint64_t rest_bytes(const struct letter *letter)
{
    uint64_t nwords = letter->nwords;
    return nwords > MESSAGE_REGISTERS ? (nwords - MESSAGE_REGISTERS) * sizeof(uint64_t) : 0;
}

/* Without a buffer RBP may be anything, and is not looked at. */
static bool needs_buffer(const struct letter *letter)
{
    return letter->nwords > MESSAGE_REGISTERS || letter->ncaps > 0;
}

/* --- the sender's side ---------------------------------------------------------------------- */

static status_t check_cap(const struct thread *from, struct message_cap asked, struct cap **cap,
                          uint16_t *rights)
{
    TRY(cap_lookup(&thread_process(from)->caps, asked.cap, cap));
    uint64_t has = (*cap)->rights & CAP_RIGHTS;
    uint64_t wants = asked.rights == MESSAGE_ALL_RIGHTS ? has : asked.rights;
    if ((wants & ~(uint64_t)CAP_RIGHTS) != 0)
        return STATUS_BAD_ARGUMENT;
    if ((has & RIGHT_GRANT) == 0 || (wants & ~has) != 0)
        return STATUS_NO_RIGHT;
    *rights = (uint16_t)wants;
    return STATUS_OK;
}

static status_t letter_read(const struct thread *from, struct letter *letter)
{
    uint64_t tag = context_message_tag(&from->context);
    uint64_t at = context_message_buffer(&from->context);
    const struct view *view = thread_view(from);
    letter->nwords = MESSAGE_NWORDS(tag);
    letter->ncaps = MESSAGE_NCAPS(tag);
    if (letter->nwords > MESSAGE_WORDS || letter->ncaps > MESSAGE_CAPS)
        return STATUS_TOO_LARGE;
    if (!needs_buffer(letter))
        return STATUS_OK;
    if (!message_has(tag, MESSAGE_BUFFER))
        return STATUS_BAD_ARGUMENT;
    TRY(view_read(view, letter->given, UPTR(at + MESSAGE_AT(caps)),
                  letter->ncaps * sizeof(letter->given[0])));
    TRY(view_read(view, letter->words, UPTR(at + MESSAGE_AT(words[MESSAGE_REGISTERS])),
                  rest_bytes(letter)));
    for (uint64_t i = 0; i < letter->ncaps; i++)
        TRY(check_cap(from, letter->given[i], &letter->caps[i], &letter->rights[i]));
    return STATUS_OK;
}

status_t message_check(const struct thread *from)
{
    struct letter letter;
    return letter_read(from, &letter);
}

/* --- the receiver's side -------------------------------------------------------------------- */

static uint64_t words_at_most(uint64_t tag)
{
    if (message_has(tag, MESSAGE_SHORT))
        return MESSAGE_SHORT_WORDS;
    return message_has(tag, MESSAGE_BUFFER) ? MESSAGE_WORDS : MESSAGE_REGISTERS;
}

static status_t check_size(const struct letter *letter, const struct thread *to)
{
    uint64_t tag = context_message_tag(&to->context);
    bool too_large = letter->nwords > words_at_most(tag) ||
                     (letter->ncaps > 0 && !message_has(tag, MESSAGE_BUFFER));
    return too_large ? STATUS_TOO_LARGE : STATUS_OK;
}

static status_t check_room(const struct letter *letter, struct thread *to)
{
    struct process *process = thread_process(to);
    if (letter->ncaps == 0)
        return STATUS_OK;
    for (uint64_t i = 0; i < letter->ncaps; i++)
        TRY(process_check_place(process, letter->caps[i], 0));
    return cap_reserve_many(&process->caps, (uint32_t)letter->ncaps);
}

static status_t check_buffer(const struct letter *letter, const struct thread *to)
{
    uint64_t at = context_message_buffer(&to->context);
    const struct view *view = thread_view(to);
    if (!needs_buffer(letter))
        return STATUS_OK;
    TRY(view_check(view, UPTR(at + MESSAGE_AT(caps)), letter->ncaps * sizeof(letter->given[0]),
                   ACCESS_WRITE));
    return view_check(view, UPTR(at + MESSAGE_AT(words[MESSAGE_REGISTERS])), rest_bytes(letter),
                      ACCESS_WRITE);
}

static void write_buffer(struct letter *letter, struct thread *to)
{
    uint64_t at = context_message_buffer(&to->context);
    const struct view *view = thread_view(to);
    for (uint64_t i = 0; i < letter->ncaps; i++) {
        handle_t handle = process_place(thread_process(to), letter->caps[i], letter->rights[i], 0);
        letter->given[i] = (struct message_cap){handle, letter->rights[i]};
    }
    status_t status = view_write(view, UPTR(at + MESSAGE_AT(caps)), letter->given,
                                 letter->ncaps * sizeof(letter->given[0]));
    ASSERT(status == STATUS_OK);
    status = view_write(view, UPTR(at + MESSAGE_AT(words[MESSAGE_REGISTERS])), letter->words,
                        rest_bytes(letter));
    ASSERT(status == STATUS_OK);
}

/* All has been checked. */
static void letter_give(struct letter *letter, const struct thread *from, struct thread *to,
                        uint64_t badge)
{
    if (needs_buffer(letter))
        write_buffer(letter, to);
    context_give_message(&to->context, &from->context, badge,
                         MESSAGE_TAG(letter->nwords, letter->ncaps, 0));
    if (letter->nwords > MESSAGE_SHORT_WORDS)
        context_give_more_words(&to->context, &from->context, letter->nwords);
}

/* A fault for a message: its words are in the sender's record, and the answer is for the kernel. */
static rarely enum message_fault send_fault(const struct thread *from, struct thread *to,
                                            uint64_t badge, status_t *status)
{
    bool room = words_at_most(context_message_tag(&to->context)) >= FAULT_CALL_WORDS;
    *status = room ? STATUS_OK : STATUS_TOO_LARGE;
    if (!room)
        return MESSAGE_NO_ROOM;
    context_give_words(&to->context, badge, MESSAGE_TAG(FAULT_CALL_WORDS, 0, MESSAGE_FAULT),
                       (const uint64_t *)&from->fault.call);
    return MESSAGE_SENT;
}

static rarely enum message_fault send_answer(const struct thread *from, struct thread *to,
                                             status_t *status)
{
    *status = fault_answer(from, to);
    return *status == STATUS_OK ? MESSAGE_SENT : MESSAGE_IS_BAD;
}

enum message_fault message_send(struct thread *from, struct thread *to, uint64_t badge,
                                status_t *status)
{
    struct letter letter;
    if (unlikely(from->fault.state == FAULT_CALL_WAITS))
        return send_fault(from, to, badge, status);
    if (unlikely(to->fault.state == FAULT_CALL_WAITS))
        return send_answer(from, to, status);
    *status = letter_read(from, &letter);
    if (*status != STATUS_OK)
        return MESSAGE_IS_BAD;
    *status = check_size(&letter, to);
    if (*status != STATUS_OK)
        return MESSAGE_NO_ROOM;
    *status = check_buffer(&letter, to);
    if (*status != STATUS_OK)
        return MESSAGE_NOWHERE;
    *status = check_room(&letter, to);
    if (*status != STATUS_OK)
        return MESSAGE_NO_ROOM;
    letter_give(&letter, from, to, badge);
    return MESSAGE_SENT;
}
