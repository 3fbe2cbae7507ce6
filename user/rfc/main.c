/*
 * A program as it would be written for the Linux RFC, but for the header's path: nothing of Vasco
 * is named here. Each run does one thing, so that a list that one run has built is found by
 * another.
 *
 *     rfc build MODE    a VAS and a segment of this mode (octal), in them a list of 1000 numbers
 *     rfc sum           attaches the VAS for reading, prints the sum of the list
 *     rfc add           attaches it for writing, and adds 1 to every number
 *     rfc chmod MODE    changes the mode of both
 *     rfc remove        deletes both
 *
 * Exits with 0, or with the errno of what went wrong.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vas.h>

#define NAME "rfc list"
#define START 0x600000000000ul
#define BYTES (1ul << 20)
#define NUMBERS 1000

struct node {
    struct node *next;
    long number;
};

static int fail(const char *what)
{
    int error = errno;
    printf("rfc: %s: %s\n", what, strerror(error));
    return error;
}

static void fill(void)
{
    struct node *first = (struct node *)START;
    for (long i = 0; i < NUMBERS; i++) {
        first[i].next = i + 1 < NUMBERS ? &first[i + 1] : NULL;
        first[i].number = i;
    }
}

static int build(mode_t mode)
{
    int vid = vas_create(NAME, mode);
    if (vid < 0)
        return fail("vas_create");
    int sid = vas_seg_create(NAME, START, START + BYTES, mode);
    if (sid < 0)
        return fail("vas_seg_create");
    if (vas_seg_attach(vid, sid, O_RDWR) < 0)
        return fail("vas_seg_attach");
    if (vas_attach(0, vid, O_RDWR) < 0)
        return fail("vas_attach");
    if (vas_switch(vid) < 0)
        return fail("vas_switch");
    fill();
    if (active_vas() != vid || vas_switch(0) < 0 || active_vas() != 0)
        return fail("vas_switch");
    return vas_detach(0, vid) < 0 ? fail("vas_detach") : 0;
}

/* Walks the list inside of its VAS. */
static int walk(int type, long step)
{
    long sum = 0;
    int vid = vas_find(NAME);
    if (vid < 0)
        return fail("vas_find");
    if (vas_attach(0, vid, type) < 0)
        return fail("vas_attach");
    if (vas_switch(vid) < 0)
        return fail("vas_switch");
    for (struct node *node = (struct node *)START; node != NULL; node = node->next) {
        if (step != 0)
            node->number += step;
        sum += node->number;
    }
    vas_switch(0);
    printf("rfc: the sum is %ld\n", sum);
    return 0;
}

static int change(mode_t mode)
{
    struct vas_attr attr;
    struct vas_seg_attr seg_attr;
    int vid = vas_find(NAME);
    int sid = vas_seg_find(NAME);
    if (vas_getattr(vid, &attr) < 0 || vas_seg_getattr(sid, &seg_attr) < 0)
        return fail("vas_getattr");
    attr.mode = mode;
    seg_attr.mode = mode;
    if (vas_setattr(vid, &attr) < 0 || vas_seg_setattr(sid, &seg_attr) < 0)
        return fail("vas_setattr");
    return 0;
}

static int delete_both(void)
{
    int vid = vas_find(NAME);
    int sid = vas_seg_find(NAME);
    if (vid < 0 || sid < 0)
        return fail("vas_find");
    if (vas_seg_detach(vid, sid) < 0 || vas_seg_delete(sid) < 0)
        return fail("vas_seg_delete");
    return vas_delete(vid) < 0 ? fail("vas_delete") : 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    mode_t mode = argc > 2 ? (mode_t)strtoul(argv[2], NULL, 8) : 0600;
    if (strcmp(what, "build") == 0)
        return build(mode);
    if (strcmp(what, "sum") == 0)
        return walk(O_RDONLY, 0);
    if (strcmp(what, "add") == 0)
        return walk(O_RDWR, 1);
    if (strcmp(what, "chmod") == 0)
        return change(mode);
    if (strcmp(what, "remove") == 0)
        return delete_both();
    printf("rfc: build MODE | sum | add | chmod MODE | remove\n");
    return EINVAL;
}
