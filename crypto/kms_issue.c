#include "crypto/kms_issue.h"

#define AT_ONCE 8 /* RSKs that share their inversions */

static mcv_err issue_some(struct mcv_issued_keys *out, struct mcv_rsk rsks[AT_ONCE],
                          const struct mcv_kms_masters *m, const struct mcv_bytes *ids, size_t n,
                          const struct mcv_rng *rng)
{
    mcv_err err = mcv_sakke_issue_many(rsks, m->pub, m->z_secret, ids, n);

    for (size_t i = 0; i < n && err == MCV_OK; i++) {
        out[i].rsk = rsks[i];
        err = mcv_eccsi_issue(&out[i].ssk, &out[i].pvt, m->ksak, m->kpak, ids[i], rng);
    }
    return err;
}

mcv_err mcv_kms_issue_many(struct mcv_issued_keys *out, const struct mcv_kms_masters *masters,
                           const struct mcv_bytes *ids, size_t n, const struct mcv_rng *rng)
{
    struct mcv_rsk rsks[AT_ONCE];
    mcv_err err = MCV_OK;

    mcv_wipe(out, n * sizeof *out);
    for (size_t i = 0; i < n && err == MCV_OK; i += AT_ONCE)
        err = issue_some(out + i, rsks, masters, ids + i, n - i < AT_ONCE ? n - i : AT_ONCE, rng);
    if (err != MCV_OK) mcv_wipe(out, n * sizeof *out);
    mcv_wipe(rsks, sizeof rsks);
    return err;
}
