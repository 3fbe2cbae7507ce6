/*
 * Making and ending address spaces and segments. What is made here is held by the shell, with all
 * rights, under its name; what others made can be ended, but not used.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/name.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "objects.h"
#include "shell.h"
#include "show.h"

#define OWN_MAX 256

/* Capabilities with which the shell can do more than look. */
static handle_t own[OWN_MAX];
static size_t nown;

static bool keep(handle_t handle)
{
    if (nown == OWN_MAX) {
        printf("The shell holds %d objects and no more: delete some.\n", OWN_MAX);
        cap_delete(handle);
        return false;
    }
    own[nown++] = handle;
    return true;
}

/* Our own capability to what a word names; 0 with a word about it if it is not ours. */
static handle_t own_named(const char *word, enum object_type type)
{
    for (size_t i = 0; i < nown; i++) {
        struct cap_info info;
        if (cap_info(own[i], &info) == STATUS_OK && info.type == type &&
            strncmp(info.name, word, NAME_BYTES) == 0)
            return own[i];
    }
    const struct item *item = objects_named(word, type);
    for (size_t i = 0; item != NULL && i < nown; i++) {
        struct cap_info info;
        if (cap_info(own[i], &info) == STATUS_OK && info.object == item->info.object)
            return own[i];
    }
    if (item != NULL)
        printf("%s %s was not made here: the shell may see it and delete it, no more.\n",
               type_word(type), word);
    return 0;
}

static void drop_dead(void)
{
    for (size_t i = 0; i < nown;) {
        struct cap_info info;
        if (cap_info(own[i], &info) == STATUS_OK) {
            i++;
            continue;
        }
        cap_delete(own[i]);
        own[i] = own[--nown];
    }
}

static bool name_fits(const char *name)
{
    if (strlen(name) > 0 && strlen(name) < NAME_BYTES && strspn(name, "0123456789") == 0)
        return true;
    printf("A name has 1 to %d letters, and does not begin with a digit.\n", NAME_BYTES - 1);
    return false;
}

static void delete_named(const char *word, enum object_type type)
{
    objects_find();
    const struct item *item = objects_named(word, type);
    if (item != NULL) {
        int64_t status = object_destroy(item->handle);
        if (status < 0)
            complain(word, status);
        else
            printf("%s %.16s (%" PRIu64 ") is gone.\n", type_word(type), item->info.name,
                   item->info.object);
    }
    objects_forget();
    drop_dead();
}

/* --- vas -------------------------------------------------------------------------------------- */

static void create_vas(const char *name)
{
    if (!name_fits(name))
        return;
    handle_t vas = vas_create(name);
    struct cap_info info;
    if (vas < 0)
        complain("vas create", vas);
    else if (keep(vas) && cap_info(vas, &info) == STATUS_OK)
        printf("VAS %s (%" PRIu64 ")\n", name, info.object);
}

static void show_vas(const char *word)
{
    objects_find();
    const struct item *item = objects_named(word, OBJECT_VAS);
    if (item != NULL)
        show_map(item->handle);
    objects_forget();
}

static void say_synopsis(const char *name)
{
    for (size_t i = 0; i < ncommands; i++) {
        if (strcmp(commands[i].name, name) == 0)
            printf("It is: %s %s\n", name, commands[i].synopsis);
    }
}

void command_vas(int argc, char **argv)
{
    if (argc == 1)
        show_vases();
    else if (argc == 3 && strcmp(argv[1], "create") == 0)
        create_vas(argv[2]);
    else if (argc == 3 && strcmp(argv[1], "delete") == 0)
        delete_named(argv[2], OBJECT_VAS);
    else if (argc == 3 && strcmp(argv[1], "show") == 0)
        show_vas(argv[2]);
    else
        say_synopsis("vas");
}

/* --- seg -------------------------------------------------------------------------------------- */

static void create_seg(const char *name, const char *size)
{
    uint64_t nbytes;
    char text[24];
    struct cap_info info;
    if (!name_fits(name))
        return;
    if (!bytes_parse(size, &nbytes)) {
        printf("'%s' is no size: a number of bytes, or one like 64K, 2M, 1G.\n", size);
        return;
    }
    handle_t seg = seg_create(name, 0, nbytes, 0);
    if (seg < 0)
        complain("seg create", seg);
    else if (keep(seg) && cap_info(seg, &info) == STATUS_OK)
        printf("segment %s (%" PRIu64 "), %s\n", name, info.object,
               bytes_text(nbytes, text, sizeof(text)));
}

static void attach_seg(const char *vas_word, const char *seg_word, const char *access)
{
    bool writable = strcmp(access, "rw") == 0;
    if (!writable && strcmp(access, "r") != 0) {
        printf("'%s' is neither r nor rw.\n", access);
        return;
    }
    objects_find();
    handle_t vas = own_named(vas_word, OBJECT_VAS);
    handle_t seg = vas == 0 ? 0 : own_named(seg_word, OBJECT_SEG);
    objects_forget();
    if (seg == 0)
        return;
    int64_t status = seg_attach(vas, seg, ACCESS_READ | (writable ? ACCESS_WRITE : 0));
    if (status < 0)
        complain("seg attach", status);
}

static void detach_seg(const char *vas_word, const char *seg_word)
{
    objects_find();
    handle_t vas = own_named(vas_word, OBJECT_VAS);
    const struct item *seg = vas == 0 ? NULL : objects_named(seg_word, OBJECT_SEG);
    if (seg != NULL) {
        int64_t status = seg_detach(vas, seg->handle);
        if (status < 0)
            complain("seg detach", status);
    }
    objects_forget();
}

void command_seg(int argc, char **argv)
{
    if (argc == 1)
        show_segs();
    else if (argc == 4 && strcmp(argv[1], "create") == 0)
        create_seg(argv[2], argv[3]);
    else if (argc == 3 && strcmp(argv[1], "delete") == 0)
        delete_named(argv[2], OBJECT_SEG);
    else if ((argc == 4 || argc == 5) && strcmp(argv[1], "attach") == 0)
        attach_seg(argv[2], argv[3], argc == 5 ? argv[4] : "rw");
    else if (argc == 4 && strcmp(argv[1], "detach") == 0)
        detach_seg(argv[2], argv[3]);
    else
        say_synopsis("seg");
}
