/* Texts of peers for people and JSON: location, organization, identities.
 *
 * The result is valid UTF-8 that changes nothing on a terminal: controls, a backslash, what is not
 * UTF-8 and the marks that turn the direction of writing become "\xNN", octet by octet. For the log
 * see mcv_log_text, which leaves no spaces. */
#ifndef MCV_AGENT_EDGE_PRINTABLE_H
#define MCV_AGENT_EDGE_PRINTABLE_H

#include "crypto/base/bytes.h"

#include <stddef.h>

/* Octets of the printable form, the end included, of a text of n octets at most. */
#define MCV_PRINTABLE_BYTES(n) (4 * (n) + 1)

/* out  of cap >= 1 octets, terminated; what does not fit whole is left out, with all behind it. */
void mcv_printable(char *out, size_t cap, struct mcv_bytes text);

#endif
