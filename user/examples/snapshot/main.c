/*
 * What an operation costs, by the kernel's own count. The counters of abi/counters.def are read
 * before and after it; the difference is what it did. They are of the whole machine, so nobody
 * else should be busy meanwhile.
 *
 * It prints:
 *
 *     touching 8 pages:          8 faults, 8 pages filled, 0 view switches
 *     touching them again:       0 faults, 0 pages filled, 0 view switches
 *     there and back 100 times:  0 faults, 0 pages filled, 200 view switches
 */
#include <inttypes.h>
#include <stdio.h>
#include <vasco/must.h>
#include <vasco/seg.h>
#include <vasco/system.h>
#include <vasco/vas.h>

#define PAGES 8
#define TURNS 100
#define READ_WRITE (ACCESS_READ | ACCESS_WRITE)

static volatile char *const memory = (char *)0x10000000000;

static handle_t view;

struct snapshot {
    uint64_t counters[COUNTERS];
};

static void snapshot_take(struct snapshot *snapshot)
{
    must(system_counters(snapshot->counters, COUNTERS), "read the counters");
}

static uint64_t difference(const struct snapshot *before, const struct snapshot *after,
                           enum counter counter)
{
    return after->counters[counter] - before->counters[counter];
}

/* Does something, and says what that came to. */
static void measure(const char *what, void (*operation)(void))
{
    static struct snapshot before, after; /* static: the stack has no new page for them */
    snapshot_take(&before);
    operation();
    snapshot_take(&after);
    printf("%-26s %" PRIu64 " faults, %" PRIu64 " pages filled, %" PRIu64 " view switches\n", what,
           difference(&before, &after, COUNTER_FAULTS),
           difference(&before, &after, COUNTER_PAGES_FILLED),
           difference(&before, &after, COUNTER_VIEW_SWITCHES));
}

static void touch(void)
{
    for (size_t i = 0; i < PAGES; i++)
        memory[i * PAGE_BYTES]++;
}

static void go_there_and_back(void)
{
    for (int i = 0; i < TURNS; i++) {
        vas_switch(HANDLE_HOME);
        vas_switch(view);
    }
}

int main(void)
{
    handle_t vas = must(vas_create("pages"), "make a VAS");
    handle_t seg =
        must(seg_create("pages", (uint64_t)memory, PAGES * PAGE_BYTES, 0), "make a segment");
    must(seg_attach(vas, seg, READ_WRITE), "attach the segment");
    view = must(vas_attach(HANDLE_SELF, vas, READ_WRITE), "attach the VAS");
    must(vas_switch(view), "switch");

    printf("\n"); /* what printing needs is there before we count */
    measure("touching 8 pages:", touch);
    measure("touching them again:", touch);
    measure("there and back 100 times:", go_there_and_back);
    return 0;
}
