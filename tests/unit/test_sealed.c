/* Sealed files. The two golden files were made by another implementation (Python: hashlib's
 * scrypt, HKDF from hmac, AES-GCM of the cryptography package) from the header in sealed.h. */
#include "agent/store/sealed.h"
#include "crypto/rng_system.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOLDEN_CONTENT "sealed content"

static const char golden_key_file[] =
    "4d43565345414c31 02 02 00 00 00 000000 000102030405060708090a0b0c0d0e0f"
    "202122232425262728292a2b 0000000e"
    "ca00f5c8bd44323e7c2ebbc42c9b 1f3934edb6b323be44e1df450e1da2cf";
static const char golden_passphrase[] =
    "4d43565345414c31 01 01 0e 08 01 000000 000102030405060708090a0b0c0d0e0f"
    "202122232425262728292a2b 0000000e"
    "c0910730bc6e567dc18a7e6ab39d e1f5f64c9deff489db1a9bb0b4ceabb8";
/* The same with N = 2^13: a correct tag does not help parameters that are too weak. */
static const char golden_weak[] =
    "4d43565345414c31 01 01 0d 08 01 000000 000102030405060708090a0b0c0d0e0f"
    "202122232425262728292a2b 0000000e"
    "61f0be0590e2cc99c79d3afad1ea 132447a9ed9b45e6af43c1379e42b06a";

static const char passphrase[] = "correct horse";

struct fixture {
    struct mcv_tmpdir dir;
    struct mcv_seal_secret pass, key;
    char path[300];
};

static int setup(void **state)
{
    static struct fixture f;

    memset(&f, 0, sizeof f);
    mcv_tmpdir_make(&f.dir);
    (void)snprintf(f.path, sizeof f.path, "%s/file", f.dir.path);
    f.pass.kind = MCV_SEAL_PASSPHRASE;
    f.pass.n = strlen(passphrase);
    memcpy(f.pass.b, passphrase, f.pass.n);
    f.key.kind = MCV_SEAL_KEY_FILE;
    f.key.n = MCV_SEAL_KEY_BYTES;
    for (uint8_t i = 0; i < MCV_SEAL_KEY_BYTES; i++) f.key.b[i] = (uint8_t)(0x40 + i);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mcv_tmpdir_remove(&f->dir);
    return 0;
}

static mcv_err open_hex(struct fixture *f, const char *hex, enum mcv_sealed_type type,
                        const struct mcv_seal_secret *secret)
{
    uint8_t file[256], *content = NULL;
    size_t n = 0;
    struct mcv_why why = {0};

    mcv_tmpfile_write(f->path, file, mcv_hex_decode(file, sizeof file, hex), 0600);
    const mcv_err err = mcv_sealed_read(&content, &n, f->path, type, secret, &why);
    if (err == MCV_OK) {
        assert_int_equal(n, strlen(GOLDEN_CONTENT));
        assert_memory_equal(content, GOLDEN_CONTENT, n);
        mcv_sealed_free(content, n);
    } else {
        assert_null(content);
        assert_true(strstr(why.text, f->path) == why.text);
    }
    return err;
}

static void opens_what_another_implementation_sealed(void **state)
{
    struct fixture *f = *state;
    struct mcv_seal_secret other_key = f->key, other_pass = f->pass;

    other_key.b[31] ^= 1;
    other_pass.n--;
    const struct {
        const char *why, *hex;
        enum mcv_sealed_type type;
        const struct mcv_seal_secret *secret;
        mcv_err want;
    } rows[] = {
        {"key file", golden_key_file, MCV_SEALED_STORE, &f->key, MCV_OK},
        {"passphrase, scrypt", golden_passphrase, MCV_SEALED_BUNDLE, &f->pass, MCV_OK},
        {"another key", golden_key_file, MCV_SEALED_STORE, &other_key, MCV_E_AUTH},
        {"another passphrase", golden_passphrase, MCV_SEALED_BUNDLE, &other_pass, MCV_E_AUTH},
        {"a store is not a bundle", golden_key_file, MCV_SEALED_BUNDLE, &f->key, MCV_E_UNSUPPORTED},
        {"nor is it a flight record", golden_key_file, MCV_SEALED_RECORD, &f->key,
         MCV_E_UNSUPPORTED},
        {"sealed with a key file", golden_key_file, MCV_SEALED_STORE, &f->pass, MCV_E_UNSUPPORTED},
        {"scrypt below the least cost", golden_weak, MCV_SEALED_BUNDLE, &f->pass,
         MCV_E_UNSUPPORTED},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const mcv_err got = open_hex(f, rows[i].hex, rows[i].type, rows[i].secret);
        if (got != rows[i].want) fail_msg("%s: %s", rows[i].why, mcv_err_name(got));
    }
}

