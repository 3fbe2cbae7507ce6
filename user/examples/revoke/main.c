/*
 * What was given can be taken back. The owner lends a VAS to another process through a capability
 * derived from its own; when it revokes its own, all that came from it is gone before the call
 * returns: capabilities, the borrower's view, the memory behind its pointers. The borrower stands
 * in the view then, and ends; it could go on with a handler (vasco/fault.h).
 *
 * It prints:
 *
 *     the borrower reads 42
 *     the owner takes the VAS back
 *     the borrower's view was taken away, and it has ended
 *     the owner still reads 42
 */
#include <stdio.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/must.h>
#include <vasco/notification.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/thread.h>
#include <vasco/vas.h>

#define HAS_READ 1 /* the bit by which the borrower tells that it has */
#define MILLISECOND 1000000
#define READ_WRITE (ACCESS_READ | ACCESS_WRITE)

static int *const number = (int *)0x10000000000;

/* Makes a VAS with a number in it. */
static handle_t make_vas(void)
{
    handle_t vas = must(vas_create("number"), "make a VAS");
    handle_t seg = must(seg_create("number", (uint64_t)number, PAGE_BYTES, 0), "make a segment");
    must(seg_attach(vas, seg, READ_WRITE), "attach the segment");
    const int value = 42; /* a segment can be written without a switch, too */
    must(seg_write(seg, 0, &value, sizeof(value)), "write the segment");
    return vas;
}

static void enter(handle_t vas)
{
    must(vas_switch(must(vas_attach(HANDLE_SELF, vas, ACCESS_READ), "attach the VAS")), "switch");
}

static _Noreturn void borrow(void)
{
    enter(must(startup_cap("vas"), "find the VAS"));
    printf("the borrower reads %d\n", *number);
    fflush(stdout);
    must(notification_signal(startup_cap("done"), HAS_READ), "tell the owner");
    for (;;)
        thread_sleep(MILLISECOND); /* in the view, until it goes */
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "borrow") == 0)
        borrow();

    handle_t vas = make_vas();
    handle_t done = must(notification_create("done"), "make a notification");
    const struct program_cap caps[] = {
        {"vas", vas, RIGHT_VAS_VIEW | RIGHT_VAS_READ},
        {"done", done, RIGHT_NOTIFICATION_SIGNAL},
    };
    struct program *program;
    struct process_info info;
    handle_t borrower;
    uint64_t bits;
    must(program_open(argv[0], &program), "open the program");
    must(program_spawn(program, (const char *[]){argv[0], "borrow", NULL}, caps, 2, &borrower),
         "start the borrower");
    must(notification_wait(done, HAS_READ, NOTIFICATION_FOREVER, &bits), "wait");

    printf("the owner takes the VAS back\n");
    must(cap_revoke(vas), "revoke");
    must(process_wait(borrower, &info), "wait for the borrower");
    if (info.reason == END_VIEW_LOST)
        printf("the borrower's view was taken away, and it has ended\n");
    enter(vas);
    printf("the owner still reads %d\n", *number);
    return 0;
}
