/* Own streams get an SSRC and a key: at the start, for the key that comes next, after a collision.
 * Spec: RFC 3711 9.1, RFC 7714 8.1 (no SSRC twice under a key), RFC 3550 8.2 (collisions). */
#include "agent/core/media_parts.h"
#include "crypto/base/secret.h"

#define NO_JOB_US     20000u    /* all jobs are out: they are back after some milliseconds */
#define NO_CLAIM_US   5000000u  /* the record could not be written, or is full */
#define COLLISION_US  10000000u /* between two changes of an SSRC: each costs a write to disk */
#define DRAW_ATTEMPTS 16

/* What a stream is to be sent with. */
struct target {
    bool is_there;
    struct mcv_srtp_mki mki;
    const struct mcv_keyring_gmk *gmk; /* group calls */
};

static struct target target_at(const struct mcv_agent *a, const struct mcv_media *m, int64_t utc_s)
{
    if (!mcv_media_has_keys(m)) {
        return (struct target){.is_there = true, .mki = {.key_id = MCV_NO_KEY_ID}};
    }
    if (!m->is_group) return (struct target){.is_there = true, .mki = m->tx_mki};
    const struct mcv_keyring_gmk *gmk = mcv_keyring_gmk_to_send(a->keys, m->group, utc_s);
    if (gmk == NULL) return (struct target){.is_there = false};
    return (struct target){
        .is_there = true, .mki = mcv_srtp_mki_group(gmk->gmk_id, gmk->guk_id), .gmk = gmk};
}

static bool is_for(const struct mcv_media_send *s, const struct target *t)
{
    return s->state != MCV_TX_NONE && t->is_there && s->mki.key_id == t->mki.key_id &&
           s->mki.guk_id == t->mki.guk_id;
}

static void wipe_send(struct mcv_media_send *s)
{
    mcv_srtp_tx_wipe(&s->srtp);
    mcv_wipe(s, sizeof *s);
}

/* Another stream may have its SSRC: no nonce of it was used, neither of SRTP nor of SRTCP. */
static bool is_unused(const struct mcv_media_tx *tx)
{
    return !tx->has_sent && !tx->has_reported && !tx->has_controlled && !tx->has_collided;
}

/* Nothing was sent with it. */
static void give_up(struct mcv_agent *a, struct mcv_media_send *s)
{
    if (s->is_claimed) mcv_own_ssrcs_give_back(&a->ssrcs, &s->mki, s->ssrc);
    wipe_send(s);
}

/* ---- the next SSRC ------------------------------------------------------------------------- */

static bool is_in_use(const struct mcv_media *m, uint32_t ssrc)
{
    for (size_t i = 0; i < MCV_N_MEDIA; i++) {
        if (m->tx[i].now.ssrc == ssrc || m->tx[i].next.ssrc == ssrc) return true;
    }
    return false;
}

/* Where nothing is protected an SSRC has to be different, no more. */
static mcv_err draw_unprotected(struct mcv_agent *a, const struct mcv_media *m, uint32_t *ssrc)
{
    for (int i = 0; i < DRAW_ATTEMPTS; i++) {
        uint32_t v;
        const mcv_err err = mcv_rng_u32(&a->rng, &v);
        if (err) return err;
        if (v == 0 || is_in_use(m, v)) continue;
        *ssrc = v;
        return MCV_OK;
    }
    return MCV_E_CRYPTO;
}

/* Somebody chose it: taken when the key has not seen it. */
static bool draw_assigned(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_tx *tx)
{
    struct mcv_media_send *next = &tx->next;

    if (tx->assigned_ssrc == 0) return false;
    if (mcv_media_has_keys(m) &&
        mcv_ssrc_record_claim(&a->ssrcs.used, &next->mki, tx->assigned_ssrc)) {
        mcv_count(a, MCV_N_SSRC_REFUSED);
        tx->assigned_ssrc = 0;
        return false;
    }
    next->ssrc = tx->assigned_ssrc;
    return true;
}

/* The one that was chosen for us, the SSRC of the running stream if the key has not seen it, else a
 * fresh one. */
