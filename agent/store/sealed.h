/* Sealed files: every file of ours that holds a key has this one form.
 *
 * AES-256-GCM over the content; the whole header is authenticated with it:
 *   magic "MCVSEAL1" (8) | type (1) | kdf (1) | log2 N (1) | r (1) | p (1) | zero (3)
 *   | salt (16) | nonce (12) | content length (4) | content | tag (16)
 * The key comes from a passphrase (kdf 1, scrypt, RFC 7914, parameters in the header and
 * bounded when read) or from 32 octets in a key file, such as a systemd credential
 * (kdf 2, HKDF-SHA-256, RFC 5869, with the salt). Salt and nonce are fresh in each file.
 *
 * Files are read only when they are regular, not a symbolic link, owned by the caller or
 * root, and closed to group and others. They are written with mode 0600 to a new name
 * beside the old one, synced, and renamed: no moment shows half a file or an open one.
 * A reader that fails says why in one line without secrets (struct mcv_why).
 * Not thread-bound: no state between calls. */
#ifndef MCV_AGENT_STORE_SEALED_H
#define MCV_AGENT_STORE_SEALED_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/rng.h"

#include <stddef.h>
#include <stdint.h>

#define MCV_SEALED_MAX_BYTES  (64u << 20) /* content of one file: a KMS of 100 000 key sets */
#define MCV_SEALED_HEAD_BYTES 48
#define MCV_SEALED_TAG_BYTES  16
#define MCV_SEAL_KEY_BYTES    32 /* a key file has exactly these, raw */
#define MCV_SEAL_PASS_MIN     8  /* octets of a passphrase, without its line end */
#define MCV_SEAL_PASS_MAX     256

/* What is wrong, in one line without a line end; empty on success. Names files, never keys. */
struct mcv_why {
    char text[320];
};

/* printf into why; NULL is allowed. Returns err, so that a failure is one line. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
mcv_err
mcv_why_set(struct mcv_why *why, mcv_err err, const char *format, ...);

/* What a file is for; a file of another type does not open. */
enum mcv_sealed_type {
    MCV_SEALED_BUNDLE = 1, /* what one device receives */
    MCV_SEALED_STORE = 2,  /* what a device keeps */
    MCV_SEALED_KMS = 3,    /* the master secrets of a KMS */
    MCV_SEALED_RECORD = 4, /* a full flight record (agent/record/recorder.h) */
};

enum mcv_seal_kind {
    MCV_SEAL_PASSPHRASE = 1, /* the file's first line; scrypt */
    MCV_SEAL_KEY_FILE = 2,   /* the file is the key: 32 octets */
};

/* The secret that opens sealed files. Wipe it. */
struct mcv_seal_secret {
    enum mcv_seal_kind kind;
    size_t n;
    uint8_t b[MCV_SEAL_PASS_MAX];
};

void mcv_seal_secret_wipe(struct mcv_seal_secret *secret);

/* Reads the secret from a file closed to group and others.
 * secret  out, zero unless MCV_OK; wipe it.
 * why     out, may be NULL.
 * MCV_E_NOT_FOUND: no such file. MCV_E_POLICY: its mode, owner or type is not acceptable.
 * MCV_E_MALFORMED: a key file without exactly 32 octets, a passphrase too short or long.
 * MCV_E_IO: reading failed. */
MCV_MUST_USE mcv_err mcv_seal_secret_load(struct mcv_seal_secret *secret, enum mcv_seal_kind kind,
                                          const char *path, struct mcv_why *why);

/* Writes a sealed file in place of what is at path, atomically and durably, mode 0600.
 * rng gives salt and nonce. About 0.1 s and 32 MiB for a passphrase.
 * MCV_E_SPACE: content above MCV_SEALED_MAX_BYTES. MCV_E_IO: writing failed, path is as it was.
 * MCV_E_CRYPTO: OpenSSL or rng failed. */
MCV_MUST_USE mcv_err mcv_sealed_write(const char *path, enum mcv_sealed_type type,
                                      struct mcv_bytes content,
                                      const struct mcv_seal_secret *secret,
                                      const struct mcv_rng *rng, struct mcv_why *why);

/* Opens a sealed file. About 0.1 s for a passphrase (a hostile header: 1 s and 256 MiB at most).
 * content out, NULL unless MCV_OK; give it back to mcv_sealed_free.
 * MCV_E_NOT_FOUND: no such file. MCV_E_POLICY: mode, owner or type of the file.
 * MCV_E_TRUNCATED, MCV_E_MALFORMED, MCV_E_UNSUPPORTED: not a sealed file of this type, or
 * parameters out of bounds, or sealed with the other kind of secret.
 * MCV_E_AUTH: wrong secret, or the file was changed. MCV_E_IO: reading failed. */
MCV_MUST_USE mcv_err mcv_sealed_read(uint8_t **content, size_t *n, const char *path,
                                     enum mcv_sealed_type type,
                                     const struct mcv_seal_secret *secret, struct mcv_why *why);

/* Wipes and frees; NULL is allowed. */
void mcv_sealed_free(uint8_t *content, size_t n);

#endif
