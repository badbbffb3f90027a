/* Where a receiver can begin to decode H.264 in RTP.
 *
 * Spec: RFC 6184 1.3 (NAL unit header), 5.2, 5.6 (single), 5.7.1 (STAP-A), 5.8 (FU-A); not done: MTAP
 * and FU-B, which packetization-mode 1 does not have. Pure functions. */
#ifndef MCV_PROTO_H264_H
#define MCV_PROTO_H264_H

#include "crypto/base/bytes.h"

#include <stdbool.h>

/* Does this RTP payload hold an IDR picture, or its beginning, or a sequence parameter set, which
 * stands before one? true as well for a type that is none of H.264: whoever sends it knows better. */
bool mcv_h264_is_start(struct mcv_bytes payload);

#endif
