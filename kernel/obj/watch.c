/* Watches: see watch.h. */
#include "obj/watch.h"

#include "mem/slab.h"
#include "obj/notification.h"
#include "obj/process.h"

void watch_init(void)
{
    slab_kind_init(SLAB_WATCH, sizeof(struct watch));
}

status_t watch_create(struct process *process, struct notification *notification, uint64_t bits)
{
    void *memory;
    if (process->cleared) {
        notification_signal(notification, bits);
        return STATUS_OK;
    }
    TRY(slab_alloc(notification->object.pool, SLAB_WATCH, &memory));
    struct watch *watch = memory;
    *watch = (struct watch){.process = process, .notification = notification, .bits = bits};
    list_push_back(&process->watches, &watch->in_process);
    list_push_back(&notification->watches, &watch->in_notification);
    return STATUS_OK;
}

void watch_free(struct watch *watch)
{
    list_drop(&watch->in_process);
    list_drop(&watch->in_notification);
    slab_free(watch);
}

void watch_fire(struct watch *watch)
{
    struct notification *notification = watch->notification;
    uint64_t bits = watch->bits;
    watch_free(watch);
    notification_fire(notification, bits);
}
