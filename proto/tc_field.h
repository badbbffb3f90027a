/* Fields of transmission control messages: one value of a struct mcv_tc each. For proto/tc.c alone.
 * Spec: TS 24.581 9.1.3, 9.2.3.2 to 9.2.3.23. Spare octets are written as zero and ignored when read. */
#ifndef MCV_PROTO_TC_FIELD_H
#define MCV_PROTO_TC_FIELD_H

#include "proto/tc.h"

#include <stdbool.h>
#include <stdint.h>

#define MCV_TC_TYPE_MASK  0x0fu       /* of the subtype: the bit above it asks for an Ack */
#define MCV_TC_NAME_MCV0  0x4d435630u /* MCV1 and MCV2 are the next numbers */
#define MCV_TC_N_NAMES    3u
#define MCV_TC_SSRC_BYTES 6u /* of a field with an SSRC */

/* A known identifier, and a length that its field may have. */
bool mcv_tc_field_fits(uint8_t id, struct mcv_bytes value);

/* Stores a value that fits; false: the value itself is not possible, m is as before. Texts are borrowed. */
bool mcv_tc_field_read(struct mcv_tc *m, enum mcv_tc_field id, struct mcv_bytes value);

/* Appends identifier, length, value and padding. MCV_E_MALFORMED in the writer: an empty text. */
void mcv_tc_field_write(struct mcv_writer *w, const struct mcv_tc *m, enum mcv_tc_field id);

/* Octets of zero behind a field of n octets. */
static inline size_t mcv_tc_padding_of(size_t n)
{
    return (4u - n % 4u) % 4u;
}

#endif
