#include "agent/store/sealed.h"

#include "agent/store/files.h"
#include "crypto/base/reader.h"
#include "crypto/base/secret.h"
#include "crypto/base/writer.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#define SALT_BYTES  16
#define NONCE_BYTES 12

/* scrypt, RFC 7914: memory is 128 * r * N. What is written, and what is accepted: enough
 * against guessing, and not so much that a hostile header stops a device. */
#define SCRYPT_LOG2N     15
#define SCRYPT_LOG2N_MIN 14
#define SCRYPT_LOG2N_MAX 18
#define SCRYPT_R         8
#define SCRYPT_P         1
#define SCRYPT_MAX_MEM   (300u << 20)

MCV_SECRET(file_key, 32)

static const uint8_t magic[8] = {'M', 'C', 'V', 'S', 'E', 'A', 'L', '1'};

struct head {
    uint8_t type, kdf, log2n, r, p;
    uint8_t salt[SALT_BYTES];
    uint8_t nonce[NONCE_BYTES];
    uint32_t content_bytes;
};

void mcv_seal_secret_wipe(struct mcv_seal_secret *secret)
{
    mcv_wipe(secret, sizeof *secret);
}

static void encode_head(uint8_t out[MCV_SEALED_HEAD_BYTES], const struct head *h)
{
    struct mcv_writer w = mcv_writer_of(out, MCV_SEALED_HEAD_BYTES);

    mcv_wr_bytes(&w, mcv_bytes_of(magic, sizeof magic));
    mcv_wr_u8(&w, h->type);
    mcv_wr_u8(&w, h->kdf);
    mcv_wr_u8(&w, h->log2n);
    mcv_wr_u8(&w, h->r);
    mcv_wr_u8(&w, h->p);
    mcv_wr_zeros(&w, 3);
    mcv_wr_bytes(&w, mcv_bytes_of(h->salt, sizeof h->salt));
    mcv_wr_bytes(&w, mcv_bytes_of(h->nonce, sizeof h->nonce));
    mcv_wr_u32(&w, h->content_bytes);
    MCV_ASSERT(mcv_wr_done(&w).n == MCV_SEALED_HEAD_BYTES);
}

static bool kdf_is_bounded(const struct head *h)
{
    if (h->kdf == MCV_SEAL_KEY_FILE) return h->log2n == 0 && h->r == 0 && h->p == 0;
    return h->kdf == MCV_SEAL_PASSPHRASE && h->log2n >= SCRYPT_LOG2N_MIN &&
           h->log2n <= SCRYPT_LOG2N_MAX && h->r == SCRYPT_R && h->p == SCRYPT_P;
}

/* Header, content, tag and nothing else. body: content and tag, borrowed. */
static mcv_err decode_head(struct head *out, struct mcv_bytes *body, struct mcv_bytes in)
{
    struct mcv_reader r = mcv_reader_of(in);
    struct head h = {0};
    uint8_t zero[3];

    const struct mcv_bytes m = mcv_rd_bytes(&r, sizeof magic);
    h.type = mcv_rd_u8(&r);
    h.kdf = mcv_rd_u8(&r);
    h.log2n = mcv_rd_u8(&r);
    h.r = mcv_rd_u8(&r);
    h.p = mcv_rd_u8(&r);
    mcv_rd_copy(&r, zero, sizeof zero);
    mcv_rd_copy(&r, h.salt, sizeof h.salt);
    mcv_rd_copy(&r, h.nonce, sizeof h.nonce);
    h.content_bytes = mcv_rd_u32(&r);
    if (h.content_bytes > MCV_SEALED_MAX_BYTES) mcv_rd_fail(&r, MCV_E_MALFORMED);
    const struct mcv_bytes b = mcv_rd_bytes(&r, (size_t)h.content_bytes + MCV_SEALED_TAG_BYTES);
    const mcv_err err = mcv_rd_finish(&r);
    if (err != MCV_OK) return err;
    if (!mcv_bytes_equal(m, mcv_bytes_of(magic, sizeof magic))) return MCV_E_UNSUPPORTED;
    if ((zero[0] | zero[1] | zero[2]) != 0 || !kdf_is_bounded(&h)) return MCV_E_UNSUPPORTED;
    *out = h;
    *body = b;
    return MCV_OK;
}

static mcv_err derive_hkdf(struct mcv_file_key *key, const struct head *h,
                           const struct mcv_seal_secret *secret)
{
    static char digest[] = "SHA256";
    static char info[] = "mcv sealed file";
    uint8_t ikm[MCV_SEAL_KEY_BYTES], salt[SALT_BYTES];
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;

    memcpy(ikm, secret->b, sizeof ikm);
    memcpy(salt, h->salt, sizeof salt);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, ikm, sizeof ikm),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof salt),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof info - 1),
        OSSL_PARAM_construct_end(),
    };
    const bool ok = ctx != NULL && EVP_KDF_derive(ctx, key->b, sizeof key->b, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    mcv_wipe(ikm, sizeof ikm);
    return ok ? MCV_OK : MCV_E_CRYPTO;
}

