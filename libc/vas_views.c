/*
 * Where VASes of sys/vas.h are attached. The kernel keeps the books: a view that was made through a
 * capability of the registry has the VAS's number as its badge, and cap_next finds it, whichever
 * thread or process attached it. A thread remembers the views it has used; a view that is gone has
 * a stale handle.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/lock.h>
#include <sys/vas.h>
#include <unistd.h>
#include <vasco/cap.h>
#include <vasco/registry.h>
#include <vasco/startup.h>
#include <vasco/syscalls.h>

#include "internal.h"
#include "vas_rfc.h"

#define REMEMBERED 32

static _Thread_local struct {
    handle_t view;
    int vid;
} remembered[REMEMBERED];

static void remember(int vid, handle_t view)
{
    remembered[vid % REMEMBERED].vid = vid;
    remembered[vid % REMEMBERED].view = view;
}

/* The id of the VAS of this number, or a status. */
static int64_t vas_of(int vid)
{
    struct registry_entry entry;
    int64_t status = registry_info(startup_cap("registry"), OBJECT_VAS, vid, &entry);
    return status < 0 ? status : (int64_t)entry.object;
}

/* The view of a VAS in this process, or a status. Anybody can give a badge, so the VAS must be the
 * one of the registry too. */
static handle_t find_view(int vid)
{
    struct cap_info info;
    int64_t vas = vas_of(vid);
    if (vas < 0)
        return vas;
    handle_t cap = cap_next(0);
    for (; cap > 0; cap = cap_next(cap)) {
        if (cap_info(cap, &info) == STATUS_OK && info.type == OBJECT_VIEW &&
            info.badge == (uint64_t)vid && info.vas == (uint64_t)vas)
            break;
    }
    return cap;
}

/* The capability to a process that this one holds, or NO_DATA. */
static handle_t find_process(pid_t pid)
{
    struct cap_info info;
    if (pid == 0 || pid == getpid())
        return HANDLE_SELF;
    handle_t cap = cap_next(0);
    for (; cap > 0; cap = cap_next(cap)) {
        if (cap_info(cap, &info) == STATUS_OK && info.type == OBJECT_PROCESS &&
            info.object == (uint64_t)pid && info.rights & RIGHT_PROCESS_VIEW)
            break;
    }
    return cap;
}

/* --- what was attached to other processes ----------------------------------------------------- */

/* The VAS's capability is kept: revoking it takes the view away. */
struct attachment {
    struct attachment *next;
    pid_t pid;
    int vid;
    handle_t vas;
};

static struct attachment *attachments;
__LOCK_INIT_RECURSIVE(static, __vas_attachments_mutex);

/* Where the attachment is linked, or where a null pointer is. */
static struct attachment **find_attachment(pid_t pid, int vid)
{
    struct attachment **place = &attachments;
    while (*place != NULL && ((*place)->pid != pid || (*place)->vid != vid))
        place = &(*place)->next;
    return place;
}

static bool still_holds(const struct attachment *attachment)
{
    struct cap_info info;
    return cap_info(attachment->vas, &info) == STATUS_OK && info.nchildren > 0;
}

static void forget(struct attachment **place)
{
    struct attachment *attachment = *place;
    *place = attachment->next;
    cap_delete(attachment->vas);
    free(attachment);
}

/* Forgets attachments that have gone, with their processes or otherwise. */
static void tidy(void)
{
    for (struct attachment **place = &attachments; *place != NULL;) {
        if (still_holds(*place))
            place = &(*place)->next;
        else
            forget(place);
    }
}

static int attach_elsewhere(handle_t process, pid_t pid, int vid, uint64_t access)
{
    tidy();
    if (*find_attachment(pid, vid) != NULL)
        return 0;
    struct attachment *attachment = malloc(sizeof(*attachment));
    if (attachment == NULL)
        return -1;
    handle_t vas = vas_rfc_open(OBJECT_VAS, vid, access);
    int64_t status = vas < 0 ? vas : sys_vas_attach(process, vas, access);
    if (vas >= 0 && status < 0) {
        cap_delete(vas);
        vas_rfc_fail(status);
    }
    if (status < 0) {
        free(attachment);
        return -1;
    }
    *attachment = (struct attachment){attachments, pid, vid, vas};
    attachments = attachment;
    return 0;
}

static int detach_elsewhere(pid_t pid, int vid)
{
    struct attachment **place = find_attachment(pid, vid);
    if (*place == NULL)
        return fail(STATUS_NOT_ATTACHED);
    bool held = still_holds(*place);
    cap_revoke((*place)->vas);
    forget(place);
    return held ? 0 : fail(STATUS_NOT_ATTACHED);
}

/* --- this process ----------------------------------------------------------------------------- */

static int attach_here(int vid, uint64_t access)
{
    if (find_view(vid) > 0)
        return 0;
    handle_t vas = vas_rfc_open(OBJECT_VAS, vid, access);
    if (vas < 0)
        return -1;
    handle_t view = sys_vas_attach(HANDLE_SELF, vas, access);
    cap_delete(vas); /* the view descends from the registry's own capability now */
    return view < 0 ? vas_rfc_fail(view) : 0;
}

static int detach_here(int vid)
{
    handle_t view = find_view(vid);
    if (view < 0)
        return fail(STATUS_NOT_ATTACHED);
    if (view == sys_vas_active())
        return fail(STATUS_BUSY);
    int64_t status = sys_vas_detach(view);
    return status < 0 ? fail(STATUS_NOT_ATTACHED) : 0;
}

/* --- the calls -------------------------------------------------------------------------------- */

int vas_attach(pid_t pid, int vid, int type)
{
    uint64_t access = vas_rfc_access(type);
    if (access == 0 || pid < 0 || vid <= 0)
        return fail(STATUS_BAD_ARGUMENT);
    handle_t process = find_process(pid);
    if (process < 0)
        return fail(STATUS_NOT_FOUND);
    __lock_acquire_recursive(__vas_attachments_mutex);
    int result = process == HANDLE_SELF ? attach_here(vid, access)
                                        : attach_elsewhere(process, pid, vid, access);
    __lock_release_recursive(__vas_attachments_mutex);
    return result;
}

int vas_detach(pid_t pid, int vid)
{
    if (pid < 0 || vid <= 0)
        return fail(STATUS_BAD_ARGUMENT);
    __lock_acquire_recursive(__vas_attachments_mutex);
    int result = pid == 0 || pid == getpid() ? detach_here(vid) : detach_elsewhere(pid, vid);
    __lock_release_recursive(__vas_attachments_mutex);
    return result;
}

int vas_switch(int vid)
{
    if (vid == 0)
        return (int)syscall_1(SYSCALL_vas_switch, HANDLE_HOME);
    if (vid < 0)
        return fail(STATUS_BAD_ARGUMENT);
    if (remembered[vid % REMEMBERED].vid == vid &&
        syscall_1(SYSCALL_vas_switch, (uint64_t)remembered[vid % REMEMBERED].view) >= 0)
        return 0;
    handle_t view = find_view(vid);
    if (view < 0 || syscall_1(SYSCALL_vas_switch, (uint64_t)view) < 0)
        return fail(STATUS_NOT_ATTACHED);
    remember(vid, view);
    return 0;
}

int active_vas(void)
{
    struct cap_info info;
    handle_t view = sys_vas_active();
    if (view == HANDLE_HOME)
        return 0;
    if (cap_info(view, &info) < 0 || info.badge == 0 || info.badge > INT_MAX)
        return fail(STATUS_BAD_ARGUMENT);
    return (int)info.badge;
}
