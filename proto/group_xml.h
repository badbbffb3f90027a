/* Group documents: what a group management server says of a group, as far as a device off the
 * network uses it. Read through libxml2.
 *
 * Spec: TS 24.481 7.2 (elements of urn:3gpp:ns:mcpttGroupInfo:1.0 in the list-service of
 * urn:oma:xml:poc:list-service), TS 24.483 clause 6 for what they mean.
 * Elements are found wherever they stand in the list-service; unknown ones and other namespaces are
 * ignored, and so are encodings, resolutions and frame rates (formats are the device's own).
 * Not done here: on-network elements, writing, signatures (the sealed bundle authenticates it). */
#ifndef MCV_PROTO_GROUP_XML_H
#define MCV_PROTO_GROUP_XML_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "proto/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_GROUP_XML_TEXT_BYTES 256 /* of a URI or name, terminator included */

enum mcv_group_approach { MCV_APPROACH_SINGLE, MCV_APPROACH_SELF };

/* mcvideo-off-network-ProSe-...-PPPP: 1 .. 8; 0: not in the document. */
struct mcv_group_xml_pppp {
    uint8_t basic, imminent_peril, emergency;
};

struct mcv_group_xml {
    char group[MCV_GROUP_XML_TEXT_BYTES]; /* uri of the list-service: the MCVideo group ID */
    char name[MCV_GROUP_XML_TEXT_BYTES];  /* display-name; empty: none */
    struct mcv_addr addr;                 /* off-network-IP-multicast-address; port 0 */
    struct mcv_group_xml_pppp signalling, media;
    uint32_t max_duration_s;                     /* 0: not in the document; the same below */
    uint32_t emergency_cancel_s, peril_cancel_s; /* in-progress state cancellation timeouts */
    uint32_t max_transmissions;                  /* simultaneous ones */
    bool protect_media, protect_control;         /* absent: true. Spec: TS 24.481 */
    enum mcv_group_approach approach;            /* absent: single */
};

/* Reads a document.
 * out   zero unless MCV_OK.
 * what  out, may be NULL: the element that is wrong or missing; static, NULL on success.
 * MCV_E_MALFORMED: not well formed, above 1 MiB, with a DOCTYPE; no group, no multicast address; a
 * value that is not of its type, an element twice. MCV_E_UNSUPPORTED: another document. */
MCV_MUST_USE mcv_err mcv_group_xml_decode(struct mcv_group_xml *out, const char **what,
                                          struct mcv_bytes xml);

/* Calls `member` with the uri of each entry of the list, in order; it returns false to stop.
 * Errors as above. */
MCV_MUST_USE mcv_err mcv_group_xml_members(struct mcv_bytes xml,
                                           bool (*member)(void *ctx, const char *uri), void *ctx);

#endif
