/* I_MESSAGEs are written. Spec: TS 33.180 5.2, E.1 to E.7. */
#include "proto/mikey_sakke.h"

#define POLICY_NO     0
#define MAX_MKI_BYTES 8
#define MAX_PCK_DRAWS 64  /* one in about a hundred is ambiguous */
#define TO_SELF_BYTES 278 /* a SAKKE payload */
#define MAX_EXT_BYTES (MCV_PAYLOAD_HEAD_BYTES + 3 + MCV_KEY_PARAMS_MAX_BYTES + 16)
#define AT_ONCE       8 /* encapsulations that share an inversion */

/* A message in the making: what the payloads borrow. */
struct draft {
    const struct mcv_imsg_spec *spec;
    struct mcv_mikey_msg msg;
    struct mcv_uid to_uid;
    struct mcv_sed sed, own_sed;
    uint8_t mki[MAX_MKI_BYTES];
    uint8_t to_self[TO_SELF_BYTES];
    uint8_t params[MAX_EXT_BYTES];
};

static bool is_text(struct mcv_bytes b)
{
    return b.n >= 1 && b.n <= MCV_IMSG_MAX_URI_BYTES;
}

static bool is_sent_to_users(enum mcv_key_type type)
{
    return type == MCV_KEY_GMK || type == MCV_KEY_PCK || type == MCV_KEY_CSK ||
           type == MCV_KEY_MUSIK;
}

static mcv_err check_spec(const struct mcv_imsg_spec *s)
{
    MCV_ASSERT(mcv_bytes_equal(s->from->kms_uri, s->from_kms->uri));
    if (!is_sent_to_users(s->type) || mcv_key_id_type(s->key_id) != s->type) return MCV_E_MALFORMED;
    if (s->rand.n != MCV_MIKEY_RAND_BYTES || !is_text(s->from->uri) || !is_text(s->to))
        return MCV_E_MALFORMED;
    if (!is_text(s->from_kms->uri) || !is_text(s->to_kms->uri)) return MCV_E_MALFORMED;
    if (s->n_cs > MCV_MIKEY_MAX_CS || s->profile.roc_rate > 1) return MCV_E_MALFORMED;
    if (s->params != NULL && s->params->type != s->type) return MCV_E_MALFORMED;
    if (s->utc_s < -(int64_t)MCV_NTP_UNIX_OFFSET_S) return MCV_E_TIME;
    if (!mcv_imsg_kms_is_usable(s->from_kms, s->utc_s) ||
        !mcv_imsg_kms_is_usable(s->to_kms, s->utc_s) || !mcv_imsg_own_is_usable(s->from, s->utc_s))
        return MCV_E_EXPIRED;
    if (s->from->eccsi == NULL || s->to_kms->sakke == NULL) return MCV_E_NOT_FOUND;
    return s->to_self && s->from->sakke == NULL ? MCV_E_NOT_FOUND : MCV_OK;
}

/* Spec: TS 33.180 F.2.1: the key periods of both ends are those of T. */
static mcv_err find_uids(struct draft *d)
{
    const struct mcv_imsg_spec *s = d->spec;
    const uint64_t ntp_s = mcv_ntp_of_utc(s->utc_s);
    uint64_t from_no, to_no;

    mcv_err err = mcv_key_period_at(&from_no, &s->from_kms->period, ntp_s);
    if (err == MCV_OK) err = mcv_key_period_at(&to_no, &s->to_kms->period, ntp_s);
    if (err != MCV_OK) return err;
    if (from_no != s->from->period_no) return MCV_E_EXPIRED;
    return mcv_uid_derive(&d->to_uid, s->to, s->to_kms->uri, &s->to_kms->period, to_no);
}

/* Spec: TS 33.180 5.2.3: a member receives its GMK under its own GUK-ID. */
static mcv_err find_csb_id(struct draft *d, const struct mcv_ssv *key)
{
    struct mcv_gmk gmk;
    uint32_t salt;

    d->msg.csb_id = d->spec->key_id;
    if (d->spec->type != MCV_KEY_GMK) return MCV_OK;
    memcpy(gmk.b, key->b, sizeof gmk.b);
    const mcv_err err = mcv_user_salt(&salt, &gmk, d->spec->to);
    mcv_gmk_wipe(&gmk);
    d->msg.csb_id = mcv_guk_id_of(d->spec->key_id, salt);
    return err;
}

static struct mcv_mikey_id uri_of(struct mcv_bytes uri)
{
    return (struct mcv_mikey_id){MCV_ID_URI, uri};
}

