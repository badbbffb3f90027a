/* Keyrings in a record. */
#include "agent/record/record_parts.h"

#include <stdlib.h>

void mcv_record_put_addr(uint8_t out[static MCV_RECORD_ADDR_BYTES], const struct mcv_addr *addr)
{
    out[0] = addr->family;
    mcv_store_be16(out + 1, addr->port);
    mcv_store_be32(out + 3, addr->scope);
    memcpy(out + 7, addr->b, sizeof addr->b);
}

mcv_err mcv_record_get_addr(struct mcv_addr *addr, const ProtobufCBinaryData *field)
{
    uint8_t b[MCV_RECORD_ADDR_BYTES];
    const mcv_err err = mcv_pb_exact(b, sizeof b, field);

    *addr = (struct mcv_addr){0};
    if (err != MCV_OK) return err;
    if (b[0] != MCV_FAMILY_NONE && b[0] != MCV_IPV4 && b[0] != MCV_IPV6) return MCV_E_MALFORMED;
    addr->family = b[0];
    addr->port = mcv_load_be16(b + 1);
    addr->scope = mcv_load_be32(b + 3);
    memcpy(addr->b, b + 7, sizeof addr->b);
    return MCV_OK;
}

/* ---- written ------------------------------------------------------------------------------- */

static mcv_err put_kms(struct mcv_arena *arena, Mcv__RecordKeys *keys, const struct mcv_imsg_kms *k)
{
    Mcv__RecordKms *p = mcv_arena_alloc(arena, sizeof *p);

    if (p == NULL) return MCV_E_FULL;
    mcv__record_kms__init(p);
    p->uri = mcv_arena_text(arena, k->uri);
    p->period_s = k->period.period_s;
    p->offset_s = k->period.offset_s;
    p->revoked = k->is_revoked;
    p->valid_from_s = k->valid_from_s;
    p->valid_to_s = k->valid_to_s;
    p->can_build = k->sakke != NULL;
    return p->uri == NULL ? MCV_E_FULL : mcv_arena_append(arena, &keys->kms, &keys->n_kms, p);
}

static mcv_err put_own(struct mcv_arena *arena, Mcv__RecordKeys *keys, const struct mcv_imsg_own *o)
{
    Mcv__RecordOwn *p = mcv_arena_alloc(arena, sizeof *p);

    if (p == NULL) return MCV_E_FULL;
    mcv__record_own__init(p);
    p->uri = mcv_arena_text(arena, o->uri);
    p->kms_uri = mcv_arena_text(arena, o->kms_uri);
    p->period_no = o->period_no;
    p->uid = mcv_arena_bytes(arena, o->uid.b, sizeof o->uid.b);
    p->valid_from_s = o->valid_from_s;
    p->valid_to_s = o->valid_to_s;
    p->can_sign = o->eccsi != NULL;
    p->can_open = o->sakke != NULL;
    if (p->uri == NULL || p->kms_uri == NULL || p->uid.data == NULL) return MCV_E_FULL;
    return mcv_arena_append(arena, &keys->own, &keys->n_own, p);
}

static mcv_err put_gmk(struct mcv_arena *arena, Mcv__RecordKeys *keys,
                       const struct mcv_keyring_gmk *g, bool has_secrets)
{
    Mcv__RecordGmk *p = mcv_arena_alloc(arena, sizeof *p);
    mcv_err err = p == NULL ? MCV_E_FULL : MCV_OK;

    if (err != MCV_OK) return err;
    mcv__record_gmk__init(p);
    p->gmk_id = g->gmk_id;
    p->guk_id = g->guk_id;
    p->held = g->gmk != NULL;
    p->activation_s = g->activation_s;
    p->expiry_s = g->expiry_s;
    p->revoked = g->is_revoked;
    p->roc_every = g->roc_every;
    p->no_roc = g->has_no_roc;
    p->n_rand = (uint32_t)g->rand.n;
    if (has_secrets && g->gmk != NULL) {
        p->gmk = mcv_arena_bytes(arena, g->gmk->b, sizeof g->gmk->b);
        p->rand = mcv_arena_bytes(arena, g->rand.p, g->rand.n);
        if (p->gmk.data == NULL || p->rand.data == NULL) return MCV_E_FULL;
    }
    for (size_t i = 0; err == MCV_OK && i < g->n_groups; i++)
        err = mcv_arena_append(arena, &p->groups, &p->n_groups,
                               mcv_arena_text(arena, g->group_ids[i]));
    return err != MCV_OK ? err : mcv_arena_append(arena, &keys->gmks, &keys->n_gmks, p);
}

Mcv__RecordKeys *mcv_record_put_keys(struct mcv_arena *arena, const struct mcv_keyring *keys,
                                     bool has_secrets)
{
    Mcv__RecordKeys *p = mcv_arena_alloc(arena, sizeof *p);
    mcv_err err = MCV_OK;

    if (p == NULL) return NULL;
    mcv__record_keys__init(p);
    p->home_kms = mcv_arena_text(arena, keys->home_kms_uri);
    if (p->home_kms == NULL) return NULL;
    for (size_t i = 0; err == MCV_OK && i < keys->trust.n_kms; i++)
        err = put_kms(arena, p, &keys->trust.kms[i]);
    for (size_t i = 0; err == MCV_OK && i < keys->trust.n_own; i++)
        err = put_own(arena, p, &keys->trust.own[i]);
    for (size_t i = 0; err == MCV_OK && i < keys->n_gmks; i++)
        err = put_gmk(arena, p, &keys->gmks[i], has_secrets);
    return err == MCV_OK ? p : NULL;
}

