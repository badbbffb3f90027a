#include "agent/store/records.h"

#include "crypto/base/reader.h"
#include "crypto/base/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECKED_BYTES (MCV_RECORD_BYTES - 4)
#define CLOCK_COMPACT 1024 /* records; then the file is written anew with one per kind */

/* CRC-32 of ISO 3309, bit by bit: a few records per call. */
static uint32_t crc32_of(const uint8_t *p, size_t n)
{
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1u) != 0 ? 0xedb88320u : 0u);
    }
    return ~crc;
}

static bool record_is_good(const uint8_t *r)
{
    return mcv_load_be32(r + CHECKED_BYTES) == crc32_of(r, CHECKED_BYTES);
}

static void finish_record(uint8_t *r)
{
    mcv_store_be32(r + CHECKED_BYTES, crc32_of(r, CHECKED_BYTES));
}

/* Whole good records in front; a torn one at the very end is not counted. */
static mcv_err count_good(size_t *n, struct mcv_bytes file)
{
    *n = 0;
    while (file.n - *n * MCV_RECORD_BYTES >= MCV_RECORD_BYTES &&
           record_is_good(file.p + *n * MCV_RECORD_BYTES))
        *n += 1;
    return file.n - *n * MCV_RECORD_BYTES <= MCV_RECORD_BYTES ? MCV_OK : MCV_E_MALFORMED;
}

static mcv_err make_if_missing(const char *path, struct mcv_why *why)
{
    return access(path, F_OK) == 0
               ? MCV_OK
               : mcv_file_replace(path, (struct mcv_bytes){0}, MCV_FILE_PRIVATE, why);
}

/* The good records in key memory (*file, *file_n), and a descriptor that appends after them. */
static mcv_err open_log(int *fd, uint8_t **file, size_t *file_n, size_t *n_good, const char *path,
                        struct mcv_why *why)
{
    const size_t cap = ((size_t)MCV_RECORDS_AT_MOST + 1) * MCV_RECORD_BYTES;

    *fd = -1;
    *file = NULL;
    mcv_err err = make_if_missing(path, why);
    if (err == MCV_OK) err = mcv_file_read(file, file_n, path, cap, MCV_FILE_PRIVATE, why);
    if (err != MCV_OK) return err;
    err = count_good(n_good, mcv_bytes_of(*file, *file_n));
    if (err == MCV_OK) {
        *fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
        if (*fd < 0 || ftruncate(*fd, (off_t)(*n_good * MCV_RECORD_BYTES)) != 0)
            err = mcv_why_set(why, MCV_E_IO, "%s: %s", path, strerror(errno));
    } else {
        (void)mcv_why_set(why, err, "%s: damaged", path);
    }
    if (err != MCV_OK) {
        if (*fd >= 0) (void)close(*fd);
        *fd = -1;
        mcv_keymem_free(*file, *file_n);
        *file = NULL;
    }
    return err;
}

static mcv_err push_use(struct mcv_ssrc_log *log, const struct mcv_ssrc_log_use *use)
{
    if (log->n == log->cap) {
        const size_t cap = log->cap == 0 ? 64 : 2 * log->cap;
        struct mcv_ssrc_log_use *grown = realloc(log->uses, cap * sizeof *grown);
        if (grown == NULL) return MCV_E_FULL;
        log->uses = grown;
        log->cap = cap;
    }
    log->uses[log->n++] = *use;
    return MCV_OK;
}

mcv_err mcv_ssrc_log_open(struct mcv_ssrc_log *log, const char *path, struct mcv_why *why)
{
    uint8_t *file = NULL;
    size_t file_n = 0, n_good = 0;

    *log = (struct mcv_ssrc_log){.fd = -1};
    mcv_err err = open_log(&log->fd, &file, &file_n, &n_good, path, why);
    for (size_t i = 0; err == MCV_OK && i < n_good; i++) {
        const uint8_t *r = file + i * MCV_RECORD_BYTES;
        const struct mcv_ssrc_log_use use = {.gmk_id = mcv_load_be32(r),
                                             .guk_id = mcv_load_be32(r + 4),
                                             .ssrc = mcv_load_be32(r + 8)};
        err = push_use(log, &use);
        if (err != MCV_OK) (void)mcv_why_set(why, err, "%s: no memory", path);
    }
    mcv_keymem_free(file, file_n);
    if (err != MCV_OK) mcv_ssrc_log_close(log);
    return err;
}

void mcv_ssrc_log_close(struct mcv_ssrc_log *log)
{
    if (log->fd >= 0) (void)close(log->fd);
    free(log->uses);
    *log = (struct mcv_ssrc_log){.fd = -1};
}

