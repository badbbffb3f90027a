#include "crypto/base/reader.h"

struct mcv_reader mcv_reader_of(struct mcv_bytes in)
{
    return (struct mcv_reader){.p = in.p, .n = in.n, .err = MCV_OK};
}

void mcv_rd_fail(struct mcv_reader *r, mcv_err err)
{
    if (r->err == MCV_OK) r->err = err;
    r->n = 0;
}

struct mcv_bytes mcv_rd_bytes(struct mcv_reader *r, size_t n)
{
    if (n > r->n) {
        mcv_rd_fail(r, MCV_E_TRUNCATED);
        return (struct mcv_bytes){0};
    }
    if (n == 0) return (struct mcv_bytes){0};
    struct mcv_bytes taken = {.p = r->p, .n = n};
    r->p += n;
    r->n -= n;
    return taken;
}

struct mcv_bytes mcv_rd_rest(struct mcv_reader *r)
{
    return mcv_rd_bytes(r, r->n);
}

static uint64_t read_uint(struct mcv_reader *r, size_t n)
{
    struct mcv_bytes b = mcv_rd_bytes(r, n);
    uint64_t v = 0;

    for (size_t i = 0; i < b.n; i++) v = v << 8 | b.p[i];
    return v;
}

uint8_t mcv_rd_u8(struct mcv_reader *r)
{
    return (uint8_t)read_uint(r, 1);
}

uint16_t mcv_rd_u16(struct mcv_reader *r)
{
    return (uint16_t)read_uint(r, 2);
}

uint32_t mcv_rd_u32(struct mcv_reader *r)
{
    return (uint32_t)read_uint(r, 4);
}

uint64_t mcv_rd_u40(struct mcv_reader *r)
{
    return read_uint(r, 5);
}

uint64_t mcv_rd_u64(struct mcv_reader *r)
{
    return read_uint(r, 8);
}

uint8_t mcv_rd_peek(const struct mcv_reader *r)
{
    return r->n > 0 ? r->p[0] : 0;
}

void mcv_rd_copy(struct mcv_reader *r, uint8_t *out, size_t n)
{
    struct mcv_bytes b = mcv_rd_bytes(r, n);

    memset(out, 0, n);
    if (b.n > 0) memcpy(out, b.p, b.n);
}

void mcv_rd_skip(struct mcv_reader *r, size_t n)
{
    (void)mcv_rd_bytes(r, n);
}

struct mcv_reader mcv_rd_sub(struct mcv_reader *r, size_t n)
{
    struct mcv_reader sub = mcv_reader_of(mcv_rd_bytes(r, n));

    sub.err = r->err;
    return sub;
}

size_t mcv_rd_left(const struct mcv_reader *r)
{
    return r->n;
}

mcv_err mcv_rd_finish(const struct mcv_reader *r)
{
    if (r->err != MCV_OK) return r->err;
    return r->n == 0 ? MCV_OK : MCV_E_MALFORMED;
}
