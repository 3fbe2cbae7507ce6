/* Processes that hold a robust mutex: see holder.h. */
#include "holder.h"

#include <errno.h>
#include <string.h>
#include <vasco/seg.h>
#include <vasco/startup.h>

void holder_visit(struct holder_stage *stage)
{
    int error = pthread_mutex_lock(&stage->mutex);
    if (error == EOWNERDEAD) {
        stage->ntaken_over++;
        stage->ntorn += stage->guarded[0] != stage->guarded[1];
        stage->guarded[1] = stage->guarded[0];
        error = pthread_mutex_consistent(&stage->mutex);
    }
    stage->wrong += error != 0 || stage->guarded[0] != stage->guarded[1];
    stage->guarded[0]++;
    if (stage->guarded[0] % 4 == 0)
        sys_thread_yield();
    stage->guarded[1]++;
    stage->nvisits++;
    stage->wrong += pthread_mutex_unlock(&stage->mutex) != 0;
}

int holder_main(const char *what)
{
    struct holder_stage *stage = holder_stage();
    if (seg_attach(HANDLE_SELF, startup_cap("stage"), ACCESS_READ | ACCESS_WRITE) < 0)
        return 1;
    if (strcmp(what, "stays") == 0) {
        if (pthread_mutex_lock(&stage->mutex) != 0)
            return 1;
        stage->held = 1;
        sys_thread_sleep(UINT64_MAX);
    }
    struct thread_info info = {0};
    struct system_info machine = {.ncpus = 1};
    sys_thread_info(0, (uintptr_t)&info);
    sys_system_info((uintptr_t)&machine);
    sys_thread_set_cpu(0, info.id % machine.ncpus);
    for (;;)
        holder_visit(stage);
}
