#include "proto/text.h"

#define MAX_DIGITS 20 /* of an uint64_t */

static bool is_line_octet(uint8_t c)
{
    return c != '\0' && c != '\r' && c != '\n';
}

struct mcv_bytes mcv_text_line(struct mcv_reader *r)
{
    const size_t left = mcv_rd_left(r);
    const uint8_t *end = left > 0 ? memchr(r->p, '\n', left) : NULL;

    if (end == NULL) {
        mcv_rd_fail(r, MCV_E_TRUNCATED);
        return (struct mcv_bytes){0};
    }
    struct mcv_bytes line = mcv_rd_bytes(r, (size_t)(end - r->p));
    mcv_rd_skip(r, 1);
    if (line.n > 0 && line.p[line.n - 1] == '\r') line.n--;
    for (size_t i = 0; i < line.n; i++)
        if (!is_line_octet(line.p[i])) mcv_rd_fail(r, MCV_E_MALFORMED);
    return r->err == MCV_OK ? line : (struct mcv_bytes){0};
}

struct mcv_bytes mcv_text_until(struct mcv_reader *r, char separator)
{
    const size_t left = mcv_rd_left(r);
    const uint8_t *end = left > 0 ? memchr(r->p, separator, left) : NULL;

    if (end == NULL) return mcv_rd_rest(r);
    const struct mcv_bytes text = mcv_rd_bytes(r, (size_t)(end - r->p));
    mcv_rd_skip(r, 1);
    return text;
}

struct mcv_bytes mcv_text_trim(struct mcv_bytes text)
{
    while (text.n > 0 && text.p[0] == ' ') {
        text.p++;
        text.n--;
    }
    while (text.n > 0 && text.p[text.n - 1] == ' ') text.n--;
    return text;
}

bool mcv_text_uint(uint64_t *out, struct mcv_bytes text, uint64_t max)
{
    uint64_t v = 0;

    *out = 0;
    if (text.n == 0) return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        const uint64_t digit = text.p[i] - (uint64_t)'0';
        if (digit > max || v > (max - digit) / 10) return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

bool mcv_text_equal(struct mcv_bytes a, struct mcv_bytes b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    return true;
}

bool mcv_text_is(struct mcv_bytes text, const char *literal)
{
    return mcv_text_equal(text, mcv_bytes_str(literal));
}

static bool is_token_octet(uint8_t c)
{
    static const char others[] = "!#$%&'*+-.^_`{|}~";

    if ((c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z')) return true;
    return c != '\0' && strchr(others, c) != NULL;
}

bool mcv_text_is_token(struct mcv_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_token_octet(text.p[i])) return false;
    return text.n > 0;
}

void mcv_text_write(struct mcv_writer *w, const char *literal)
{
    mcv_wr_bytes(w, mcv_bytes_str(literal));
}

void mcv_text_write_uint(struct mcv_writer *w, uint64_t v)
{
    uint8_t digits[MAX_DIGITS];
    size_t n = 0;

    do {
        digits[MAX_DIGITS - 1 - n++] = (uint8_t)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    mcv_wr_bytes(w, mcv_bytes_of(digits + MAX_DIGITS - n, n));
}

void mcv_text_write_line_part(struct mcv_writer *w, struct mcv_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_line_octet(text.p[i])) mcv_wr_fail(w, MCV_E_MALFORMED);
    mcv_wr_bytes(w, text);
}
