/* System calls on notifications. */
#include "obj/notification.h"

#include "base/string.h"
#include "obj/sched.h"
#include "obj/watch.h"
#include "sys/decode.h"
#include "sys/syscalls.h"

#define NOTIFICATION_RIGHTS                                                                        \
    (RIGHT_NOTIFICATION_SIGNAL | RIGHT_NOTIFICATION_WAIT | RIGHT_INFO | RIGHT_GRANT |              \
     RIGHT_REVOKE | RIGHT_DESTROY)

/* A capability with a badge signals no other bits than those of the badge. */
static inline status_t decode_signal(handle_t handle, uint64_t bits, struct notification **out)
{
    struct cap *cap;
    TRY(decode(handle, OBJECT_NOTIFICATION, RIGHT_NOTIFICATION_SIGNAL, &cap));
    *out = container_of(cap->object, struct notification, object);
    return cap->badge != 0 && (bits & ~cap->badge) != 0 ? STATUS_BAD_ARGUMENT : STATUS_OK;
}

int64_t sys_notification_create(uint64_t name_lo, uint64_t name_hi, handle_t pool_handle)
{
    struct notification *notification;
    struct pool *pool;
    struct cap_table *caps = cpu_this()->caps;
    TRY(decode_pool(pool_handle, &pool));
    TRY(cap_reserve(caps));
    TRY(notification_create(pool, name_from_words(name_lo, name_hi), &notification));
    return cap_insert(caps, NULL, &notification->object, NOTIFICATION_RIGHTS, 0)->handle;
}

int64_t sys_notification_signal(handle_t handle, uint64_t bits)
{
    struct notification *notification;
    TRY(decode_signal(handle, bits, &notification));
    notification_signal(notification, bits);
    return STATUS_OK;
}

/* A call with a message: entry.asm has put its parameters into the thread's frame too. */
int64_t message_notification_wait(handle_t handle, uint64_t mask, uint64_t deadline)
{
    struct notification *notification;
    TRY(decode_notification(handle, RIGHT_NOTIFICATION_WAIT, &notification));
    if (mask == 0)
        return STATUS_BAD_ARGUMENT;
    return notification_wait(notification, mask, deadline);
}

int64_t sys_notification_bind(handle_t handle)
{
    struct notification *notification;
    if (thread_gate(cpu_this()->thread) != NULL)
        return STATUS_BUSY; /* it is somebody else's */
    if (handle == 0) {
        notification_unbind(cpu_this()->thread);
        return STATUS_OK;
    }
    TRY(decode_notification(handle, RIGHT_NOTIFICATION_WAIT, &notification));
    return notification_bind(notification);
}

int64_t sys_notification_set_timer(handle_t handle, uint64_t bits, uint64_t time, uint64_t period)
{
    struct notification *notification;
    TRY(decode_signal(handle, bits, &notification));
    notification_set_timer(notification, bits, time, period);
    return STATUS_OK;
}

int64_t sys_process_watch(handle_t process, handle_t handle, uint64_t bits)
{
    struct process *target;
    struct notification *notification;
    TRY(decode_process(process, RIGHT_PROCESS_WAIT, &target));
    TRY(decode_signal(handle, bits, &notification));
    return bits == 0 ? STATUS_BAD_ARGUMENT : watch_create(target, notification, bits);
}
