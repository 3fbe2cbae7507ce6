/*
 * A lock by standing in it. The segment is lockable: who enters a view that can write it has it for
 * himself until he leaves, who only reads shares it with other readers. There is no mutex to
 * forget, and when somebody dies in the middle of a change the next one is told (VAS_ABANDONED).
 *
 * It prints:
 *
 *     4 threads added 1000 times 1 each: 4000
 */
#include <stdio.h>
#include <vasco/must.h>
#include <vasco/seg.h>
#include <vasco/thread.h>
#include <vasco/vas.h>

#define THREADS 4
#define TIMES 1000
#define READ_WRITE (ACCESS_READ | ACCESS_WRITE)

static volatile int *const counter = (int *)0x10000000000;

static handle_t writing; /* the view in which the counter can be written */

/* Without the lock most of what is added would be lost: others run between reading and writing. */
static void add_slowly(void)
{
    int before = *counter;
    thread_yield();
    *counter = before + 1;
}

static void run(void *unused)
{
    (void)unused;
    for (int i = 0; i < TIMES; i++) {
        must(vas_switch(writing), "enter"); /* waits until nobody else stands there */
        add_slowly();
        must(vas_switch(HANDLE_HOME), "leave"); /* lets the next one in */
    }
}

int main(void)
{
    handle_t threads[THREADS];
    handle_t vas = must(vas_create("counter"), "make a VAS");
    handle_t seg =
        must(seg_create("counter", (uint64_t)counter, PAGE_BYTES, SEG_LOCKABLE), "make a segment");
    must(seg_attach(vas, seg, READ_WRITE), "attach the segment"); /* before the VAS is attached */
    writing = must(vas_attach(HANDLE_SELF, vas, READ_WRITE), "attach the VAS");
    handle_t reading = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ), "attach the VAS");

    for (int i = 0; i < THREADS; i++)
        threads[i] = must(thread_start(run, NULL, PRIORITY_DEFAULT), "start a thread");
    for (int i = 0; i < THREADS; i++)
        must(thread_join(threads[i]), "wait for a thread");

    must(vas_switch(reading), "enter"); /* any number of readers at once */
    printf("%d threads added %d times 1 each: %d\n", THREADS, TIMES, *counter);
    return 0;
}
