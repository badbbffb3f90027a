#include "agent/store/files.h"

#include "crypto/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *mcv_keymem_alloc(size_t n, bool lock)
{
    const size_t bytes = n > 0 ? n : 1;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) return NULL;
    (void)madvise(p, bytes, MADV_DONTDUMP);
    if (lock && mlock(p, bytes) != 0) {
        (void)munmap(p, bytes);
        return NULL;
    }
    return p;
}

void mcv_keymem_free_used(void *p, size_t n, size_t used)
{
    if (p == NULL) return;
    mcv_wipe(p, used);
    (void)munmap(p, n > 0 ? n : 1);
}

void mcv_keymem_free(void *p, size_t n)
{
    mcv_keymem_free_used(p, n, n);
}

static mcv_err say_errno(struct mcv_why *why, const char *path, const char *what)
{
    const int e = errno;
    const mcv_err err = e == ENOENT                 ? MCV_E_NOT_FOUND
                        : e == ELOOP || e == EACCES ? MCV_E_POLICY
                                                    : MCV_E_IO;

    return mcv_why_set(why, err, "%s: %s: %s", path, what,
                       e == ELOOP ? "is a symbolic link" : strerror(e));
}

static bool is_ours(const struct stat *st)
{
    return st->st_uid == geteuid() || st->st_uid == 0;
}

static mcv_err check_private(const struct stat *st, const char *path, struct mcv_why *why)
{
    if (!S_ISREG(st->st_mode))
        return mcv_why_set(why, MCV_E_POLICY, "%s: is not a regular file", path);
    if (!is_ours(st))
        return mcv_why_set(why, MCV_E_POLICY, "%s: belongs to user %ld, not to this one or root",
                           path, (long)st->st_uid);
    if ((st->st_mode & 077) != 0)
        return mcv_why_set(why, MCV_E_POLICY, "%s: mode %04o lets others in; use: chmod 600", path,
                           (unsigned)(st->st_mode & 07777));
    return MCV_OK;
}

static mcv_err open_file(int *fd, size_t *size, const char *path, enum mcv_file_access access,
                         struct mcv_why *why)
{
    struct stat st;
    mcv_err err = MCV_OK;
    const int follow = access == MCV_FILE_PRIVATE ? O_NOFOLLOW : 0;
    /* O_NONBLOCK: a FIFO in its place must not hang us. */
    const int f = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | follow);

    *fd = -1;
    *size = 0;
    if (f < 0) return say_errno(why, path, "cannot open");
    if (fstat(f, &st) != 0)
        err = say_errno(why, path, "cannot stat");
    else if (access == MCV_FILE_PRIVATE)
        err = check_private(&st, path, why);
    else if (!S_ISREG(st.st_mode))
        err = mcv_why_set(why, MCV_E_POLICY, "%s: is not a regular file", path);
    if (err != MCV_OK) {
        (void)close(f);
        return err;
    }
    *fd = f;
    *size = st.st_size > 0 ? (size_t)st.st_size : 0;
    return MCV_OK;
}

mcv_err mcv_file_open_private(int *fd, const char *path, struct mcv_why *why)
{
    size_t size;

    return open_file(fd, &size, path, MCV_FILE_PRIVATE, why);
}

