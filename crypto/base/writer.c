#include "crypto/base/writer.h"

struct mcv_writer mcv_writer_of(uint8_t *out, size_t cap)
{
    return (struct mcv_writer){.p = out, .cap = cap, .n = 0, .err = MCV_OK};
}

void mcv_wr_fail(struct mcv_writer *w, mcv_err err)
{
    if (w->err == MCV_OK) w->err = err;
}

uint8_t *mcv_wr_room(struct mcv_writer *w, size_t n)
{
    if (w->err != MCV_OK) return NULL;
    if (n > w->cap - w->n) {
        mcv_wr_fail(w, MCV_E_SPACE);
        return NULL;
    }
    uint8_t *at = w->p + w->n;
    w->n += n;
    return at;
}

static void write_uint(struct mcv_writer *w, uint64_t v, size_t n)
{
    uint8_t *at = mcv_wr_room(w, n);

    if (at == NULL) return;
    for (size_t i = 0; i < n; i++) at[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

void mcv_wr_u8(struct mcv_writer *w, uint8_t v)
{
    write_uint(w, v, 1);
}

void mcv_wr_u16(struct mcv_writer *w, uint16_t v)
{
    write_uint(w, v, 2);
}

void mcv_wr_u32(struct mcv_writer *w, uint32_t v)
{
    write_uint(w, v, 4);
}

void mcv_wr_u40(struct mcv_writer *w, uint64_t v)
{
    write_uint(w, v, 5);
}

void mcv_wr_u64(struct mcv_writer *w, uint64_t v)
{
    write_uint(w, v, 8);
}

void mcv_wr_bytes(struct mcv_writer *w, struct mcv_bytes b)
{
    uint8_t *at = mcv_wr_room(w, b.n);

    if (at != NULL && b.n > 0) memcpy(at, b.p, b.n);
}

void mcv_wr_zeros(struct mcv_writer *w, size_t n)
{
    uint8_t *at = mcv_wr_room(w, n);

    if (at != NULL) memset(at, 0, n);
}

static size_t len_begin(struct mcv_writer *w, size_t width)
{
    mcv_wr_zeros(w, width);
    return w->n;
}

static void len_end(struct mcv_writer *w, size_t mark, size_t width)
{
    if (w->err != MCV_OK) return;
    size_t n = w->n - mark;
    if (n >> (8 * width) != 0) {
        mcv_wr_fail(w, MCV_E_SPACE);
        return;
    }
    for (size_t i = 0; i < width; i++) w->p[mark - 1 - i] = (uint8_t)(n >> (8 * i));
}

size_t mcv_wr_len8_begin(struct mcv_writer *w)
{
    return len_begin(w, 1);
}

void mcv_wr_len8_end(struct mcv_writer *w, size_t mark)
{
    len_end(w, mark, 1);
}

size_t mcv_wr_len16_begin(struct mcv_writer *w)
{
    return len_begin(w, 2);
}

void mcv_wr_len16_end(struct mcv_writer *w, size_t mark)
{
    len_end(w, mark, 2);
}

struct mcv_bytes mcv_wr_done(const struct mcv_writer *w)
{
    return w->err == MCV_OK ? mcv_bytes_of(w->p, w->n) : (struct mcv_bytes){0};
}
