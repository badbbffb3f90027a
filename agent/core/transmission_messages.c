/* The messages of transmission control: written and protected, opened and told apart.
 *
 * Spec: TS 24.581 9.2.4 to 9.2.12, 13 (SRTCP with the key of the call, or in clear when the group's
 * protect-transmission-control is false). We send one message in a datagram; nobody is asked for an
 * Ack. */
#include "agent/core/media.h"
#include "agent/core/transmission_steps.h"

/* ---- written ------------------------------------------------------------------------------- */

bool mcv_ptt_can_send(const struct mcv_transmission *t)
{
    return mcv_media_control_ssrc(t->media) != 0;
}

/* Spec: TS 24.581 9.2.3.11 */
static uint16_t indicator_of(const struct mcv_transmission *t, uint8_t call_class)
{
    static const uint16_t of_class[] = {MCV_TC_NORMAL_CALL, MCV_TC_IMMINENT_PERIL,
                                        MCV_TC_EMERGENCY_CALL};

    return t->is_broadcast ? MCV_TC_BROADCAST_CALL : of_class[call_class];
}

static struct mcv_tc message(const struct mcv_agent *a, const struct mcv_transmission *t,
                             enum mcv_tc_type type)
{
    return (struct mcv_tc){.type = type,
                           .ssrc = mcv_media_control_ssrc(t->media),
                           .user_id = a->config->user,
                           .may_request = !t->is_broadcast,
                           .indicator = indicator_of(t, t->call_class)};
}

/* A queue that does not fit into a packet is told as far as it does. */
static void send(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_tc *m)
{
    uint8_t octets[MCV_MAX_PACKET_BYTES - MCV_SRTP_MAX_OVERHEAD_BYTES];
    struct mcv_writer w;

    do {
        w = mcv_writer_of(octets, sizeof octets);
        mcv_tc_encode(&w, m);
    } while (w.err == MCV_E_SPACE && m->n_queued-- > 0);
    mcv_err err = w.err;
    if (!err) err = mcv_media_send_control(a, t->media, mcv_wr_done(&w));
    mcv_count(a, err ? MCV_N_TC_NOT_SENT : MCV_N_TC_SENT);
}

void mcv_ptt_send_request(struct mcv_agent *a, struct mcv_transmission *t)
{
    struct mcv_tc m = message(a, t, MCV_TC_REQUEST);

    m.priority = (uint8_t)t->wanted_rank;
    m.indicator = indicator_of(t, (uint8_t)(t->wanted_rank >> 8));
    send(a, t, &m);
}

void mcv_ptt_send_release(struct mcv_agent *a, struct mcv_transmission *t)
{
    struct mcv_tc m = message(a, t, MCV_TC_RELEASE);

    send(a, t, &m);
}

static void add_queue(const struct mcv_transmission *t, struct mcv_tc *m)
{
    m->has |= MCV_TC_HAS(QUEUE_SIZE);
    m->queue_size = t->queue.n;
    for (uint16_t i = 0; i < t->queue.n && i < MCV_TC_MAX_QUEUE; i++) {
        const struct mcv_waiting *w = &t->queue.w[i];
        m->queued[m->n_queued++] = (struct mcv_tc_queued){.ssrc = w->ssrc,
                                                          .user_id = mcv_member_uri(&w->who),
                                                          .position = (uint8_t)(i + 1u),
                                                          .priority = (uint8_t)w->rank};
    }
}

void mcv_ptt_send_granted(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_transmitter *tx)
{
    struct mcv_tc m = message(a, t, MCV_TC_GRANTED);
    const struct mcv_timers *limits = &a->config->timers;
    const uint32_t longest_s = limits->t206_s + limits->t207_s;

    m.duration_s = limits->t206_s == 0 || longest_s > UINT16_MAX ? UINT16_MAX : (uint16_t)longest_s;
    m.audio_ssrc = tx->control_ssrc;
    m.video_ssrc = tx->ssrc[MCV_VIDEO];
    if (m.video_ssrc != 0) m.has |= MCV_TC_HAS(VIDEO_SSRC);
    m.priority = (uint8_t)tx->rank;
    m.user_id = tx->is_me ? a->config->user : mcv_member_uri(&tx->who);
    m.indicator = indicator_of(t, (uint8_t)(tx->rank >> 8));
    if (t->media->sdp.has_queueing && t->config->n_queue > 0) add_queue(t, &m);
    send(a, t, &m);
}

void mcv_ptt_send_rejected(struct mcv_agent *a, struct mcv_transmission *t, struct mcv_bytes user,
                           uint16_t cause)
{
    struct mcv_tc m = message(a, t, MCV_TC_REJECTED);

    m.user_id = user;
    m.cause = cause;
    m.has = MCV_TC_HAS(INDICATOR);
    send(a, t, &m);
}

