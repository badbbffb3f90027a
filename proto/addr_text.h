/* IP addresses as text: read and written without libc.
 *
 * Spec: RFC 791 dotted quad (four decimal numbers, no leading zeros), RFC 4291 2.2 read, RFC 5952 4
 * written. Not done here: zone identifiers, prefixes, host names. Port and scope are not part of
 * the text: read as 0, not written. */
#ifndef MCV_PROTO_ADDR_TEXT_H
#define MCV_PROTO_ADDR_TEXT_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/writer.h"
#include "proto/addr.h"

#define MCV_ADDR_TEXT_BYTES 39 /* the longest that is written */

/* Reads one address, all of `text`. out: zero unless MCV_OK. MCV_E_MALFORMED. */
MCV_MUST_USE mcv_err mcv_addr_parse(struct mcv_addr *out, struct mcv_bytes text);

/* Writes it. A family that is neither is MCV_E_MISUSE in the writer. */
void mcv_addr_format(struct mcv_writer *w, const struct mcv_addr *a);

#endif
