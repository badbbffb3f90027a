/* Borrowed octets, and a text that is not terminated. */
#ifndef MCV_CRYPTO_BASE_BYTES_H
#define MCV_CRYPTO_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* n octets at p, owned by somebody else; p may be NULL when n is 0.
 * Also used for texts of the wire: UTF-8, no terminator. */
struct mcv_bytes {
    const uint8_t *p;
    size_t n;
};

static inline struct mcv_bytes mcv_bytes_of(const void *p, size_t n)
{
    return (struct mcv_bytes){.p = (const uint8_t *)p, .n = n};
}

/* A terminated text of our own (never peer bytes). */
static inline struct mcv_bytes mcv_bytes_str(const char *text)
{
    return mcv_bytes_of(text, strlen(text));
}

/* Byte-exact; not for secrets (mcv_<secret>_equal does those). */
static inline bool mcv_bytes_equal(struct mcv_bytes a, struct mcv_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* RTP sequence order: a before b in the shorter way round. Spec: RFC 3550 A.1 */
static inline bool mcv_seq_less(uint16_t a, uint16_t b)
{
    return (uint16_t)(b - a - 1u) < 0x7fffu;
}

static inline uint32_t mcv_load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t mcv_load_be16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline void mcv_store_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static inline void mcv_store_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

#endif
