#include "crypto/eccsi.h"
#include "sim/prng.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/rng_script.h"

#define ORDER   "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define ORDER_1 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define PRIME   "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define ZERO    "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE     "0000000000000000000000000000000000000000000000000000000000000001"

struct fixture {
    struct mcv_prng prng;
    struct mcv_rng rng;
    struct mcv_ksak ksak;
    struct mcv_kpak kpak;
    struct mcv_ssk ssk;
    struct mcv_pvt pvt;
    struct mcv_eccsi_key key;
    struct mcv_bytes id, msg;
    struct mcv_eccsi_sig sig;
};

static void set_up(struct fixture *f)
{
    mcv_prng_init(&f->prng, 7, 0);
    f->rng = mcv_prng_rng(&f->prng);
    f->id = mcv_bytes_str("the identifier of a user");
    f->msg = mcv_bytes_str("a message");
    assert_int_equal(mcv_eccsi_kms_generate(&f->ksak, &f->kpak, &f->rng), MCV_OK);
    assert_int_equal(mcv_eccsi_issue(&f->ssk, &f->pvt, &f->ksak, &f->kpak, f->id, &f->rng), MCV_OK);
    assert_int_equal(mcv_eccsi_key_install(&f->key, &f->kpak, f->id, &f->ssk, &f->pvt), MCV_OK);
    assert_int_equal(mcv_eccsi_sign(&f->sig, &f->key, f->msg, &f->rng), MCV_OK);
}

static mcv_err verify(const struct fixture *f)
{
    return mcv_eccsi_verify(&f->kpak, f->id, f->msg, mcv_bytes_of(f->sig.b, sizeof f->sig.b));
}

static void signature_is_bound_to_message_identity_and_kms(void **state)
{
    (void)state;
    struct fixture f;
    struct mcv_ksak other;

    set_up(&f);
    assert_int_equal(verify(&f), MCV_OK);
    f.msg.n--;
    assert_int_equal(verify(&f), MCV_E_AUTH);
    f.msg.n++;
    f.id.n--;
    assert_int_equal(verify(&f), MCV_E_AUTH);
    f.id.n++;
    assert_int_equal(mcv_eccsi_kms_generate(&other, &f.kpak, &f.rng), MCV_OK);
    assert_int_equal(verify(&f), MCV_E_AUTH);
}

/* r and s are in range after a flip but for their top octets, which are tried too. */
static void each_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (size_t at = 0; at < sizeof f.sig.b; at++) {
        f.sig.b[at] ^= (uint8_t)(1u << (at % 8));
        assert_int_not_equal(verify(&f), MCV_OK);
        f.sig.b[at] ^= (uint8_t)(1u << (at % 8));
    }
    assert_int_equal(verify(&f), MCV_OK);
}

static void wrong_lengths_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t longer[130] = {0};

    set_up(&f);
    memcpy(longer, f.sig.b, sizeof f.sig.b);
    for (size_t n = 0; n <= sizeof longer; n++)
        assert_int_equal(mcv_eccsi_verify(&f.kpak, f.id, f.msg, mcv_bytes_of(longer, n)),
                         n == 129 ? MCV_OK : MCV_E_MALFORMED);
}

static void ranges_of_r_and_s(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        size_t at;
        const char *hex;
        mcv_err want;
    } rows[] = {
        {"RFC 6507 5.2.2: r = 0", 0, ZERO, MCV_E_MALFORMED},
        {"r = p", 0, PRIME, MCV_E_MALFORMED},
        {"r = q is a coordinate, not a scalar", 0, ORDER, MCV_E_AUTH},
        {"s = 0", 32, ZERO, MCV_E_MALFORMED},
        {"s = q", 32, ORDER, MCV_E_MALFORMED},
        {"s = q - 1 is in range", 32, ORDER_1, MCV_E_AUTH},
        {"s = 1 is in range", 32, ONE, MCV_E_AUTH},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f;
        set_up(&f);
        mcv_hex_exact(f.sig.b + rows[i].at, 32, rows[i].hex);
        if (verify(&f) != rows[i].want) fail_msg("%s", rows[i].why);
    }
}

