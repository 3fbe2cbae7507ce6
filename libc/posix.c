/*
 * What newlib expects of an operating system and this one does not have: signals between processes,
 * fork, links and folders. Programs that call these still link, and get an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/startup.h>

/* A program that is ended by a signal of its own (abort) reports 128 and the signal, as shells
 * do. */
#define SIGNAL_STATUS 128

static int unsupported(int error)
{
    errno = error;
    return -1;
}

pid_t getpid(void)
{
    struct process_info info;
    return process_info(HANDLE_SELF, &info) < 0 ? 1 : (pid_t)info.id;
}

/* Nobody knows who started it. */
pid_t getppid(void)
{
    return 1;
}

/* Who a program is, it is to the registry: without one it is nobody in particular. */
static uint64_t identity(void)
{
    struct cap_info info;
    handle_t registry = startup_cap("registry");
    return registry < 0 || cap_info(registry, &info) < 0 ? UINT64_MAX : info.badge;
}

uid_t getuid(void)
{
    return (uid_t)identity();
}

gid_t getgid(void)
{
    return (gid_t)(identity() >> 32);
}

uid_t geteuid(void)
{
    return getuid();
}

gid_t getegid(void)
{
    return getgid();
}

int kill(pid_t process, int signal)
{
    if (process == getpid())
        process_exit(SIGNAL_STATUS + signal);
    return unsupported(ESRCH);
}

pid_t fork(void)
{
    return unsupported(ENOSYS);
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    (void)path, (void)argv, (void)envp;
    return unsupported(ENOSYS);
}

pid_t wait(int *status)
{
    (void)status;
    return unsupported(ECHILD);
}

int fcntl(int fd, int command, ...)
{
    (void)fd, (void)command;
    return unsupported(ENOSYS);
}

int link(const char *from, const char *to)
{
    (void)from, (void)to;
    return unsupported(EROFS);
}

int unlink(const char *path)
{
    (void)path;
    return unsupported(EROFS);
}

int mkdir(const char *path, mode_t mode)
{
    (void)path, (void)mode;
    return unsupported(EROFS);
}
