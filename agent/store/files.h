/* Files that nobody else may read: opening, replacing and destroying them.
 *
 * Every failure says why in one line (why may be NULL). MCV_E_NOT_FOUND: no such file;
 * MCV_E_POLICY: mode, owner or type is not acceptable; MCV_E_IO: the system said no. */
#ifndef MCV_AGENT_STORE_FILES_H
#define MCV_AGENT_STORE_FILES_H

#include "agent/store/sealed.h"

#include <stdbool.h>

/* Memory for keys: whole pages, left out of core dumps, wiped when freed.
 * lock  mlock it; NULL when that fails. n may be 0. NULL: no memory. */
void *mcv_keymem_alloc(size_t n, bool lock);
void mcv_keymem_free(void *p, size_t n);

/* For memory of which only the first `used` octets were ever written. */
void mcv_keymem_free_used(void *p, size_t n, size_t used);

/* A regular file, not a link, of ours or of root, closed to group and others. */
MCV_MUST_USE mcv_err mcv_file_open_private(int *fd, const char *path, struct mcv_why *why);

enum mcv_file_access { MCV_FILE_PRIVATE, MCV_FILE_PUBLIC };

/* All of a file, at most cap octets (MCV_E_SPACE: it is larger).
 * access  MCV_FILE_PRIVATE: as mcv_file_open_private asks; MCV_FILE_PUBLIC: any regular file.
 * out     key memory of *n octets; mcv_keymem_free it. */
MCV_MUST_USE mcv_err mcv_file_read(uint8_t **out, size_t *n, const char *path, size_t cap,
                                   enum mcv_file_access access, struct mcv_why *why);

/* Replaces path atomically and durably with a file of mode 0600 (MCV_FILE_PRIVATE) or 0644; on
 * failure path is as it was. */
MCV_MUST_USE mcv_err mcv_file_replace(const char *path, struct mcv_bytes content,
                                      enum mcv_file_access access, struct mcv_why *why);

/* Writes all of it and syncs. */
MCV_MUST_USE mcv_err mcv_file_append(int fd, struct mcv_bytes content);

/* Overwrites with zeros, syncs, unlinks; MCV_OK when there is no such file. */
MCV_MUST_USE mcv_err mcv_file_destroy(const char *path, struct mcv_why *why);

/* Makes a directory's entries durable. */
MCV_MUST_USE mcv_err mcv_dir_sync(const char *dir, struct mcv_why *why);

/* A directory of ours, closed to writing by others; made with mode 0700 when it is missing. */
MCV_MUST_USE mcv_err mcv_dir_private(const char *dir, struct mcv_why *why);

/* Takes the lock file in dir until the descriptor is closed. MCV_E_BUSY: another has it. */
MCV_MUST_USE mcv_err mcv_dir_lock(int *fd, const char *dir, struct mcv_why *why);

/* dir/name into path; MCV_E_SPACE when it does not fit. */
MCV_MUST_USE mcv_err mcv_path_join(char *path, size_t cap, const char *dir, const char *name);

#define MCV_PATH_BYTES 1024 /* of a path of ours, terminator included */

#endif