static mcv_err derive(struct mcv_file_key *key, const struct head *h,
                      const struct mcv_seal_secret *secret)
{
    if (h->kdf == MCV_SEAL_KEY_FILE) return derive_hkdf(key, h, secret);
    return EVP_PBE_scrypt((const char *)secret->b, secret->n, h->salt, sizeof h->salt,
                          (uint64_t)1 << h->log2n, h->r, h->p, SCRYPT_MAX_MEM, key->b,
                          sizeof key->b) == 1
               ? MCV_OK
               : MCV_E_CRYPTO;
}

/* aad is the header as it stands in the file. tag is written when sealing. */
static mcv_err gcm(bool is_seal, uint8_t *out, struct mcv_bytes in, uint8_t *tag,
                   const uint8_t *aad, const struct mcv_file_key *key, const uint8_t *nonce)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    mcv_err err = MCV_E_CRYPTO;

    if (ctx == NULL ||
        EVP_CipherInit_ex2(ctx, EVP_aes_256_gcm(), key->b, nonce, is_seal ? 1 : 0, NULL) != 1 ||
        EVP_CipherUpdate(ctx, NULL, &len, aad, MCV_SEALED_HEAD_BYTES) != 1 ||
        (in.n > 0 && EVP_CipherUpdate(ctx, out, &len, in.p, (int)in.n) != 1))
        goto out;
    if (!is_seal && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, MCV_SEALED_TAG_BYTES, tag) != 1)
        goto out;
    if (EVP_CipherFinal_ex(ctx, out + in.n, &len) != 1) {
        if (!is_seal) err = MCV_E_AUTH;
        goto out;
    }
    if (is_seal && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, MCV_SEALED_TAG_BYTES, tag) != 1)
        goto out;
    err = MCV_OK;
out:
    EVP_CIPHER_CTX_free(ctx);
    return err;
}

/* The part of the file that is the secret; its bounds depend on the kind. */
static mcv_err pick_secret(size_t *len, enum mcv_seal_kind kind, struct mcv_bytes file)
{
    *len = file.n;
    if (kind == MCV_SEAL_KEY_FILE) return file.n == MCV_SEAL_KEY_BYTES ? MCV_OK : MCV_E_MALFORMED;
    const uint8_t *end = file.n > 0 ? memchr(file.p, '\n', file.n) : NULL;
    if (end != NULL) *len = (size_t)(end - file.p);
    if (*len > 0 && file.p[*len - 1] == '\r') *len -= 1;
    return *len >= MCV_SEAL_PASS_MIN && *len <= MCV_SEAL_PASS_MAX ? MCV_OK : MCV_E_MALFORMED;
}

mcv_err mcv_seal_secret_load(struct mcv_seal_secret *secret, enum mcv_seal_kind kind,
                             const char *path, struct mcv_why *why)
{
    uint8_t *p = NULL;
    size_t n = 0, len = 0;

    mcv_wipe(secret, sizeof *secret);
    mcv_err err = mcv_file_read(&p, &n, path, 4096, MCV_FILE_PRIVATE, why);
    if (err != MCV_OK) return err == MCV_E_SPACE ? MCV_E_MALFORMED : err;
    err = pick_secret(&len, kind, mcv_bytes_of(p, n));
    if (err == MCV_OK) {
        secret->kind = kind;
        secret->n = len;
        memcpy(secret->b, p, len);
    } else if (kind == MCV_SEAL_KEY_FILE) {
        (void)mcv_why_set(why, err, "%s: a key file has exactly %d octets", path,
                          MCV_SEAL_KEY_BYTES);
    } else {
        (void)mcv_why_set(why, err, "%s: its first line must have %d to %d octets", path,
                          MCV_SEAL_PASS_MIN, MCV_SEAL_PASS_MAX);
    }
    mcv_keymem_free(p, n);
    return err;
}

/* The whole file into out: head, content, tag. */
static mcv_err seal(uint8_t *out, struct mcv_bytes content, enum mcv_sealed_type type,
                    const struct mcv_seal_secret *secret, const struct mcv_rng *rng)
{
    struct head h = {.type = (uint8_t)type, .kdf = (uint8_t)secret->kind};
    struct mcv_file_key key = {0};
    uint8_t *const body = out + MCV_SEALED_HEAD_BYTES;

    if (h.kdf == MCV_SEAL_PASSPHRASE) {
        h.log2n = SCRYPT_LOG2N;
        h.r = SCRYPT_R;
        h.p = SCRYPT_P;
    }
    h.content_bytes = (uint32_t)content.n;
    mcv_err err = mcv_rng_bytes(rng, h.salt, sizeof h.salt);
    if (err == MCV_OK) err = mcv_rng_bytes(rng, h.nonce, sizeof h.nonce);
    if (err == MCV_OK) err = derive(&key, &h, secret);
    encode_head(out, &h);
    if (err == MCV_OK) err = gcm(true, body, content, body + content.n, out, &key, h.nonce);
    mcv_file_key_wipe(&key);
    return err;
}

