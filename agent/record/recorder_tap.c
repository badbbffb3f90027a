/* What the agent draws, what it chooses and what its packets come to, noted on the way. */
#include "agent/record/recorder_private.h"
#include "crypto/uid.h"

/* The tap is the first member of its recorder. */
static struct mcv_recorder *recorder_of(const struct mcv_srtp_backend *tap)
{
    return (struct mcv_recorder *)(uintptr_t)tap;
}

static const struct mcv_srtp_backend *inner(const struct mcv_srtp_cipher *c)
{
    return recorder_of(c->backend)->srtp;
}

/* rtcp  what was in an SRTCP packet that opened. */
static mcv_err verdict(struct mcv_recorder *r, mcv_err err, struct mcv_bytes rtcp)
{
    if (r->has_secrets || !mcv_recorder_is_taking(r)) return err;
    Mcv__RecordVerdict *v = mcv_arena_alloc(&r->arena, sizeof *v);
    if (v != NULL) {
        mcv__record_verdict__init(v);
        v->err = (int32_t)err;
        if (err == MCV_OK) v->rtcp = mcv_arena_bytes(&r->arena, rtcp.p, rtcp.n);
    }
    mcv_recorder_add(r, &r->frame.verdicts, &r->frame.n_verdicts, v);
    return err;
}

static mcv_err cipher_init(struct mcv_srtp_cipher *c, const struct mcv_srtp_master *master)
{
    return inner(c)->cipher_init(c, master);
}

static void cipher_wipe(struct mcv_srtp_cipher *c)
{
    inner(c)->cipher_wipe(c);
}

static mcv_err seal_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, uint32_t roc)
{
    return inner(c)->seal_rtp(c, out, packet, roc);
}

static mcv_err open_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, size_t n, uint32_t roc)
{
    return verdict(recorder_of(c->backend), inner(c)->open_rtp(c, out, packet, n, roc),
                   mcv_bytes_of(NULL, 0));
}

static mcv_err seal_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes rtcp,
                         uint32_t index)
{
    return inner(c)->seal_rtcp(c, out, rtcp, index);
}

static mcv_err open_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes srtcp)
{
    const size_t overhead = MCV_SRTP_TAG_BYTES + MCV_SRTP_INDEX_BYTES + c->mki.n_bytes;
    const mcv_err err = inner(c)->open_rtcp(c, out, srtcp);

    return verdict(recorder_of(c->backend), err, mcv_bytes_of(out, srtcp.n - overhead));
}

static void forget(struct mcv_srtp_cipher *c, uint32_t ssrc)
{
    inner(c)->forget(c, ssrc);
}

static mcv_err user_salt(const struct mcv_srtp_backend *backend, uint32_t *salt, uint32_t gmk_id,
                         const struct mcv_gmk *gmk, struct mcv_bytes user)
{
    struct mcv_recorder *r = recorder_of(backend);
    const mcv_err err = mcv_srtp_user_salt(r->srtp, salt, gmk_id, gmk, user);

    if (r->has_secrets || !mcv_recorder_is_taking(r)) return err;
    Mcv__RecordSalt *s = mcv_arena_alloc(&r->arena, sizeof *s);
    if (s != NULL) {
        mcv__record_salt__init(s);
        s->gmk_id = gmk_id;
        s->user = mcv_arena_bytes(&r->arena, user.p, user.n);
        s->salt = *salt;
        s->err = (int32_t)err;
    }
    mcv_recorder_add(r, &r->frame.salts, &r->frame.n_salts, s);
    return err;
}

void mcv_recorder_tap(struct mcv_recorder *r)
{
    r->tap = (struct mcv_srtp_backend){
        .name = mcv_srtp_backend_name(r->srtp),
        .start = r->srtp->start,
        .cipher_init = cipher_init,
        .cipher_wipe = cipher_wipe,
        .seal_rtp = seal_rtp,
        .open_rtp = open_rtp,
        .seal_rtcp = seal_rtcp,
        .open_rtcp = open_rtcp,
        .forget = forget,
        .user_salt = user_salt,
    };
}

static void note_draw(struct mcv_recorder *r, const uint8_t *p, size_t n)
{
    const ProtobufCBinaryData item = mcv_arena_bytes(&r->arena, p, n);
    ProtobufCBinaryData *grown = mcv_arena_alloc(&r->arena, (r->frame.n_draws + 1) * sizeof *grown);

    r->is_full = r->is_full || item.data == NULL || grown == NULL;
    if (r->is_full) return;
    if (r->frame.n_draws > 0) memcpy(grown, r->frame.draws, r->frame.n_draws * sizeof *grown);
    grown[r->frame.n_draws++] = item;
    r->frame.draws = grown;
}

static mcv_err draw(void *ctx, uint8_t *out, size_t n)
{
    struct mcv_recorder *r = ctx;
    const mcv_err err = mcv_rng_bytes(&r->rng, out, n);

    if (err == MCV_OK && r->has_secrets && mcv_recorder_is_taking(r)) note_draw(r, out, n);
    return err;
}

static mcv_err choose(void *ctx, uint32_t *out, uint32_t bound)
{
    struct mcv_recorder *r = ctx;
    const mcv_err err = bound > 0 ? mcv_rng_below(&r->rng, out, bound) : mcv_rng_u32(&r->rng, out);

    if (err != MCV_OK || !mcv_recorder_is_taking(r)) return err;
    Mcv__RecordChoice *c = mcv_arena_alloc(&r->arena, sizeof *c);
    if (c != NULL) {
        mcv__record_choice__init(c);
        c->value = *out;
        c->bound = bound;
    }
    mcv_recorder_add(r, &r->frame.choices, &r->frame.n_choices, c);
    return MCV_OK;
}

struct mcv_rng mcv_recorder_rng(struct mcv_recorder *r, struct mcv_rng rng)
{
    return r == NULL ? rng : (struct mcv_rng){.fill = draw, .ctx = r, .choose = choose};
}

const struct mcv_srtp_backend *mcv_recorder_srtp(struct mcv_recorder *r,
                                                 const struct mcv_srtp_backend *srtp)
{
    return r != NULL && srtp == r->srtp ? &r->tap : srtp;
}