static mcv_err draw(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_tx *tx)
{
    struct mcv_media_send *next = &tx->next;
    const uint32_t wanted = tx->has_collided ? 0 : tx->now.ssrc;

    if (draw_assigned(a, m, tx)) return MCV_OK;
    if (!mcv_media_has_keys(m)) return draw_unprotected(a, m, &next->ssrc);
    if (!m->is_group) {
        return mcv_ssrc_record_draw(&a->ssrcs.used, &next->ssrc, &next->mki, &a->rng);
    }
    return mcv_own_ssrcs_take(&a->ssrcs, &next->ssrc, &next->is_claimed, &next->mki, wanted,
                              &a->rng);
}

static mcv_err key_stream(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_send *next,
                          const struct target *t)
{
    struct mcv_srtp_master master = {0};
    struct mcv_srtp_tx_params params = {.master = m->is_group ? &master : &m->tx_master,
                                        .mki = t->mki,
                                        .ssrc = next->ssrc,
                                        .roc_every = m->roc_every};
    mcv_err err = MCV_OK;

    if (!mcv_media_has_keys(m) || next->srtp.ssrc != 0) return MCV_OK;
    if (m->is_group) {
        params.roc_every = mcv_keyring_roc_every(t->gmk);
        err = mcv_kdf_srtp_master(&master, t->gmk->gmk->b, a->config->group_cs_id, t->mki.guk_id,
                                  t->gmk->rand);
    }
    if (!err) err = mcv_srtp_tx_init(&next->srtp, a->config->srtp, &params);
    if (err) mcv_srtp_tx_wipe(&next->srtp);
    mcv_srtp_master_wipe(&master);
    return err;
}

static void wait_for(struct mcv_agent *a, struct mcv_media_send *next, uint64_t us)
{
    next->state = MCV_TX_WAITING;
    next->retry_at_us = a->now.mono_us + us;
}

/* Durable before the first packet: a group key outlives the process. */
static void claim(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_send *next)
{
    struct mcv_job *job = mcv_job_take(a, MCV_JOB_CLAIM_SSRC, m->call);

    wait_for(a, next, NO_JOB_US);
    if (job == NULL) return;
    job->gmk_id = next->mki.key_id;
    job->guk_id = next->mki.guk_id;
    job->ssrc = next->ssrc;
    if (mcv_job_hand_out(a, job)) {
        next->state = MCV_TX_CLAIMING;
    } else {
        mcv_job_free(a, job);
    }
}

static void advance(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_tx *tx,
                    const struct target *t)
{
    struct mcv_media_send *next = &tx->next;

    next->mki = t->mki;
    mcv_err err = next->ssrc == 0 ? draw(a, m, tx) : MCV_OK;
    if (!err) err = key_stream(a, m, next, t);
    if (err) {
        wait_for(a, next, NO_CLAIM_US);
    } else if (m->is_group && mcv_media_has_keys(m) && !next->is_claimed) {
        claim(a, m, next);
    } else {
        next->state = MCV_TX_READY;
    }
}

/* The stream runs as it should. */
static bool is_settled_for(const struct mcv_media_tx *tx, const struct target *t)
{
    const bool has_ssrc = tx->assigned_ssrc == 0 || tx->assigned_ssrc == tx->now.ssrc;

    return is_for(&tx->now, t) && !tx->has_collided && has_ssrc;
}

static void make_next(struct mcv_agent *a, struct mcv_media *m, struct mcv_media_tx *tx,
                      const struct target *t)
{
    struct mcv_media_send *next = &tx->next;
    const bool is_settled = !t->is_there || is_settled_for(tx, t);
    const bool is_other = tx->assigned_ssrc != 0 && next->ssrc != tx->assigned_ssrc;
    const bool is_stale = (tx->has_collided && next->ssrc == tx->now.ssrc) ||
                          (is_other && next->ssrc != 0);

    if (is_settled || !is_for(next, t) || is_stale) give_up(a, next);
    if (is_settled || next->state >= MCV_TX_CLAIMING) return;
    if (next->state == MCV_TX_WAITING && next->retry_at_us > a->now.mono_us) return;
    advance(a, m, tx, t);
}

/* ---- the change ---------------------------------------------------------------------------- */

static void begin_stream(struct mcv_media_tx *tx)
{
    tx->has_sent = tx->has_reported = tx->has_controlled = tx->has_collided = false;
    tx->n_pkts = tx->n_octets = 0;
    tx->report_at_us = MCV_NEVER;
}

