#include "tests/support/tmpdir.h"

#include "tests/support/cmocka.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void mcv_tmpdir_make(struct mcv_tmpdir *dir)
{
    const char *base = getenv("TMPDIR");

    (void)snprintf(dir->path, sizeof dir->path, "%s/mcv-test-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(dir->path));
}

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);

    if (d == NULL) {
        (void)unlink(path);
        return;
    }
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        char sub[1024];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        (void)snprintf(sub, sizeof sub, "%s/%s", path, e->d_name);
        remove_tree(sub);
    }
    (void)closedir(d);
    (void)rmdir(path);
}

void mcv_tmpdir_remove(struct mcv_tmpdir *dir)
{
    remove_tree(dir->path);
}

const char *mcv_tmpdir_file(const struct mcv_tmpdir *dir, const char *name)
{
    static char paths[4][512];
    static unsigned turn;
    char *p = paths[turn++ % 4];

    (void)snprintf(p, sizeof paths[0], "%s/%s", dir->path, name);
    return p;
}

void mcv_tmpfile_write(const char *path, const void *p, size_t n, unsigned mode)
{
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_true(write(fd, p, n) == (ssize_t)n);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

size_t mcv_tmpfile_read(const char *path, uint8_t *out, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    ssize_t n = read(fd, out, cap);
    assert_true(n >= 0);
    (void)close(fd);
    return (size_t)n;
}
