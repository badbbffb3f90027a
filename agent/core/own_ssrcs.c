#include "agent/core/own_ssrcs.h"

#include "agent/core/agent_private.h"

static bool take_spare(struct mcv_own_ssrcs *s, uint32_t *ssrc, const struct mcv_srtp_mki *mki)
{
    for (uint8_t i = 0; i < s->n_spare; i++) {
        const struct mcv_ssrc_use use = s->spare[i];
        if (use.key_id != mki->key_id || use.guk_id != mki->guk_id) continue;
        s->spare[i] = s->spare[--s->n_spare];
        *ssrc = use.ssrc;
        return true;
    }
    return false;
}

mcv_err mcv_own_ssrcs_take(struct mcv_own_ssrcs *s, uint32_t *ssrc, bool *is_claimed,
                           const struct mcv_srtp_mki *mki, uint32_t wanted,
                           const struct mcv_rng *rng)
{
    *is_claimed = false;
    if (wanted != 0) {
        const mcv_err err = mcv_ssrc_record_claim(&s->used, mki, wanted);
        *ssrc = err ? 0 : wanted;
        if (err != MCV_E_REPLAY) return err;
    }
    *is_claimed = take_spare(s, ssrc, mki);
    return *is_claimed ? MCV_OK : mcv_ssrc_record_draw(&s->used, ssrc, mki, rng);
}

void mcv_own_ssrcs_give_back(struct mcv_own_ssrcs *s, const struct mcv_srtp_mki *mki, uint32_t ssrc)
{
    if (s->n_spare == MCV_MAX_SPARE_SSRCS) return; /* stays on record */
    s->spare[s->n_spare++] = (struct mcv_ssrc_use){mki->key_id, mki->guk_id, ssrc, 1};
}

static bool is_held(const struct mcv_agent *a, uint32_t key_id)
{
    return mcv_key_id_type(key_id) != MCV_KEY_GMK || mcv_keyring_find_gmk(a->keys, key_id) != NULL;
}

void mcv_own_ssrcs_follow_keys(struct mcv_agent *a)
{
    struct mcv_own_ssrcs *s = &a->ssrcs;
    const struct mcv_ssrc_use *use;
    size_t at = 0;
    uint8_t n = 0;

    for (uint8_t i = 0; i < s->n_spare; i++) {
        if (is_held(a, s->spare[i].key_id)) s->spare[n++] = s->spare[i];
    }
    s->n_spare = n;
    while ((use = mcv_ssrc_record_next(&s->used, &at)) != NULL) {
        if (is_held(a, use->key_id)) continue;
        mcv_ssrc_record_forget(&s->used, use->key_id);
        at = 0; /* entries have moved */
    }
}