/* The table of Revoked has no addressee: on a multicast channel it needs one. */
void mcv_ptt_send_revoked(struct mcv_agent *a, struct mcv_transmission *t,
                          const struct mcv_transmitter *tx, uint16_t cause)
{
    struct mcv_tc m = message(a, t, MCV_TC_REVOKED);

    m.cause = cause;
    m.user_id = mcv_member_uri(&tx->who);
    m.audio_ssrc = tx->control_ssrc;
    m.has = MCV_TC_HAS(AUDIO_SSRC);
    if (m.user_id.n > 0) m.has |= MCV_TC_HAS(USER_ID);
    send(a, t, &m);
}

void mcv_ptt_send_taken(struct mcv_agent *a, struct mcv_transmission *t)
{
    struct mcv_tc m = message(a, t, MCV_TC_ARBITRATION_TAKEN);

    m.transmitting_user = a->config->user;
    m.seq = t->seq;
    m.audio_ssrc = m.ssrc;
    m.video_ssrc = mcv_media_tx_ssrc(t->media, MCV_VIDEO);
    send(a, t, &m);
}

void mcv_ptt_send_handed(struct mcv_agent *a, struct mcv_transmission *t,
                         const struct mcv_transmitter *delegate)
{
    struct mcv_tc m = message(a, t, MCV_TC_ARBITRATION_RELEASE);

    m.seq = t->seq;
    m.transmitting_user = mcv_member_uri(&delegate->who);
    m.audio_ssrc = delegate->control_ssrc;
    m.video_ssrc = delegate->ssrc[MCV_VIDEO];
    m.has = MCV_TC_HAS(TRANSMITTING_USER) | MCV_TC_HAS(AUDIO_SSRC);
    if (m.video_ssrc != 0) m.has |= MCV_TC_HAS(VIDEO_SSRC);
    send(a, t, &m);
}

void mcv_ptt_send_position_request(struct mcv_agent *a, struct mcv_transmission *t)
{
    struct mcv_tc m = message(a, t, MCV_TC_QUEUE_POSITION_REQUEST);

    send(a, t, &m);
}

void mcv_ptt_send_position(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_waiting *w, uint8_t position)
{
    struct mcv_tc m = message(a, t, MCV_TC_QUEUE_POSITION_INFO);

    m.has = MCV_TC_HAS(INDICATOR);
    m.audio_ssrc = w->ssrc;
    m.n_queued = 1;
    m.queued[0] = (struct mcv_tc_queued){.ssrc = w->ssrc,
                                         .user_id = mcv_member_uri(&w->who),
                                         .position = position,
                                         .priority = (uint8_t)w->rank};
    send(a, t, &m);
}

/* ---- told apart ---------------------------------------------------------------------------- */

/* Nothing for us: another user is rejected or told his position, or there is no such message
 * off-network. */
#define NOT_FOR_US MCV_N_PTT_EVENTS

typedef unsigned classifier(const struct mcv_agent *a, const struct mcv_transmission *t,
                            const struct mcv_tc *m);

static unsigned as_request(const struct mcv_agent *a, const struct mcv_transmission *t,
                           const struct mcv_tc *m)
{
    (void)a;
    (void)t;
    (void)m;
    return MCV_PTT_REQUEST;
}

static unsigned as_release(const struct mcv_agent *a, const struct mcv_transmission *t,
                           const struct mcv_tc *m)
{
    (void)a;
    (void)t;
    (void)m;
    return MCV_PTT_RELEASE;
}

static unsigned as_position_request(const struct mcv_agent *a, const struct mcv_transmission *t,
                                    const struct mcv_tc *m)
{
    (void)a;
    (void)t;
    (void)m;
    return MCV_PTT_POSITION_REQUEST;
}

static unsigned as_granted(const struct mcv_agent *a, const struct mcv_transmission *t,
                           const struct mcv_tc *m)
{
    (void)t;
    return mcv_ptt_is_me(a, m->user_id) ? MCV_PTT_GRANTED_ME : MCV_PTT_GRANTED_OTHER;
}

static unsigned as_rejected(const struct mcv_agent *a, const struct mcv_transmission *t,
                            const struct mcv_tc *m)
{
    (void)t;
    return mcv_ptt_is_me(a, m->user_id) ? MCV_PTT_REJECTED : NOT_FOR_US;
}

/* Without an addressee (a peer that keeps to the table of the message): the SSRC, or there are only
 * the arbitrator and we. */
static unsigned as_revoked(const struct mcv_agent *a, const struct mcv_transmission *t,
                           const struct mcv_tc *m)
{
    const bool has_user = (m->has & MCV_TC_HAS(USER_ID)) != 0;
    const bool has_ssrc = (m->has & MCV_TC_HAS(AUDIO_SSRC)) != 0;
    const bool are_two = mcv_transmitters_load(&t->tx) <= 2 && t->arb.is_known &&
                         m->ssrc == t->arb.ssrc;
    bool is_ours = are_two;

    if (has_ssrc) is_ours = m->audio_ssrc == t->own_ssrc;
    if (has_user) is_ours = mcv_ptt_is_me(a, m->user_id);
    return is_ours ? MCV_PTT_REVOKED : NOT_FOR_US;
}