/* x of the base point with another y, the other forms of a point, and infinity. */
static void points_that_are_none(void **state)
{
    (void)state;
    struct fixture f;
    struct mcv_kpak bad;

    set_up(&f);
    bad = f.kpak;
    bad.b[64] ^= 1;
    assert_int_equal(mcv_eccsi_kpak_check(&bad), MCV_E_MALFORMED);
    static const uint8_t forms[] = {0, 2, 3, 5, 6, 7, 0xff};
    for (size_t i = 0; i < sizeof forms; i++) {
        bad = f.kpak;
        bad.b[0] = forms[i];
        assert_int_equal(mcv_eccsi_kpak_check(&bad), MCV_E_MALFORMED);
        memcpy(f.sig.b + 64, bad.b, sizeof bad.b);
        assert_int_equal(verify(&f), MCV_E_MALFORMED);
    }
    bad = (struct mcv_kpak){{0}};
    assert_int_equal(mcv_eccsi_kpak_check(&bad), MCV_E_MALFORMED);
    bad.b[0] = 4;
    assert_int_equal(mcv_eccsi_kpak_check(&bad), MCV_E_MALFORMED);
    /* x = 0 has the y of sqrt(B); x = p is the same point, not canonical */
    mcv_hex_exact(bad.b + 1, 32, PRIME);
    mcv_hex_exact(bad.b + 33, 32,
                  "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
    assert_int_equal(mcv_eccsi_kpak_check(&bad), MCV_E_MALFORMED);
    memset(bad.b + 1, 0, 32);
    assert_int_equal(mcv_eccsi_kpak_check(&bad), MCV_OK);
}

static void install_refuses(void **state)
{
    (void)state;
    struct fixture f;
    struct mcv_eccsi_key key;
    static const struct mcv_eccsi_key none;
    struct mcv_ssk ssk;

    set_up(&f);
    struct mcv_pvt pvt = f.pvt;
    pvt.b[40] ^= 1;
    assert_int_equal(mcv_eccsi_key_install(&key, &f.kpak, f.id, &f.ssk, &pvt), MCV_E_MALFORMED);
    ssk = f.ssk;
    ssk.b[31] ^= 1;
    assert_int_equal(mcv_eccsi_key_install(&key, &f.kpak, f.id, &ssk, &f.pvt), MCV_E_AUTH);
    assert_memory_equal(&key, &none, sizeof key);
    mcv_hex_exact(ssk.b, 32, ZERO);
    assert_int_equal(mcv_eccsi_key_install(&key, &f.kpak, f.id, &ssk, &f.pvt), MCV_E_MALFORMED);
    mcv_hex_exact(ssk.b, 32, ORDER);
    assert_int_equal(mcv_eccsi_key_install(&key, &f.kpak, f.id, &ssk, &f.pvt), MCV_E_MALFORMED);
    f.id.n--; /* the SSK of somebody else */
    assert_int_equal(mcv_eccsi_key_install(&key, &f.kpak, f.id, &f.ssk, &f.pvt), MCV_E_AUTH);
}

/* RFC 6507 5.2.1 step 1: j is in 1 .. q-1; candidates outside are drawn again. */
static void nonces_out_of_range_are_drawn_again(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t script[96];
    struct mcv_eccsi_sig again;

    set_up(&f);
    mcv_hex_exact(script, 96, ZERO ORDER ORDER_1);
    struct mcv_rng_script rs = {script, 96};
    struct mcv_rng rng = mcv_rng_script(&rs);
    assert_int_equal(mcv_eccsi_sign(&f.sig, &f.key, f.msg, &rng), MCV_OK);
    assert_int_equal(rs.n, 0);
    assert_int_equal(verify(&f), MCV_OK);
    /* nothing left: no signature at all */
    assert_int_equal(mcv_eccsi_sign(&again, &f.key, f.msg, &rng), MCV_E_CRYPTO);
    for (size_t i = 0; i < sizeof again.b; i++) assert_int_equal(again.b[i], 0);
}

static mcv_err verify_from(struct mcv_eccsi_sender *sender, const struct fixture *f)
{
    return mcv_eccsi_verify_from(sender, &f->kpak, f->id, f->msg,
                                 mcv_bytes_of(f->sig.b, sizeof f->sig.b));
}

/* RFC 6507 5.2.2 with Y kept: the same answers; kept is only what verified. */
static void senders_that_are_heard_again(void **state)
{
    (void)state;
    struct mcv_eccsi_sender sender = {{0}, {0}}, before;
    struct fixture f, other;

    set_up(&f);
    f.sig.b[40] ^= 1;
    assert_int_equal(verify_from(&sender, &f), MCV_E_AUTH);
    assert_int_equal(sender.y[0], 0);
    f.sig.b[40] ^= 1;
    assert_int_equal(verify_from(&sender, &f), MCV_OK);
    assert_int_equal(sender.y[0], 4);
    before = sender;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(mcv_eccsi_sign(&f.sig, &f.key, f.msg, &f.rng), MCV_OK);
        assert_int_equal(verify_from(&sender, &f), MCV_OK);
        f.msg.n--;
        assert_int_equal(verify_from(&sender, &f), MCV_E_AUTH);
        f.msg.n++;
    }
    f.id.n--; /* another identifier, same PVT: not the Y that is kept */
    assert_int_equal(verify_from(&sender, &f), MCV_E_AUTH);
    f.id.n++;
    assert_memory_equal(&sender, &before, sizeof sender);
    set_up(&other);
    assert_int_equal(
        mcv_eccsi_issue(&other.ssk, &other.pvt, &other.ksak, &other.kpak, other.id, &f.rng),
        MCV_OK); /* a new PVT of the same sender */
    assert_int_equal(
        mcv_eccsi_key_install(&other.key, &other.kpak, other.id, &other.ssk, &other.pvt), MCV_OK);
    assert_int_equal(mcv_eccsi_sign(&other.sig, &other.key, other.msg, &f.rng), MCV_OK);
    assert_int_equal(verify_from(&sender, &other), MCV_OK);
    assert_memory_not_equal(&sender, &before, sizeof sender);
    assert_int_equal(verify_from(&sender, &f), MCV_OK);
    assert_memory_equal(&sender, &before, sizeof sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signature_is_bound_to_message_identity_and_kms),
        cmocka_unit_test(each_flipped_bit_is_refused),
        cmocka_unit_test(wrong_lengths_are_refused),
        cmocka_unit_test(ranges_of_r_and_s),
        cmocka_unit_test(points_that_are_none),
        cmocka_unit_test(install_refuses),
        cmocka_unit_test(nonces_out_of_range_are_drawn_again),
        cmocka_unit_test(senders_that_are_heard_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
