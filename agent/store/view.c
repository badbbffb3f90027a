/* The keys of a store as the agent sees them. */
#include "agent/store/keys.h"

static void view_certs(struct mcv_store_keys *keys)
{
    for (size_t i = 0; i < keys->n_certs; i++) {
        const struct mcv_store_cert *c = &keys->certs[i];
        keys->view_kms[i] = (struct mcv_imsg_kms){
            .uri = mcv_bytes_str(c->rec->kms_uri),
            .period = c->period,
            .is_revoked = c->rec->revoked,
            .valid_from_s = c->rec->valid_from_s,
            .valid_to_s = c->rec->valid_to_s,
            .kpak = &c->kpak,
            .sakke = c->pub,
        };
    }
}

static void view_sets(struct mcv_store_keys *keys)
{
    for (size_t i = 0; i < keys->n_sets; i++) {
        const struct mcv_store_set *s = &keys->sets[i];
        keys->view_own[i] = (struct mcv_imsg_own){
            .uri = mcv_bytes_str(keys->file->user_uri),
            .kms_uri = mcv_bytes_str(s->rec->kms_uri),
            .period_no = s->rec->period_no,
            .uid = s->uid,
            .valid_from_s = s->rec->valid_from_s,
            .valid_to_s = s->rec->valid_to_s,
            .eccsi = &s->eccsi,
            .sakke = s->sakke,
        };
    }
}

static mcv_err view_gmk(struct mcv_store_keys *keys, size_t i)
{
    const Mcv__StoredGmk *rec = keys->file->gmks[i];
    struct mcv_bytes *groups = mcv_arena_alloc(&keys->arena,
                                               (rec->n_group_ids + 1) * sizeof *groups);

    if (groups == NULL) return MCV_E_FULL;
    for (size_t g = 0; g < rec->n_group_ids; g++) groups[g] = mcv_bytes_str(rec->group_ids[g]);
    if (!rec->revoked) {
        const mcv_err err = mcv_pb_exact(keys->gmks[i].b, sizeof keys->gmks[i].b, &rec->gmk);
        if (err != MCV_OK) return err;
    }
    keys->view_gmks[i] = (struct mcv_keyring_gmk){
        .gmk_id = rec->gmk_id,
        .guk_id = rec->guk_id,
        .gmk = rec->revoked ? NULL : &keys->gmks[i],
        .rand = mcv_pb_bytes(&rec->rand),
        .roc_every = (uint16_t)rec->roc_every,
        .has_no_roc = rec->no_roc,
        .activation_s = rec->activation_s,
        .expiry_s = rec->expiry_s,
        .is_revoked = rec->revoked,
        .group_ids = groups,
        .n_groups = rec->n_group_ids,
    };
    return MCV_OK;
}

mcv_err mcv_store_keys_view(struct mcv_store_keys *keys)
{
    const Mcv__StoredCert *home = mcv_store_home(keys->file);
    mcv_err err = MCV_OK;

    view_certs(keys);
    view_sets(keys);
    if (keys->file->n_gmks > MCV_STORE_MAX_GMKS) return MCV_E_FULL;
    for (size_t i = 0; err == MCV_OK && i < keys->file->n_gmks; i++) err = view_gmk(keys, i);
    if (err != MCV_OK) return err;
    keys->ring = (struct mcv_keyring){
        .trust = {.kms = keys->view_kms,
                  .n_kms = keys->n_certs,
                  .own = keys->view_own,
                  .n_own = keys->n_sets},
        .home_kms_uri = home != NULL ? mcv_bytes_str(home->kms_uri) : (struct mcv_bytes){0},
        .gmks = keys->view_gmks,
        .n_gmks = keys->file->n_gmks,
    };
    return MCV_OK;
}

size_t mcv_store_n_documents(const struct mcv_store_keys *keys)
{
    return keys->file->n_documents;
}

struct mcv_bytes mcv_store_document_at(const struct mcv_store_keys *keys, size_t i)
{
    return mcv_pb_bytes(&keys->file->documents[i]->xml);
}

const struct mcv_keyring *mcv_store_keyring(const struct mcv_store_keys *keys)
{
    return &keys->ring;
}