static unsigned as_taken(const struct mcv_agent *a, const struct mcv_transmission *t,
                         const struct mcv_tc *m)
{
    (void)a;
    (void)t;
    (void)m;
    return MCV_PTT_TAKEN;
}

static unsigned as_handed(const struct mcv_agent *a, const struct mcv_transmission *t,
                          const struct mcv_tc *m)
{
    (void)t;
    if ((m->has & MCV_TC_HAS(TRANSMITTING_USER)) == 0) return MCV_PTT_HANDED_NOBODY;
    return mcv_ptt_is_me(a, m->transmitting_user) ? MCV_PTT_HANDED_ME : MCV_PTT_HANDED_OTHER;
}

static unsigned as_position(const struct mcv_agent *a, const struct mcv_transmission *t,
                            const struct mcv_tc *m)
{
    (void)t;
    return mcv_ptt_is_me(a, m->queued[0].user_id) ? MCV_PTT_POSITION : NOT_FOR_US;
}

/* is_sender: User ID is who sends it. */
static const struct {
    classifier *classify; /* NULL: no such message off-network */
    bool is_sender;
} kinds[MCV_N_TC_TYPES] = {
    [MCV_TC_REQUEST] = {as_request, true},
    [MCV_TC_RELEASE] = {as_release, true},
    [MCV_TC_QUEUE_POSITION_REQUEST] = {as_position_request, true},
    [MCV_TC_GRANTED] = {as_granted, false},
    [MCV_TC_REJECTED] = {as_rejected, false},
    [MCV_TC_REVOKED] = {as_revoked, false},
    [MCV_TC_ARBITRATION_TAKEN] = {as_taken, true},
    [MCV_TC_ARBITRATION_RELEASE] = {as_handed, true},
    [MCV_TC_QUEUE_POSITION_INFO] = {as_position, true},
};

/* ---- received ------------------------------------------------------------------------------ */

/* Who speaks for whom. A Granted about its sender names him; every other message that does not name
 * its sender has to be of the one whom we know by this SSRC. */
static bool is_true(const struct mcv_agent *a, struct mcv_transmission *t,
                    const struct mcv_ptt_source *from, const struct mcv_tc *m)
{
    const bool is_own_grant = m->type == MCV_TC_GRANTED && m->audio_ssrc == m->ssrc &&
                              !mcv_ptt_is_me(a, m->user_id);

    if (kinds[m->type].is_sender || is_own_grant) return mcv_ptt_is_user(a, t, m->user_id, from);
    if (t->approach == MCV_APPROACH_PRIVATE || !t->arb.is_known || t->arb.ssrc != m->ssrc) {
        return true;
    }
    return mcv_ptt_is_member(a, t, &t->arb.who, from);
}

/* What a live arbitrator does restarts his timer. */
static void note_alive(struct mcv_agent *a, struct mcv_transmission *t,
                       const struct mcv_ptt_source *from)
{
    if (mcv_ptt_is_arb(a, t, from) && mcv_ptt_runs(t, MCV_PT_203_ARB)) {
        mcv_ptt_start(a, t, MCV_PT_203_ARB, a->config->timers.t203_ms);
    }
}

static mcv_err receive_one(struct mcv_agent *a, struct mcv_transmission *t,
                           const struct mcv_ptt_source *from, struct mcv_bytes packet)
{
    struct mcv_tc m;
    const mcv_err err = mcv_tc_decode(&m, packet);

    if (err) return mcv_drop(a, MCV_N_TC_MALFORMED, err);
    mcv_count(a, MCV_N_TC_RECEIVED);
    if (kinds[m.type].classify == NULL) return mcv_drop(a, MCV_N_TC_IGNORED, MCV_E_UNSUPPORTED);
    if (!is_true(a, t, from, &m)) return mcv_drop(a, MCV_N_TC_IDENTITY, MCV_E_AUTH);
    note_alive(a, t, from);
    const unsigned event = kinds[m.type].classify(a, t, &m);
    if (event == NOT_FOR_US) return MCV_OK;
    const struct mcv_ptt_input in = {.m = &m, .from = from, .tx = mcv_ptt_find(a, t, from)};
    return mcv_ptt_step(a, t, (enum mcv_ptt_event)event, &in) ? MCV_OK : MCV_E_POLICY;
}

mcv_err mcv_transmission_receive(struct mcv_agent *a, struct mcv_transmission *t,
                                 const struct mcv_ptt_source *from, struct mcv_bytes octets)
{
    struct mcv_reader r = mcv_reader_of(octets);
    struct mcv_bytes packet;
    mcv_err err = MCV_OK;

    if (t->media == NULL) {
        mcv_count(a, MCV_N_TC_IGNORED);
        return MCV_OK;
    }
    while (mcv_tc_next(&packet, &r)) {
        const mcv_err one = receive_one(a, t, from, packet);
        if (!err) err = one;
    }
    if (!err && r.err) err = mcv_drop(a, MCV_N_TC_MALFORMED, r.err);
    mcv_ptt_want(a, t);
    mcv_ptt_flush(a, t);
    return err;
}
