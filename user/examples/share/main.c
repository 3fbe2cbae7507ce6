/*
 * Two processes, one VAS, pointers and all. The first makes a list in a segment of a VAS, and
 * starts this program once more with a capability to the VAS. The second follows the first one's
 * pointers where they lie: nothing is copied, sent or translated.
 *
 * It prints:
 *
 *     the writer has made a list
 *     the reader finds: one two three
 *     the reader ended with status 0
 */
#include <stdio.h>
#include <string.h>
#include <vasco/must.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/segheap.h>
#include <vasco/startup.h>
#include <vasco/vas.h>

#define SEG_BYTES ((uint64_t)1 << 20)
#define READ_WRITE (ACCESS_READ | ACCESS_WRITE)

/* Both know where the segment lies. (A program that does not can ask: vas_link_info.) */
static void *const memory = (void *)0x10000000000;

struct word {
    struct word *next;
    char text[8];
};

static handle_t make_list(void)
{
    static const char *const texts[] = {"three", "two", "one"};
    handle_t vas = must(vas_create("list"), "make a VAS");
    handle_t seg = must(seg_create("list", (uint64_t)memory, SEG_BYTES, 0), "make a segment");
    must(seg_attach(vas, seg, READ_WRITE), "attach the segment");
    handle_t view = must(vas_attach(HANDLE_SELF, vas, READ_WRITE), "attach the VAS");
    struct word *first = NULL;

    must(vas_switch(view), "switch");
    struct segheap *heap = segheap_create(memory, SEG_BYTES); /* a malloc inside of the segment */
    for (size_t i = 0; i < 3; i++) {
        struct word *word = segheap_alloc(heap, sizeof(*word));
        strcpy(word->text, texts[i]);
        word->next = first;
        first = word;
    }
    must(segheap_set_root(heap, "list", first), "name the list");
    must(vas_switch(HANDLE_HOME), "switch");
    printf("the writer has made a list\n");
    return vas;
}

static int read_list(void)
{
    handle_t vas = must(startup_cap("vas"), "find the VAS"); /* what the writer gave us */
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ), "attach the VAS");

    must(vas_switch(view), "switch");
    const struct word *word = segheap_root(segheap_open(memory), "list");
    printf("the reader finds:");
    for (; word != NULL; word = word->next)
        printf(" %s", word->text);
    printf("\n");
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "read") == 0)
        return read_list();

    /* The reader may look, but not touch: that is all of the VAS that it gets. */
    const struct program_cap caps[] = {{"vas", make_list(), RIGHT_VAS_VIEW | RIGHT_VAS_READ}};
    struct process_info info;
    struct program *program;
    handle_t reader;
    char text[80];
    fflush(stdout); /* the other prints next */
    must(program_open(argv[0], &program), "open the program");
    must(program_spawn(program, (const char *[]){argv[0], "read", NULL}, caps, 1, &reader),
         "start the reader");
    must(process_wait(reader, &info), "wait for the reader");
    printf("the reader %s\n", process_end_text(&info, text, sizeof(text)));
    return 0;
}
