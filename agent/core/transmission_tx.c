#include "agent/core/transmission_tx.h"

#include "crypto/base/err.h"
#include "crypto/base/now.h"

#include <string.h>

struct mcv_bytes mcv_member_uri(const struct mcv_member *m)
{
    return mcv_bytes_of(m->uri, m->n_uri);
}

void mcv_member_set_uri(struct mcv_member *m, struct mcv_bytes uri)
{
    MCV_ASSERT(uri.n <= sizeof m->uri);
    if (uri.n > 0) memmove(m->uri, uri.p, uri.n);
    m->n_uri = (uint8_t)uri.n;
}

void mcv_transmitters_init(struct mcv_transmitters *t, void *mem, uint16_t n)
{
    MCV_ASSERT(n <= MCV_MAX_TRANSMITTERS);
    *t = (struct mcv_transmitters){.slots = mem, .n = n};
}

void mcv_transmitters_forget(struct mcv_transmitters *t)
{
    struct mcv_transmitter *tx = NULL;

    while ((tx = mcv_transmitters_next(t, tx)) != NULL) mcv_transmitters_remove(t, tx);
}

static uint64_t bit_of(const struct mcv_transmitters *t, const struct mcv_transmitter *tx)
{
    return UINT64_C(1) << (tx - t->slots);
}

struct mcv_transmitter *mcv_transmitters_next(const struct mcv_transmitters *t,
                                              const struct mcv_transmitter *tx)
{
    for (uint16_t i = tx == NULL ? 0 : (uint16_t)(tx - t->slots + 1); i < t->n; i++)
        if ((t->used >> i & 1) != 0) return &t->slots[i];
    return NULL;
}

struct mcv_transmitter *mcv_transmitters_add(struct mcv_transmitters *t, enum mcv_ptt_phase phase,
                                             uint64_t now_us)
{
    for (uint16_t i = 0; i < t->n; i++) {
        struct mcv_transmitter *tx = &t->slots[(t->next + i) % t->n];
        if ((t->used & bit_of(t, tx)) != 0) continue;
        t->used |= bit_of(t, tx);
        t->next = (uint16_t)((t->next + i + 1u) % t->n);
        *tx = (struct mcv_transmitter){.phase = (uint8_t)phase,
                                       .since_us = now_us,
                                       .silent_at_us = MCV_NEVER,
                                       .resend_at_us = MCV_NEVER,
                                       .accept_at_us = MCV_NEVER};
        return tx;
    }
    return NULL;
}

void mcv_transmitters_remove(struct mcv_transmitters *t, struct mcv_transmitter *tx)
{
    tx->phase = MCV_PHASE_NONE;
    t->used &= ~bit_of(t, tx);
}

struct mcv_transmitter *mcv_transmitters_me(const struct mcv_transmitters *t)
{
    struct mcv_transmitter *tx = NULL;

    do tx = mcv_transmitters_next(t, tx);
    while (tx != NULL && !tx->is_me);
    return tx;
}

uint16_t mcv_transmitters_load(const struct mcv_transmitters *t)
{
    uint16_t n = 0;

    for (uint64_t left = t->used; left != 0; left &= left - 1) n++;
    return n;
}

struct mcv_transmitter *mcv_transmitters_weakest(const struct mcv_transmitters *t, bool with_me)
{
    struct mcv_transmitter *tx = NULL, *found = NULL;

    while ((tx = mcv_transmitters_next(t, tx)) != NULL) {
        if (tx->phase == MCV_PHASE_REVOKING || (tx->is_me && !with_me)) continue;
        if (found == NULL || tx->rank < found->rank ||
            (tx->rank == found->rank && tx->since_us > found->since_us)) {
            found = tx;
        }
    }
    return found;
}

/* Is x to be named before y? */
static bool is_better(const struct mcv_transmitter *x, const struct mcv_transmitter *y)
{
    if (x->phase != y->phase) return x->phase == MCV_PHASE_ACTIVE;
    if (x->rank != y->rank) return x->rank > y->rank;
    if (x->since_us != y->since_us) return x->since_us < y->since_us;
    return x->control_ssrc > y->control_ssrc;
}

struct mcv_transmitter *mcv_transmitters_delegate(const struct mcv_transmitters *t)
{
    struct mcv_transmitter *tx = NULL, *found = NULL;

    while ((tx = mcv_transmitters_next(t, tx)) != NULL) {
        const bool may_follow = tx->phase == MCV_PHASE_ACTIVE || tx->phase == MCV_PHASE_GRANTED;
        if (!may_follow || tx->is_me || tx->was_named || tx->who.n_uri == 0) continue;
        if (found == NULL || is_better(tx, found)) found = tx;
    }
    return found;
}
