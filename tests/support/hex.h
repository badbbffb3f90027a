/* Hex texts in tests; spaces and line breaks are skipped. A wrong text fails the test. */
#ifndef MCV_TESTS_SUPPORT_HEX_H
#define MCV_TESTS_SUPPORT_HEX_H

#include "crypto/base/bytes.h"

/* Number of octets written to out (at most cap). */
size_t mcv_hex_decode(uint8_t *out, size_t cap, const char *hex);

/* Exactly n octets. */
void mcv_hex_exact(uint8_t *out, size_t n, const char *hex);

/* Fails the test, showing both in hex, unless `got` is exactly the octets of `hex`. */
void mcv_assert_hex(struct mcv_bytes got, const char *hex);

#endif
