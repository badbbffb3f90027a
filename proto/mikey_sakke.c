#include "proto/mikey_sakke.h"

/* 0: no bound. */
static bool is_within(int64_t from_s, int64_t to_s, int64_t utc_s)
{
    return (from_s == 0 || utc_s >= from_s) && (to_s == 0 || utc_s <= to_s);
}

const struct mcv_imsg_kms *mcv_imsg_find_kms(const struct mcv_imsg_trust *trust,
                                             struct mcv_bytes uri)
{
    for (size_t i = 0; i < trust->n_kms; i++)
        if (mcv_bytes_equal(trust->kms[i].uri, uri)) return &trust->kms[i];
    return NULL;
}

bool mcv_imsg_kms_is_usable(const struct mcv_imsg_kms *kms, int64_t utc_s)
{
    return !kms->is_revoked && is_within(kms->valid_from_s, kms->valid_to_s, utc_s);
}

bool mcv_imsg_own_is_usable(const struct mcv_imsg_own *own, int64_t utc_s)
{
    return is_within(own->valid_from_s, own->valid_to_s, utc_s);
}

/* Is it the key set of the period of utc_s, and valid then? */
static bool is_for_time(const struct mcv_imsg_trust *trust, const struct mcv_imsg_own *own,
                        int64_t utc_s)
{
    const struct mcv_imsg_kms *kms = mcv_imsg_find_kms(trust, own->kms_uri);
    uint64_t period_no;

    if (kms == NULL || !mcv_imsg_kms_is_usable(kms, utc_s)) return false;
    return mcv_key_period_at(&period_no, &kms->period, mcv_ntp_of_utc(utc_s)) == MCV_OK &&
           period_no == own->period_no && mcv_imsg_own_is_usable(own, utc_s);
}

mcv_err mcv_imsg_find_own(const struct mcv_imsg_own **out, const struct mcv_imsg_trust *trust,
                          struct mcv_bytes uri, int64_t utc_s)
{
    mcv_err err = MCV_E_NOT_FOUND;

    *out = NULL;
    for (size_t i = 0; i < trust->n_own; i++) {
        if (!mcv_bytes_equal(trust->own[i].uri, uri)) continue;
        err = MCV_E_EXPIRED;
        if (!is_for_time(trust, &trust->own[i], utc_s)) continue;
        *out = &trust->own[i];
        return MCV_OK;
    }
    return err;
}
