/* Whose a packet is. Spec: TS 33.180 5.2.3, F.1.3 (GUK-ID), TS 24.581 13. */
#include "agent/core/transmission_steps.h"
#include "crypto/uid.h"

/* The GUK-ID of this user under the key of a packet; false: the key is gone. */
static bool guk_id_of(const struct mcv_agent *a, uint32_t *guk_id, struct mcv_bytes uri,
                      uint32_t key_id)
{
    const struct mcv_keyring_gmk *key = mcv_keyring_find_gmk(a->keys, key_id);
    uint32_t salt;

    if (key == NULL || key->gmk == NULL ||
        mcv_srtp_user_salt(a->config->srtp, &salt, key_id, key->gmk, uri))
        return false;
    *guk_id = mcv_guk_id_of(key_id, salt);
    return true;
}

static bool is_clear(const struct mcv_ptt_source *s)
{
    return s->mki.key_id == MCV_NO_KEY_ID;
}

bool mcv_ptt_is_user(const struct mcv_agent *a, const struct mcv_transmission *t,
                     struct mcv_bytes uri, const struct mcv_ptt_source *from)
{
    uint32_t guk_id;

    if (t->approach == MCV_APPROACH_PRIVATE) return mcv_bytes_equal(uri, t->peer);
    if (is_clear(from)) return true;
    return guk_id_of(a, &guk_id, uri, from->mki.key_id) && guk_id == from->mki.guk_id;
}

bool mcv_ptt_is_me(const struct mcv_agent *a, struct mcv_bytes uri)
{
    return mcv_bytes_equal(uri, a->config->user);
}

static bool has_key(const struct mcv_member *m)
{
    return m->mki.n_bytes > 0;
}

static bool has_addr(const struct mcv_member *m)
{
    return m->addr.family != MCV_FAMILY_NONE;
}

/* Media and control are protected independently: a member is known by his key and by his address. */
bool mcv_ptt_is_member(const struct mcv_agent *a, const struct mcv_transmission *t,
                       struct mcv_member *m, const struct mcv_ptt_source *from)
{
    if (t->approach == MCV_APPROACH_PRIVATE) return true; /* there is one other party */
    if (is_clear(from)) return has_addr(m) && mcv_addr_same_host(&m->addr, &from->addr);
    if (has_key(m) && m->mki.key_id == from->mki.key_id) {
        if (m->mki.guk_id != from->mki.guk_id) return false;
    } else if (m->n_uri == 0 || !mcv_ptt_is_user(a, t, mcv_member_uri(m), from)) {
        return false;
    }
    m->mki = from->mki; /* the group key may have changed */
    m->addr = from->addr;
    return true;
}

bool mcv_ptt_is_same(const struct mcv_member *x, const struct mcv_member *y)
{
    if (x->n_uri > 0 && y->n_uri > 0) return mcv_bytes_equal(mcv_member_uri(x), mcv_member_uri(y));
    if (has_key(x) && has_key(y) && x->mki.key_id == y->mki.key_id) {
        return x->mki.guk_id == y->mki.guk_id;
    }
    return has_addr(x) && has_addr(y) && mcv_addr_same_host(&x->addr, &y->addr);
}

/* One of our contacts whose key this is, or where nothing is protected whose address. */
static struct mcv_bytes contact_of(const struct mcv_agent *a, const struct mcv_transmission *t,
                                   const struct mcv_ptt_source *from)
{
    if (t->approach == MCV_APPROACH_PRIVATE) return t->peer;
    if (!is_clear(from)) return mcv_media_user_of_key(a, &from->mki);
    for (size_t i = 0; i < a->config->n_peers; i++) {
        const struct mcv_peer_config *p = &a->config->peers[i];
        if (p->addr.family != MCV_FAMILY_NONE && mcv_addr_same_host(&p->addr, &from->addr)) {
            return p->user;
        }
    }
    return (struct mcv_bytes){0};
}

void mcv_ptt_set_member(const struct mcv_agent *a, const struct mcv_transmission *t,
                        struct mcv_member *m, const struct mcv_ptt_source *from,
                        struct mcv_bytes uri)
{
    const bool is_same = uri.n > 0 && mcv_bytes_equal(mcv_member_uri(m), uri);

    if (!is_clear(from)) m->mki = from->mki;
    if (is_clear(from) && !is_same) m->mki = (struct mcv_srtp_mki){0};
    m->addr = from->addr;
    mcv_member_set_uri(m, uri.n > 0 ? uri : contact_of(a, t, from));
}

void mcv_ptt_name_member(const struct mcv_agent *a, const struct mcv_transmission *t,
                         struct mcv_member *m, const struct mcv_ptt_source *namer,
                         struct mcv_bytes uri)
{
    uint32_t guk_id;

    m->mki = (struct mcv_srtp_mki){0};
    m->addr = (struct mcv_addr){0};
    mcv_member_set_uri(m, uri);
    if (t->approach == MCV_APPROACH_PRIVATE || is_clear(namer)) return;
    if (!guk_id_of(a, &guk_id, uri, namer->mki.key_id)) return;
    m->mki = mcv_srtp_mki_group(namer->mki.key_id, guk_id);
}

/* Known by his SSRC until a packet of his shows his address: only where nothing is protected. */
static bool has_ssrc(const struct mcv_transmitter *tx, uint32_t ssrc)
{
    return tx->control_ssrc == ssrc || tx->ssrc[MCV_AUDIO] == ssrc || tx->ssrc[MCV_VIDEO] == ssrc;
}

struct mcv_transmitter *mcv_ptt_find(const struct mcv_agent *a, struct mcv_transmission *t,
                                     const struct mcv_ptt_source *from)
{
    struct mcv_transmitter *tx = NULL;

    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        if (tx->is_me) continue;
        if (mcv_ptt_is_member(a, t, &tx->who, from)) return tx;
        if (has_addr(&tx->who) || !is_clear(from) || !has_ssrc(tx, from->ssrc)) continue;
        tx->who.addr = from->addr;
        return tx;
    }
    return NULL;
}

struct mcv_transmitter *mcv_ptt_find_named(const struct mcv_agent *a, struct mcv_transmission *t,
                                           const struct mcv_ptt_source *namer, struct mcv_bytes uri)
{
    struct mcv_ptt_source named = {.mki = namer->mki};
    struct mcv_transmitter *tx = NULL;

    while ((tx = mcv_transmitters_next(&t->tx, tx)) != NULL) {
        if (tx->is_me) continue;
        if (mcv_bytes_equal(mcv_member_uri(&tx->who), uri)) return tx;
    }
    if (is_clear(namer) || t->approach == MCV_APPROACH_PRIVATE) return NULL;
    if (!guk_id_of(a, &named.mki.guk_id, uri, namer->mki.key_id)) return NULL;
    return mcv_ptt_find(a, t, &named);
}

bool mcv_ptt_is_arb(const struct mcv_agent *a, struct mcv_transmission *t,
                    const struct mcv_ptt_source *from)
{
    return t->arb.is_known && mcv_ptt_is_member(a, t, &t->arb.who, from);
}

uint16_t mcv_ptt_find_queued(const struct mcv_agent *a, struct mcv_transmission *t,
                             const struct mcv_ptt_source *from)
{
    uint16_t i = 0;

    while (i < t->queue.n && !mcv_ptt_is_member(a, t, &t->queue.w[i].who, from)) i++;
    return i;
}
