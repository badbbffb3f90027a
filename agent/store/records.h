/* Two append-only files of a store that hold no secret and survive a restart.
 *
 * Each record has 16 octets, the last four a CRC-32 of the others. A record that was cut short
 * by a power loss at the end of the file is dropped when it is opened: nobody was told that it
 * is there. A wrong record anywhere else is damage, and refused. One thread per object. */
#ifndef MCV_AGENT_STORE_RECORDS_H
#define MCV_AGENT_STORE_RECORDS_H

#include "agent/store/files.h"

#include <stdbool.h>
#include <stdint.h>

#define MCV_RECORD_BYTES    16
#define MCV_RECORDS_AT_MOST (1u << 18) /* in one file: 4 MiB */

/* Which SSRC was used under which group key. */
struct mcv_ssrc_log_use {
    uint32_t gmk_id, guk_id, ssrc;
};

struct mcv_ssrc_log {
    int fd;
    struct mcv_ssrc_log_use *uses;
    size_t n, cap;
};

/* Opens or makes the file, mode 0600.
 * MCV_E_MALFORMED: damaged. MCV_E_POLICY: mode or owner. MCV_E_FULL, MCV_E_IO. */
MCV_MUST_USE mcv_err mcv_ssrc_log_open(struct mcv_ssrc_log *log, const char *path,
                                       struct mcv_why *why);
void mcv_ssrc_log_close(struct mcv_ssrc_log *log);
bool mcv_ssrc_log_has(const struct mcv_ssrc_log *log, const struct mcv_ssrc_log_use *use);

/* Durable when it returns. MCV_E_REPLAY: it is there already. MCV_E_FULL. MCV_E_IO: it may
 * or may not be there; treat it as used. */
MCV_MUST_USE mcv_err mcv_ssrc_log_add(struct mcv_ssrc_log *log, const struct mcv_ssrc_log_use *use);

/* Trusted time, and the latest T of an accepted I_MESSAGE; Unix seconds, 0: none. */
enum mcv_clock_kind { MCV_CLOCK_TIME = 1, MCV_CLOCK_ACCEPTED = 2, MCV_CLOCK_KINDS = 3 };

struct mcv_clock_log {
    int fd;
    size_t n;                        /* records in the file */
    int64_t latest[MCV_CLOCK_KINDS]; /* by kind */
    char path[MCV_PATH_BYTES];
};

/* As mcv_ssrc_log_open. */
MCV_MUST_USE mcv_err mcv_clock_log_open(struct mcv_clock_log *log, const char *path,
                                        struct mcv_why *why);
void mcv_clock_log_close(struct mcv_clock_log *log);

/* Durable when it returns; nothing is written unless at_s is later than what is there. */
MCV_MUST_USE mcv_err mcv_clock_log_add(struct mcv_clock_log *log, enum mcv_clock_kind kind,
                                       int64_t at_s);

#endif
