#include "crypto/base/cache.h"
#include "crypto/base/lru.h"
#include "crypto/srtp.h"
#include "crypto/srtp_backend.h"
#include "crypto/srtp_past.h"
#include "crypto/srtp_window.h"
#include "crypto/srtp_wire.h"

struct rx_key {
    uint32_t key_id;
    uint16_t roc_every;
    uint8_t cs_id;
    uint8_t rand_n;             /* 0: free slot */
    uint8_t tgk[MCV_KEY_BYTES]; /* a GMK or a PCK: wiped with the slot */
    uint8_t rand[MCV_RAND_MAX_BYTES];
};

/* One master key: a (key, GUK-ID). */
struct rx_sender {
    struct mcv_srtp_cipher cipher;
    uint16_t first_stream; /* or MCV_LRU_NIL */
};

struct rx_stream {
    uint32_t ssrc;
    uint16_t sender;
    uint16_t next; /* of the same sender */
    struct mcv_srtp_window rtp, rtcp;
};

struct mcv_srtp_rx {
    const struct mcv_srtp_backend *backend;
    struct mcv_srtp_past *past; /* or NULL */
    struct rx_key *keys;
    struct rx_sender *senders;
    struct rx_stream *streams;
    struct mcv_lru sender_slots, stream_slots;
    struct mcv_srtp_rx_limits limits;
    uint8_t mki_bytes;
    uint32_t n_evicted_senders, n_evicted_streams;
};
_Static_assert(sizeof(struct mcv_srtp_rx) <= MCV_SRTP_RX_BEGINNING_BYTES, "all of it");

/* ---- Memory ---- */

static size_t aligned(size_t n)
{
    const size_t a = _Alignof(max_align_t);

    return (n + a - 1) / a * a;
}

/* Offsets of the parts; returns the whole. */
static size_t layout(const struct mcv_srtp_rx_limits *l, size_t at[static 5])
{
    const size_t sizes[] = {
        sizeof(struct mcv_srtp_rx),
        l->n_keys * sizeof(struct rx_key),
        l->n_senders * sizeof(struct rx_sender),
        l->n_streams * sizeof(struct rx_stream),
        mcv_lru_size(l->n_senders),
        mcv_lru_size(l->n_streams),
    };
    size_t n = aligned(sizes[0]);

    for (size_t i = 0; i < 5; i++) {
        at[i] = n;
        n += aligned(sizes[i + 1]);
    }
    return n;
}

size_t mcv_srtp_rx_size(const struct mcv_srtp_rx_limits *limits)
{
    size_t at[5];

    return layout(limits, at);
}

struct mcv_srtp_rx *mcv_srtp_rx_init(void *mem, const struct mcv_srtp_rx_params *params)
{
    const struct mcv_srtp_rx_limits *l = &params->limits;
    struct mcv_srtp_rx *rx = mem;
    uint8_t *base = mem;
    size_t at[5];

    MCV_ASSERT(l->n_keys > 0 && l->n_senders > 0 && l->n_streams > 0);
    MCV_ASSERT(params->mki_bytes == MCV_SRTP_MKI_PRIVATE_BYTES ||
               params->mki_bytes == MCV_SRTP_MKI_GROUP_BYTES);
    memset(mem, 0, layout(l, at));
    rx->backend = params->backend;
    rx->past = params->past;
    rx->limits = *l;
    rx->mki_bytes = params->mki_bytes;
    rx->keys = (void *)(base + at[0]);
    rx->senders = (void *)(base + at[1]);
    rx->streams = (void *)(base + at[2]);
    mcv_lru_init(&rx->sender_slots, base + at[3], l->n_senders);
    mcv_lru_init(&rx->stream_slots, base + at[4], l->n_streams);
    return rx;
}

/* ---- Tables ---- */

static uint32_t sender_hash(const struct mcv_srtp_mki *mki)
{
    return mcv_srtp_stream_hash(mki, 0);
}

static struct rx_key *find_key(const struct mcv_srtp_rx *rx, uint32_t key_id)
{
    for (uint16_t i = 0; i < rx->limits.n_keys; i++) {
        if (rx->keys[i].rand_n != 0 && rx->keys[i].key_id == key_id) return &rx->keys[i];
    }
    return NULL;
}

static uint16_t find_sender(const struct mcv_srtp_rx *rx, const struct mcv_srtp_mki *mki)
{
    uint16_t i = mcv_lru_newest(&rx->sender_slots);

    if (i != MCV_LRU_NIL && mcv_srtp_mki_equal(&rx->senders[i].cipher.mki, mki)) return i;
    i = mcv_lru_first(&rx->sender_slots, sender_hash(mki));
    while (i != MCV_LRU_NIL && !mcv_srtp_mki_equal(&rx->senders[i].cipher.mki, mki)) {
        i = mcv_lru_next(&rx->sender_slots, i);
    }
    return i;
}