/* ---- read ---------------------------------------------------------------------------------- */

/* What only jobs look into, and a replay runs none. */
static const struct mcv_kpak no_kpak;
static const max_align_t no_object;

static mcv_err get_kms(struct mcv_imsg_kms *out, const Mcv__RecordKms *k)
{
    const struct mcv_key_period period = {.period_s = k->period_s, .offset_s = k->offset_s};

    if (!mcv_key_period_is_valid(&period)) return MCV_E_MALFORMED;
    *out = (struct mcv_imsg_kms){.uri = mcv_bytes_str(k->uri),
                                 .period = period,
                                 .is_revoked = k->revoked,
                                 .valid_from_s = k->valid_from_s,
                                 .valid_to_s = k->valid_to_s,
                                 .kpak = &no_kpak,
                                 .sakke = k->can_build ? (const void *)&no_object : NULL};
    return MCV_OK;
}

static mcv_err get_own(struct mcv_imsg_own *out, const Mcv__RecordOwn *o)
{
    if (strlen(o->uri) == 0 || strlen(o->uri) > MCV_IMSG_MAX_URI_BYTES) return MCV_E_MALFORMED;
    *out = (struct mcv_imsg_own){.uri = mcv_bytes_str(o->uri),
                                 .kms_uri = mcv_bytes_str(o->kms_uri),
                                 .period_no = o->period_no,
                                 .valid_from_s = o->valid_from_s,
                                 .valid_to_s = o->valid_to_s,
                                 .eccsi = o->can_sign ? (const void *)&no_object : NULL,
                                 .sakke = o->can_open ? (const void *)&no_object : NULL};
    return mcv_pb_exact(out->uid.b, sizeof out->uid.b, &o->uid);
}

static mcv_err get_rand(struct mcv_keyring_gmk *out, struct mcv_arena *arena,
                        const Mcv__RecordGmk *g)
{
    uint8_t *rand_octets = mcv_arena_alloc(arena, MCV_RAND_MAX_BYTES);

    if (rand_octets == NULL) return MCV_E_FULL;
    if (g->n_rand > MCV_RAND_MAX_BYTES || (g->held && g->n_rand < MCV_RAND_MIN_BYTES))
        return MCV_E_MALFORMED;
    if (g->rand.len != 0 && g->rand.len != g->n_rand) return MCV_E_MALFORMED;
    if (g->rand.len != 0) memcpy(rand_octets, g->rand.data, g->rand.len);
    out->rand = mcv_bytes_of(rand_octets, g->n_rand);
    return MCV_OK;
}

static mcv_err get_gmk(struct mcv_keyring_gmk *out, struct mcv_arena *arena,
                       const Mcv__RecordGmk *g)
{
    struct mcv_gmk *gmk = mcv_arena_alloc(arena, sizeof *gmk);
    struct mcv_bytes *groups = mcv_arena_alloc(arena, (g->n_groups + 1) * sizeof *groups);

    if (gmk == NULL || groups == NULL) return MCV_E_FULL;
    mcv_store_be32(gmk->b, g->gmk_id);
    if (g->gmk.len != 0 && mcv_pb_exact(gmk->b, sizeof gmk->b, &g->gmk)) return MCV_E_MALFORMED;
    for (size_t i = 0; i < g->n_groups; i++) groups[i] = mcv_bytes_str(g->groups[i]);
    *out = (struct mcv_keyring_gmk){.gmk_id = g->gmk_id,
                                    .guk_id = g->guk_id,
                                    .gmk = g->held ? gmk : NULL,
                                    .activation_s = g->activation_s,
                                    .expiry_s = g->expiry_s,
                                    .is_revoked = g->revoked,
                                    .roc_every = (uint16_t)g->roc_every,
                                    .has_no_roc = g->no_roc,
                                    .group_ids = groups,
                                    .n_groups = g->n_groups};
    return get_rand(out, arena, g);
}

mcv_err mcv_record_get_keys(const struct mcv_keyring **out, struct mcv_arena *arena,
                            const Mcv__RecordKeys *keys)
{
    struct mcv_keyring *ring = mcv_arena_alloc(arena, sizeof *ring);
    struct mcv_imsg_kms *kms = mcv_arena_alloc(arena, (keys->n_kms + 1) * sizeof *kms);
    struct mcv_imsg_own *own = mcv_arena_alloc(arena, (keys->n_own + 1) * sizeof *own);
    struct mcv_keyring_gmk *gmks = mcv_arena_alloc(arena, (keys->n_gmks + 1) * sizeof *gmks);
    mcv_err err = MCV_OK;

    *out = NULL;
    if (ring == NULL || kms == NULL || own == NULL || gmks == NULL) return MCV_E_FULL;
    for (size_t i = 0; err == MCV_OK && i < keys->n_kms; i++) err = get_kms(&kms[i], keys->kms[i]);
    for (size_t i = 0; err == MCV_OK && i < keys->n_own; i++) err = get_own(&own[i], keys->own[i]);
    for (size_t i = 0; err == MCV_OK && i < keys->n_gmks; i++)
        err = get_gmk(&gmks[i], arena, keys->gmks[i]);
    if (err != MCV_OK) return err;
    *ring = (struct mcv_keyring){
        .trust = {.kms = kms, .n_kms = keys->n_kms, .own = own, .n_own = keys->n_own},
        .home_kms_uri = mcv_bytes_str(keys->home_kms),
        .gmks = gmks,
        .n_gmks = keys->n_gmks};
    *out = ring;
    return MCV_OK;
}