mcv_err mcv_sealed_write(const char *path, enum mcv_sealed_type type, struct mcv_bytes content,
                         const struct mcv_seal_secret *secret, const struct mcv_rng *rng,
                         struct mcv_why *why)
{
    if (content.n > MCV_SEALED_MAX_BYTES)
        return mcv_why_set(why, MCV_E_SPACE, "%s: content larger than %u octets", path,
                           MCV_SEALED_MAX_BYTES);
    const size_t total = MCV_SEALED_HEAD_BYTES + content.n + MCV_SEALED_TAG_BYTES;
    uint8_t *file = mcv_keymem_alloc(total, false);
    if (file == NULL) return mcv_why_set(why, MCV_E_IO, "%s: no memory", path);
    mcv_err err = seal(file, content, type, secret, rng);
    err = err == MCV_OK ? mcv_file_replace(path, mcv_bytes_of(file, total), MCV_FILE_PRIVATE, why)
                        : mcv_why_set(why, err, "%s: %s", path, mcv_err_text(err));
    mcv_keymem_free(file, total);
    return err;
}

/* What needs no secret: the file's form, its type, the kind of its secret. */
static mcv_err check_file(struct head *h, struct mcv_bytes *body, struct mcv_bytes file,
                          enum mcv_sealed_type type, const struct mcv_seal_secret *secret,
                          const char *path, struct mcv_why *why)
{
    static const char *const names[] = {"nothing known", "a bundle", "a device store", "a KMS",
                                        "a flight record"};
    const mcv_err err = decode_head(h, body, file);

    if (err != MCV_OK)
        return mcv_why_set(why, err, "%s: not a sealed file of mcv: %s", path, mcv_err_text(err));
    if (h->type != (uint8_t)type)
        return mcv_why_set(why, MCV_E_UNSUPPORTED, "%s: is not %s but %s", path, names[type],
                           h->type < sizeof names / sizeof names[0] ? names[h->type] : names[0]);
    if (h->kdf != (uint8_t)secret->kind)
        return mcv_why_set(why, MCV_E_UNSUPPORTED, "%s: is sealed with a %s", path,
                           h->kdf == MCV_SEAL_KEY_FILE ? "key file" : "passphrase");
    return MCV_OK;
}

/* plain has room for body without its tag. */
static mcv_err unseal(uint8_t *plain, const struct head *h, struct mcv_bytes body,
                      const uint8_t *aad, const struct mcv_seal_secret *secret)
{
    struct mcv_file_key key = {0};
    uint8_t tag[MCV_SEALED_TAG_BYTES];
    const struct mcv_bytes in = mcv_bytes_of(body.p, body.n - sizeof tag);

    memcpy(tag, body.p + in.n, sizeof tag);
    mcv_err err = derive(&key, h, secret);
    if (err == MCV_OK) err = gcm(false, plain, in, tag, aad, &key, h->nonce);
    mcv_file_key_wipe(&key);
    return err;
}

mcv_err mcv_sealed_read(uint8_t **content, size_t *n, const char *path, enum mcv_sealed_type type,
                        const struct mcv_seal_secret *secret, struct mcv_why *why)
{
    uint8_t *file = NULL, *plain = NULL;
    size_t n_file = 0, n_plain = 0;
    struct head h = {0};
    struct mcv_bytes body = {0};
    const size_t cap = MCV_SEALED_HEAD_BYTES + MCV_SEALED_MAX_BYTES + MCV_SEALED_TAG_BYTES;

    *content = NULL;
    *n = 0;
    mcv_err err = mcv_file_read(&file, &n_file, path, cap, MCV_FILE_PRIVATE, why);
    if (err != MCV_OK) return err == MCV_E_SPACE ? MCV_E_MALFORMED : err;
    err = check_file(&h, &body, mcv_bytes_of(file, n_file), type, secret, path, why);
    if (err != MCV_OK) goto out;
    n_plain = h.content_bytes;
    plain = mcv_keymem_alloc(n_plain, false);
    err = plain != NULL ? unseal(plain, &h, body, file, secret) : MCV_E_IO;
    if (err == MCV_OK) {
        *content = plain;
        *n = n_plain;
        plain = NULL;
    } else {
        (void)mcv_why_set(why, err, "%s: %s", path,
                          err == MCV_E_AUTH ? "wrong passphrase or key, or the file was changed"
                                            : mcv_err_text(err));
    }
out:
    mcv_keymem_free(plain, n_plain);
    mcv_keymem_free(file, n_file);
    return err;
}

void mcv_sealed_free(uint8_t *content, size_t n)
{
    mcv_keymem_free(content, n);
}