static bool is_stream(const struct mcv_srtp_rx *rx, uint16_t slot, const struct mcv_srtp_mki *mki,
                      uint32_t ssrc)
{
    const struct rx_stream *s = &rx->streams[slot];

    return s->ssrc == ssrc && mcv_srtp_mki_equal(&rx->senders[s->sender].cipher.mki, mki);
}

static uint16_t find_stream(const struct mcv_srtp_rx *rx, const struct mcv_srtp_mki *mki,
                            uint32_t ssrc)
{
    uint16_t i = mcv_lru_newest(&rx->stream_slots);

    if (i != MCV_LRU_NIL && is_stream(rx, i, mki, ssrc)) return i;
    i = mcv_lru_first(&rx->stream_slots, mcv_srtp_stream_hash(mki, ssrc));
    while (i != MCV_LRU_NIL && !is_stream(rx, i, mki, ssrc)) {
        i = mcv_lru_next(&rx->stream_slots, i);
    }
    return i;
}

static void drop_stream(struct mcv_srtp_rx *rx, uint16_t slot)
{
    struct rx_stream *s = &rx->streams[slot];
    struct rx_sender *sender = &rx->senders[s->sender];
    uint16_t *at = &sender->first_stream;

    while (*at != slot) at = &rx->streams[*at].next;
    *at = s->next;
    if (rx->past != NULL) {
        mcv_srtp_past_note(rx->past, &sender->cipher.mki, s->ssrc, &s->rtp, &s->rtcp, false);
    }
    rx->backend->forget(&sender->cipher, s->ssrc);
    mcv_lru_release(&rx->stream_slots, slot);
}

static void drop_sender(struct mcv_srtp_rx *rx, uint16_t slot)
{
    struct rx_sender *sender = &rx->senders[slot];

    while (sender->first_stream != MCV_LRU_NIL) drop_stream(rx, sender->first_stream);
    mcv_srtp_cipher_wipe(&sender->cipher);
    mcv_lru_release(&rx->sender_slots, slot);
}

/* Only for a packet that authenticated. The cipher moves into the table. */
static uint16_t add_sender(struct mcv_srtp_rx *rx, struct mcv_srtp_cipher *cipher)
{
    const uint32_t hash = sender_hash(&cipher->mki);
    uint16_t slot = mcv_lru_take(&rx->sender_slots, hash);

    if (slot == MCV_LRU_NIL) {
        drop_sender(rx, mcv_lru_oldest(&rx->sender_slots));
        rx->n_evicted_senders++;
        slot = mcv_lru_take(&rx->sender_slots, hash);
    }
    rx->senders[slot] = (struct rx_sender){.cipher = *cipher, .first_stream = MCV_LRU_NIL};
    mcv_wipe(cipher, sizeof *cipher);
    return slot;
}

static uint16_t add_stream(struct mcv_srtp_rx *rx, uint16_t sender, uint32_t ssrc)
{
    const uint32_t hash = mcv_srtp_stream_hash(&rx->senders[sender].cipher.mki, ssrc);
    uint16_t slot = mcv_lru_take(&rx->stream_slots, hash);

    if (slot == MCV_LRU_NIL) {
        drop_stream(rx, mcv_lru_oldest(&rx->stream_slots));
        rx->n_evicted_streams++;
        slot = mcv_lru_take(&rx->stream_slots, hash);
    }
    rx->streams[slot] = (struct rx_stream){
        .ssrc = ssrc, .sender = sender, .next = rx->senders[sender].first_stream};
    rx->senders[sender].first_stream = slot;
    return slot;
}

/* ---- Keys ---- */

