/*
 * One thread, two VASes: the same pointer shows something else in each, since each VAS has a
 * segment of its own at that address. The switch is one system call; stack, code and heap stay.
 *
 * It prints:
 *
 *     in the north it is -12 degrees
 *     in the south it is 31 degrees
 *     at home the address is nobody's
 */
#include <stdio.h>
#include <vasco/must.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#define READ_WRITE (ACCESS_READ | ACCESS_WRITE)

/* Where both segments lie: any multiple of 2 MiB from VAS_BASE to VAS_CHOSEN_BASE will do. */
static int *const degrees = (int *)0x10000000000;

/* Makes a VAS with a segment of one page, and a view of it in this process. */
static handle_t make_place(const char *name)
{
    handle_t vas = must(vas_create(name), "make a VAS");
    handle_t seg = must(seg_create(name, (uint64_t)degrees, PAGE_BYTES, 0), "make a segment");
    must(seg_attach(vas, seg, READ_WRITE), "attach the segment to the VAS");
    return must(vas_attach(HANDLE_SELF, vas, READ_WRITE), "attach the VAS to the process");
}

static void show(const char *name, handle_t view)
{
    must(vas_switch(view), "switch");
    printf("in the %s it is %d degrees\n", name, *degrees);
}

int main(void)
{
    handle_t north = make_place("north");
    handle_t south = make_place("south");

    must(vas_switch(north), "switch"); /* from home to a VAS, */
    *degrees = -12;
    must(vas_switch(south), "switch"); /* from there to another, */
    *degrees = 31;

    show("north", north);
    show("south", south);
    must(vas_switch(HANDLE_HOME), "switch"); /* and home: *degrees would be a fault now */
    printf("at home the address is nobody's\n");
    return 0;
}
