#include "sim/replay_oracle.h"

#include <string.h>

/* The back-end is the first member of its oracle. */
static struct mcv_replay_oracle *oracle_of(const struct mcv_srtp_backend *srtp)
{
    return (struct mcv_replay_oracle *)(uintptr_t)srtp;
}

/* ---- draws and choices --------------------------------------------------------------------- */

#define LOOK_AHEAD 64 /* choices */

/* Of a redacted record: zeros; no key comes of them. */
static mcv_err draw(void *ctx, uint8_t *out, size_t n)
{
    struct mcv_replay_oracle *o = ctx;
    const ProtobufCBinaryData *d = NULL;

    memset(out, 0, n);
    if (o->frame != NULL && o->n_draws < o->frame->n_draws) d = &o->frame->draws[o->n_draws++];
    if (d != NULL && d->len == n) memcpy(out, d->data, n);
    return MCV_OK;
}

static struct mcv_replay_choice *take_choice(struct mcv_replay_oracle *o, uint32_t bound)
{
    struct mcv_replay_choice **found = NULL, **at = &o->choices;
    bool is_own = false;
    size_t n = 0;

    for (; *at != NULL && n < LOOK_AHEAD && !is_own; at = &(*at)->next, n++) {
        if ((*at)->bound != bound) continue;
        is_own = o->frame != NULL && (*at)->frame == o->number;
        if (found == NULL || is_own) found = at;
    }
    struct mcv_replay_choice *c = found != NULL ? *found : NULL;
    if (c != NULL)
        *found = c->next;
    else if (n == LOOK_AHEAD)
        o->choices = o->choices->next; /* nobody asked for it */
    return c;
}

static mcv_err choose(void *ctx, uint32_t *out, uint32_t bound)
{
    struct mcv_replay_oracle *o = ctx;
    const struct mcv_replay_choice *c = take_choice(o, bound);

    if (c == NULL) o->n_beyond++;
    *out = c != NULL ? c->value : (uint32_t)mcv_prng_u64(&o->prng);
    if (bound > 0) *out %= bound;
    return MCV_OK;
}

struct mcv_rng mcv_replay_oracle_rng(struct mcv_replay_oracle *o)
{
    return (struct mcv_rng){.fill = draw, .ctx = o, .choose = choose};
}

/* ---- SRTP ---------------------------------------------------------------------------------- */

static const Mcv__RecordVerdict *next_verdict(struct mcv_replay_oracle *o)
{
    if (o->frame != NULL && o->n_verdicts < o->frame->n_verdicts)
        return o->frame->verdicts[o->n_verdicts++];
    o->n_beyond++;
    return NULL;
}

static mcv_err start(void)
{
    return MCV_OK;
}

static mcv_err cipher_init(struct mcv_srtp_cipher *c, const struct mcv_srtp_master *master)
{
    (void)c;
    (void)master;
    return MCV_OK;
}

static void cipher_wipe(struct mcv_srtp_cipher *c)
{
    (void)c;
}

/* As long as the real one: zeros in place of a tag. */
static mcv_err seal_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, uint32_t roc)
{
    const struct mcv_bytes in = packet->bytes;
    const size_t head = packet->header_bytes;

    (void)roc;
    memmove(out + head, in.p + head, in.n - head);
    if (out != mcv_srtp_header(packet)) memmove(out, mcv_srtp_header(packet), head);
    memset(out + in.n, 0, MCV_SRTP_TAG_BYTES);
    mcv_srtp_mki_store(out + in.n + MCV_SRTP_TAG_BYTES, &c->mki);
    return MCV_OK;
}

static mcv_err open_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, size_t n, uint32_t roc)
{
    const Mcv__RecordVerdict *v = next_verdict(oracle_of(c->backend));
    const size_t plain = n - c->mki.n_bytes - MCV_SRTP_TAG_BYTES;

    (void)roc;
    memset(out, 0, plain);
    if (v == NULL || v->err != MCV_OK) return v == NULL ? MCV_E_AUTH : (mcv_err)v->err;
    memcpy(out, packet->bytes.p, packet->header_bytes);
    return MCV_OK;
}

static mcv_err seal_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes rtcp,
                         uint32_t index)
{
    memcpy(out, rtcp.p, rtcp.n);
    out += rtcp.n;
    memset(out, 0, MCV_SRTP_TAG_BYTES);
    mcv_store_be32(out + MCV_SRTP_TAG_BYTES, MCV_SRTCP_E_FLAG | index);
    mcv_srtp_mki_store(out + MCV_SRTP_TAG_BYTES + MCV_SRTP_INDEX_BYTES, &c->mki);
    return MCV_OK;
}

