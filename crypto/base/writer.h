/* Bounded writer with a sticky error; the mirror of reader.h. Big endian. */
#ifndef MCV_CRYPTO_BASE_WRITER_H
#define MCV_CRYPTO_BASE_WRITER_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

struct mcv_writer {
    uint8_t *p;  /* caller's memory */
    size_t cap;  /* its size */
    size_t n;    /* octets written */
    mcv_err err; /* MCV_OK or MCV_E_SPACE (or what mcv_wr_fail said) */
};

struct mcv_writer mcv_writer_of(uint8_t *out, size_t cap);

void mcv_wr_u8(struct mcv_writer *w, uint8_t v);
void mcv_wr_u16(struct mcv_writer *w, uint16_t v);
void mcv_wr_u32(struct mcv_writer *w, uint32_t v);
void mcv_wr_u40(struct mcv_writer *w, uint64_t v);
void mcv_wr_u64(struct mcv_writer *w, uint64_t v);
void mcv_wr_bytes(struct mcv_writer *w, struct mcv_bytes b);
void mcv_wr_zeros(struct mcv_writer *w, size_t n);

/* n octets of room for the caller to fill, or NULL when they do not fit. */
uint8_t *mcv_wr_room(struct mcv_writer *w, size_t n);

/* Reserve a 1- or 2-octet length; `end` fills in how much was written since.
 * A value that does not fit in the length is MCV_E_SPACE. */
size_t mcv_wr_len8_begin(struct mcv_writer *w);
void mcv_wr_len8_end(struct mcv_writer *w, size_t mark);
size_t mcv_wr_len16_begin(struct mcv_writer *w);
void mcv_wr_len16_end(struct mcv_writer *w, size_t mark);

void mcv_wr_fail(struct mcv_writer *w, mcv_err err);

/* What was written; empty after an error. */
struct mcv_bytes mcv_wr_done(const struct mcv_writer *w);

#endif