/* Spec: TS 33.180 E.7. */
static void put_ids(struct draft *d)
{
    const struct mcv_imsg_spec *s = d->spec;
    const struct mcv_bytes from_uid = mcv_bytes_of(s->from->uid.b, sizeof s->from->uid.b);
    const struct mcv_bytes to_uid = mcv_bytes_of(d->to_uid.b, sizeof d->to_uid.b);
    struct mcv_mikey_id *ids = d->msg.ids;

    ids[s->hide_initiator ? MCV_ROLE_INITIATOR_UID : MCV_ROLE_INITIATOR] = uri_of(
        s->hide_initiator ? from_uid : s->from->uri);
    ids[s->hide_responder ? MCV_ROLE_RESPONDER_UID : MCV_ROLE_RESPONDER] = uri_of(
        s->hide_responder ? to_uid : s->to);
    ids[MCV_ROLE_INITIATOR_KMS] = uri_of(s->from_kms->uri);
    ids[MCV_ROLE_RESPONDER_KMS] = uri_of(s->to_kms->uri);
}

/* Spec: TS 33.180 E.1.2: the SPI is the MKI. */
static void put_sessions(struct draft *d)
{
    const struct mcv_imsg_spec *s = d->spec;
    struct mcv_writer w = mcv_writer_of(d->mki, sizeof d->mki);

    d->msg.map = s->n_cs > 0 ? MCV_MAP_GENERIC_ID : MCV_MAP_EMPTY;
    if (s->n_cs == 0) return;
    mcv_wr_u32(&w, s->key_id);
    if (s->type == MCV_KEY_GMK) mcv_wr_u32(&w, d->msg.csb_id);
    d->msg.n_cs = s->n_cs;
    for (size_t i = 0; i < s->n_cs; i++)
        d->msg.cs[i] = (struct mcv_mikey_cs){.cs_id = s->cs_ids[i],
                                             .n_policies = 1,
                                             .policies = {POLICY_NO},
                                             .spi = mcv_wr_done(&w)};
    d->msg.n_sp = 1;
    d->msg.sp[0] = (struct mcv_mikey_sp){POLICY_NO, mcv_mikey_params_of(s->profile)};
}

static void put_ext(struct draft *d, enum mcv_mikey_ext_type type, const struct mcv_writer *w)
{
    d->msg.ext[d->msg.n_ext++] = (struct mcv_mikey_ext){(uint8_t)type, mcv_wr_done(w)};
}

/* Spec: TS 33.180 E.5. */
static mcv_err put_keys(struct draft *d, bool *ambiguous, const struct mcv_ssv *key)
{
    const struct mcv_imsg_spec *s = d->spec;
    struct mcv_writer w = mcv_writer_of(d->to_self, sizeof d->to_self);
    bool is_ambiguous = false;

    mcv_err err = mcv_sakke_encapsulate(&d->sed, ambiguous, s->to_kms->sakke,
                                        mcv_bytes_of(d->to_uid.b, sizeof d->to_uid.b), key);
    d->msg.sed = mcv_bytes_of(d->sed.b, sizeof d->sed.b);
    if (err != MCV_OK || !s->to_self) return err;
    err = mcv_sakke_encapsulate_own(&d->own_sed, &is_ambiguous, s->from->sakke, key);
    *ambiguous = *ambiguous || is_ambiguous;
    mcv_mikey_to_self_encode(&w, mcv_bytes_of(d->own_sed.b, sizeof d->own_sed.b));
    put_ext(d, MCV_EXT_SAKKE_TO_SELF, &w);
    return err;
}

/* Spec: TS 33.180 E.6.1. */
static mcv_err put_params(struct draft *d, const struct mcv_ssv *key, const struct mcv_rng *rng)
{
    struct mcv_writer w = mcv_writer_of(d->params, sizeof d->params);
    uint8_t iv[MCV_PAYLOAD_IV_BYTES];

    if (d->spec->params == NULL) return MCV_OK;
    const mcv_err err = mcv_rng_bytes(rng, iv, sizeof iv);
    if (err != MCV_OK) return err;
    mcv_key_params_seal(&w, d->spec->params, key->b, d->msg.csb_id, iv, d->spec->utc_s);
    put_ext(d, MCV_EXT_KEY_PARAMS, &w);
    return w.err;
}

static mcv_err write_signed(struct mcv_writer *w, const struct draft *d, const struct mcv_rng *rng)
{
    const size_t start = w->n;
    struct mcv_eccsi_sig sig;

    mcv_mikey_encode(w, &d->msg);
    if (w->err != MCV_OK) return w->err;
    const mcv_err err = mcv_eccsi_sign(&sig, d->spec->from->eccsi,
                                       mcv_bytes_of(w->p + start, w->n - start), rng);
    if (err != MCV_OK) return err;
    mcv_wr_bytes(w, mcv_bytes_of(sig.b, sizeof sig.b));
    return w->err;
}