static mcv_err open_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes srtcp)
{
    const Mcv__RecordVerdict *v = next_verdict(oracle_of(c->backend));
    const size_t plain = srtcp.n - c->mki.n_bytes - MCV_SRTP_INDEX_BYTES - MCV_SRTP_TAG_BYTES;

    memset(out, 0, plain);
    if (v == NULL || v->err != MCV_OK) return v == NULL ? MCV_E_AUTH : (mcv_err)v->err;
    if (v->rtcp.len != plain) return MCV_E_AUTH;
    memcpy(out, v->rtcp.data, plain);
    return MCV_OK;
}

static void forget(struct mcv_srtp_cipher *c, uint32_t ssrc)
{
    (void)c;
    (void)ssrc;
}

static const struct mcv_replay_salt *find_salt(const struct mcv_replay_oracle *o, uint32_t gmk_id,
                                               struct mcv_bytes user)
{
    for (const struct mcv_replay_salt *s = o->salts; s != NULL; s = s->next)
        if (s->gmk_id == gmk_id && mcv_bytes_equal(s->user, user)) return s;
    return NULL;
}

static mcv_err user_salt(const struct mcv_srtp_backend *backend, uint32_t *salt, uint32_t gmk_id,
                         const struct mcv_gmk *gmk, struct mcv_bytes user)
{
    struct mcv_replay_oracle *o = oracle_of(backend);
    const struct mcv_replay_salt *s = find_salt(o, gmk_id, user);

    (void)gmk;
    *salt = s != NULL ? s->salt : 0;
    if (s == NULL) o->n_beyond++;
    return s != NULL ? s->err : MCV_E_CRYPTO;
}

/* ---- the record ---------------------------------------------------------------------------- */

void mcv_replay_oracle_init(struct mcv_replay_oracle *o)
{
    *o = (struct mcv_replay_oracle){
        .srtp = {.name = "record",
                 .start = start,
                 .cipher_init = cipher_init,
                 .cipher_wipe = cipher_wipe,
                 .seal_rtp = seal_rtp,
                 .open_rtp = open_rtp,
                 .seal_rtcp = seal_rtcp,
                 .open_rtcp = open_rtcp,
                 .forget = forget,
                 .user_salt = user_salt},
    };
    o->last_choice = &o->choices;
    mcv_prng_init(&o->prng, 1, 0);
}

static mcv_err learn_choices(struct mcv_replay_oracle *o, struct mcv_arena *arena,
                             const Mcv__RecordFrame *frame)
{
    o->n_frames++;
    for (size_t i = 0; i < frame->n_choices; i++) {
        struct mcv_replay_choice *c = mcv_arena_alloc(arena, sizeof *c);
        if (c == NULL) return MCV_E_FULL;
        *c = (struct mcv_replay_choice){.frame = o->n_frames,
                                        .value = frame->choices[i]->value,
                                        .bound = frame->choices[i]->bound};
        *o->last_choice = c;
        o->last_choice = &c->next;
    }
    return MCV_OK;
}

static mcv_err learn_salts(struct mcv_replay_oracle *o, struct mcv_arena *arena,
                           const Mcv__RecordFrame *frame)
{
    for (size_t i = 0; i < frame->n_salts; i++) {
        const Mcv__RecordSalt *s = frame->salts[i];
        const struct mcv_bytes user = mcv_pb_bytes(&s->user);
        if (find_salt(o, s->gmk_id, user) != NULL) continue;
        struct mcv_replay_salt *kept = mcv_arena_alloc(arena, sizeof *kept);
        const ProtobufCBinaryData copy = mcv_arena_bytes(arena, user.p, user.n);
        if (kept == NULL || copy.data == NULL) return MCV_E_FULL;
        *kept = (struct mcv_replay_salt){.next = o->salts,
                                         .gmk_id = s->gmk_id,
                                         .salt = s->salt,
                                         .err = (mcv_err)s->err,
                                         .user = mcv_bytes_of(copy.data, copy.len)};
        o->salts = kept;
    }
    return MCV_OK;
}

mcv_err mcv_replay_oracle_learn(struct mcv_replay_oracle *o, struct mcv_arena *arena,
                                const Mcv__RecordFrame *frame)
{
    const mcv_err err = learn_choices(o, arena, frame);

    return err == MCV_OK ? learn_salts(o, arena, frame) : err;
}

void mcv_replay_oracle_turn(struct mcv_replay_oracle *o, const Mcv__RecordFrame *frame)
{
    o->frame = frame;
    o->number++;
    o->n_draws = o->n_verdicts = 0;
}

void mcv_replay_oracle_pause(struct mcv_replay_oracle *o)
{
    o->frame = NULL;
}