static mcv_err add_key(struct mcv_srtp_rx *rx, const uint8_t tgk[static MCV_KEY_BYTES],
                       const struct mcv_srtp_rx_key *key)
{
    struct rx_key fresh = {.key_id = key->key_id, .cs_id = key->cs_id, .roc_every = key->roc_every};

    if (key->rand.n < MCV_RAND_MIN_BYTES || key->rand.n > MCV_RAND_MAX_BYTES) {
        return MCV_E_MALFORMED;
    }
    struct rx_key *slot = find_key(rx, key->key_id);
    if (slot != NULL && mcv_ct_equal(slot->tgk, tgk, MCV_KEY_BYTES) && slot->cs_id == key->cs_id &&
        slot->roc_every == key->roc_every &&
        mcv_bytes_equal(mcv_bytes_of(slot->rand, slot->rand_n), key->rand)) {
        return MCV_OK;
    }
    (void)mcv_srtp_rx_remove_key(rx, key->key_id);
    for (uint16_t i = 0; slot == NULL && i < rx->limits.n_keys; i++) {
        if (rx->keys[i].rand_n == 0) slot = &rx->keys[i];
    }
    if (slot == NULL) return MCV_E_FULL;
    fresh.rand_n = (uint8_t)key->rand.n;
    memcpy(fresh.rand, key->rand.p, key->rand.n);
    memcpy(fresh.tgk, tgk, MCV_KEY_BYTES);
    *slot = fresh;
    mcv_wipe(&fresh, sizeof fresh);
    return MCV_OK;
}

mcv_err mcv_srtp_rx_add_gmk(struct mcv_srtp_rx *rx, const struct mcv_gmk *gmk,
                            const struct mcv_srtp_rx_key *key)
{
    MCV_ASSERT(rx->mki_bytes == MCV_SRTP_MKI_GROUP_BYTES);
    return add_key(rx, gmk->b, key);
}

mcv_err mcv_srtp_rx_add_pck(struct mcv_srtp_rx *rx, const struct mcv_pck *pck,
                            const struct mcv_srtp_rx_key *key)
{
    MCV_ASSERT(rx->mki_bytes == MCV_SRTP_MKI_PRIVATE_BYTES);
    return add_key(rx, pck->b, key);
}

bool mcv_srtp_rx_remove_key(struct mcv_srtp_rx *rx, uint32_t key_id)
{
    struct rx_key *key = find_key(rx, key_id);

    if (key == NULL) return false;
    for (uint16_t i = 0; i < rx->limits.n_senders; i++) {
        const struct mcv_srtp_cipher *c = &rx->senders[i].cipher;
        if (c->backend != NULL && c->mki.key_id == key_id) drop_sender(rx, i);
    }
    mcv_wipe(key, sizeof *key);
    return true;
}

void mcv_srtp_rx_wipe(struct mcv_srtp_rx *rx)
{
    size_t at[5];
    const size_t n = layout(&rx->limits, at);

    for (uint16_t i = 0; i < rx->limits.n_senders; i++) {
        if (rx->senders[i].cipher.backend != NULL) drop_sender(rx, i);
    }
    mcv_wipe(rx, n);
}

void mcv_srtp_rx_expect(const struct mcv_srtp_rx *rx)
{
    const uint16_t sender = mcv_lru_newest(&rx->sender_slots);
    const uint16_t stream = mcv_lru_newest(&rx->stream_slots);

    mcv_cache_expect(rx->keys, offsetof(struct rx_key, tgk));
    if (sender != MCV_LRU_NIL)
        mcv_cache_expect(&rx->senders[sender], offsetof(struct mcv_srtp_cipher, master));
    if (stream != MCV_LRU_NIL)
        mcv_cache_expect(&rx->streams[stream], offsetof(struct rx_stream, rtcp));
}

struct mcv_srtp_rx_stats mcv_srtp_rx_stats(const struct mcv_srtp_rx *rx)
{
    struct mcv_srtp_rx_stats s = {
        .n_senders = rx->sender_slots.n_used,
        .n_streams = rx->stream_slots.n_used,
        .n_evicted_senders = rx->n_evicted_senders,
        .n_evicted_streams = rx->n_evicted_streams,
    };

    for (uint16_t i = 0; i < rx->limits.n_keys; i++) {
        if (rx->keys[i].rand_n != 0) s.n_keys++;
    }
    return s;
}

/* ---- Packets ---- */

static bool carries_roc(const struct rx_key *key, uint16_t seq)
{
    return key->roc_every != MCV_SRTP_ROC_NONE && seq % key->roc_every == 0;
}

/* The key whose identifier begins an MKI that n_after octets follow; NULL: none is held. */
static const struct rx_key *key_before(const struct mcv_srtp_rx *rx, struct mcv_bytes packet,
                                       size_t n_after)
{
    if (packet.n < rx->mki_bytes + n_after) return NULL;
    return find_key(rx, mcv_load_be32(packet.p + packet.n - n_after - rx->mki_bytes));
}

/* Only its key says whether a packet of this SEQ ends with the ROC, and only its end says which key it
 * is. Of a key that is not held: as its kind of call has it by default. */
