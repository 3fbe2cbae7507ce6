/* Processes: see vasco/process.h. */
#include <inttypes.h>
#include <stdio.h>
#include <vasco/process.h>

_Noreturn void process_exit(int64_t status)
{
    for (;;)
        sys_process_exit((uint64_t)status);
}

int64_t process_wait(handle_t process, struct process_info *info)
{
    int64_t status = sys_process_wait(process);
    if (status < 0 || info == NULL)
        return status;
    return process_info(process, info);
}

char *process_end_text(const struct process_info *info, char *text, size_t nbytes)
{
    switch ((enum end_reason)info->reason) {
    case END_RUNNING:
        snprintf(text, nbytes, "has not ended");
        break;
    case END_EXIT:
        snprintf(text, nbytes, "ended with status %" PRId64, info->status);
        break;
    case END_FAULT:
        snprintf(text, nbytes, "ended by a fault (vector %" PRId64 ") at 0x%" PRIx64, info->status,
                 info->address);
        break;
    case END_DESTROYED:
        snprintf(text, nbytes, "was destroyed");
        break;
    case END_VIEW_LOST:
        snprintf(text, nbytes, "ended because its view was taken away, at 0x%" PRIx64,
                 info->address);
        break;
    }
    return text;
}
