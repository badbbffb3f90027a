#include "agent/cli/kms.h"

#include "crypto/eccsi.h"
#include "crypto/keys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_VERSION 1
#define ARENA_BYTES  (256u << 20) /* reserved, not used: pages are touched as they fill */

mcv_err mcv_kms_check_uri(const char *uri, struct mcv_why *why)
{
    const size_t n = strlen(uri);

    if (n == 0 || n > MCV_KMS_URI_MAX_BYTES)
        return mcv_why_set(why, MCV_E_MALFORMED, "'%.40s': an identifier has 1 to %d octets", uri,
                           MCV_KMS_URI_MAX_BYTES);
    for (const char *c = uri; *c != '\0'; c++)
        if ((unsigned char)*c <= 0x20 || *c == 0x7f)
            return mcv_why_set(why, MCV_E_MALFORMED,
                               "'%s': an identifier has no spaces or control characters", uri);
    return MCV_OK;
}

struct mcv_key_period mcv_kms_period(const struct mcv_kms *kms)
{
    return (struct mcv_key_period){.period_s = kms->file->period_s,
                                   .offset_s = kms->file->offset_s};
}

mcv_err mcv_kms_period_no(uint64_t *period_no, const struct mcv_kms *kms, int64_t utc_s,
                          struct mcv_why *why)
{
    const struct mcv_key_period period = mcv_kms_period(kms);
    const mcv_err err = mcv_key_period_at(period_no, &period, mcv_ntp_of_utc(utc_s));

    return err == MCV_OK ? MCV_OK
                         : mcv_why_set(why, err, "%s: no key period at this time", kms->file->uri);
}

static mcv_err check_key_set(const Mcv__IssuedKeySet *k)
{
    return mcv_kms_is_whole(k) ? MCV_OK : MCV_E_MALFORMED;
}

static mcv_err check_group(const Mcv__Group *g)
{
    for (size_t i = 0; i < g->n_keys; i++) {
        const Mcv__GroupKey *k = g->keys[i];
        if (k->gmk.len != MCV_KEY_BYTES || k->rand.len != MCV_RAND_MIN_BYTES ||
            mcv_key_id_type(k->gmk_id) != MCV_KEY_GMK)
            return MCV_E_MALFORMED;
    }
    return MCV_OK;
}

/* The file is authentic; this guards against a version that wrote something else. */
static mcv_err check_file(const Mcv__KmsFile *f)
{
    const struct mcv_key_period period = {.period_s = f->period_s, .offset_s = f->offset_s};
    mcv_err err = MCV_OK;

    if (f->version != FILE_VERSION) return MCV_E_UNSUPPORTED;
    if (f->ksak.len != 32 || f->kpak.len != 65 || f->z_secret.len != 128 || f->z.len != 257 ||
        !mcv_key_period_is_valid(&period))
        return MCV_E_MALFORMED;
    for (size_t i = 0; err == MCV_OK && i < f->n_key_sets; i++) err = check_key_set(f->key_sets[i]);
    for (size_t i = 0; err == MCV_OK && i < f->n_groups; i++) err = check_group(f->groups[i]);
    for (size_t i = 0; err == MCV_OK && i < f->n_trusted; i++)
        if (f->trusted[i]->kpak.len != 65 || f->trusted[i]->z.len != 257) err = MCV_E_MALFORMED;
    return err;
}

/* The object with its directory and lock, but without a file. */
static mcv_err begin(struct mcv_kms *kms, const char *dir, const struct mcv_seal_secret *secret,
                     const struct mcv_rng *rng, struct mcv_why *why)
{
    *kms = (struct mcv_kms){.secret = *secret, .rng = rng, .lock_fd = -1};
    mcv_err err = mcv_path_join(kms->path, sizeof kms->path, dir, "kms");
    if (err != MCV_OK) return mcv_why_set(why, err, "%s: path too long", dir);
    err = mcv_dir_lock(&kms->lock_fd, dir, why);
    if (err != MCV_OK) return err;
    err = mcv_arena_init(&kms->arena, ARENA_BYTES, false);
    return err == MCV_OK ? MCV_OK : mcv_why_set(why, err, "no memory");
}

static mcv_err load(struct mcv_kms *kms, struct mcv_why *why)
{
    uint8_t *content = NULL;
    size_t n = 0;
    mcv_err err = mcv_sealed_read(&content, &n, kms->path, MCV_SEALED_KMS, &kms->secret, why);

    if (err != MCV_OK) return err;
    kms->file = mcv__kms_file__unpack(&kms->arena.pb, n, content);
    mcv_sealed_free(content, n);
    err = kms->file != NULL ? check_file(kms->file) : MCV_E_MALFORMED;
    return err == MCV_OK ? MCV_OK
                         : mcv_why_set(why, err, "%s: content: %s", kms->path, mcv_err_text(err));
}

mcv_err mcv_kms_open(struct mcv_kms *kms, const char *dir, const struct mcv_seal_secret *secret,
                     const struct mcv_rng *rng, struct mcv_why *why)
{
    char path[MCV_PATH_BYTES];

    *kms = (struct mcv_kms){.lock_fd = -1};
    if (mcv_path_join(path, sizeof path, dir, "kms") == MCV_OK && access(path, F_OK) != 0)
        return mcv_why_set(why, MCV_E_NOT_FOUND, "%s: no KMS here; make one with: mcvkms init",
                           dir);
    mcv_err err = begin(kms, dir, secret, rng, why);
    if (err == MCV_OK) err = load(kms, why);
    if (err != MCV_OK) mcv_kms_close(kms);
    return err;
}

