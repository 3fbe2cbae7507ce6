/* First half of the tour: a book outlives the process that made it. */
#include <inttypes.h>
#include <stdio.h>
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>

#include "tour.h"

/* Page faults have this vector (SDM 3A 6.3.1). */
#define VECTOR_PAGE_FAULT 14

/* Starts this program in a role, with rights on the VAS, and waits for its end. */
static struct process_info run_role(const char *name, const char *role, uint64_t book, handle_t vas,
                                    uint64_t rights)
{
    char address[32];
    struct program *program;
    struct process_info info;
    handle_t process;
    const struct program_cap caps[] = {{"vas", vas, rights}};
    snprintf(address, sizeof(address), "0x%" PRIx64, book);
    must(program_open("tour", &program), "load the program again");
    must(program_spawn(program, (const char *[]){name, role, address, NULL}, caps, 1, &process),
         "start a process");
    must(process_wait(process, &info), "wait for a process");
    cap_delete(process);
    program_close(program);
    return info;
}

/* Makes the VAS with one segment, for whose address the kernel is asked. */
static handle_t make_vas(uint64_t *base)
{
    struct seg_info info;
    handle_t vas = must(vas_create("words"), "create a VAS");
    handle_t seg = must(seg_create("words", 0, BOOK_BYTES, 0), "create a segment");
    must(seg_attach(vas, seg, READ_WRITE), "attach the segment to the VAS");
    must(seg_info(seg, &info), "ask about the segment");
    cap_delete(seg);
    *base = info.base;
    printf("   The guide makes a VAS and, in it, a segment of %" PRIu64
           " KiB. The kernel places it\n"
           "   at %#" PRIx64 ", an address that no other segment has.\n\n",
           info.nbytes / 1024, info.base);
    return vas;
}

/* Whether the book is whole, seen from a view of our own. */
static bool book_is_whole(handle_t vas, const struct book *book)
{
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ), "attach the VAS");
    must(vas_switch(view), "switch into the VAS");
    bool whole = book->nwords > 0 && book_sum(book) == book->nwords;
    must(vas_detach(view), "detach the VAS");
    return whole;
}

static int check(bool holds, const char *what)
{
    if (!holds)
        printf("tour: it is not so that %s\n", what);
    return holds ? 0 : 1;
}

/* C must end by a write into the segment that was refused. */
static int show_refusal(uint64_t base, handle_t vas, const struct book *book)
{
    char text[80];
    struct process_info info =
        run_role("tour-c", "write", base, vas, RIGHT_VAS_READ | RIGHT_VAS_VIEW | RIGHT_INFO);
    bool whole = book_is_whole(vas, book);
    printf("\n   C %s.\n   The guide adds up all counts: the book is %s.\n\n",
           process_end_text(&info, text, sizeof(text)), whole ? "as A left it" : "damaged");
    return check(info.reason == END_FAULT && info.status == VECTOR_PAGE_FAULT &&
                     info.address - base < BOOK_BYTES,
                 "C ended by its write") +
           check(whole, "the book is whole");
}

int tour_one_book(void)
{
    uint64_t base;
    const uint64_t rights = RIGHT_VAS_READ | RIGHT_VAS_VIEW | RIGHT_INFO;
    struct process_info info;
    int failures = 0;

    printf("1. Data outlives its maker, pointers and all\n\n");
    handle_t vas = make_vas(&base);
    info = run_role("tour-a", "build", base, vas, rights | RIGHT_VAS_WRITE);
    failures += check(process_ended_well(&info), "A ended well");
    printf("   A has ended. Its memory is gone; the VAS belongs to no process and stays.\n\n");
    info = run_role("tour-b", "read", base, vas, rights);
    failures += check(process_ended_well(&info), "B ended well");
    failures += show_refusal(base, vas, (const struct book *)base);
    cap_delete(vas);
    return failures;
}
