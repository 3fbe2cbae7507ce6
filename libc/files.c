/*
 * File descriptors: 0, 1 and 2 are the console; from 3 on files of the archive, which can only be
 * read. The functions are newlib's; each sets errno and returns -1 when it fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vasco/archive.h>
#include <vasco/console.h>

#include "abi/status.h"
#include "internal.h"

#define FILES_MAX (OPEN_FILES_MAX - CONSOLE_FDS)
#define BLOCK_BYTES 1024
#define TRANSFER_MAX ((size_t)INT_MAX)

static struct file {
    _Atomic(const char *) data; /* null: not open */
    off_t nbytes;
    off_t position;
} files[FILES_MAX];

static int fail_errno(int error)
{
    errno = error;
    return -1;
}

static int is_console(int fd)
{
    return fd >= 0 && fd < CONSOLE_FDS;
}

/* The open file of this number, or null. */
static struct file *file_of(int fd)
{
    if (fd < CONSOLE_FDS || fd >= CONSOLE_FDS + FILES_MAX)
        return NULL;
    struct file *file = &files[fd - CONSOLE_FDS];
    return file->data != NULL ? file : NULL;
}

static int find_in_archive(const char *path, struct archive_file *found)
{
    int64_t status = archive_find(path[0] == '/' ? path + 1 : path, found);
    if (status == STATUS_NOT_FOUND || status == STATUS_BAD_HANDLE)
        return fail_errno(ENOENT);
    return status < 0 ? fail(status) : 0;
}

int open(const char *path, int flags, ...)
{
    struct archive_file found;
    if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0)
        return fail_errno(EROFS);
    if (find_in_archive(path, &found) < 0)
        return -1;
    for (int i = 0; i < FILES_MAX; i++) {
        const char *none = NULL;
        if (atomic_compare_exchange_strong(&files[i].data, &none, found.data)) {
            files[i].nbytes = (off_t)found.nbytes;
            files[i].position = 0;
            return CONSOLE_FDS + i;
        }
    }
    return fail_errno(EMFILE);
}

int close(int fd)
{
    struct file *file = file_of(fd);
    if (file != NULL)
        file->data = NULL;
    return file != NULL || is_console(fd) ? 0 : fail_errno(EBADF);
}

static int file_read(struct file *file, void *buffer, size_t nbytes)
{
    size_t left = file->position < file->nbytes ? (size_t)(file->nbytes - file->position) : 0;
    if (nbytes > left)
        nbytes = left;
    memcpy(buffer, file->data + file->position, nbytes);
    file->position += (off_t)nbytes;
    return (int)nbytes;
}

ssize_t pread(int fd, void *buffer, size_t nbytes, off_t offset)
{
    const struct file *file = file_of(fd);
    if (file == NULL)
        return fail_errno(is_console(fd) ? ESPIPE : EBADF);
    if (offset < 0)
        return fail_errno(EINVAL);
    struct file there = {.data = file->data, .nbytes = file->nbytes, .position = offset};
    return file_read(&there, buffer, nbytes < TRANSFER_MAX ? nbytes : TRANSFER_MAX);
}

/* newlib lets these two return an int. */
_READ_WRITE_RETURN_TYPE read(int fd, void *buffer, size_t nbytes)
{
    struct file *file = file_of(fd);
    nbytes = nbytes < TRANSFER_MAX ? nbytes : TRANSFER_MAX;
    if (file != NULL)
        return file_read(file, buffer, nbytes);
    if (!is_console(fd))
        return fail_errno(EBADF);
    int64_t done = console_read(buffer, nbytes);
    return done < 0 ? fail(done) : (int)done;
}

_READ_WRITE_RETURN_TYPE write(int fd, const void *buffer, size_t nbytes)
{
    nbytes = nbytes < TRANSFER_MAX ? nbytes : TRANSFER_MAX;
    if (!is_console(fd))
        return fail_errno(EBADF);
    int64_t done = console_write(buffer, nbytes);
    return done < 0 ? fail(done) : (int)done;
}

off_t lseek(int fd, off_t offset, int whence)
{
    struct file *file = file_of(fd);
    if (file == NULL)
        return fail_errno(is_console(fd) ? ESPIPE : EBADF);
    off_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->position : file->nbytes;
    off_t position;
    if (__builtin_add_overflow(from, offset, &position) || position < 0)
        return fail_errno(EINVAL);
    file->position = position;
    return position;
}

static void describe_file(struct stat *stat, off_t nbytes)
{
    *stat = (struct stat){
        .st_mode = S_IFREG | S_IRUSR | S_IRGRP | S_IROTH,
        .st_nlink = 1,
        .st_size = nbytes,
        .st_blksize = BLOCK_BYTES,
    };
}

int fstat(int fd, struct stat *stat)
{
    const struct file *file = file_of(fd);
    if (file != NULL) {
        describe_file(stat, file->nbytes);
        return 0;
    }
    if (!is_console(fd))
        return fail_errno(EBADF);
    *stat = (struct stat){.st_mode = S_IFCHR | S_IRUSR | S_IWUSR, .st_blksize = BLOCK_BYTES};
    return 0;
}

int stat(const char *path, struct stat *stat)
{
    struct archive_file found;
    if (find_in_archive(path, &found) < 0)
        return -1;
    describe_file(stat, (off_t)found.nbytes);
    return 0;
}

int access(const char *path, int mode)
{
    struct archive_file found;
    if (find_in_archive(path, &found) < 0)
        return -1;
    return (mode & W_OK) != 0 ? fail_errno(EROFS) : (mode & X_OK) != 0 ? fail_errno(EACCES) : 0;
}

int isatty(int fd)
{
    if (is_console(fd))
        return 1;
    errno = file_of(fd) != NULL ? ENOTTY : EBADF;
    return 0;
}
