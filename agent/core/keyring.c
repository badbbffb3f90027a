#include "agent/core/keyring.h"

static bool is_listed(const struct mcv_keyring_gmk *key, struct mcv_bytes group)
{
    for (size_t i = 0; i < key->n_groups; i++) {
        if (mcv_bytes_equal(key->group_ids[i], group)) return true;
    }
    return false;
}

/* Spec: TS 33.180 5.7.1: activation, expiry and status of the key parameters. */
static bool is_usable(const struct mcv_keyring_gmk *key, struct mcv_bytes group, int64_t utc_s,
                      int64_t skew_s)
{
    if (key->gmk == NULL || key->is_revoked) return false;
    if (key->expiry_s != 0 && utc_s >= key->expiry_s) return false;
    return key->activation_s <= utc_s + skew_s && is_listed(key, group);
}

static bool is_later(const struct mcv_keyring_gmk *a, const struct mcv_keyring_gmk *b)
{
    if (a->activation_s != b->activation_s) return a->activation_s > b->activation_s;
    return a->gmk_id > b->gmk_id;
}

const struct mcv_keyring_gmk *mcv_keyring_gmk_to_send(const struct mcv_keyring *ring,
                                                      struct mcv_bytes group, int64_t utc_s)
{
    const struct mcv_keyring_gmk *best = NULL;

    for (size_t i = 0; i < ring->n_gmks; i++) {
        const struct mcv_keyring_gmk *key = &ring->gmks[i];
        if (!is_usable(key, group, utc_s, 0)) continue;
        if (best == NULL || is_later(key, best)) best = key;
    }
    return best;
}

/* Of those that are usable at this time. NULL: none. */
static const struct mcv_keyring_gmk *longest(const struct mcv_keyring *ring, struct mcv_bytes group,
                                             int64_t utc_s)
{
    const struct mcv_keyring_gmk *best = NULL;

    for (size_t i = 0; i < ring->n_gmks; i++) {
        const struct mcv_keyring_gmk *key = &ring->gmks[i];
        if (!is_usable(key, group, utc_s, 0)) continue;
        if (key->expiry_s == 0) return key;
        if (best == NULL || key->expiry_s > best->expiry_s) best = key;
    }
    return best;
}

const struct mcv_keyring_gmk *mcv_keyring_last_gmk(const struct mcv_keyring *ring,
                                                   struct mcv_bytes group, int64_t utc_s)
{
    const struct mcv_keyring_gmk *last = NULL, *next = longest(ring, group, utc_s);

    while (next != NULL) {
        last = next;
        if (last->expiry_s == 0) break;
        next = longest(ring, group, last->expiry_s); /* ends later: it is usable then */
    }
    return last;
}

bool mcv_keyring_gmk_may_receive(const struct mcv_keyring_gmk *key, struct mcv_bytes group,
                                 int64_t utc_s)
{
    return is_usable(key, group, utc_s, MCV_GMK_ACTIVATION_SKEW_S);
}

bool mcv_keyring_has_gmk(const struct mcv_keyring *ring, struct mcv_bytes group, int64_t utc_s)
{
    for (size_t i = 0; i < ring->n_gmks; i++) {
        if (mcv_keyring_gmk_may_receive(&ring->gmks[i], group, utc_s)) return true;
    }
    return false;
}

static int64_t earlier_after(int64_t utc_s, int64_t at_s, int64_t best_s)
{
    return at_s > utc_s && at_s < best_s ? at_s : best_s;
}

int64_t mcv_keyring_next_change(const struct mcv_keyring *ring, struct mcv_bytes group,
                                int64_t utc_s, int64_t ahead_s)
{
    int64_t best_s = INT64_MAX;

    for (size_t i = 0; i < ring->n_gmks; i++) {
        const struct mcv_keyring_gmk *key = &ring->gmks[i];
        if (key->gmk == NULL || key->is_revoked || !is_listed(key, group)) continue;
        const int64_t on_s = key->activation_s, off_s = key->expiry_s;
        best_s = earlier_after(utc_s, on_s - MCV_GMK_ACTIVATION_SKEW_S, best_s);
        best_s = earlier_after(utc_s, on_s - ahead_s, best_s);
        best_s = earlier_after(utc_s, on_s, best_s);
        if (off_s == 0) continue;
        best_s = earlier_after(utc_s, off_s - ahead_s, best_s);
        best_s = earlier_after(utc_s, off_s - MCV_GMK_LAST_S, best_s);
        best_s = earlier_after(utc_s, off_s, best_s);
    }
    return best_s;
}

const struct mcv_keyring_gmk *mcv_keyring_find_gmk(const struct mcv_keyring *ring, uint32_t gmk_id)
{
    for (size_t i = 0; i < ring->n_gmks; i++) {
        if (ring->gmks[i].gmk_id == gmk_id) return &ring->gmks[i];
    }
    return NULL;
}
