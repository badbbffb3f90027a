#include "proto/key_params.h"

#include "crypto/aead.h"
#include "crypto/base/reader.h"
#include "crypto/kdf.h"

#define DATA_PAYLOAD_ENCRYPTED 0x43 /* DATA PAYLOAD, bit 7 set, bit 8 clear */
#define AEAD_AES_128_GCM       1
#define NO_IEI                 0x00 /* sent; ignored on receipt */
#define IE_HEAD_BYTES          3    /* of a TLV-E */
#define MAX_40_BITS            0xffffffffffu

/* ---- content ----------------------------------------------------------------------------- */

static bool has_groups(enum mcv_key_type type)
{
    return type == MCV_KEY_GMK || type == MCV_KEY_MKFC || type == MCV_KEY_MUSIK;
}

static void write_text(struct mcv_writer *w, struct mcv_bytes text)
{
    if (text.n > UINT16_MAX) mcv_wr_fail(w, MCV_E_MALFORMED);
    mcv_wr_u16(w, (uint16_t)text.n);
    mcv_wr_bytes(w, text);
}

/* Spec: TS 33.180 E.6.3. */
static void write_groups(struct mcv_writer *w, const struct mcv_key_params *p)
{
    const size_t mark = mcv_wr_len16_begin(w);

    mcv_wr_u8(w, (uint8_t)p->n_groups);
    for (size_t i = 0; i < p->n_groups; i++) {
        if (p->groups[i].n == 0) mcv_wr_fail(w, MCV_E_MALFORMED);
        mcv_wr_u8(w, MCV_KEY_PARAMS_GROUP_IEI);
        write_text(w, p->groups[i]);
    }
    mcv_wr_len16_end(w, mark);
}

void mcv_key_params_encode(struct mcv_writer *w, const struct mcv_key_params *p)
{
    if ((unsigned)p->type >= MCV_N_KEY_TYPES || p->n_groups > MCV_KEY_PARAMS_MAX_GROUPS ||
        p->activation_s > MAX_40_BITS || p->expiry_s > MAX_40_BITS) {
        mcv_wr_fail(w, MCV_E_MALFORMED);
        return;
    }
    mcv_wr_u8(w, (uint8_t)p->type);
    mcv_wr_u32(w, p->status);
    mcv_wr_u40(w, p->activation_s);
    mcv_wr_u40(w, p->expiry_s);
    write_text(w, p->text);
    if (p->n_groups > 0 || has_groups(p->type)) write_groups(w, p);
}

static void read_groups(struct mcv_reader *r, struct mcv_key_params *p)
{
    const uint16_t list_bytes = mcv_rd_u16(r);
    struct mcv_reader list = mcv_rd_sub(r, list_bytes);
    const uint8_t n = mcv_rd_u8(&list);

    if (n > MCV_KEY_PARAMS_MAX_GROUPS) mcv_rd_fail(&list, MCV_E_FULL);
    for (; p->n_groups < n && list.err == MCV_OK; p->n_groups++) {
        mcv_rd_skip(&list, 1); /* IEI */
        const uint16_t id_bytes = mcv_rd_u16(&list);
        if (id_bytes == 0) mcv_rd_fail(&list, MCV_E_MALFORMED);
        p->groups[p->n_groups] = mcv_rd_bytes(&list, id_bytes);
    }
    const mcv_err err = mcv_rd_finish(&list);
    if (err != MCV_OK) mcv_rd_fail(r, err);
}

/* The group list is missing from the parameters of some keys; octets after it are reserved.
 * Spec: TS 33.180 Table E.6.1-1. */
mcv_err mcv_key_params_decode(struct mcv_key_params *out, struct mcv_bytes in)
{
    struct mcv_reader r = mcv_reader_of(in);
    struct mcv_key_params p = {0};

    *out = (struct mcv_key_params){0};
    const uint8_t type = mcv_rd_u8(&r);
    p.type = (enum mcv_key_type)type;
    p.status = mcv_rd_u32(&r);
    p.activation_s = mcv_rd_u40(&r);
    p.expiry_s = mcv_rd_u40(&r);
    const uint16_t text_bytes = mcv_rd_u16(&r);
    p.text = mcv_rd_bytes(&r, text_bytes);
    if (type >= MCV_N_KEY_TYPES) mcv_rd_fail(&r, MCV_E_UNSUPPORTED);
    if (mcv_rd_left(&r) > 0) read_groups(&r, &p);
    if (r.err == MCV_OK) *out = p;
    return r.err;
}

/* ---- protected payload --------------------------------------------------------------------- */

/* Spec: TS 33.180 Table 8.5.4.1-1. */
mcv_err mcv_protected_payload_decode(struct mcv_protected_payload *out, struct mcv_bytes in)
{
    struct mcv_reader r = mcv_reader_of(in);
    struct mcv_protected_payload p = {0};

    *out = (struct mcv_protected_payload){0};
    const uint8_t type = mcv_rd_u8(&r);
    p.date_s = mcv_rd_u40(&r);
    p.payload_id = mcv_rd_u32(&r);
    p.sequence_no = mcv_rd_u8(&r);
    const uint8_t algorithm = mcv_rd_u8(&r);
    p.iv = mcv_rd_bytes(&r, MCV_PAYLOAD_IV_BYTES).p;
    p.dppk_id = mcv_rd_u32(&r);
    mcv_rd_skip(&r, 1); /* IEI */
    const uint16_t sealed_bytes = mcv_rd_u16(&r);
    p.sealed = mcv_rd_bytes(&r, sealed_bytes);
    if (type != DATA_PAYLOAD_ENCRYPTED || algorithm != AEAD_AES_128_GCM)
        mcv_rd_fail(&r, MCV_E_UNSUPPORTED);
    if (sealed_bytes < MCV_AEAD_TAG_BYTES) mcv_rd_fail(&r, MCV_E_MALFORMED);
    p.head = mcv_bytes_of(in.p, MCV_PAYLOAD_HEAD_BYTES);
    const mcv_err err = mcv_rd_finish(&r);
    if (err == MCV_OK) *out = p;
    return err;
}