/* Everything that needs no key of the KMS. */
static mcv_err begin(struct draft *d, const struct mcv_imsg_spec *spec, const struct mcv_ssv *key)
{
    *d = (struct draft){.spec = spec};
    mcv_err err = check_spec(spec);
    if (err == MCV_OK) err = find_uids(d);
    if (err == MCV_OK) err = find_csb_id(d, key);
    if (err != MCV_OK) return err;
    d->msg.has_t = true;
    d->msg.t = mcv_ntp_of_utc(spec->utc_s) << 32 | spec->fraction;
    d->msg.rand = spec->rand;
    put_ids(d);
    put_sessions(d);
    return MCV_OK;
}

/* The rest of it after the encapsulation. */
static mcv_err finish(struct mcv_writer *w, struct draft *d, const struct mcv_ssv *key,
                      const struct mcv_rng *rng)
{
    const struct mcv_writer before = *w;
    mcv_err err = put_params(d, key, rng);

    if (err == MCV_OK) err = write_signed(w, d, rng);
    if (err != MCV_OK) *w = before;
    return err;
}

mcv_err mcv_imsg_build(struct mcv_writer *w, bool *ambiguous, const struct mcv_imsg_spec *spec,
                       const struct mcv_ssv *key, const struct mcv_rng *rng)
{
    struct draft d;
    bool is_ambiguous = false;

    if (w->err != MCV_OK) return w->err;
    mcv_err err = begin(&d, spec, key);
    if (err != MCV_OK) return err;
    err = put_keys(&d, &is_ambiguous, key);
    if (err == MCV_OK) err = finish(w, &d, key, rng);
    if (ambiguous != NULL) *ambiguous = is_ambiguous;
    return err;
}

struct batch {
    struct mcv_imsg_spec spec[AT_ONCE];
    struct draft draft[AT_ONCE];
    struct mcv_bytes uid[AT_ONCE];
    struct mcv_sed sed[AT_ONCE];
    size_t at[AT_ONCE]; /* of the drafts that go on */
};

static void build_some(struct mcv_writer *w, mcv_err *outcomes, const struct mcv_imsg_spec *spec,
                       const struct mcv_bytes *to, size_t n, const struct mcv_ssv *key,
                       const struct mcv_rng *rng)
{
    struct batch b;
    size_t n_on = 0;

    for (size_t i = 0; i < n; i++) {
        b.spec[i] = *spec;
        b.spec[i].to = to[i];
        outcomes[i] = w[i].err == MCV_OK ? begin(&b.draft[i], &b.spec[i], key) : w[i].err;
        if (outcomes[i] != MCV_OK) continue;
        b.uid[n_on] = mcv_bytes_of(b.draft[i].to_uid.b, sizeof b.draft[i].to_uid.b);
        b.at[n_on++] = i;
    }
    if (n_on == 0) return;
    const mcv_err err = mcv_sakke_encapsulate_many(b.sed, NULL, spec->to_kms->sakke, b.uid, n_on,
                                                   key);
    for (size_t k = 0; k < n_on; k++) {
        const size_t i = b.at[k];
        b.draft[i].msg.sed = mcv_bytes_of(b.sed[k].b, sizeof b.sed[k].b);
        outcomes[i] = err == MCV_OK ? finish(&w[i], &b.draft[i], key, rng) : err;
    }
}

void mcv_imsg_build_many(struct mcv_writer *w, mcv_err *outcomes, const struct mcv_imsg_spec *spec,
                         const struct mcv_bytes *to, size_t n, const struct mcv_ssv *key,
                         const struct mcv_rng *rng)
{
    MCV_ASSERT(!spec->to_self);
    for (size_t i = 0; i < n; i += AT_ONCE)
        build_some(w + i, outcomes + i, spec, to + i, n - i < AT_ONCE ? n - i : AT_ONCE, key, rng);
}

mcv_err mcv_imsg_build_pck(struct mcv_writer *w, struct mcv_pck *pck,
                           const struct mcv_imsg_spec *spec, const struct mcv_rng *rng)
{
    const struct mcv_writer before = *w;
    struct mcv_ssv key = {{0}};
    bool is_ambiguous = true;
    mcv_err err = MCV_OK;

    MCV_ASSERT(spec->type == MCV_KEY_PCK);
    *pck = (struct mcv_pck){{0}};
    for (unsigned draw = 0; draw < MAX_PCK_DRAWS && is_ambiguous && err == MCV_OK; draw++) {
        *w = before;
        err = mcv_rng_bytes(rng, key.b, sizeof key.b);
        if (err == MCV_OK) err = mcv_imsg_build(w, &is_ambiguous, spec, &key, rng);
    }
    if (err == MCV_OK && is_ambiguous) err = MCV_E_CRYPTO; /* the generator repeats itself */
    if (err == MCV_OK)
        memcpy(pck->b, key.b, sizeof pck->b);
    else
        *w = before;
    mcv_ssv_wipe(&key);
    return err;
}
