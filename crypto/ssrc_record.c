#include "crypto/ssrc_record.h"

#include <string.h>

#define DRAW_TRIES 16 /* a repeat is a 1 in 2^32 event per noted SSRC */

static size_t home(const struct mcv_ssrc_record *r, uint32_t key_id, uint32_t guk_id, uint32_t ssrc)
{
    uint64_t h = ((uint64_t)key_id << 32 | guk_id) * 0x9e3779b97f4a7c15u;

    h = (h ^ h >> 29 ^ ssrc) * 0xbf58476d1ce4e5b9u;
    return (size_t)((h >> 32) % r->n_slots);
}

/* The slot of this use, or the empty one where it belongs: a quarter is always empty. */
static struct mcv_ssrc_use *find(const struct mcv_ssrc_record *r, uint32_t key_id, uint32_t guk_id,
                                 uint32_t ssrc)
{
    size_t i = home(r, key_id, guk_id, ssrc);

    for (;; i = (i + 1) % r->n_slots) {
        struct mcv_ssrc_use *u = &r->slots[i];
        if (u->is_used == 0) return u;
        if (u->key_id == key_id && u->guk_id == guk_id && u->ssrc == ssrc) return u;
    }
}

void mcv_ssrc_record_init(struct mcv_ssrc_record *r, struct mcv_ssrc_use *slots, size_t n_slots)
{
    MCV_ASSERT(n_slots >= 4);
    memset(slots, 0, n_slots * sizeof *slots);
    *r = (struct mcv_ssrc_record){.slots = slots, .n_slots = n_slots};
}

bool mcv_ssrc_record_has(const struct mcv_ssrc_record *r, const struct mcv_srtp_mki *mki,
                         uint32_t ssrc)
{
    return find(r, mki->key_id, mki->guk_id, ssrc)->is_used != 0;
}

mcv_err mcv_ssrc_record_claim(struct mcv_ssrc_record *r, const struct mcv_srtp_mki *mki,
                              uint32_t ssrc)
{
    struct mcv_ssrc_use *u = find(r, mki->key_id, mki->guk_id, ssrc);

    if (u->is_used != 0) return MCV_E_REPLAY;
    if (r->n_used >= r->n_slots - r->n_slots / 4) return MCV_E_FULL;
    *u = (struct mcv_ssrc_use){mki->key_id, mki->guk_id, ssrc, 1};
    r->n_used++;
    return MCV_OK;
}

mcv_err mcv_ssrc_record_draw(struct mcv_ssrc_record *r, uint32_t *ssrc,
                             const struct mcv_srtp_mki *mki, const struct mcv_rng *rng)
{
    *ssrc = 0;
    for (int i = 0; i < DRAW_TRIES; i++) {
        uint32_t v;
        mcv_err err = mcv_rng_u32(rng, &v);
        if (err != MCV_OK) return err;
        if (v == 0) continue;
        err = mcv_ssrc_record_claim(r, mki, v);
        if (err == MCV_E_REPLAY) continue;
        if (err == MCV_OK) *ssrc = v;
        return err;
    }
    return MCV_E_CRYPTO; /* such a generator is broken */
}

/* Removing from open addressing leaves holes in probe chains: the entries after the hole, up to
 * the next empty slot, are put in again. */
static void remove_at(struct mcv_ssrc_record *r, size_t i)
{
    r->slots[i] = (struct mcv_ssrc_use){0};
    r->n_used--;
    for (size_t j = (i + 1) % r->n_slots; r->slots[j].is_used != 0; j = (j + 1) % r->n_slots) {
        const struct mcv_ssrc_use moved = r->slots[j];
        r->slots[j] = (struct mcv_ssrc_use){0};
        *find(r, moved.key_id, moved.guk_id, moved.ssrc) = moved;
    }
}

void mcv_ssrc_record_forget(struct mcv_ssrc_record *r, uint32_t key_id)
{
    bool is_changed = true;

    while (is_changed) { /* moving entries may carry one past the scan, at the wrap */
        is_changed = false;
        for (size_t i = 0; i < r->n_slots; i++) {
            while (r->slots[i].is_used != 0 && r->slots[i].key_id == key_id) {
                remove_at(r, i);
                is_changed = true;
            }
        }
    }
}

const struct mcv_ssrc_use *mcv_ssrc_record_next(const struct mcv_ssrc_record *r, size_t *at)
{
    for (; *at < r->n_slots; (*at)++) {
        if (r->slots[*at].is_used != 0) return &r->slots[(*at)++];
    }
    return NULL;
}