static bool ends_with_roc(const struct mcv_srtp_rx *rx, const struct mcv_srtp_packet *packet)
{
    const struct rx_key *key = key_before(rx, packet->bytes, MCV_SRTP_ROC_BYTES);

    if (key != NULL && carries_roc(key, packet->seq)) return true;
    key = key_before(rx, packet->bytes, 0);
    if (key != NULL && !carries_roc(key, packet->seq)) return false;
    return rx->mki_bytes == MCV_SRTP_MKI_GROUP_BYTES;
}

static bool claim(struct mcv_srtp_claim *out, const struct mcv_srtp_wire *w, mcv_err err)
{
    *out = (struct mcv_srtp_claim){0};
    if (err != MCV_OK && err != MCV_E_POLICY) return false;
    *out = (struct mcv_srtp_claim){.mki = w->mki, .roc = w->roc};
    return true;
}

bool mcv_srtp_rx_claim(struct mcv_srtp_claim *out, const struct mcv_srtp_rx *rx,
                       const struct mcv_srtp_packet *packet)
{
    struct mcv_srtp_wire w;
    const mcv_err err = mcv_srtp_wire_rtp(&w, packet, rx->mki_bytes, ends_with_roc(rx, packet));

    return claim(out, &w, err);
}

bool mcv_srtp_rx_claim_rtcp(struct mcv_srtp_claim *out, const struct mcv_srtp_rx *rx,
                            struct mcv_bytes srtcp)
{
    struct mcv_srtp_wire w;
    const mcv_err err = mcv_srtp_wire_rtcp(&w, srtcp, rx->mki_bytes);

    return claim(out, &w, err);
}

static mcv_err transform(struct mcv_srtp_cipher *c, uint8_t *out, const struct mcv_srtp_wire *w)
{
    if (w->rtp == NULL) return c->backend->open_rtcp(c, out, w->bytes);
    return c->backend->open_rtp(c, out, w->rtp, w->bytes.n, (uint32_t)(w->index >> 16));
}

static mcv_err attempt(struct mcv_srtp_cipher *c, const struct mcv_srtp_window *window,
                       uint8_t *out, const struct mcv_srtp_wire *w)
{
    if (!mcv_srtp_window_is_fresh(window, w->index)) return MCV_E_REPLAY;
    return transform(c, out, w);
}

/* Spec: RFC 4771 3: our own estimate first; the ROC of the tag, which nobody authenticated, only
 * when that fails and only forward. */
static mcv_err open_known(struct mcv_srtp_rx *rx, uint16_t slot, uint8_t *out,
                          struct mcv_srtp_wire *w)
{
    struct rx_stream *s = &rx->streams[slot];
    struct mcv_srtp_cipher *c = &rx->senders[s->sender].cipher;
    struct mcv_srtp_window *window = w->rtp == NULL ? &s->rtcp : &s->rtp;
    const uint64_t tagged = (uint64_t)w->roc << 16 | w->seq;

    if (w->rtp != NULL) {
        w->index = window->is_started ? mcv_srtp_window_estimate(window, w->seq) : tagged;
    }
    mcv_err err = attempt(c, window, out, w);
    if ((err == MCV_E_AUTH || err == MCV_E_REPLAY) && w->has_roc && window->is_started &&
        tagged != w->index && tagged > window->top) {
        w->index = tagged;
        err = transform(c, out, w);
    }
    if (err != MCV_OK) return err;
    mcv_srtp_window_add(window, w->index);
    mcv_lru_touch(&rx->stream_slots, slot);
    mcv_lru_touch(&rx->sender_slots, s->sender);
    return MCV_OK;
}

static mcv_err derive(struct mcv_srtp_cipher *c, const struct mcv_srtp_rx *rx,
                      const struct rx_key *key, const struct mcv_srtp_mki *mki)
{
    const bool is_group = mki->n_bytes == MCV_SRTP_MKI_GROUP_BYTES;
    const uint32_t csb_id = is_group ? mki->guk_id : mki->key_id;
    struct mcv_srtp_master master;

    mcv_err err = mcv_kdf_srtp_master(&master, key->tgk, key->cs_id, csb_id,
                                      mcv_bytes_of(key->rand, key->rand_n));
    if (err == MCV_OK) {
        *c = (struct mcv_srtp_cipher){.backend = rx->backend, .mki = *mki};
        err = rx->backend->cipher_init(c, &master);
    }
    mcv_srtp_master_wipe(&master);
    return err;
}

/* A stream that an earlier receiver had goes on where it was; w gets the index. Its ROC is known then,
 * if the packet has none. */
