#include "agent/store/keys.h"

#include "agent/store/files.h"

#include <inttypes.h>
#include <string.h>

/* Room for the records and for what one import adds; small, because it may be locked. */
#define ARENA_BYTES (512u << 10)

Mcv__StoredCert *mcv_store_find_cert(const Mcv__StoreFile *file, const char *kms_uri)
{
    for (size_t i = 0; i < file->n_certs; i++)
        if (strcmp(file->certs[i]->kms_uri, kms_uri) == 0) return file->certs[i];
    return NULL;
}

const Mcv__StoredCert *mcv_store_home(const Mcv__StoreFile *file)
{
    for (size_t i = 0; i < file->n_certs; i++)
        if (file->certs[i]->is_home) return file->certs[i];
    return NULL;
}

/* An empty file of this user. */
static mcv_err make_empty(struct mcv_store_keys *keys, const char *user_uri)
{
    keys->file = mcv_arena_alloc(&keys->arena, sizeof *keys->file);
    if (keys->file == NULL) return MCV_E_FULL;
    mcv__store_file__init(keys->file);
    keys->file->version = MCV_STORE_VERSION;
    keys->file->user_uri = mcv_arena_text(&keys->arena, mcv_bytes_str(user_uri));
    return keys->file->user_uri != NULL ? MCV_OK : MCV_E_FULL;
}

static mcv_err check_file(const Mcv__StoreFile *file, const char *user_uri, struct mcv_why *why)
{
    if (file->version != MCV_STORE_VERSION)
        return mcv_why_set(why, MCV_E_UNSUPPORTED, "the store has version %u, not %d",
                           (unsigned)file->version, MCV_STORE_VERSION);
    if (strcmp(file->user_uri, user_uri) != 0)
        return mcv_why_set(why, MCV_E_CONFIG, "the store belongs to %s, not to %s", file->user_uri,
                           user_uri);
    return MCV_OK;
}

mcv_err mcv_store_keys_new(struct mcv_store_keys **out, struct mcv_bytes packed,
                           const struct mcv_store_options *options, struct mcv_why *why)
{
    struct mcv_store_keys *keys = mcv_keymem_alloc(sizeof *keys, options->lock_memory);

    *out = NULL;
    if (keys == NULL)
        return mcv_why_set(why, MCV_E_CONFIG,
                           "no memory for keys, or it cannot be "
                           "locked: raise the memlock limit");
    keys->holders = 1;
    keys->lock = options->lock_memory;
    keys->tables = options->tables;
    mcv_err err = mcv_arena_init(&keys->arena, ARENA_BYTES + 4 * packed.n, keys->lock);
    if (err != MCV_OK) {
        err = mcv_why_set(why, MCV_E_CONFIG,
                          "no memory for keys, or it cannot be locked: raise the memlock limit");
    } else if (packed.n == 0) {
        err = make_empty(keys, options->owner.user_uri);
    } else {
        keys->file = mcv__store_file__unpack(&keys->arena.pb, packed.n, packed.p);
        err = keys->file != NULL
                  ? check_file(keys->file, options->owner.user_uri, why)
                  : mcv_why_set(why, MCV_E_MALFORMED, "the content of the store is malformed");
    }
    if (err == MCV_OK)
        *out = keys;
    else
        mcv_store_keys_free(keys);
    return err;
}

void mcv_store_keys_free(struct mcv_store_keys *keys)
{
    if (keys == NULL) return;
    for (size_t i = 0; i < keys->n_sets; i++) {
        mcv_eccsi_key_wipe(&keys->sets[i].eccsi);
        mcv_keymem_free(keys->sets[i].mem, keys->sets[i].mem_bytes);
    }
    for (size_t i = 0; i < keys->n_certs; i++)
        mcv_keymem_free(keys->certs[i].mem, keys->certs[i].mem_bytes);
    mcv_arena_wipe(&keys->arena);
    mcv_keymem_free(keys, sizeof *keys);
}

static mcv_err install_cert(struct mcv_store_keys *keys, const Mcv__StoredCert *rec)
{
    struct mcv_store_cert *c = &keys->certs[keys->n_certs];
    struct mcv_sakke_z z;

    *c = (struct mcv_store_cert){.rec = rec,
                                 .period = {.period_s = rec->period_s, .offset_s = rec->offset_s}};
    if (!mcv_key_period_is_valid(&c->period)) return MCV_E_MALFORMED;
    mcv_err err = mcv_pb_exact(c->kpak.b, sizeof c->kpak.b, &rec->kpak);
    if (err == MCV_OK) err = mcv_pb_exact(z.b, sizeof z.b, &rec->z);
    if (err != MCV_OK) return err;
    c->mem_bytes = mcv_sakke_public_size(keys->tables);
    c->mem = mcv_keymem_alloc(c->mem_bytes, false); /* nothing in it is secret */
    if (c->mem == NULL) return MCV_E_IO;
    keys->n_certs++; /* from here on it is freed with the rest */
    return mcv_sakke_public_init(&c->pub, c->mem, c->mem_bytes, keys->tables, &z);
}

