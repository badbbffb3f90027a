/* Bounded reader over peer bytes with a sticky error.
 *
 * After the first failure every read gives zero and nothing is left, so a
 * decoder reads straight down and asks once, with mcv_rd_finish. All integers
 * are big endian. Reads are one per statement: C does not order initialisers. */
#ifndef MCV_CRYPTO_BASE_READER_H
#define MCV_CRYPTO_BASE_READER_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

struct mcv_reader {
    const uint8_t *p;
    size_t n;
    mcv_err err;
};

struct mcv_reader mcv_reader_of(struct mcv_bytes in);

uint8_t mcv_rd_u8(struct mcv_reader *r);
uint16_t mcv_rd_u16(struct mcv_reader *r);
uint32_t mcv_rd_u32(struct mcv_reader *r);
uint64_t mcv_rd_u40(struct mcv_reader *r);
uint64_t mcv_rd_u64(struct mcv_reader *r);

/* The next octet without taking it; 0 when nothing is left (no error). */
uint8_t mcv_rd_peek(const struct mcv_reader *r);

/* n octets, borrowed from the input; empty on failure (MCV_E_TRUNCATED). */
struct mcv_bytes mcv_rd_bytes(struct mcv_reader *r, size_t n);

/* All that is left, borrowed from the input. */
struct mcv_bytes mcv_rd_rest(struct mcv_reader *r);

/* A copy into a field of known size; zeros on failure. */
void mcv_rd_copy(struct mcv_reader *r, uint8_t *out, size_t n);

void mcv_rd_skip(struct mcv_reader *r, size_t n);

/* A reader of the next n octets; on failure an empty one with the same error.
 * The caller finishes it before it trusts what it read there. */
struct mcv_reader mcv_rd_sub(struct mcv_reader *r, size_t n);

/* Marks the input as bad; the first mark stays. */
void mcv_rd_fail(struct mcv_reader *r, mcv_err err);

/* Octets left; 0 after an error. */
size_t mcv_rd_left(const struct mcv_reader *r);

/* The first error, or MCV_E_MALFORMED when octets are left over. */
MCV_MUST_USE mcv_err mcv_rd_finish(const struct mcv_reader *r);

#endif
