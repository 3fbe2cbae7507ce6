/*
 * floor 6: a watch: when a process has ended, bits of a notification are signalled. It is charged
 * to the notification's pool, keeps neither of the two, and goes with whichever goes first.
 */
#ifndef VASCO_OBJ_WATCH_H
#define VASCO_OBJ_WATCH_H

#include "base/list.h"
#include "base/status.h"

struct notification;
struct process;

struct watch {
    struct list in_process;      /* struct process, watches */
    struct list in_notification; /* struct notification, watches */
    struct process *process;
    struct notification *notification;
    uint64_t bits;
};

/* Boot. */
void watch_init(void);

/* Signals these bits when the process has been cleared; at once if it has. NO_MEMORY. */
status_t must_check watch_create(struct process *process, struct notification *notification,
                                 uint64_t bits);

/* The process has been cleared: signals, and frees the watch. */
void watch_fire(struct watch *watch);

void watch_free(struct watch *watch);

#endif
