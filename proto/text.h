/* Lines, words and numbers of texts of the wire. Peer texts are taken through a reader; they are
 * octets, never terminated. */
#ifndef MCV_PROTO_TEXT_H
#define MCV_PROTO_TEXT_H

#include "crypto/base/bytes.h"
#include "crypto/base/reader.h"
#include "crypto/base/writer.h"

#include <stdbool.h>
#include <stdint.h>

/* The next line without its end, CRLF or LF. MCV_E_TRUNCATED in the reader: no line end.
 * MCV_E_MALFORMED: NUL or CR inside the line. */
struct mcv_bytes mcv_text_line(struct mcv_reader *r);

/* Everything in front of the separator, which is taken too; all that is left when there is none. */
struct mcv_bytes mcv_text_until(struct mcv_reader *r, char separator);

/* Without spaces at both ends. */
struct mcv_bytes mcv_text_trim(struct mcv_bytes text);

/* Decimal digits, at least one, at most max; else false and *out is 0. */
bool mcv_text_uint(uint64_t *out, struct mcv_bytes text, uint64_t max);

/* ASCII letters of both cases are equal. `literal` is ours. */
bool mcv_text_is(struct mcv_bytes text, const char *literal);
bool mcv_text_equal(struct mcv_bytes a, struct mcv_bytes b);

/* At least one character, all of the class "token". Spec: RFC 4566 9. */
bool mcv_text_is_token(struct mcv_bytes text);

void mcv_text_write(struct mcv_writer *w, const char *literal);
void mcv_text_write_uint(struct mcv_writer *w, uint64_t v);

/* A text that is not ours; NUL, CR or LF in it is MCV_E_MALFORMED in the writer. */
void mcv_text_write_line_part(struct mcv_writer *w, struct mcv_bytes text);

#endif
