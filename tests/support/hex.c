#include "tests/support/hex.h"

#include "tests/support/cmocka.h"

#include <ctype.h>
#include <stdio.h>

static int nibble(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    fail_msg("not a hex digit: '%c'", c);
    return 0;
}

size_t mcv_hex_decode(uint8_t *out, size_t cap, const char *hex)
{
    size_t n = 0;
    int high = -1;

    for (; *hex != '\0'; hex++) {
        if (isspace((unsigned char)*hex)) continue;
        if (high < 0) {
            high = nibble(*hex);
            continue;
        }
        assert_true(n < cap);
        out[n++] = (uint8_t)(high << 4 | nibble(*hex));
        high = -1;
    }
    assert_int_equal(high, -1);
    return n;
}

void mcv_hex_exact(uint8_t *out, size_t n, const char *hex)
{
    assert_int_equal(mcv_hex_decode(out, n, hex), n);
}

static void show(const char *what, struct mcv_bytes b)
{
    fprintf(stderr, "%s (%zu):", what, b.n);
    for (size_t i = 0; i < b.n; i++) fprintf(stderr, "%s%02x", i % 32 == 0 ? "\n  " : "", b.p[i]);
    fprintf(stderr, "\n");
}

void mcv_assert_hex(struct mcv_bytes got, const char *hex)
{
    static uint8_t want[8192];
    const size_t n = mcv_hex_decode(want, sizeof want, hex);

    if (mcv_bytes_equal(got, mcv_bytes_of(want, n))) return;
    show("got", got);
    show("want", mcv_bytes_of(want, n));
    fail_msg("octets differ");
}
