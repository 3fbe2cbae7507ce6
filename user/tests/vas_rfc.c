/* The interface of the Linux RFC, sys/vas.h: by itself, and by a program written for it
 * (user/rfc). */
#include <errno.h>
#include <string.h>
#include <sys/vas.h>
#include <unistd.h>
#include <vasco/cap.h>

#include "child.h"
#include "server.h"
#include "test.h"

#define START (PLACE_A)
#define END (PLACE_A + 1 * MIB)

static void check_fails(int result, int error)
{
    check_eq(result, -1);
    check_eq(errno, error);
}

void test_vas_rfc_has_its_whole_life(void)
{
    int vid = vas_create("rfc", 0600), sid = vas_seg_create("rfc", START, END, 0600);
    require(vid > 0 && sid > 0);
    check_eq(vas_find("rfc"), vid);
    check_eq(vas_seg_find("rfc"), sid);
    check_eq(vas_seg_attach(vid, sid, O_RDWR), 0);
    check_eq(vas_seg_attach(vid, sid, O_RDWR), 0);
    check_eq(vas_attach(0, vid, O_RDWR), 0);
    check_eq(vas_attach(getpid(), vid, O_RDWR), 0);
    check_eq(active_vas(), 0);
    check_eq(vas_switch(vid), 0);
    check_eq(active_vas(), vid);
    *kit_word(START) = 42;
    check_fails(vas_detach(0, vid), EBUSY);
    check_eq(vas_switch(0), 0);
    check_fails(vas_delete(vid), EBUSY);
    check_fails(vas_seg_delete(sid), EBUSY);
    check_eq(vas_detach(0, vid), 0);
    check_fails(vas_detach(0, vid), EINVAL);
    check_fails(vas_switch(vid), EINVAL);
    check_eq(vas_seg_detach(vid, sid), 0);
    check_fails(vas_seg_detach(vid, sid), EINVAL);
    check_eq(vas_seg_delete(sid), 0);
    check_eq(vas_delete(vid), 0);
    check_fails(vas_find("rfc"), ESRCH);
    check_fails(vas_seg_find("rfc"), ESRCH);
}

void test_vas_rfc_refuses_as_posix_has_it(void)
{
    static char too_long[VAS_MAX_NAME_LENGTH + 1];
    struct vas_attr attr = {0};
    struct vas_seg_attr seg_attr = {0};
    memset(too_long, 'a', VAS_MAX_NAME_LENGTH);
    int vid = vas_create("rfc", 0600), sid = vas_seg_create("rfc", START, END, 0600);
    require(vid > 0 && sid > 0);
    check_fails(vas_create("rfc", 0600), EEXIST);
    check_fails(vas_create(NULL, 0600), EINVAL);
    check_fails(vas_create("", 0600), EINVAL);
    check_fails(vas_create(too_long, 0600), EINVAL);
    check_fails(vas_find(NULL), EINVAL);
    check_fails(vas_seg_create("rfc", START, END, 0600), EEXIST);
    check_fails(vas_seg_create("a", START + 1, END, 0600), EINVAL);
    check_fails(vas_seg_create("a", START, END + 1, 0600), EINVAL);
    check_fails(vas_seg_create("a", END, END, 0600), EINVAL);
    check_fails(vas_seg_create("a", VAS_BASE - PAGE_BYTES, VAS_BASE, 0600), EINVAL);
    check_fails(vas_seg_create("a", VAS_BASE, VAS_CHOSEN_BASE + PAGE_BYTES, 0600), EINVAL);
    check_fails(vas_seg_create("a", VAS_BASE, VAS_BASE + 1024 * GIB, 0600), ENOMEM);
    for (int bad = -1; bad <= 0; bad++) {
        check_fails(vas_delete(bad), EINVAL);
        check_fails(vas_attach(0, bad, O_RDONLY), EINVAL);
        check_fails(vas_detach(0, bad), EINVAL);
        check_fails(vas_getattr(bad, &attr), EINVAL);
        check_fails(vas_setattr(bad, &attr), EINVAL);
        check_fails(vas_seg_delete(bad), EINVAL);
        check_fails(vas_seg_attach(vid, bad, O_RDONLY), EINVAL);
        check_fails(vas_seg_attach(bad, sid, O_RDONLY), EINVAL);
        check_fails(vas_seg_detach(vid, bad), EINVAL);
        check_fails(vas_seg_getattr(bad, &seg_attr), EINVAL);
        check_fails(vas_seg_setattr(bad, &seg_attr), EINVAL);
    }
    check_fails(vas_switch(-1), EINVAL);
    check_fails(vas_switch(vid), EINVAL);
    check_fails(vas_attach(0, vid, O_ACCMODE), EINVAL);
    check_fails(vas_attach(-1, vid, O_RDONLY), EINVAL);
    check_fails(vas_attach(1, vid, O_RDONLY), ESRCH);
    check_fails(vas_getattr(vid, NULL), EINVAL);
    check_eq(vas_seg_delete(sid), 0);
    check_eq(vas_delete(vid), 0);
}

