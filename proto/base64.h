/* Base64. Spec: RFC 4648 4, standard alphabet with padding. Not for secrets. */
#ifndef MCV_PROTO_BASE64_H
#define MCV_PROTO_BASE64_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"

/* Characters that n octets become. */
#define MCV_BASE64_CHARS(n) (((n) + 2) / 3 * 4)

/* Reads all of `text`: groups of four, '=' only at the end, unused bits zero, no white space.
 * out  *n octets of at most cap; borrowed for the call. *n is 0 unless MCV_OK.
 * MCV_E_MALFORMED: not canonical base64. MCV_E_SPACE: more than cap octets. */
MCV_MUST_USE mcv_err mcv_base64_decode(uint8_t *out, size_t cap, size_t *n, struct mcv_bytes text);

/* Writes MCV_BASE64_CHARS(in.n) characters, no line breaks. */
void mcv_base64_encode(struct mcv_writer *w, struct mcv_bytes in);

#endif
