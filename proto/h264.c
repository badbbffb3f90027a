#include "proto/h264.h"

#include "crypto/base/reader.h"

#define TYPE_MASK 0x1f

enum nal_type { NAL_IDR = 5, NAL_SPS = 7, NAL_STAP_A = 24, NAL_FU_A = 28 };

/* Spec: RFC 6184 5.2, Table 1: undefined */
static bool is_undefined(uint8_t type)
{
    return type == 0 || type >= 30;
}

#define FU_START 0x80

static bool is_start(uint8_t header)
{
    const uint8_t type = header & TYPE_MASK;

    return type == NAL_IDR || type == NAL_SPS;
}

/* Units with 16 bits of length in front of each. */
static bool has_start(struct mcv_reader *r)
{
    while (mcv_rd_left(r) > 0) {
        const uint16_t n = mcv_rd_u16(r);
        const struct mcv_bytes unit = mcv_rd_bytes(r, n);
        if (unit.n > 0 && is_start(unit.p[0])) return true;
    }
    return false;
}

bool mcv_h264_is_start(struct mcv_bytes payload)
{
    struct mcv_reader r = mcv_reader_of(payload);
    const uint8_t header = mcv_rd_u8(&r);

    if (r.err || is_undefined(header & TYPE_MASK)) return true;
    if ((header & TYPE_MASK) == NAL_STAP_A) return has_start(&r);
    if ((header & TYPE_MASK) != NAL_FU_A) return is_start(header);
    const uint8_t fu = mcv_rd_u8(&r);
    return !r.err && (fu & FU_START) != 0 && is_start(fu);
}