/* Reads until the end or until cap; a signal does not cut it short. */
static mcv_err read_all(int fd, uint8_t *out, size_t cap, size_t *n)
{
    *n = 0;
    while (*n < cap) {
        ssize_t got = read(fd, out + *n, cap - *n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return MCV_E_IO;
        if (got == 0) break;
        *n += (size_t)got;
    }
    return MCV_OK;
}

mcv_err mcv_file_read(uint8_t **out, size_t *n, const char *path, size_t cap,
                      enum mcv_file_access access, struct mcv_why *why)
{
    int fd = -1;
    size_t size = 0, got = 0;

    *out = NULL;
    *n = 0;
    mcv_err err = open_file(&fd, &size, path, access, why);
    if (err != MCV_OK) return err;
    uint8_t *p = size <= cap ? mcv_keymem_alloc(size, false) : NULL;
    if (size > cap) {
        err = mcv_why_set(why, MCV_E_SPACE, "%s: larger than %zu octets", path, cap);
    } else if (p == NULL || read_all(fd, p, size, &got) != MCV_OK || got != size) {
        mcv_keymem_free(p, size);
        err = mcv_why_set(why, MCV_E_IO, "%s: cannot read", path);
    } else {
        *out = p;
        *n = size;
    }
    (void)close(fd);
    return err;
}

static mcv_err write_all(int fd, struct mcv_bytes b)
{
    while (b.n > 0) {
        ssize_t put = write(fd, b.p, b.n);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return MCV_E_IO;
        b = mcv_bytes_of(b.p + put, b.n - (size_t)put);
    }
    return MCV_OK;
}

mcv_err mcv_file_append(int fd, struct mcv_bytes content)
{
    const mcv_err err = write_all(fd, content);

    if (err != MCV_OK) return err;
    return fdatasync(fd) == 0 ? MCV_OK : MCV_E_IO;
}

static mcv_err sync_parent(const char *path, struct mcv_why *why)
{
    char copy[MCV_PATH_BYTES];

    if (strlen(path) >= sizeof copy) return mcv_why_set(why, MCV_E_IO, "%s: path too long", path);
    memcpy(copy, path, strlen(path) + 1);
    return mcv_dir_sync(dirname(copy), why);
}

mcv_err mcv_file_replace(const char *path, struct mcv_bytes content, enum mcv_file_access access,
                         struct mcv_why *why)
{
    const mode_t mode = access == MCV_FILE_PRIVATE ? 0600 : 0644;
    char tmp[MCV_PATH_BYTES];
    const int len = snprintf(tmp, sizeof tmp, "%s.tmp", path);

    if (len < 0 || (size_t)len >= sizeof tmp)
        return mcv_why_set(why, MCV_E_IO, "%s: path too long", path);
    (void)unlink(tmp); /* of an interrupted write */
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        (void)say_errno(why, tmp, "cannot create");
        return MCV_E_IO;
    }
    mcv_err err = fchmod(fd, mode) == 0 ? mcv_file_append(fd, content) : MCV_E_IO;
    if (close(fd) != 0) err = MCV_E_IO;
    if (err == MCV_OK && rename(tmp, path) != 0) err = MCV_E_IO;
    if (err != MCV_OK) {
        (void)say_errno(why, path, "cannot write");
        (void)unlink(tmp);
        return MCV_E_IO;
    }
    return sync_parent(path, why);
}

mcv_err mcv_file_destroy(const char *path, struct mcv_why *why)
{
    static const uint8_t zeros[4096];
    struct stat st;
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT) return MCV_OK;
    mcv_err err = MCV_E_IO;
    if (fd >= 0) {
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
            err = MCV_OK;
            for (off_t at = 0; err == MCV_OK && at < st.st_size; at += (off_t)sizeof zeros)
                err = write_all(fd, mcv_bytes_of(zeros, sizeof zeros));
            if (fsync(fd) != 0) err = MCV_E_IO;
        }
        (void)close(fd);
    }
    /* Unlinked also when it could not be overwritten: less is left than before. */
    if (unlink(path) != 0) err = MCV_E_IO;
    return err == MCV_OK
               ? MCV_OK
               : mcv_why_set(why, err, "%s: could not be destroyed: %s", path, strerror(errno));
}

mcv_err mcv_dir_sync(const char *dir, struct mcv_why *why)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) (void)close(fd);
    return ok ? MCV_OK : mcv_why_set(why, MCV_E_IO, "%s: cannot sync: %s", dir, strerror(errno));
}

mcv_err mcv_dir_private(const char *dir, struct mcv_why *why)
{
    struct stat st;

    if (mkdir(dir, 0700) == 0) return sync_parent(dir, why);
    if (errno != EEXIST) return say_errno(why, dir, "cannot make the directory");
    if (stat(dir, &st) != 0) return say_errno(why, dir, "cannot stat");
    if (!S_ISDIR(st.st_mode)) return mcv_why_set(why, MCV_E_POLICY, "%s: is no directory", dir);
    if (!is_ours(&st) || (st.st_mode & 022) != 0)
        return mcv_why_set(why, MCV_E_POLICY, "%s: others may write there; use: chmod 700", dir);
    return MCV_OK;
}

mcv_err mcv_dir_lock(int *fd, const char *dir, struct mcv_why *why)
{
    char path[MCV_PATH_BYTES];

    *fd = -1;
    mcv_err err = mcv_path_join(path, sizeof path, dir, "lock");
    if (err != MCV_OK) return mcv_why_set(why, MCV_E_IO, "%s: path too long", dir);
    int f = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (f < 0) return say_errno(why, path, "cannot open");
    if (flock(f, LOCK_EX | LOCK_NB) != 0) {
        err = errno == EWOULDBLOCK ? MCV_E_BUSY : MCV_E_IO;
        (void)close(f);
        return mcv_why_set(why, err, "%s: %s", dir,
                           err == MCV_E_BUSY ? "in use by another process" : "cannot lock");
    }
    *fd = f;
    return MCV_OK;
}

mcv_err mcv_path_join(char *path, size_t cap, const char *dir, const char *name)
{
    const int len = snprintf(path, cap, "%s/%s", dir, name);

    return len >= 0 && (size_t)len < cap ? MCV_OK : MCV_E_SPACE;
}