static void every_truncation_fails(void **state)
{
    struct fixture *f = *state;
    uint8_t file[256], *content = NULL;
    size_t n = 0;
    const size_t whole = mcv_hex_decode(file, sizeof file, golden_key_file);

    for (size_t len = 0; len < whole; len++) {
        mcv_tmpfile_write(f->path, file, len, 0600);
        assert_int_not_equal(
            mcv_sealed_read(&content, &n, f->path, MCV_SEALED_STORE, &f->key, NULL), MCV_OK);
    }
    file[whole] = 0;
    mcv_tmpfile_write(f->path, file, whole + 1, 0600);
    assert_int_equal(mcv_sealed_read(&content, &n, f->path, MCV_SEALED_STORE, &f->key, NULL),
                     MCV_E_MALFORMED);
}

static void every_flipped_bit_fails(void **state)
{
    struct fixture *f = *state;
    uint8_t file[256], *content = NULL;
    size_t n = 0;
    const size_t whole = mcv_hex_decode(file, sizeof file, golden_key_file);

    for (size_t bit = 0; bit < 8 * whole; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        mcv_tmpfile_write(f->path, file, whole, 0600);
        assert_int_not_equal(
            mcv_sealed_read(&content, &n, f->path, MCV_SEALED_STORE, &f->key, NULL), MCV_OK);
        assert_null(content);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void scrypt_parameters_are_bounded(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *why;
        uint8_t log2n, r, p;
    } rows[] = {
        {"N = 2^19 would take 512 MiB", 19, 8, 1},
        {"N = 2^63", 63, 8, 1},
        {"N = 1", 0, 8, 1},
        {"r = 255", 14, 255, 1},
        {"p = 255", 14, 8, 255},
        {"p = 0", 14, 8, 0},
    };
    uint8_t file[256], *content = NULL;
    size_t n = 0;
    const size_t whole = mcv_hex_decode(file, sizeof file, golden_passphrase);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        file[10] = rows[i].log2n;
        file[11] = rows[i].r;
        file[12] = rows[i].p;
        mcv_tmpfile_write(f->path, file, whole, 0600);
        const mcv_err got = mcv_sealed_read(&content, &n, f->path, MCV_SEALED_BUNDLE, &f->pass,
                                            NULL);
        if (got != MCV_E_UNSUPPORTED) fail_msg("%s: %s", rows[i].why, mcv_err_name(got));
    }
}

static void files_open_to_others_are_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        unsigned mode;
        mcv_err want;
    } rows[] = {
        {0600, MCV_OK},       {0400, MCV_OK},       {0640, MCV_E_POLICY}, {0604, MCV_E_POLICY},
        {0620, MCV_E_POLICY}, {0610, MCV_E_POLICY}, {0601, MCV_E_POLICY},
    };
    uint8_t file[256], *content = NULL;
    size_t n = 0;
    const size_t whole = mcv_hex_decode(file, sizeof file, golden_key_file);
    struct mcv_seal_secret got;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mcv_tmpfile_write(f->path, file, whole, rows[i].mode);
        assert_int_equal(mcv_sealed_read(&content, &n, f->path, MCV_SEALED_STORE, &f->key, NULL),
                         rows[i].want);
        mcv_sealed_free(content, n);
        mcv_tmpfile_write(f->path, f->key.b, MCV_SEAL_KEY_BYTES, rows[i].mode);
        assert_int_equal(mcv_seal_secret_load(&got, MCV_SEAL_KEY_FILE, f->path, NULL),
                         rows[i].want);
    }
    mcv_tmpfile_write(f->path, file, whole, 0600);
    const char *link = mcv_tmpdir_file(&f->dir, "link");
    assert_int_equal(symlink(f->path, link), 0);
    assert_int_equal(mcv_sealed_read(&content, &n, link, MCV_SEALED_STORE, &f->key, NULL),
                     MCV_E_POLICY);
    const char *fifo = mcv_tmpdir_file(&f->dir, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(mcv_sealed_read(&content, &n, fifo, MCV_SEALED_STORE, &f->key, NULL),
                     MCV_E_POLICY);
    assert_int_equal(mcv_sealed_read(&content, &n, mcv_tmpdir_file(&f->dir, "none"),
                                     MCV_SEALED_STORE, &f->key, NULL),
                     MCV_E_NOT_FOUND);
}