void mcv_media_end_stream(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium)
{
    struct mcv_media_tx *tx = &m->tx[medium];

    tx->assigned_ssrc = 0;
    if (is_unused(tx)) give_up(a, &tx->now);
    wipe_send(&tx->now);
    give_up(a, &tx->next);
    begin_stream(tx);
}

/* A key that is revoked or has expired is not used for one packet more, not even for a BYE. What goes
 * on later is another stream: the counters of this one are gone with its key. */
static void drop_dead(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium)
{
    const struct mcv_media_tx *tx = &m->tx[medium];

    if (tx->now.state != MCV_TX_READY || !mcv_media_has_keys(m) || !m->is_group) return;
    const struct mcv_keyring_gmk *gmk = mcv_keyring_find_gmk(a->keys, tx->now.mki.key_id);
    if (gmk != NULL && mcv_keyring_gmk_may_receive(gmk, m->group, a->latest_s)) return;
    mcv_media_end_stream(a, m, medium);
}

static void take_over(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                      const struct target *want)
{
    struct mcv_media_tx *tx = &m->tx[medium];
    const bool goes_on = tx->now.ssrc == tx->next.ssrc, is_spare = is_unused(tx);

    if (tx->next.state != MCV_TX_READY || !is_for(&tx->next, want)) return;
    if (goes_on) {
        mcv_srtp_tx_continue(&tx->next.srtp, &tx->now.srtp);
    } else {
        mcv_media_report(a, m, medium, true);
        begin_stream(tx);
    }
    if (is_spare) give_up(a, &tx->now);
    wipe_send(&tx->now);
    if (tx->assigned_ssrc == tx->next.ssrc) tx->assigned_ssrc = 0;
    tx->now = tx->next;
    mcv_wipe(&tx->next, sizeof tx->next); /* moved: its library contexts live on */
    if (!m->is_group) mcv_media_plan_report(a, tx);
}

void mcv_media_prepare(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium)
{
    const struct mcv_srtp_mki no_key = {.key_id = MCV_NO_KEY_ID};
    struct mcv_media_tx *tx = &m->tx[medium];
    const int64_t now_s = a->latest_s;

    const bool is_silent = m->is_listening && m->is_group; /* in a private call he reports */

    mcv_agent_replan(a);
    if (is_silent || !mcv_media_has(m, medium)) {
        mcv_media_end_stream(a, m, medium);
        return;
    }
    const struct target want = target_at(a, m, now_s);
    if (m->is_group) m->tx_mki = want.is_there ? want.mki : no_key;
    take_over(a, m, medium, &want);
    drop_dead(a, m, medium);
    const bool is_settled = is_settled_for(tx, &want);
    const struct target t = is_settled ? target_at(a, m, now_s + MCV_MEDIA_AHEAD_S) : want;
    make_next(a, m, tx, &t);
    take_over(a, m, medium, &want);
}

void mcv_media_claimed(struct mcv_agent *a, struct mcv_media *m, const struct mcv_job *job)
{
    const struct mcv_srtp_mki mki = mcv_srtp_mki_group(job->gmk_id, job->guk_id);
    const bool is_used = job->err == MCV_E_REPLAY; /* under a key that came back */

    if (job->err && !is_used) mcv_count(a, MCV_N_STORE_FAILED);
    for (size_t i = 0; m != NULL && i < MCV_N_MEDIA; i++) {
        struct mcv_media_send *next = &m->tx[i].next;
        if (next->state != MCV_TX_CLAIMING || next->ssrc != job->ssrc ||
            next->mki.key_id != job->gmk_id) {
            continue;
        }
        next->state = MCV_TX_READY;
        next->is_claimed = true;
        if (job->err) { /* it may be on disk or not: another one, later */
            wipe_send(next);
            next->mki = mki;
            wait_for(a, next, is_used ? 0 : NO_CLAIM_US);
        }
        mcv_media_prepare(a, m, (enum mcv_medium)i);
        return;
    }
    if (!job->err) mcv_own_ssrcs_give_back(&a->ssrcs, &mki, job->ssrc);
}

void mcv_media_collided(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium)
{
    struct mcv_media_tx *tx = &m->tx[medium];

    if (tx->has_collided || !mcv_pace_take(&tx->collisions, a->now.mono_us, COLLISION_US, 1)) {
        return;
    }
    tx->has_collided = true;
    mcv_media_prepare(a, m, medium);
}
