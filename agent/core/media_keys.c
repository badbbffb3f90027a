/* Which keys a call receives with, and when they change.
 * Spec: TS 33.180 7.4 (which key), 8.2 and 5.7.1 (several group keys, activation, expiry). */
#include "agent/core/media_parts.h"
#include "crypto/key_table.h"

/* ---- private calls ------------------------------------------------------------------------- */

mcv_err mcv_media_install_pck(struct mcv_media *m, const struct mcv_media_keys *keys)
{
    static const enum mcv_cs_use uses[] = {MCV_CS_PRIVATE_RECEIVER, MCV_CS_PRIVATE_INITIATOR};
    const uint8_t own_cs = mcv_cs_id_of(MCV_SERVICE_MCVIDEO, uses[keys->is_initiator]);
    const struct mcv_srtp_rx_key key = {
        .key_id = keys->pck_id,
        .rand = keys->rand,
        .cs_id = mcv_cs_id_of(MCV_SERVICE_MCVIDEO, uses[!keys->is_initiator]),
        .roc_every = keys->roc_every,
    };

    if (keys->pck == NULL) return MCV_E_UNKNOWN_KEY;
    const mcv_err err = mcv_srtp_rx_add_pck(m->rx, keys->pck, &key);
    if (err) return err;
    m->tx_mki = mcv_srtp_mki_private(keys->pck_id);
    return mcv_kdf_srtp_master(&m->tx_master, keys->pck->b, own_cs, keys->pck_id, keys->rand);
}

/* ---- group calls --------------------------------------------------------------------------- */

/* Valid keys that are newer, except the one that sends. */
static size_t n_newer(const struct mcv_agent *a, const struct mcv_media *m,
                      const struct mcv_keyring_gmk *key, const struct mcv_keyring_gmk *sends)
{
    size_t n = 0;

    for (size_t i = 0; i < a->keys->n_gmks; i++) {
        const struct mcv_keyring_gmk *other = &a->keys->gmks[i];
        if (other == sends || other->activation_s < key->activation_s) continue;
        if (other->activation_s == key->activation_s && other->gmk_id <= key->gmk_id) continue;
        n += mcv_keyring_gmk_may_receive(other, m->group, a->latest_s);
    }
    return n;
}

/* When there are more than fit: the key that sends, then the newest ones. */
static bool is_wanted(const struct mcv_agent *a, const struct mcv_media *m,
                      const struct mcv_keyring_gmk *key)
{
    const struct mcv_keyring_gmk *sends = mcv_keyring_gmk_to_send(a->keys, m->group, a->latest_s);
    const size_t n_others = a->limits.n_gmks_per_group - (sends != NULL ? 1u : 0u);

    if (key == NULL || !mcv_keyring_gmk_may_receive(key, m->group, a->latest_s)) return false;
    return key == sends || n_newer(a, m, key, sends) < n_others;
}

static void remove_unwanted(struct mcv_agent *a, struct mcv_media *m)
{
    uint16_t n = 0;

    for (uint16_t i = 0; i < m->n_keys; i++) {
        const uint32_t id = m->keys[i].key_id;
        if (is_wanted(a, m, mcv_keyring_find_gmk(a->keys, id))) {
            m->keys[n++] = m->keys[i];
        } else {
            (void)mcv_srtp_rx_remove_key(m->rx, id);
        }
    }
    m->n_keys = n;
}

static struct mcv_media_key *slot_of(struct mcv_media *m, uint32_t key_id)
{
    uint16_t i = 0;

    while (i < m->n_keys && m->keys[i].key_id != key_id) i++;
    return &m->keys[i]; /* a new one has room: unwanted ones are gone */
}

void mcv_media_install_gmks(struct mcv_agent *a, struct mcv_media *m)
{
    remove_unwanted(a, m);
    for (size_t i = 0; i < a->keys->n_gmks; i++) {
        const struct mcv_keyring_gmk *gmk = &a->keys->gmks[i];
        const struct mcv_srtp_rx_key key = {.key_id = gmk->gmk_id,
                                            .rand = gmk->rand,
                                            .cs_id = a->config->group_cs_id,
                                            .roc_every = mcv_keyring_roc_every(gmk)};
        if (!is_wanted(a, m, gmk)) continue;
        if (mcv_srtp_rx_add_gmk(m->rx, gmk->gmk, &key)) continue; /* not a RAND: never used */
        struct mcv_media_key *slot = slot_of(m, gmk->gmk_id);
        if (slot == &m->keys[m->n_keys]) m->n_keys++;
        *slot = (struct mcv_media_key){.key_id = gmk->gmk_id, .own_guk_id = gmk->guk_id};
    }
}

const struct mcv_media_key *mcv_media_key_of(const struct mcv_media *m, uint32_t key_id)
{
    for (uint16_t i = 0; i < m->n_keys; i++) {
        if (m->keys[i].key_id == key_id) return &m->keys[i];
    }
    return NULL;
}

/* ---- change -------------------------------------------------------------------------------- */

/* The call that has to be left is told at once: it looks when its media run. */
static void plan(struct mcv_agent *a, struct mcv_media *m)
{
    const bool was_keyless = m->is_keyless;

    mcv_agent_replan(a);
    m->rekey_at_s = INT64_MAX;
    m->rekey_at_us = MCV_NEVER;
    if (!m->is_group || m->rx == NULL) return;
    m->rekey_at_s = mcv_keyring_next_change(a->keys, m->group, a->latest_s, MCV_MEDIA_AHEAD_S);
    m->rekey_at_us = mcv_key_look_at(a, m->rekey_at_s);
    m->is_keyless = !mcv_keyring_has_gmk(a->keys, m->group, a->latest_s + MCV_GMK_LAST_S);
    if (m->is_keyless && !was_keyless) m->rekey_at_us = a->now.mono_us;
}

void mcv_media_rekey(struct mcv_agent *a, struct mcv_media *m)
{
    if (!m->is_open) return;
    if (m->is_group && m->rx != NULL) mcv_media_install_gmks(a, m);
    for (size_t i = 0; i < MCV_N_MEDIA; i++) mcv_media_prepare(a, m, (enum mcv_medium)i);
    plan(a, m);
}

void mcv_media_check_keys(struct mcv_agent *a, struct mcv_media *m)
{
    if (a->now.mono_us >= m->rekey_at_us || a->latest_s >= m->rekey_at_s) {
        mcv_media_rekey(a, m);
    }
}