/* Master secrets: RFC 6507 4.2 and RFC 6508 6.1.1. */
static mcv_err generate(struct mcv_kms *kms)
{
    struct mcv_ksak ksak = {0};
    struct mcv_z_secret z_secret = {0};
    struct mcv_kpak kpak = {0};
    struct mcv_sakke_z z = {0};
    Mcv__KmsFile *f = kms->file;

    mcv_err err = mcv_eccsi_kms_generate(&ksak, &kpak, kms->rng);
    if (err == MCV_OK) err = mcv_sakke_kms_generate(&z_secret, &z, kms->rng);
    if (err == MCV_OK) {
        f->ksak = mcv_arena_bytes(&kms->arena, ksak.b, sizeof ksak.b);
        f->kpak = mcv_arena_bytes(&kms->arena, kpak.b, sizeof kpak.b);
        f->z_secret = mcv_arena_bytes(&kms->arena, z_secret.b, sizeof z_secret.b);
        f->z = mcv_arena_bytes(&kms->arena, z.b, sizeof z.b);
    }
    mcv_ksak_wipe(&ksak);
    mcv_z_secret_wipe(&z_secret);
    return err;
}

static mcv_err fill_new(struct mcv_kms *kms, const struct mcv_kms_params *params,
                        struct mcv_why *why)
{
    const char *gms = params->gms_uri != NULL ? params->gms_uri : "";
    Mcv__KmsFile *f = mcv_arena_alloc(&kms->arena, sizeof *f);

    if (f == NULL) return mcv_why_set(why, MCV_E_FULL, "no memory");
    mcv__kms_file__init(f);
    kms->file = f;
    f->version = FILE_VERSION;
    f->uri = mcv_arena_text(&kms->arena, mcv_bytes_str(params->uri));
    f->gms_uri = mcv_arena_text(&kms->arena, mcv_bytes_str(gms));
    f->period_s = params->period.period_s;
    f->offset_s = params->period.offset_s;
    mcv_err err = generate(kms);
    if (err == MCV_OK) err = check_file(f);
    return err == MCV_OK ? MCV_OK
                         : mcv_why_set(why, err, "cannot make keys: %s", mcv_err_text(err));
}

static mcv_err check_params(const struct mcv_kms_params *p, struct mcv_why *why)
{
    mcv_err err = mcv_kms_check_uri(p->uri, why);

    if (err == MCV_OK && p->gms_uri != NULL) err = mcv_kms_check_uri(p->gms_uri, why);
    if (err == MCV_OK && !mcv_key_period_is_valid(&p->period))
        err = mcv_why_set(why, MCV_E_MALFORMED,
                          "the period must be above 0 and the offset below it");
    return err;
}

mcv_err mcv_kms_create(struct mcv_kms *kms, const char *dir, const struct mcv_seal_secret *secret,
                       const struct mcv_kms_params *params, const struct mcv_rng *rng,
                       struct mcv_why *why)
{
    *kms = (struct mcv_kms){.lock_fd = -1};
    mcv_err err = check_params(params, why);
    if (err == MCV_OK) err = mcv_dir_private(dir, why);
    if (err == MCV_OK) err = begin(kms, dir, secret, rng, why);
    if (err == MCV_OK && access(kms->path, F_OK) == 0)
        err = mcv_why_set(why, MCV_E_BUSY, "%s: there is a KMS already", dir);
    if (err == MCV_OK) err = fill_new(kms, params, why);
    if (err == MCV_OK) err = mcv_kms_save(kms, why);
    if (err != MCV_OK) mcv_kms_close(kms);
    return err;
}

mcv_err mcv_kms_save(struct mcv_kms *kms, struct mcv_why *why)
{
    uint8_t *packed = NULL;
    size_t n = 0;
    mcv_err err = mcv_pb_pack(&packed, &n, &kms->file->base);

    if (err == MCV_OK)
        err = mcv_sealed_write(kms->path, MCV_SEALED_KMS, mcv_bytes_of(packed, n), &kms->secret,
                               kms->rng, why);
    else
        (void)mcv_why_set(why, err, "no memory");
    mcv_keymem_free(packed, n);
    return err;
}

void mcv_kms_close(struct mcv_kms *kms)
{
    if (kms->lock_fd >= 0) (void)close(kms->lock_fd);
    free(kms->pub_mem);
    mcv_arena_wipe(&kms->arena);
    mcv_seal_secret_wipe(&kms->secret);
    *kms = (struct mcv_kms){.lock_fd = -1};
}

const Mcv__IssuedKeySet *mcv_kms_key_set(const struct mcv_kms *kms, const char *user,
                                         uint64_t period_no)
{
    for (size_t i = 0; i < kms->file->n_key_sets; i++) {
        const Mcv__IssuedKeySet *k = kms->file->key_sets[i];
        if (k->period_no == period_no && strcmp(k->user_uri, user) == 0) return k;
    }
    return NULL;
}

bool mcv_kms_has_user(const struct mcv_kms *kms, const char *user)
{
    for (size_t i = 0; i < kms->file->n_key_sets; i++)
        if (strcmp(kms->file->key_sets[i]->user_uri, user) == 0) return true;
    return false;
}

mcv_err mcv_kms_need_public(struct mcv_kms *kms)
{
    struct mcv_sakke_z z;

    if (kms->pub != NULL) return MCV_OK;
    const size_t n = mcv_sakke_public_size(MCV_SAKKE_TABLES_FULL);
    kms->pub_mem = malloc(n);
    if (kms->pub_mem == NULL) return MCV_E_IO;
    mcv_err err = mcv_pb_exact(z.b, sizeof z.b, &kms->file->z);
    if (err != MCV_OK) return err;
    return mcv_sakke_public_init(&kms->pub, kms->pub_mem, n, MCV_SAKKE_TABLES_FULL, &z);
}
