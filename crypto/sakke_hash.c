#include "crypto/hash.h"
#include "crypto/sakke_object.h"

#include <string.h>

/* v_1 | ... | v_n of HashToIntegerRange. Spec: RFC 6508 5.1 */
static mcv_err hash_blocks(uint8_t *out, size_t n, const struct mcv_bytes *parts, size_t n_parts)
{
    uint8_t a[MCV_SHA256_BYTES], h[MCV_SHA256_BYTES] = {0};
    const struct mcv_bytes h_part = mcv_bytes_of(h, sizeof h);
    const struct mcv_bytes both[] = {h_part, mcv_bytes_of(a, sizeof a)};
    mcv_err err = mcv_sha256(a, parts, n_parts);

    for (size_t i = 0; err == MCV_OK && i < n; i++) {
        uint8_t next[MCV_SHA256_BYTES];
        err = mcv_sha256(next, &h_part, 1);
        memcpy(h, next, sizeof h);
        if (err == MCV_OK) err = mcv_sha256(out + i * MCV_SHA256_BYTES, both, 2);
    }
    mcv_wipe(a, sizeof a);
    return err;
}

mcv_err mcv_sakke_hash_r(struct mcv_zq *r, const struct mcv_ssv *ssv, struct mcv_bytes id)
{
    const struct mcv_bytes parts[] = {mcv_bytes_of(ssv->b, sizeof ssv->b), id};
    uint8_t v[128] = {0};
    mcv_err err = hash_blocks(v, sizeof v / MCV_SHA256_BYTES, parts, 2);

    mcv_zq_reduce(r, v);
    mcv_wipe(v, sizeof v);
    return err;
}

mcv_err mcv_sakke_mask(uint8_t out[16], const uint8_t in[16], struct mcv_bytes w)
{
    uint8_t v[MCV_SHA256_BYTES] = {0};
    mcv_err err = hash_blocks(v, 1, &w, 1);

    for (size_t i = 0; i < 16; i++) out[i] = in[i] ^ v[16 + i]; /* mod 2^128 */
    mcv_wipe(v, sizeof v);
    return err;
}

mcv_err mcv_sakke_id_scalar(struct mcv_zq *r, struct mcv_bytes id)
{
    uint8_t be[128] = {0};

    if (id.n == 0 || id.n > sizeof be) return MCV_E_MALFORMED;
    memcpy(be + sizeof be - id.n, id.p, id.n);
    mcv_zq_reduce(r, be);
    return MCV_OK;
}

#if defined(__GNUC__)
__attribute__((noinline))
#endif
void mcv_sakke_burn_stack(void)
{
    uint8_t below[16384];

    mcv_wipe(below, sizeof below);
}
