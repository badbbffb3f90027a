#include "proto/addr_text.h"

#include "crypto/base/reader.h"

#define N_WORDS 8
#define NO_GAP  (N_WORDS + 1)

/* A decimal octet, one to three digits, no leading zero. */
static uint8_t read_quad_part(struct mcv_reader *r)
{
    const bool is_zero = mcv_rd_peek(r) == '0';
    unsigned v = 0, n = 0;

    while (n < 3 && mcv_rd_peek(r) >= '0' && mcv_rd_peek(r) <= '9') {
        v = v * 10 + (mcv_rd_u8(r) - '0' + 0u);
        n++;
    }
    if (n == 0 || v > 255 || (is_zero && n > 1)) mcv_rd_fail(r, MCV_E_MALFORMED);
    return (uint8_t)v;
}

static void read_dot(struct mcv_reader *r)
{
    if (mcv_rd_u8(r) != '.') mcv_rd_fail(r, MCV_E_MALFORMED);
}

static void read_quad(struct mcv_reader *r, uint8_t out[4])
{
    for (size_t i = 0; i < 4; i++) {
        if (i > 0) read_dot(r);
        out[i] = read_quad_part(r);
    }
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static uint16_t read_word(struct mcv_reader *r)
{
    unsigned v = 0, n = 0;

    while (n < 4 && mcv_rd_left(r) > 0 && hex_digit(mcv_rd_peek(r)) >= 0) {
        v = v << 4 | (unsigned)hex_digit(mcv_rd_u8(r));
        n++;
    }
    if (n == 0) mcv_rd_fail(r, MCV_E_MALFORMED);
    return (uint16_t)v;
}

static bool take(struct mcv_reader *r, uint8_t c)
{
    if (mcv_rd_left(r) == 0 || mcv_rd_peek(r) != c) return false;
    (void)mcv_rd_u8(r);
    return true;
}

/* One word, or two words as a dotted quad, which ends the address. */
static size_t read_part(struct mcv_reader *r, uint8_t *out, size_t n_words)
{
    struct mcv_reader quad = *r;
    uint8_t octets[4];
    const uint16_t word = read_word(r);

    if (mcv_rd_peek(r) != '.' || n_words > N_WORDS - 2) {
        mcv_store_be16(out, word);
        return 1;
    }
    read_quad(&quad, octets);
    *r = quad;
    if (mcv_rd_left(r) > 0) mcv_rd_fail(r, MCV_E_MALFORMED);
    memcpy(out, octets, sizeof octets);
    return 2;
}

/* The words in front of "::", then those behind it. */
struct words {
    size_t n, gap;
    uint8_t b[2 * N_WORDS];
};

static void read_words(struct mcv_reader *r, struct words *words)
{
    if (mcv_rd_peek(r) == ':') {
        (void)mcv_rd_u8(r);
        if (!take(r, ':')) mcv_rd_fail(r, MCV_E_MALFORMED);
        words->gap = 0;
    }
    while (mcv_rd_left(r) > 0) {
        if (words->n == N_WORDS) mcv_rd_fail(r, MCV_E_MALFORMED);
        if (r->err != MCV_OK) return;
        words->n += read_part(r, words->b + 2 * words->n, words->n);
        if (mcv_rd_left(r) == 0) return;
        if (!take(r, ':')) mcv_rd_fail(r, MCV_E_MALFORMED);
        if (!take(r, ':')) {
            if (mcv_rd_left(r) == 0) mcv_rd_fail(r, MCV_E_MALFORMED);
            continue;
        }
        if (words->gap != NO_GAP) mcv_rd_fail(r, MCV_E_MALFORMED);
        words->gap = words->n;
    }
}

static bool parse_ipv6(uint8_t out[16], struct mcv_bytes text)
{
    struct mcv_reader r = mcv_reader_of(text);
    struct words words = {.n = 0, .gap = NO_GAP};

    read_words(&r, &words);
    if (mcv_rd_finish(&r) != MCV_OK) return false;
    if (words.gap == NO_GAP) {
        memcpy(out, words.b, sizeof words.b);
        return words.n == N_WORDS;
    }
    if (words.n == N_WORDS) return false;
    const size_t n_behind = 2 * (words.n - words.gap);
    memset(out, 0, 16);
    memcpy(out, words.b, 2 * words.gap);
    memcpy(out + 16 - n_behind, words.b + 2 * words.gap, n_behind);
    return true;
}

static bool parse_ipv4(uint8_t out[16], struct mcv_bytes text)
{
    struct mcv_reader r = mcv_reader_of(text);

    read_quad(&r, out);
    return mcv_rd_finish(&r) == MCV_OK;
}

mcv_err mcv_addr_parse(struct mcv_addr *out, struct mcv_bytes text)
{
    struct mcv_addr v4 = {.family = MCV_IPV4}, v6 = {.family = MCV_IPV6};

    memset(out, 0, sizeof *out);
    if (parse_ipv4(v4.b, text)) {
        *out = v4;
    } else if (parse_ipv6(v6.b, text)) {
        *out = v6;
    } else {
        return MCV_E_MALFORMED;
    }
    return MCV_OK;
}

static void write_decimal(struct mcv_writer *w, uint8_t v)
{
    if (v >= 100) mcv_wr_u8(w, (uint8_t)('0' + v / 100));
    if (v >= 10) mcv_wr_u8(w, (uint8_t)('0' + v / 10 % 10));
    mcv_wr_u8(w, (uint8_t)('0' + v % 10));
}

static void write_quad(struct mcv_writer *w, const uint8_t b[4])
{
    for (size_t i = 0; i < 4; i++) {
        if (i > 0) mcv_wr_u8(w, '.');
        write_decimal(w, b[i]);
    }
}

static void write_word(struct mcv_writer *w, uint16_t v)
{
    static const char digits[] = "0123456789abcdef";

    for (int shift = 12; shift >= 0; shift -= 4)
        if (shift == 0 || v >> shift != 0) mcv_wr_u8(w, (uint8_t)digits[v >> shift & 15]);
}

/* Zero words from `from` on. */
static size_t zero_run(const uint8_t b[16], size_t from)
{
    size_t n = 0;

    while (from + n < N_WORDS && mcv_load_be16(b + 2 * (from + n)) == 0) n++;
    return n;
}

/* The longest run of at least two zero words, the first of equals, becomes "::". */
static void write_words(struct mcv_writer *w, const uint8_t b[16])
{
    size_t at = N_WORDS, n = 1;

    for (size_t i = 0; i < N_WORDS; i++) {
        if (zero_run(b, i) <= n) continue;
        at = i;
        n = zero_run(b, i);
    }
    for (size_t i = 0; i < N_WORDS; i++) {
        if (i == at) {
            mcv_wr_bytes(w, mcv_bytes_str("::"));
            i += n - 1;
            continue;
        }
        if (i > 0 && (at == N_WORDS || i != at + n)) mcv_wr_u8(w, ':');
        write_word(w, mcv_load_be16(b + 2 * i));
    }
}

void mcv_addr_format(struct mcv_writer *w, const struct mcv_addr *a)
{
    if (a->family == MCV_IPV4)
        write_quad(w, a->b);
    else if (a->family == MCV_IPV6)
        write_words(w, a->b);
    else
        mcv_wr_fail(w, MCV_E_MISUSE);
}
