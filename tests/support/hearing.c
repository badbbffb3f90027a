#include "tests/support/hearing.h"

#include "agent/core/agent_private.h"
#include "agent/edge/gro.h"
#include "crypto/key_table.h"
#include "crypto/uid.h"
#include "proto/rtp.h"
#include "tests/support/bob.h"
#include "tests/support/duo.h"

#define GMK_ID    0x01234567u
#define BOBS_SSRC 0x0b0b0b0bu

static const struct mcv_gmk gmk = {.b = "sixteen octets!"};
static const uint8_t gmk_rand[MCV_RAND_MIN_BYTES] = "and sixteen more";

struct hearing {
    struct lone l;
    struct mcv_keyring_gmk ring[1];
    struct mcv_bytes group_id[1];
    struct mcv_srtp_tx bob[HEARING_N_CALLS];
    uint32_t call[HEARING_N_CALLS];
    uint16_t slot[HEARING_N_CALLS];
};

/* ---- the calls ----------------------------------------------------------------------------- */

static uint32_t guk_of(const char *user)
{
    uint32_t salt;

    MCV_ASSERT(mcv_user_salt(&salt, &gmk, mcv_bytes_str(user)) == MCV_OK);
    return mcv_guk_id_of(GMK_ID, salt);
}

static void give_keys(struct hearing *h)
{
    h->group_id[0] = mcv_bytes_str(LONE_GROUP);
    h->ring[0] = (struct mcv_keyring_gmk){.gmk_id = GMK_ID,
                                          .guk_id = guk_of(LONE_ALICE),
                                          .gmk = &gmk,
                                          .rand = mcv_bytes_of(gmk_rand, sizeof gmk_rand),
                                          .group_ids = h->group_id,
                                          .n_groups = 1};
    h->l.keys = *duo_keys(DUO_ALICE);
    h->l.keys.gmks = h->ring;
    h->l.keys.n_gmks = 1;
    h->l.groups[0].protect_media = h->l.groups[0].protect_control = true;
}

static void note_calls(struct hearing *h)
{
    struct mcv_call_info c;

    for (size_t i = 0; mcv_agent_call_info(h->l.a, i, &c); i++) {
        const enum hearing_call kind = c.kind == MCV_KIND_PRIVATE ? HEARING_PRIVATE : HEARING_GROUP;
        MCV_ASSERT(c.is_established && c.is_protected);
        h->call[kind] = c.call;
        h->slot[kind] = c.slot;
    }
    MCV_ASSERT(h->call[HEARING_PRIVATE] != 0 && h->call[HEARING_GROUP] != 0);
}

static void give_bob(struct hearing *h, enum hearing_call call, struct mcv_srtp_mki mki,
                     const struct mcv_srtp_master *master, uint16_t roc_every)
{
    const struct mcv_srtp_tx_params params = {
        .master = master, .mki = mki, .ssrc = BOBS_SSRC, .roc_every = roc_every};

    MCV_ASSERT(mcv_srtp_tx_init(&h->bob[call], h->l.config.srtp, &params) == MCV_OK);
}

/* The keys of bob's side. Spec: TS 33.180 7.4 */
static void make_bob(struct hearing *h)
{
    const struct mcv_private_call *c = mcv_private_find(h->l.a, h->call[HEARING_PRIVATE]);
    const uint8_t cs_id = mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_PRIVATE_RECEIVER);
    const uint32_t guk_id = guk_of(LONE_BOB);
    struct mcv_srtp_master master;

    MCV_ASSERT(mcv_kdf_srtp_master(&master, c->pck.b, cs_id, c->pck_id,
                                   mcv_bytes_of(c->rand, c->n_rand)) == MCV_OK);
    give_bob(h, HEARING_PRIVATE, mcv_srtp_mki_private(c->pck_id), &master, c->roc_every);
    MCV_ASSERT(mcv_kdf_srtp_master(&master, gmk.b, h->l.config.group_cs_id, guk_id,
                                   h->ring[0].rand) == MCV_OK);
    give_bob(h, HEARING_GROUP, mcv_srtp_mki_group(GMK_ID, guk_id), &master, MCV_SRTP_ROC_GROUP);
}

static void begin(struct hearing *h)
{
    memset(h, 0, sizeof *h);
    bob_defaults(&h->l);
    give_keys(h);
    h->l.is_quiet = true;
    lone_open(&h->l);
    step_hear_group(&h->l);
    step_to_p4_out(&h->l);
    note_calls(h);
    make_bob(h);
}

static void end(struct hearing *h)
{
    for (size_t i = 0; i < HEARING_N_CALLS; i++) mcv_srtp_tx_wipe(&h->bob[i]);
    lone_close(&h->l);
}

/* ---- sealing ------------------------------------------------------------------------------- */

