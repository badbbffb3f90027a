/* A directory of one test, mode 0700, removed with what is in it. */
#ifndef MCV_TESTS_SUPPORT_TMPDIR_H
#define MCV_TESTS_SUPPORT_TMPDIR_H

#include <stddef.h>
#include <stdint.h>

struct mcv_tmpdir {
    char path[256];
};

/* Fails the test when it cannot be made. */
void mcv_tmpdir_make(struct mcv_tmpdir *dir);
void mcv_tmpdir_remove(struct mcv_tmpdir *dir);

/* path/name in a static buffer of one of four turns: valid until the fifth call. */
const char *mcv_tmpdir_file(const struct mcv_tmpdir *dir, const char *name);

/* Writes a file with this mode; fails the test otherwise. */
void mcv_tmpfile_write(const char *path, const void *p, size_t n, unsigned mode);

/* Reads at most cap octets; fails the test when there is no such file. */
size_t mcv_tmpfile_read(const char *path, uint8_t *out, size_t cap);

#endif