static void secrets_are_read_with_their_bounds(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *why, *text;
        enum mcv_seal_kind kind;
        size_t n;
        mcv_err want;
    } rows[] = {
        {"first line", "correct horse\n", MCV_SEAL_PASSPHRASE, 13, MCV_OK},
        {"no line end", "correct horse", MCV_SEAL_PASSPHRASE, 13, MCV_OK},
        {"line end of another system", "correct horse\r\nx", MCV_SEAL_PASSPHRASE, 13, MCV_OK},
        {"7 octets", "1234567\n8", MCV_SEAL_PASSPHRASE, 0, MCV_E_MALFORMED},
        {"empty", "", MCV_SEAL_PASSPHRASE, 0, MCV_E_MALFORMED},
        {"32 octets", "0123456789abcdef0123456789abcdef", MCV_SEAL_KEY_FILE, 32, MCV_OK},
        {"31 octets", "0123456789abcdef0123456789abcde", MCV_SEAL_KEY_FILE, 0, MCV_E_MALFORMED},
        {"33 octets", "0123456789abcdef0123456789abcdef\n", MCV_SEAL_KEY_FILE, 0, MCV_E_MALFORMED},
    };
    struct mcv_seal_secret got;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mcv_tmpfile_write(f->path, rows[i].text, strlen(rows[i].text), 0600);
        const mcv_err err = mcv_seal_secret_load(&got, rows[i].kind, f->path, NULL);
        if (err != rows[i].want || got.n != rows[i].n)
            fail_msg("%s: %s, %zu octets", rows[i].why, mcv_err_name(err), got.n);
        assert_memory_equal(got.b, rows[i].text, got.n);
    }
}

static void what_is_sealed_opens_and_is_private(void **state)
{
    struct fixture *f = *state;
    const struct mcv_seal_secret *secrets[] = {&f->pass, &f->key};
    uint8_t first[300], second[300], *content = NULL;
    const struct mcv_bytes plain = mcv_bytes_str("a secret that must not be seen");
    struct stat st;
    size_t n = 0;

    (void)umask(0);
    for (size_t i = 0; i < 2; i++) {
        /* A file that everybody may read is replaced, not written through. */
        mcv_tmpfile_write(f->path, "old", 3, 0644);
        for (int turn = 0; turn < 2; turn++) {
            assert_int_equal(
                mcv_sealed_write(f->path, MCV_SEALED_KMS, plain, secrets[i], &mcv_rng_system, NULL),
                MCV_OK);
            (void)mcv_tmpfile_read(f->path, turn == 0 ? first : second, sizeof first);
        }
        assert_memory_not_equal(first + 16, second + 16, 28); /* salt and nonce are fresh */
        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_null(memmem(second, (size_t)st.st_size, plain.p, plain.n));
        assert_int_equal(mcv_sealed_read(&content, &n, f->path, MCV_SEALED_KMS, secrets[i], NULL),
                         MCV_OK);
        assert_true(mcv_bytes_equal(mcv_bytes_of(content, n), plain));
        mcv_sealed_free(content, n);
        assert_int_not_equal(access(mcv_tmpdir_file(&f->dir, "file.tmp"), F_OK), 0);
    }
    (void)umask(022);
}

static mcv_err no_randomness(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    (void)out;
    (void)n;
    return MCV_E_CRYPTO;
}

static void a_failed_write_leaves_the_old_file(void **state)
{
    struct fixture *f = *state;
    const struct mcv_rng broken = {.fill = no_randomness};
    uint8_t got[8];

    mcv_tmpfile_write(f->path, "old", 3, 0600);
    assert_int_equal(
        mcv_sealed_write(f->path, MCV_SEALED_KMS, mcv_bytes_str("new"), &f->key, &broken, NULL),
        MCV_E_CRYPTO);
    assert_int_equal(mcv_tmpfile_read(f->path, got, sizeof got), 3);
    assert_memory_equal(got, "old", 3);
    assert_int_equal(mcv_sealed_write("/nowhere/at/all", MCV_SEALED_KMS, mcv_bytes_str("new"),
                                      &f->key, &mcv_rng_system, NULL),
                     MCV_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_what_another_implementation_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(every_truncation_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(every_flipped_bit_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(scrypt_parameters_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(files_open_to_others_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_are_read_with_their_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_sealed_opens_and_is_private, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