static const struct mcv_store_cert *installed_cert(const struct mcv_store_keys *keys,
                                                   const char *kms_uri)
{
    for (size_t i = 0; i < keys->n_certs; i++)
        if (strcmp(keys->certs[i].rec->kms_uri, kms_uri) == 0) return &keys->certs[i];
    return NULL;
}

static mcv_err install_signing(struct mcv_store_set *s, struct mcv_bytes id)
{
    struct mcv_ssk ssk = {0};
    struct mcv_pvt pvt = {0};

    mcv_err err = mcv_pb_exact(ssk.b, sizeof ssk.b, &s->rec->ssk);
    if (err == MCV_OK) err = mcv_pb_exact(pvt.b, sizeof pvt.b, &s->rec->pvt);
    if (err == MCV_OK) err = mcv_eccsi_key_install(&s->eccsi, &s->cert->kpak, id, &ssk, &pvt);
    mcv_ssk_wipe(&ssk);
    return err;
}

static mcv_err install_decryption(struct mcv_store_set *s, struct mcv_bytes id)
{
    struct mcv_rsk rsk = {0};

    mcv_err err = mcv_pb_exact(rsk.b, sizeof rsk.b, &s->rec->rsk);
    if (err == MCV_OK)
        err = mcv_sakke_key_install(&s->sakke, s->mem, s->mem_bytes, s->cert->pub, id, &rsk);
    mcv_rsk_wipe(&rsk);
    return err;
}

/* Spec: RFC 6507 5.1.2, RFC 6508 6.1.2: both before first use. */
static mcv_err install_set(struct mcv_store_keys *keys, const Mcv__StoredKeySet *rec)
{
    struct mcv_store_set *s = &keys->sets[keys->n_sets];

    *s = (struct mcv_store_set){.rec = rec, .cert = installed_cert(keys, rec->kms_uri)};
    if (s->cert == NULL) return MCV_E_UNKNOWN_KEY;
    s->mem_bytes = mcv_sakke_key_size(s->cert->pub);
    s->mem = mcv_keymem_alloc(s->mem_bytes, keys->lock);
    if (s->mem == NULL) return MCV_E_CONFIG;
    keys->n_sets++;
    mcv_err err = mcv_uid_derive(&s->uid, mcv_bytes_str(keys->file->user_uri),
                                 mcv_bytes_str(rec->kms_uri), &s->cert->period, rec->period_no);
    const struct mcv_bytes id = mcv_bytes_of(s->uid.b, sizeof s->uid.b);
    if (err == MCV_OK) err = install_signing(s, id);
    if (err == MCV_OK) err = install_decryption(s, id);
    return err;
}

mcv_err mcv_store_keys_install(struct mcv_store_keys *keys, struct mcv_why *why)
{
    const Mcv__StoreFile *f = keys->file;

    if (f->n_certs > MCV_STORE_MAX_CERTS || f->n_key_sets > MCV_STORE_MAX_KEY_SETS ||
        f->n_gmks > MCV_STORE_MAX_GMKS)
        return mcv_why_set(why, MCV_E_FULL,
                           "more than %d certificates, %d key sets or %d group keys",
                           MCV_STORE_MAX_CERTS, MCV_STORE_MAX_KEY_SETS, MCV_STORE_MAX_GMKS);
    for (size_t i = 0; i < f->n_certs; i++) {
        const mcv_err err = install_cert(keys, f->certs[i]);
        if (err != MCV_OK)
            return mcv_why_set(why, err, "certificate of %s: %s", f->certs[i]->kms_uri,
                               mcv_err_text(err));
    }
    for (size_t i = 0; i < f->n_key_sets; i++) {
        const mcv_err err = install_set(keys, f->key_sets[i]);
        if (err != MCV_OK)
            return mcv_why_set(why, err, "key set of %s for period %" PRIu64 ": %s",
                               f->key_sets[i]->kms_uri, f->key_sets[i]->period_no,
                               mcv_err_text(err));
    }
    const mcv_err err = mcv_store_keys_view(keys);
    return err == MCV_OK ? MCV_OK : mcv_why_set(why, err, "group keys: %s", mcv_err_text(err));
}
