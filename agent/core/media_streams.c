/* The table of received streams: by medium and SSRC, the one that was silent longest gives way.
 *
 * A sender has another GUK-ID under each group key: his stream goes on when its key changes. Two
 * senders under one key with one SSRC are two streams. Spec: TS 33.180 5.2.3, RFC 3550 8.2 */
#include "agent/core/layout.h"
#include "agent/core/media_parts.h"
#include "crypto/uid.h"

/* A member could make one stream after the other: the user is told of these. */
enum { STARTED_BURST = 64, STARTED_EVERY_US = 1000000 };

/* Whose GUK-ID it is costs a key derivation for each user who is asked, about 2 us. */
#define MAX_GUESSES 256

static size_t table_bytes(uint16_t n_streams)
{
    return mcv_layout_align(n_streams * sizeof(struct mcv_media_rx));
}

size_t mcv_media_streams_size(uint16_t n_streams)
{
    return table_bytes(n_streams) + mcv_lru_size(n_streams);
}

void mcv_media_streams_init(struct mcv_media *m, void *mem)
{
    m->streams = mem;
    memset(mem, 0, table_bytes(m->n_streams));
    mcv_lru_init(&m->stream_slots, mcv_layout_at(mem, table_bytes(m->n_streams)), m->n_streams);
}

static uint32_t hash_of(enum mcv_medium medium, uint32_t ssrc)
{
    return (ssrc ^ (uint32_t)medium << 31) * 0x9e3779b1u;
}

static bool is_stream(const struct mcv_media_rx *rx, enum mcv_medium medium, uint32_t ssrc,
                      const struct mcv_srtp_mki *mki)
{
    return rx->ssrc == ssrc && rx->medium == medium &&
           (rx->guk_id == mki->guk_id || rx->key_id != mki->key_id);
}

struct mcv_media_rx *mcv_media_stream_find(struct mcv_media *m, enum mcv_medium medium,
                                           uint32_t ssrc, const struct mcv_srtp_mki *mki)
{
    uint16_t i = mcv_lru_newest(&m->stream_slots);

    if (i != MCV_LRU_NIL && is_stream(&m->streams[i], medium, ssrc, mki)) return &m->streams[i];
    i = mcv_lru_first(&m->stream_slots, hash_of(medium, ssrc));
    while (i != MCV_LRU_NIL && !is_stream(&m->streams[i], medium, ssrc, mki)) {
        i = mcv_lru_next(&m->stream_slots, i);
    }
    if (i == MCV_LRU_NIL) return NULL;
    mcv_lru_touch(&m->stream_slots, i);
    return &m->streams[i];
}

static struct mcv_media_rx *take(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                                 uint32_t ssrc)
{
    const uint32_t hash = hash_of(medium, ssrc);
    uint16_t i = mcv_lru_take(&m->stream_slots, hash);

    if (i == MCV_LRU_NIL) {
        mcv_media_tell_ended(a, m, &m->streams[mcv_lru_oldest(&m->stream_slots)]);
        mcv_lru_release(&m->stream_slots, mcv_lru_oldest(&m->stream_slots));
        i = mcv_lru_take(&m->stream_slots, hash);
    }
    m->streams[i] = (struct mcv_media_rx){.ssrc = ssrc,
                                          .medium = medium,
                                          .peer = MCV_MEDIA_NOBODY,
                                          .key_id = MCV_NO_KEY_ID,
                                          .told_at_us = a->now.mono_us};
    return &m->streams[i];
}

/* Which of the configured users the key says the sender is. */
static uint16_t peer_of(const struct mcv_agent *a, const struct mcv_srtp_mki *mki)
{
    const struct mcv_keyring_gmk *key = mcv_keyring_find_gmk(a->keys, mki->key_id);

    for (size_t i = 0; key != NULL && key->gmk != NULL && i < a->config->n_peers; i++) {
        uint32_t salt;
        if (i == MAX_GUESSES || mcv_srtp_user_salt(a->config->srtp, &salt, key->gmk_id, key->gmk,
                                                   a->config->peers[i].user))
            break;
        if (mcv_guk_id_of(mki->key_id, salt) == mki->guk_id) return (uint16_t)i;
    }
    return MCV_MEDIA_NOBODY;
}

struct mcv_bytes mcv_media_user_of_key(const struct mcv_agent *a, const struct mcv_srtp_mki *mki)
{
    const uint16_t peer = peer_of(a, mki);

    return peer == MCV_MEDIA_NOBODY ? (struct mcv_bytes){0} : a->config->peers[peer].user;
}

struct mcv_bytes mcv_media_user_of(const struct mcv_agent *a, const struct mcv_media *m,
                                   const struct mcv_media_rx *rx)
{
    const struct mcv_private_call *c = m->is_group ? NULL : mcv_private_find(a, m->call);

    if (c != NULL) return mcv_bytes_of(c->peer, c->n_peer);
    return rx->peer == MCV_MEDIA_NOBODY ? (struct mcv_bytes){0} : a->config->peers[rx->peer].user;
}

static void tell_started(struct mcv_agent *a, struct mcv_media *m, const struct mcv_media_rx *rx)
{
    const struct mcv_event event = {.type = MCV_EVENT_MEDIA_STARTED,
                                    .call = m->call,
                                    .user = mcv_media_user_of(a, m, rx),
                                    .group = m->group,
                                    .key_id = rx->key_id,
                                    .ssrc = rx->ssrc,
                                    .medium = rx->medium,
                                    .is_unverified = !m->is_protected};

    if (mcv_pace_take(&m->started, a->now.mono_us, STARTED_EVERY_US, STARTED_BURST)) {
        mcv_out_event(a, &event);
    }
}

struct mcv_media_rx *mcv_media_stream_of(struct mcv_agent *a, struct mcv_media *m,
                                         enum mcv_medium medium, uint32_t ssrc,
                                         const struct mcv_srtp_mki *mki)
{
    struct mcv_media_rx *rx = mcv_media_stream_find(m, medium, ssrc, mki);
    const bool is_new = rx == NULL;

    if (is_new) rx = take(a, m, medium, ssrc);
    rx->key_id = mki->key_id;
    rx->guk_id = mki->guk_id;
    if (!is_new) return rx;
    if (m->is_group && m->is_protected) rx->peer = peer_of(a, mki);
    tell_started(a, m, rx);
    return rx;
}