bool mcv_ssrc_log_has(const struct mcv_ssrc_log *log, const struct mcv_ssrc_log_use *use)
{
    for (size_t i = 0; i < log->n; i++)
        if (log->uses[i].ssrc == use->ssrc && log->uses[i].guk_id == use->guk_id &&
            log->uses[i].gmk_id == use->gmk_id)
            return true;
    return false;
}

/* After a failed append the file may end with half a record: nothing may follow it. */
static mcv_err append_or_stop(int *fd, const uint8_t r[MCV_RECORD_BYTES])
{
    const mcv_err err = mcv_file_append(*fd, mcv_bytes_of(r, MCV_RECORD_BYTES));

    if (err != MCV_OK && *fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
    return err;
}

mcv_err mcv_ssrc_log_add(struct mcv_ssrc_log *log, const struct mcv_ssrc_log_use *use)
{
    uint8_t r[MCV_RECORD_BYTES];

    if (mcv_ssrc_log_has(log, use)) return MCV_E_REPLAY;
    if (log->n >= MCV_RECORDS_AT_MOST) return MCV_E_FULL;
    const mcv_err err = push_use(log, use);
    if (err != MCV_OK) return err;
    mcv_store_be32(r, use->gmk_id);
    mcv_store_be32(r + 4, use->guk_id);
    mcv_store_be32(r + 8, use->ssrc);
    finish_record(r);
    return append_or_stop(&log->fd, r);
}

/* kind (4) | time (8) | CRC (4) */
static void clock_record(uint8_t r[MCV_RECORD_BYTES], enum mcv_clock_kind kind, int64_t at_s)
{
    struct mcv_writer w = mcv_writer_of(r, MCV_RECORD_BYTES);

    mcv_wr_u32(&w, (uint32_t)kind);
    mcv_wr_u64(&w, (uint64_t)at_s);
    mcv_wr_zeros(&w, 4);
    finish_record(r);
}

static void take_clock_record(struct mcv_clock_log *log, const uint8_t *record)
{
    struct mcv_reader r = mcv_reader_of(mcv_bytes_of(record, CHECKED_BYTES));
    const uint32_t kind = mcv_rd_u32(&r);
    const uint64_t at_s = mcv_rd_u64(&r);

    if (kind == 0 || kind >= MCV_CLOCK_KINDS || at_s > INT64_MAX) return;
    if ((int64_t)at_s > log->latest[kind]) log->latest[kind] = (int64_t)at_s;
}

mcv_err mcv_clock_log_open(struct mcv_clock_log *log, const char *path, struct mcv_why *why)
{
    uint8_t *file = NULL;
    size_t file_n = 0;

    *log = (struct mcv_clock_log){.fd = -1};
    if (strlen(path) >= sizeof log->path)
        return mcv_why_set(why, MCV_E_IO, "%s: path too long", path);
    memcpy(log->path, path, strlen(path) + 1);
    mcv_err err = open_log(&log->fd, &file, &file_n, &log->n, path, why);
    for (size_t i = 0; err == MCV_OK && i < log->n; i++)
        take_clock_record(log, file + i * MCV_RECORD_BYTES);
    mcv_keymem_free(file, file_n);
    return err;
}

void mcv_clock_log_close(struct mcv_clock_log *log)
{
    if (log->fd >= 0) (void)close(log->fd);
    *log = (struct mcv_clock_log){.fd = -1};
}

static mcv_err compact_clock(struct mcv_clock_log *log)
{
    uint8_t all[2 * MCV_RECORD_BYTES];

    clock_record(all, MCV_CLOCK_TIME, log->latest[MCV_CLOCK_TIME]);
    clock_record(all + MCV_RECORD_BYTES, MCV_CLOCK_ACCEPTED, log->latest[MCV_CLOCK_ACCEPTED]);
    mcv_err err = mcv_file_replace(log->path, mcv_bytes_of(all, sizeof all), MCV_FILE_PRIVATE,
                                   NULL);
    if (err != MCV_OK) return err;
    const int fd = open(log->path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return MCV_E_IO;
    (void)close(log->fd);
    log->fd = fd;
    log->n = 2;
    return MCV_OK;
}

mcv_err mcv_clock_log_add(struct mcv_clock_log *log, enum mcv_clock_kind kind, int64_t at_s)
{
    uint8_t r[MCV_RECORD_BYTES];

    if (at_s <= log->latest[kind]) return MCV_OK;
    clock_record(r, kind, at_s);
    const mcv_err err = append_or_stop(&log->fd, r);
    if (err != MCV_OK) return err;
    log->latest[kind] = at_s;
    log->n++;
    return log->n < CLOCK_COMPACT ? MCV_OK : compact_clock(log);
}
