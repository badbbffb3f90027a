#include "crypto/uid.h"

#include "crypto/hash.h"
#include "crypto/kdf.h"

#define UID_N_PARAMS 6

static bool is_text(struct mcv_bytes t)
{
    return t.n >= 1 && t.n <= UINT16_MAX;
}

/* Big endian without leading zero octets; 0 is one octet 00. `room` keeps the octets. */
static struct mcv_bytes minimal_integer(uint8_t room[static 8], uint64_t v)
{
    size_t skip = 0;

    mcv_store_be32(room, (uint32_t)(v >> 32));
    mcv_store_be32(room + 4, (uint32_t)v);
    while (skip < 7 && room[skip] == 0) skip++;
    return mcv_bytes_of(room + skip, 8 - skip);
}

mcv_err mcv_uid_derive(struct mcv_uid *out, struct mcv_bytes user, struct mcv_bytes kms_uri,
                       const struct mcv_key_period *k, uint64_t period_no)
{
    static const uint8_t fc = 0x00;
    uint8_t integers[3][8];
    uint8_t lengths[UID_N_PARAMS][2];
    const struct mcv_bytes params[UID_N_PARAMS] = {
        mcv_bytes_str("MIKEY-SAKKE-UID"),
        user,
        kms_uri,
        minimal_integer(integers[0], k->period_s),
        minimal_integer(integers[1], k->offset_s),
        minimal_integer(integers[2], period_no),
    };
    struct mcv_bytes parts[1 + 2 * UID_N_PARAMS];
    size_t n = 0;

    *out = (struct mcv_uid){0};
    if (!is_text(user) || !is_text(kms_uri) || k->period_s == 0) return MCV_E_MALFORMED;
    parts[n++] = mcv_bytes_of(&fc, 1);
    for (size_t i = 0; i < UID_N_PARAMS; i++) {
        mcv_store_be16(lengths[i], (uint16_t)params[i].n);
        parts[n++] = params[i];
        parts[n++] = mcv_bytes_of(lengths[i], 2);
    }
    return mcv_sha256(out->b, parts, n);
}

uint64_t mcv_ntp_of_utc(int64_t utc_s)
{
    MCV_ASSERT(utc_s >= -(int64_t)MCV_NTP_UNIX_OFFSET_S);
    return (uint64_t)utc_s + (uint64_t)MCV_NTP_UNIX_OFFSET_S;
}

/* The 32-bit difference, taken as signed, is the shortest way from our clock. */
uint64_t mcv_ntp_unwrap(uint32_t ntp_s, int64_t utc_s)
{
    const uint64_t ours = mcv_ntp_of_utc(utc_s);
    const uint32_t ahead = ntp_s - (uint32_t)ours;

    if (ahead < 0x80000000u) return ours + ahead;
    const uint64_t behind = 0x100000000u - (uint64_t)ahead;
    return behind <= ours ? ours - behind : ours + ahead;
}

mcv_err mcv_key_period_at(uint64_t *period_no, const struct mcv_key_period *k, uint64_t ntp_s)
{
    *period_no = 0;
    if (!mcv_key_period_is_valid(k)) return MCV_E_MALFORMED;
    if (ntp_s < k->offset_s) return MCV_E_TIME;
    *period_no = (ntp_s - k->offset_s) / k->period_s;
    return MCV_OK;
}

uint64_t mcv_key_period_start_ntp_s(const struct mcv_key_period *k, uint64_t period_no)
{
    return k->offset_s + period_no * k->period_s;
}

mcv_err mcv_user_salt(uint32_t *salt, const struct mcv_gmk *gmk, struct mcv_bytes user)
{
    struct mcv_kdf_output full;

    *salt = 0;
    if (!is_text(user)) return MCV_E_MALFORMED;
    mcv_err err = mcv_kdf_3gpp(&full, gmk->b, MCV_KDF_USER_SALT, &user, 1);
    if (err == MCV_OK) *salt = mcv_load_be32(full.b + 28) & MCV_KEY_ID_MASK;
    mcv_kdf_output_wipe(&full);
    return err;
}