/* A context of the DPCK. Spec: TS 33.180 F.1.5. */
static mcv_err key_of(struct mcv_aead *aead, const uint8_t dppk[static MCV_KEY_BYTES],
                      uint32_t dppk_id, enum mcv_aead_use use)
{
    struct mcv_dpck dpck;
    mcv_err err = mcv_kdf_dpck(&dpck, dppk, dppk_id);

    if (err == MCV_OK) err = mcv_aead_init(aead, dpck.b, use, MCV_PAYLOAD_IV_BYTES);
    mcv_dpck_wipe(&dpck);
    return err;
}

static void write_head(struct mcv_writer *w, const uint8_t iv[static MCV_PAYLOAD_IV_BYTES],
                       uint32_t dppk_id, int64_t date_s)
{
    if (date_s < 0 || date_s > (int64_t)MAX_40_BITS) mcv_wr_fail(w, MCV_E_MALFORMED);
    mcv_wr_u8(w, DATA_PAYLOAD_ENCRYPTED);
    mcv_wr_u40(w, (uint64_t)date_s);
    mcv_wr_u32(w, 0); /* payload ID */
    mcv_wr_u8(w, 0);  /* sequence number */
    mcv_wr_u8(w, AEAD_AES_128_GCM);
    mcv_wr_bytes(w, mcv_bytes_of(iv, MCV_PAYLOAD_IV_BYTES));
    mcv_wr_u32(w, dppk_id);
}

void mcv_key_params_seal(struct mcv_writer *w, const struct mcv_key_params *p,
                         const uint8_t dppk[static MCV_KEY_BYTES], uint32_t dppk_id,
                         const uint8_t iv[static MCV_PAYLOAD_IV_BYTES], int64_t date_s)
{
    uint8_t plain[MCV_KEY_PARAMS_MAX_BYTES];
    struct mcv_writer content = mcv_writer_of(plain, sizeof plain);
    struct mcv_aead aead = {0};
    const size_t head_at = w->n;

    mcv_key_params_encode(&content, p);
    if (content.err != MCV_OK) mcv_wr_fail(w, MCV_E_MALFORMED);
    write_head(w, iv, dppk_id, date_s);
    mcv_wr_u8(w, NO_IEI);
    mcv_wr_u16(w, (uint16_t)(content.n + MCV_AEAD_TAG_BYTES));
    uint8_t *sealed = mcv_wr_room(w, content.n + MCV_AEAD_TAG_BYTES);
    if (sealed == NULL) goto out;

    mcv_err err = key_of(&aead, dppk, dppk_id, MCV_AEAD_SEAL);
    if (err == MCV_OK)
        err = mcv_aead_seal(&aead, sealed, iv, mcv_bytes_of(w->p + head_at, MCV_PAYLOAD_HEAD_BYTES),
                            mcv_wr_done(&content));
    if (err != MCV_OK) mcv_wr_fail(w, err);
out:
    mcv_aead_wipe(&aead);
    mcv_wipe(plain, sizeof plain);
}

/* Some senders encrypt the head of the information element too. */
static bool skip_ie_head(uint8_t *plain, size_t *n)
{
    if (*n < IE_HEAD_BYTES || mcv_load_be16(plain + 1) != *n - IE_HEAD_BYTES) return false;
    *n -= IE_HEAD_BYTES;
    memmove(plain, plain + IE_HEAD_BYTES, *n);
    mcv_wipe(plain + *n, IE_HEAD_BYTES);
    return true;
}

static mcv_err check_content(uint8_t *plain, size_t *n)
{
    struct mcv_key_params p;
    const mcv_err err = mcv_key_params_decode(&p, mcv_bytes_of(plain, *n));

    if (err == MCV_OK || !skip_ie_head(plain, n)) return err;
    return mcv_key_params_decode(&p, mcv_bytes_of(plain, *n));
}

mcv_err mcv_key_params_open(uint8_t plain[static MCV_KEY_PARAMS_MAX_BYTES], size_t *plain_n,
                            struct mcv_bytes sealed, const uint8_t dppk[static MCV_KEY_BYTES],
                            uint32_t dppk_id)
{
    struct mcv_protected_payload payload;
    struct mcv_aead aead = {0};

    mcv_wipe(plain, MCV_KEY_PARAMS_MAX_BYTES);
    *plain_n = 0;
    mcv_err err = mcv_protected_payload_decode(&payload, sealed);
    if (err != MCV_OK) return err;
    if (payload.dppk_id != dppk_id) return MCV_E_UNKNOWN_KEY;
    size_t n = payload.sealed.n - MCV_AEAD_TAG_BYTES;
    if (n > MCV_KEY_PARAMS_MAX_BYTES) return MCV_E_MALFORMED;

    err = key_of(&aead, dppk, dppk_id, MCV_AEAD_OPEN);
    if (err == MCV_OK) err = mcv_aead_open(&aead, plain, payload.iv, payload.head, payload.sealed);
    mcv_aead_wipe(&aead);
    if (err == MCV_OK) err = check_content(plain, &n);
    if (err == MCV_OK)
        *plain_n = n;
    else
        mcv_wipe(plain, MCV_KEY_PARAMS_MAX_BYTES);
    return err;
}
