#include "proto/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define NOT_A_DIGIT 64u

static uint32_t digit_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A' + 0u;
    if (c >= 'a' && c <= 'z') return c - 'a' + 26u;
    if (c >= '0' && c <= '9') return c - '0' + 52u;
    if (c == '+') return 62;
    return c == '/' ? 63 : NOT_A_DIGIT;
}

/* Octets of a last group: 3 less one for each '='. */
static size_t group_octets(const uint8_t in[4])
{
    if (in[3] != '=') return 3;
    return in[2] != '=' ? 2 : 1;
}

/* false: a character that is not of the alphabet, or bits that say nothing are not zero. */
static bool read_group(uint32_t *bits, const uint8_t in[4], size_t n_octets)
{
    *bits = 0;
    for (size_t i = 0; i < 4; i++) {
        const uint32_t digit = i <= n_octets ? digit_of(in[i]) : 0;
        if (digit == NOT_A_DIGIT) return false;
        *bits = *bits << 6 | digit;
    }
    return (*bits & ((1u << (8 * (3 - n_octets))) - 1)) == 0;
}

mcv_err mcv_base64_decode(uint8_t *out, size_t cap, size_t *n, struct mcv_bytes text)
{
    size_t n_out = 0;

    *n = 0;
    if (text.n % 4 != 0) return MCV_E_MALFORMED;
    for (size_t at = 0; at < text.n; at += 4) {
        const bool is_last = at + 4 == text.n;
        const size_t n_octets = is_last ? group_octets(text.p + at) : 3;
        uint32_t bits;
        if (!read_group(&bits, text.p + at, n_octets)) return MCV_E_MALFORMED;
        if (n_octets > cap - n_out) return MCV_E_SPACE;
        for (size_t i = 0; i < n_octets; i++) out[n_out++] = (uint8_t)(bits >> (16 - 8 * i));
    }
    *n = n_out;
    return MCV_OK;
}

void mcv_base64_encode(struct mcv_writer *w, struct mcv_bytes in)
{
    for (size_t at = 0; at < in.n; at += 3) {
        const size_t n = in.n - at < 3 ? in.n - at : 3;
        uint32_t bits = 0;
        for (size_t i = 0; i < 3; i++) bits = bits << 8 | (i < n ? in.p[at + i] : 0u);
        for (size_t i = 0; i < 4; i++)
            mcv_wr_u8(w, i <= n ? (uint8_t)alphabet[bits >> (18 - 6 * i) & 63u] : '=');
    }
}
