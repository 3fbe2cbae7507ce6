/* Files of the archive, by stdio and by descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vasco/archive.h>

#include "kit.h"
#include "test.h"

#define TEXT "text/GPL-2"

/* The text itself, to compare with. */
static struct archive_file text(void)
{
    struct archive_file file = {0};
    check_eq(archive_find(TEXT, &file), STATUS_OK);
    return file;
}

void test_posix_file_is_read_by_lines(void)
{
    const struct archive_file whole = text();
    FILE *file = fopen(TEXT, "r");
    char *line = NULL;
    size_t room = 0, at = 0;
    require(file != NULL);
    for (ssize_t n; (n = getline(&line, &room, file)) > 0; at += (size_t)n) {
        require(at + (size_t)n <= whole.nbytes);
        check_eq(memcmp(line, (const char *)whole.data + at, (size_t)n), 0);
    }
    check_eq(at, whole.nbytes);
    check(feof(file) && !ferror(file));
    rewind(file);
    check(fgets(line, 10, file) != NULL);
    check_eq(strlen(line), 9);
    check_eq(memcmp(line, whole.data, 9), 0);
    free(line);
    check_eq(fclose(file), 0);
}

void test_posix_file_is_read_anywhere(void)
{
    const struct archive_file whole = text();
    const char *bytes = whole.data;
    FILE *file = fopen("/" TEXT, "rb");
    char block[100];
    require(file != NULL);
    check_eq(fseek(file, 0, SEEK_END), 0);
    check_eq(ftell(file), whole.nbytes);
    check_eq(fgetc(file), EOF);
    check_eq(fseek(file, -50, SEEK_END), 0);
    check_eq(fread(block, 1, sizeof(block), file), 50);
    check_eq(memcmp(block, bytes + whole.nbytes - 50, 50), 0);
    check_eq(fseek(file, 1234, SEEK_SET), 0);
    check_eq(fseek(file, 5000, SEEK_CUR), 0);
    check_eq(fgetc(file), bytes[6234]);
    check_eq(ungetc('x', file), 'x');
    check_eq(fgetc(file), 'x');
    check_eq(fseek(file, -1, SEEK_SET), -1);
    check_eq(errno, EINVAL);
    check_eq(pread(fileno(file), block, sizeof(block), 777), sizeof(block));
    check_eq(memcmp(block, bytes + 777, sizeof(block)), 0);
    check_eq(fclose(file), 0);
}

void test_posix_file_cannot_be_written(void)
{
    errno = 0;
    check(fopen(TEXT, "w") == NULL);
    check_eq(errno, EROFS);
    check(fopen("new", "a") == NULL);
    check_eq(errno, EROFS);
    check(fopen("text/none", "r") == NULL);
    check_eq(errno, ENOENT);
    int fd = open(TEXT, O_RDONLY);
    require(fd >= 3);
    check_eq(write(fd, "x", 1), -1);
    check_eq(errno, EBADF);
    check_eq(close(fd), 0);
    check_eq(close(fd), -1);
    check_eq(errno, EBADF);
    check_eq(read(fd, &fd, 1), -1);
    check_eq(errno, EBADF);
}

void test_posix_file_is_described(void)
{
    struct stat found;
    check_eq(stat(TEXT, &found), 0);
    check(S_ISREG(found.st_mode));
    check_eq(found.st_size, text().nbytes);
    check_eq(access(TEXT, R_OK), 0);
    check_eq(access(TEXT, W_OK), -1);
    check_eq(errno, EROFS);
    check_eq(access("text/none", F_OK), -1);
    check_eq(errno, ENOENT);
    check_eq(isatty(STDOUT_FILENO), 1);
    check_eq(fstat(STDIN_FILENO, &found), 0);
    check(S_ISCHR(found.st_mode));
    int fd = open(TEXT, O_RDONLY);
    check_eq(isatty(fd), 0);
    check_eq(errno, ENOTTY);
    check_eq(close(fd), 0);
    check_eq(lseek(STDIN_FILENO, 0, SEEK_SET), -1);
    check_eq(errno, ESPIPE);
}

/* As many as sysconf says; and a place is free again when its file is closed. */
void test_posix_files_open_at_once_are_limited(void)
{
    static int fds[256];
    int n = 0;
    long most = sysconf(_SC_OPEN_MAX) - 3;
    require(most < 256);
    while (n < 256 && (fds[n] = open(TEXT, O_RDONLY)) >= 0)
        n++;
    check_eq(errno, EMFILE);
    check_eq(n, most);
    check_eq(close(fds[5]), 0);
    check_eq(open(TEXT, O_RDONLY), fds[5]);
    while (n-- > 0)
        check_eq(close(fds[n]), 0);
}

void test_posix_streams_lie_in_memory_too(void)
{
    char *bytes = NULL;
    size_t nbytes = 0;
    int number = 0;
    char word[8];
    FILE *file = open_memstream(&bytes, &nbytes);
    require(file != NULL);
    check_eq(fprintf(file, "%d %s %.3f", 42, "words", 2.5), 14);
    check_eq(fclose(file), 0);
    check_eq(nbytes, 14);
    check(strcmp(bytes, "42 words 2.500") == 0);
    check_eq(sscanf(bytes, "%d %7s", &number, word), 2);
    check_eq(number, 42);
    check(strcmp(word, "words") == 0);
    free(bytes);
}