void test_vas_rfc_attributes_are_what_was_set(void)
{
    struct vas_attr attr;
    int vid = vas_create("rfc", 07755);
    check_eq(vas_getattr(vid, &attr), 0);
    check_eq(attr.mode, 0644);
    check_eq(attr.user, getuid());
    check_eq(attr.group, getgid());
    attr.mode = 0400;
    check_eq(vas_setattr(vid, &attr), 0);
    check_fails(vas_attach(0, vid, O_RDWR), EACCES);
    check_fails(vas_attach(0, vid, O_WRONLY), EACCES);
    check_eq(vas_attach(0, vid, O_RDONLY), 0);
    check_eq(vas_detach(0, vid), 0);
    check_fails(vas_delete(vid), EACCES);
    attr.user++;
    check_fails(vas_setattr(vid, &attr), EPERM);
    attr.user--;
    attr.mode = 0600;
    check_eq(vas_setattr(vid, &attr), 0);
    check_eq(vas_delete(vid), 0);
}

/* A start in the midst of a granule. */
void test_vas_rfc_segment_holds_the_pages_that_were_asked_for(void)
{
    const uint64_t start = PLACE_A + 5 * PAGE_BYTES, end = PLACE_A + 3 * MIB;
    int vid = vas_create("rfc", 0600), sid = vas_seg_create("rfc", start, end, 0600);
    check_eq(vas_seg_attach(vid, sid, O_RDWR), 0);
    check_eq(vas_attach(0, vid, O_RDWR), 0);
    check_eq(vas_switch(vid), 0);
    *kit_word(start) = 1;
    *kit_word(end - 8) = 2;
    check_eq(*kit_word(start) + *kit_word(end - 8), 3);
    check_eq(vas_switch(0), 0);
    check_eq(vas_detach(0, vid), 0);
    check_eq(vas_delete(vid), 0);
    check_eq(vas_seg_delete(sid), 0);
}

void test_vas_rfc_attaches_to_another_process(void)
{
    struct child child;
    struct process_info info;
    int vid = vas_create("rfc", 0600);
    require(child_make(&child, "child", &code_sleep));
    info = kit_process_info(child.process);
    check_eq(vas_attach((pid_t)info.id, vid, O_RDONLY), 0);
    check_eq(vas_attach((pid_t)info.id, vid, O_RDONLY), 0);
    check_eq(kit_process_info(child.process).nviews, info.nviews + 1);
    check_eq(vas_detach((pid_t)info.id, vid), 0);
    check_eq(kit_process_info(child.process).nviews, info.nviews);
    check_fails(vas_detach((pid_t)info.id, vid), EINVAL);
    child_kill(&child);
    check_eq(vas_delete(vid), 0);
}

void test_vas_rfc_programs_share_as_their_modes_say(void)
{
    struct server server;
    require(server_start(&server));
    check_eq(server_run(&server, 5, 6, "rfc", "sum", NULL), ESRCH);
    check_eq(server_run(&server, 5, 6, "rfc", "build", "640"), 0);
    check_eq(server_run(&server, 5, 6, "rfc", "build", "640"), EEXIST);
    check_eq(server_run(&server, 5, 6, "rfc", "add", NULL), 0);
    check_eq(server_run(&server, 7, 6, "rfc", "sum", NULL), 0);
    check_eq(server_run(&server, 7, 6, "rfc", "add", NULL), EACCES);
    check_eq(server_run(&server, 7, 8, "rfc", "sum", NULL), EACCES);
    check_eq(server_run(&server, 7, 6, "rfc", "chmod", "666"), EPERM);
    check_eq(server_run(&server, 7, 6, "rfc", "remove", NULL), EACCES);
    check_eq(server_run(&server, 5, 6, "rfc", "chmod", "666"), 0);
    check_eq(server_run(&server, 7, 8, "rfc", "add", NULL), 0);
    check_eq(server_run(&server, 7, 8, "rfc", "remove", NULL), 0);
    check_eq(server_run(&server, 5, 6, "rfc", "sum", NULL), ESRCH);
    server_end(&server);
}

/* A badge that somebody else has given is no number. */
void test_vas_rfc_takes_no_other_vas_for_its_own(void)
{
    int vid = vas_create("mine", 0600);
    handle_t other = kit_vas();
    handle_t badged =
        cap_derive(other, RIGHT_VAS_READ | RIGHT_VAS_VIEW | RIGHT_INFO, (uint64_t)vid);
    handle_t view = sys_vas_attach(HANDLE_SELF, badged, ACCESS_READ);
    check(view > 0);
    check_fails(vas_switch(vid), EINVAL);
    check_eq(vas_attach(0, vid, O_RDWR), 0);
    check_eq(vas_switch(vid), 0);
    check(sys_vas_active() != view);
    check_eq(vas_switch(0), 0);
    check_eq(vas_detach(0, vid), 0);
    kit_drop_all(view, badged, other);
    check_eq(vas_delete(vid), 0);
}
