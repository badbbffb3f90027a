#include "crypto/kdf.h"

#include "crypto/hash.h"

#include <openssl/evp.h>

#define KDF_MAX_PARAMS 4

/* Spec: RFC 3830 4.1.4: what a TGK derives. */
#define MIKEY_TEK_CONSTANT  0x2ad01c64u
#define MIKEY_SALT_CONSTANT 0x39a2c14bu

/* Spec: RFC 3711 4.3.1, 4.3.2: labels. 01 and 04 are authentication keys, unused with GCM. */
enum { LABEL_RTP_KEY = 0, LABEL_RTP_SALT = 2, LABEL_RTCP_KEY = 3, LABEL_RTCP_SALT = 5 };

mcv_err mcv_kdf_3gpp(struct mcv_kdf_output *out, const uint8_t key[static MCV_KEY_BYTES],
                     enum mcv_kdf_fc fc, const struct mcv_bytes *params, size_t n_params)
{
    const uint8_t fc_octet = (uint8_t)fc;
    uint8_t lengths[KDF_MAX_PARAMS][2];
    struct mcv_bytes parts[1 + 2 * KDF_MAX_PARAMS];
    size_t n = 0;

    MCV_ASSERT(n_params <= KDF_MAX_PARAMS);
    parts[n++] = mcv_bytes_of(&fc_octet, 1);
    for (size_t i = 0; i < n_params; i++) {
        MCV_ASSERT(params[i].n <= UINT16_MAX);
        mcv_store_be16(lengths[i], (uint16_t)params[i].n);
        parts[n++] = params[i];
        parts[n++] = mcv_bytes_of(lengths[i], 2);
    }
    return mcv_hmac_sha256(out->b, mcv_bytes_of(key, MCV_KEY_BYTES), parts, n);
}

/* The 128 least significant bits are the last octets. Spec: TS 33.180 F.1.4, F.1.5 */
static mcv_err kdf_last_128(uint8_t out[static MCV_KEY_BYTES],
                            const uint8_t key[static MCV_KEY_BYTES], enum mcv_kdf_fc fc,
                            const struct mcv_bytes *params, size_t n_params)
{
    struct mcv_kdf_output full;
    mcv_err err = mcv_kdf_3gpp(&full, key, fc, params, n_params);

    memcpy(out, full.b + sizeof full.b - MCV_KEY_BYTES, MCV_KEY_BYTES);
    mcv_kdf_output_wipe(&full);
    return err;
}

mcv_err mcv_kdf_dpck(struct mcv_dpck *out, const uint8_t dppk[static MCV_KEY_BYTES],
                     uint32_t dppk_id)
{
    uint8_t id[4];
    const struct mcv_bytes p0 = mcv_bytes_of(id, sizeof id);

    mcv_store_be32(id, dppk_id);
    return kdf_last_128(out->b, dppk, MCV_KDF_PAYLOAD_CIPHER, &p0, 1);
}

mcv_err mcv_kdf_xml_key(struct mcv_xml_key *out, const uint8_t xpk[static MCV_KEY_BYTES],
                        enum mcv_kdf_fc fc, struct mcv_bytes user, uint32_t xpk_id)
{
    uint8_t id[4];
    const struct mcv_bytes params[] = {user, mcv_bytes_of(id, sizeof id)};

    MCV_ASSERT(fc == MCV_KDF_XML_CONFIDENTIALITY || fc == MCV_KDF_XML_INTEGRITY);
    mcv_store_be32(id, xpk_id);
    return kdf_last_128(out->b, xpk, fc, params, 2);
}

/* P(s, label) block by block: A(i) = HMAC(s, A(i-1)), output HMAC(s, A(i) | label). */
mcv_err mcv_kdf_mikey(uint8_t *out, size_t n, struct mcv_bytes inkey, struct mcv_bytes label)
{
    uint8_t a[MCV_SHA256_BYTES], block[MCV_SHA256_BYTES];
    struct mcv_bytes previous = label;
    mcv_err err = MCV_OK;

    MCV_ASSERT(inkey.n >= 1 && inkey.n <= 32);
    for (size_t done = 0; err == MCV_OK && done < n;) {
        const size_t take = n - done < sizeof block ? n - done : sizeof block;

        err = mcv_hmac_sha256(a, inkey, &previous, 1);
        if (err != MCV_OK) break;
        previous = mcv_bytes_of(a, sizeof a);
        const struct mcv_bytes parts[] = {previous, label};
        err = mcv_hmac_sha256(block, inkey, parts, 2);
        memcpy(out + done, block, take);
        done += take;
    }
    if (err != MCV_OK) mcv_wipe(out, n);
    mcv_wipe(a, sizeof a);
    mcv_wipe(block, sizeof block);
    return err;
}