static mcv_err recall(struct rx_stream *s, const struct mcv_srtp_rx *rx, struct mcv_srtp_wire *w)
{
    const struct mcv_srtp_window *window = w->rtp == NULL ? &s->rtcp : &s->rtp;

    *s = (struct rx_stream){.ssrc = w->ssrc};
    if (rx->past != NULL && !mcv_srtp_past_find(rx->past, &s->rtp, &s->rtcp, &w->mki, w->ssrc))
        return MCV_E_REPLAY;
    if (w->rtp != NULL) {
        w->index = window->is_started && !w->has_roc ? mcv_srtp_window_estimate(window, w->seq)
                                                     : (uint64_t)w->roc << 16 | w->seq;
    }
    return mcv_srtp_window_is_fresh(window, w->index) ? MCV_OK : MCV_E_REPLAY;
}

static void begin_stream(struct mcv_srtp_rx *rx, uint16_t sender, const struct rx_stream *recalled,
                         const struct mcv_srtp_wire *w)
{
    struct rx_stream *s = &rx->streams[add_stream(rx, sender, w->ssrc)];

    s->rtp = recalled->rtp;
    s->rtcp = recalled->rtcp;
    mcv_srtp_window_add(w->rtp == NULL ? &s->rtcp : &s->rtp, w->index);
    if (rx->past != NULL) mcv_srtp_past_note(rx->past, &w->mki, w->ssrc, &s->rtp, &s->rtcp, true);
}

/* A stream that is not in the table: it gets a slot after its tag was verified, never before. */
static mcv_err open_new(struct mcv_srtp_rx *rx, const struct rx_key *key, uint8_t *out,
                        struct mcv_srtp_wire *w)
{
    uint16_t sender = find_sender(rx, &w->mki);
    const bool is_known = sender != MCV_LRU_NIL;
    struct mcv_srtp_cipher own = {0};
    struct mcv_srtp_cipher *c = is_known ? &rx->senders[sender].cipher : &own;
    struct rx_stream recalled;

    mcv_err err = recall(&recalled, rx, w);
    if (err == MCV_OK && !is_known) err = derive(&own, rx, key, &w->mki);
    if (err != MCV_OK) goto out;
    err = transform(c, out, w);
    if (err != MCV_OK) rx->backend->forget(c, w->ssrc);
    if (err != MCV_OK) goto out;
    if (is_known) mcv_lru_touch(&rx->sender_slots, sender);
    if (!is_known) sender = add_sender(rx, &own);
    begin_stream(rx, sender, &recalled, w);
out:
    mcv_srtp_cipher_wipe(&own);
    return err;
}

static mcv_err open_wire(struct mcv_srtp_rx *rx, struct mcv_srtp_origin *origin,
                         struct mcv_bytes *plain, uint8_t *out, size_t cap, struct mcv_srtp_wire *w)
{
    const struct rx_key *key = find_key(rx, w->mki.key_id);

    if (key == NULL) return MCV_E_UNKNOWN_KEY;
    if (cap < w->bytes.n) return MCV_E_SPACE;
    const uint16_t slot = find_stream(rx, &w->mki, w->ssrc);
    const bool is_new = slot == MCV_LRU_NIL;
    mcv_err err = is_new ? open_new(rx, key, out, w) : open_known(rx, slot, out, w);
    if (err != MCV_OK) return err;
    *plain = mcv_bytes_of(out, w->n_plain);
    *origin = (struct mcv_srtp_origin){
        .mki = w->mki, .ssrc = w->ssrc, .index = w->index, .is_new_stream = is_new};
    return MCV_OK;
}

mcv_err mcv_srtp_rx_open(struct mcv_srtp_rx *rx, struct mcv_srtp_origin *origin,
                         struct mcv_bytes *plain, uint8_t *out, size_t cap,
                         const struct mcv_srtp_packet *packet)
{
    struct mcv_srtp_wire w;

    *plain = mcv_bytes_of(NULL, 0);
    *origin = (struct mcv_srtp_origin){0};
    mcv_err err = mcv_srtp_wire_rtp(&w, packet, rx->mki_bytes, ends_with_roc(rx, packet));
    return err == MCV_OK ? open_wire(rx, origin, plain, out, cap, &w) : err;
}

mcv_err mcv_srtp_rx_open_rtcp(struct mcv_srtp_rx *rx, struct mcv_srtp_origin *origin,
                              struct mcv_bytes *plain, uint8_t *out, size_t cap,
                              struct mcv_bytes srtcp)
{
    struct mcv_srtp_wire w;

    *plain = mcv_bytes_of(NULL, 0);
    *origin = (struct mcv_srtp_origin){0};
    mcv_err err = mcv_srtp_wire_rtcp(&w, srtcp, rx->mki_bytes);
    return err == MCV_OK ? open_wire(rx, origin, plain, out, cap, &w) : err;
}