static mcv_err seal_rtp(struct mcv_srtp_tx *tx, struct mcv_bytes *sealed, uint8_t *out, size_t cap,
                        uint8_t *plain, size_t n)
{
    struct mcv_rtp h;

    if (mcv_rtp_decode(&h, mcv_bytes_of(plain, n))) return MCV_E_MALFORMED;
    mcv_store_be32(plain + 8, tx->ssrc);
    const struct mcv_srtp_packet packet = {.bytes = mcv_bytes_of(plain, n),
                                           .header_bytes = h.header_bytes,
                                           .ssrc = tx->ssrc,
                                           .seq = h.seq};
    return mcv_srtp_tx_seal(tx, sealed, out, cap, &packet);
}

static mcv_err seal_rtcp(struct mcv_srtp_tx *tx, struct mcv_bytes *sealed, uint8_t *out, size_t cap,
                         uint8_t *plain, size_t n)
{
    if (n < 8) return MCV_E_MALFORMED;
    mcv_store_be32(plain + 4, tx->ssrc);
    return mcv_srtp_tx_seal_rtcp(tx, sealed, out, cap, mcv_bytes_of(plain, n));
}

/* As bob would send it; what he could not send stays as it is. */
static struct mcv_bytes seal(struct mcv_srtp_tx *tx, enum mcv_channel channel, struct mcv_bytes in)
{
    static uint8_t plain[UINT16_MAX], out[UINT16_MAX + MCV_SRTP_MAX_OVERHEAD_BYTES];
    const bool is_rtp = channel == MCV_CH_AUDIO_RTP || channel == MCV_CH_VIDEO_RTP;
    struct mcv_bytes sealed;

    if (in.n > 0) memcpy(plain, in.p, in.n);
    const mcv_err err = (is_rtp ? seal_rtp : seal_rtcp)(tx, &sealed, out, sizeof out, plain, in.n);
    return err ? in : sealed;
}

/* ---- steps --------------------------------------------------------------------------------- */

static uint64_t n_counted(const struct lone *l)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < MCV_N_COUNTERS; i++) n += lone_count(l, (enum mcv_counter)i);
    return n;
}

static void hear(struct hearing *h, uint8_t flags, struct mcv_bytes octets)
{
    struct lone *l = &h->l;
    const enum hearing_call call = flags & HEARING_OF_GROUP ? HEARING_GROUP : HEARING_PRIVATE;
    const enum mcv_channel channel = (enum mcv_channel)(flags & HEARING_WHAT);
    const bool is_sealed = (flags & HEARING_SEALED) != 0 && channel != MCV_CH_MONP;
    const uint64_t n_before = n_counted(l), n_local = l->n_local;
    const struct mcv_datagram d = {
        .channel = channel,
        .call = channel == MCV_CH_MONP ? 0 : h->call[call],
        .from = flags & HEARING_STRANGE ? l->carol : l->bob,
        .to = call == HEARING_GROUP ? l->group : l->alice,
        .bytes = is_sealed ? seal(&h->bob[call], channel, octets) : octets,
    };

    (void)lone_hear_octets(l, &d);
    MCV_ASSERT(n_counted(l) > n_before);
    MCV_ASSERT(is_sealed || l->n_local == n_local);
}

static void from_application(struct hearing *h, uint8_t flags, struct mcv_bytes octets)
{
    const enum hearing_call call = flags & HEARING_OF_GROUP ? HEARING_GROUP : HEARING_PRIVATE;
    const enum mcv_medium medium = flags & HEARING_IS_VIDEO ? MCV_VIDEO : MCV_AUDIO;

    (void)lone_local(&h->l, h->slot[call], medium, octets);
}

static void message(struct hearing *h, uint8_t flags, struct mcv_reader *r)
{
    const uint16_t segment = mcv_rd_u16(r);
    const uint16_t n = mcv_rd_u16(r);
    const size_t left = mcv_rd_left(r);
    struct mcv_gro g = mcv_gro_of(mcv_rd_bytes(r, n < left ? n : left), segment);
    struct mcv_bytes datagram;

    while (mcv_gro_next(&g, &datagram)) {
        if ((flags & HEARING_WHAT) == HEARING_LOCAL)
            from_application(h, flags, datagram);
        else
            hear(h, flags, datagram);
    }
}

void hearing_run(struct mcv_bytes script)
{
    static struct hearing h;
    struct mcv_reader r = mcv_reader_of(script);

    begin(&h);
    while (mcv_rd_left(&r) > 0) {
        const uint8_t flags = mcv_rd_u8(&r);
        if ((flags & HEARING_WHAT) == HEARING_TIME)
            lone_run_ms(&h.l, mcv_rd_u16(&r) * 4u);
        else
            message(&h, flags, &r);
        MCV_ASSERT(mcv_agent_wake_at(h.l.a) > h.l.now.mono_us);
    }
    end(&h);
}