void mcv_srtp_master_wipe(struct mcv_srtp_master *master)
{
    mcv_wipe(master, sizeof *master);
}

mcv_err mcv_kdf_srtp_master(struct mcv_srtp_master *out, const uint8_t tgk[static MCV_KEY_BYTES],
                            uint8_t cs_id, uint32_t csb_id, struct mcv_bytes rand)
{
    uint8_t label[4 + 1 + 4 + MCV_RAND_MAX_BYTES];
    const struct mcv_bytes inkey = mcv_bytes_of(tgk, MCV_KEY_BYTES);

    MCV_ASSERT(rand.n >= MCV_RAND_MIN_BYTES && rand.n <= MCV_RAND_MAX_BYTES);
    const struct mcv_bytes whole = mcv_bytes_of(label, 9 + rand.n);
    label[4] = cs_id;
    mcv_store_be32(label + 5, csb_id);
    memcpy(label + 9, rand.p, rand.n);

    mcv_store_be32(label, MIKEY_TEK_CONSTANT);
    mcv_err err = mcv_kdf_mikey(out->key.b, sizeof out->key.b, inkey, whole);
    if (err == MCV_OK) {
        mcv_store_be32(label, MIKEY_SALT_CONSTANT);
        err = mcv_kdf_mikey(out->salt.b, sizeof out->salt.b, inkey, whole);
    }
    if (err != MCV_OK) mcv_srtp_master_wipe(out);
    return err;
}

static bool cm_keystream(EVP_CIPHER_CTX *ctx, uint8_t *out, size_t n, const uint8_t *key,
                         const uint8_t *counter)
{
    int written = 0;

    memset(out, 0, n);
    return EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, counter) == 1 &&
           EVP_EncryptUpdate(ctx, out, &written, out, (int)n) == 1 && (size_t)written == n;
}

mcv_err mcv_kdf_aes_cm(uint8_t *out, size_t n, const uint8_t master_key[static MCV_KEY_BYTES],
                       const uint8_t salt[static MCV_KDF_CM_SALT_BYTES], uint8_t label)
{
    uint8_t counter[16] = {0};
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    MCV_ASSERT(n <= 1024);
    memcpy(counter, salt, MCV_KDF_CM_SALT_BYTES);
    counter[7] ^= label; /* key_id = label | r, r = 0 in its 48 bits */
    const bool ok = ctx != NULL && cm_keystream(ctx, out, n, master_key, counter);
    EVP_CIPHER_CTX_free(ctx);
    mcv_wipe(counter, sizeof counter);
    if (!ok) mcv_wipe(out, n);
    return ok ? MCV_OK : MCV_E_CRYPTO;
}

void mcv_srtp_session_wipe(struct mcv_srtp_session *session)
{
    mcv_wipe(session, sizeof *session);
}

mcv_err mcv_kdf_srtp_session(struct mcv_srtp_session *out, const struct mcv_srtp_master *master)
{
    const struct {
        uint8_t *to;
        size_t n;
        uint8_t label;
    } rows[] = {
        {out->rtp_key.b, sizeof out->rtp_key.b, LABEL_RTP_KEY},
        {out->rtp_salt.b, sizeof out->rtp_salt.b, LABEL_RTP_SALT},
        {out->rtcp_key.b, sizeof out->rtcp_key.b, LABEL_RTCP_KEY},
        {out->rtcp_salt.b, sizeof out->rtcp_salt.b, LABEL_RTCP_SALT},
    };
    uint8_t salt[MCV_KDF_CM_SALT_BYTES] = {0};
    mcv_err err = MCV_OK;

    memcpy(salt, master->salt.b, sizeof master->salt.b);
    for (size_t i = 0; err == MCV_OK && i < sizeof rows / sizeof rows[0]; i++) {
        err = mcv_kdf_aes_cm(rows[i].to, rows[i].n, master->key.b, salt, rows[i].label);
    }
    mcv_wipe(salt, sizeof salt);
    if (err != MCV_OK) mcv_srtp_session_wipe(out);
    return err;
}
