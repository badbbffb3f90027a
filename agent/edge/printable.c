#include "agent/edge/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Octets of the UTF-8 character at the front and its code point; 0: none. Spec: RFC 3629 4. */
static size_t decode(uint32_t *code, struct mcv_bytes text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t c = text.p[0];
    const size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

    if (n == 1) *code = c;
    if (n == 1) return 1;
    if (c < 0xc2 || c > 0xf4 || n > text.n) return 0;
    *code = c & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((text.p[i] & 0xc0) != 0x80) return 0;
        *code = *code << 6 | (text.p[i] & 0x3fu);
    }
    const bool is_surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < least[n] || *code > 0x10ffff || is_surrogate ? 0 : n;
}

/* U+200E .. U+200F, U+202A .. U+202E, U+2066 .. U+2069 and U+061C turn the direction; U+2028 and
 * U+2029 end a line. */
static bool is_harmless(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } escaped[] = {
        {0, 0x1f},        {'\\', '\\'},     {0x7f, 0x9f},     {0x61c, 0x61c},
        {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
    };

    for (size_t i = 0; i < sizeof escaped / sizeof escaped[0]; i++) {
        if (c >= escaped[i].first && c <= escaped[i].last) return false;
    }
    return true;
}

void mcv_printable(char *out, size_t cap, struct mcv_bytes text)
{
    size_t n_out = 0;

    for (size_t i = 0; i < text.n;) {
        char one[5 * 4];
        uint32_t code = 0;
        size_t n = decode(&code, mcv_bytes_of(text.p + i, text.n - i)), n_one = n;
        if (n > 0 && is_harmless(code)) {
            memcpy(one, text.p + i, n);
        } else {
            n = n > 0 ? n : 1;
            for (size_t k = n_one = 0; k < n; k++)
                n_one += (size_t)snprintf(one + n_one, sizeof one - n_one, "\\x%02x",
                                          text.p[i + k]);
        }
        if (n_out + n_one >= cap) break;
        memcpy(out + n_out, one, n_one);
        n_out += n_one;
        i += n;
    }
    out[n_out] = '\0';
}
