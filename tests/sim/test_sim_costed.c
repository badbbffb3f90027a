/* Costed I_MESSAGEs against real ones, through the real steps of opening. */
#include "proto/mikey_sakke.h"
#include "sim/costed.h"
#include "sim/costed_srtp.h"
#include "sim/keys.h"
#include "sim/prng.h"
#include "tests/support/cmocka.h"
#include "tests/support/srtp_fixture.h"

#define UTC_S  1760000000
#define PCK_ID 0x1abcdef0u

static const struct mcv_key_period month = {.period_s = 2592000, .offset_s = 0};

struct fixture {
    struct mcv_sim_keys *keys;
    const struct mcv_keyring *alice, *bob, *carol;
    struct mcv_prng prng;
    struct mcv_job job;
};

static const struct mcv_keyring *add(struct fixture *f, size_t kms, const char *uri,
                                     enum mcv_sim_identity identity)
{
    const struct mcv_keyring *ring;
    size_t user;

    assert_int_equal(mcv_sim_keys_add_user(f->keys, &user, uri, kms, identity), MCV_OK);
    assert_int_equal(mcv_sim_keys_ring(f->keys, &ring, user), MCV_OK);
    return ring;
}

static void build(struct fixture *f, void (*run)(struct mcv_job *), bool is_hidden)
{
    const struct mcv_imsg_trust *t = &f->alice->trust;
    static const uint8_t rand[MCV_MIKEY_RAND_BYTES] = {1, 2, 3};

    f->job = (struct mcv_job){.kind = MCV_JOB_BUILD_PCK, .rng = mcv_prng_rng(&f->prng)};
    f->job.build.spec = (struct mcv_imsg_spec){.type = MCV_KEY_PCK,
                                               .key_id = PCK_ID,
                                               .rand = mcv_bytes_of(rand, sizeof rand),
                                               .utc_s = UTC_S,
                                               .from = t->own,
                                               .from_kms = t->kms,
                                               .to = f->bob->trust.own->uri,
                                               .to_kms = t->kms,
                                               .hide_initiator = is_hidden,
                                               .hide_responder = is_hidden,
                                               .n_cs = 2,
                                               .cs_ids = {2, 3}};
    run(&f->job);
    assert_int_equal(f->job.err, MCV_OK);
}

static void set_up(struct fixture *f, enum mcv_sim_identity identity)
{
    size_t kms;

    assert_int_equal(mcv_sim_keys_open(&f->keys, 5, UTC_S, 0), MCV_OK);
    assert_int_equal(mcv_sim_keys_add_kms(f->keys, &kms, "kms.example.org", &month), MCV_OK);
    f->alice = add(f, kms, "sip:alice@example.org", identity);
    f->bob = add(f, kms, "sip:bob@example.org", identity);
    f->carol = add(f, kms, "sip:carol@example.org", identity);
    mcv_prng_init(&f->prng, 1, 1);
}

/* The steps that the agent does itself, then the job; the message may have been changed. */
static mcv_err open_as(struct fixture *f, const struct mcv_keyring *ring, enum mcv_job_kind kind)
{
    const struct mcv_imsg_context context = {
        .trust = &ring->trust, .call_id = MCV_REPLAY_NO_CALL, .utc_s = UTC_S};
    struct mcv_imsg m;

    mcv_err err = mcv_imsg_parse(&m, mcv_bytes_of(f->job.build.message, f->job.build.n_message),
                                 MCV_KEY_PCK);
    if (err == MCV_OK) err = mcv_imsg_resolve(&f->job.imsg, NULL, &m, &context);
    if (err != MCV_OK) return err;
    f->job.kind = kind;
    mcv_costed_run(&f->job);
    return f->job.err;
}

static void both_sides_find_the_same_key(void **state)
{
    (void)state;
    struct fixture f;

    for (int is_hidden = 0; is_hidden < 2; is_hidden++) {
        set_up(&f, MCV_SIM_IDENTITY_COSTED);
        build(&f, mcv_costed_run, is_hidden);
        assert_int_equal(open_as(&f, f.bob, MCV_JOB_VERIFY), MCV_OK);
        assert_int_equal(mcv_imsg_authorise(&f.job.imsg, mcv_bytes_str("sip:alice@example.org")),
                         MCV_OK);
        assert_int_equal(mcv_imsg_authorise(&f.job.imsg, mcv_bytes_str("sip:carol@example.org")),
                         MCV_E_POLICY);
        assert_int_equal(open_as(&f, f.bob, MCV_JOB_DECAPSULATE), MCV_OK);
        assert_memory_equal(f.job.key.key.b, f.job.pck.b, sizeof f.job.pck.b);
        assert_int_equal(f.job.key.key_id, PCK_ID);
        assert_int_equal(f.job.key.n_rand, MCV_MIKEY_RAND_BYTES);
        mcv_sim_keys_close(f.keys);
    }
}

static void form_and_length_are_those_of_a_real_one(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f, MCV_SIM_IDENTITY_REAL);
    build(&f, mcv_job_run, false);
    const size_t n = f.job.build.n_message;
    assert_int_equal(open_as(&f, f.bob, MCV_JOB_VERIFY), MCV_E_AUTH); /* it is not a costed one */
    build(&f, mcv_costed_run, false);
    assert_int_equal(f.job.build.n_message, n);
    mcv_sim_keys_close(f.keys);
}

static void a_changed_message_does_not_verify(void **state)
{
    (void)state;
    struct fixture f;
    size_t n_refused = 0;

    set_up(&f, MCV_SIM_IDENTITY_COSTED);
    build(&f, mcv_costed_run, false);
    const struct mcv_job good = f.job;
    for (size_t bit = 0; bit < 8 * good.build.n_message; bit += 7) {
        const size_t at = bit / 8;
        const size_t signature = good.build.n_message - MCV_ECCSI_SIG_BYTES;

        if (at >= signature + 8) break; /* what follows the digest is padding */
        f.job = good;
        f.job.build.message[at] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(open_as(&f, f.bob, MCV_JOB_VERIFY), MCV_OK);
        n_refused++;
    }
    assert_true(n_refused > 400);
    mcv_sim_keys_close(f.keys);
}

static void another_user_cannot_open_it(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f, MCV_SIM_IDENTITY_COSTED);
    build(&f, mcv_costed_run, false);
    assert_int_equal(open_as(&f, f.carol, MCV_JOB_VERIFY), MCV_E_NOT_FOR_US);
    assert_int_equal(open_as(&f, f.bob, MCV_JOB_VERIFY), MCV_OK);
    memcpy(f.job.imsg.own_uri, f.carol->trust.own->uri.p, f.carol->trust.own->uri.n);
    f.job.imsg.n_own_uri = f.carol->trust.own->uri.n;
    f.job.kind = MCV_JOB_DECAPSULATE;
    mcv_costed_run(&f.job);
    assert_int_equal(f.job.err, MCV_E_AUTH);
    mcv_sim_keys_close(f.keys);
}

/* ---- media --------------------------------------------------------------------------------- */

static const struct mcv_srtp_rx_limits few = {.n_keys = 1, .n_senders = 2, .n_streams = 4};

static void costed_packets_are_as_long_as_real_ones(void **state)
{
    (void)state;
    const struct mcv_srtp_backend *backends[] = {fix_backend("openssl"), &mcv_srtp_costed};
    struct fix_sealed rtp[2], rtcp[2];
    static const uint8_t report[28] = {0x80, 200, 0, 6, 0, 0, 0, 9};

    for (int i = 0; i < 2; i++) {
        struct mcv_srtp_tx tx;

        fix_group_tx(&tx, backends[i], "sip:alice@example.org", 9, MCV_SRTP_ROC_GROUP);
        assert_int_equal(fix_seal(&rtp[i], &tx, 7), MCV_OK);
        assert_int_equal(fix_seal_rtcp(&rtcp[i], &tx, mcv_bytes_of(report, sizeof report)), MCV_OK);
        mcv_srtp_tx_wipe(&tx);
    }
    assert_int_equal(rtp[0].bytes.n, rtp[1].bytes.n);
    assert_int_equal(rtcp[0].bytes.n, rtcp[1].bytes.n);
}

static void a_changed_packet_does_not_open(void **state)
{
    (void)state;
    struct mcv_srtp_rx *rx = fix_group_rx(&mcv_srtp_costed, few, MCV_SRTP_ROC_GROUP);
    struct mcv_srtp_tx tx;
    struct fix_sealed good, bad;

    fix_add_gmk(rx, MCV_SRTP_ROC_GROUP);
    fix_group_tx(&tx, &mcv_srtp_costed, "sip:alice@example.org", 9, MCV_SRTP_ROC_GROUP);
    assert_int_equal(fix_seal(&good, &tx, 7), MCV_OK);
    for (size_t bit = 0; bit < 8 * good.bytes.n; bit++) {
        bad = good;
        bad.bytes.p = bad.b;
        bad.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(fix_open_any(rx, bad.bytes), MCV_OK);
    }
    assert_int_equal(fix_open(rx, &good), MCV_OK);
    assert_int_equal(fix_open(rx, &good), MCV_E_REPLAY);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static void the_other_direction_has_another_key(void **state)
{
    (void)state;
    struct mcv_srtp_rx *right = fix_private_rx(&mcv_srtp_costed, 2);
    struct mcv_srtp_rx *wrong = fix_private_rx(&mcv_srtp_costed, 3);
    static const uint8_t report[28] = {0x80, 200, 0, 6, 0, 0, 0, 9};
    struct mcv_srtp_tx tx;
    struct fix_sealed rtp, rtcp;

    fix_private_tx(&tx, &mcv_srtp_costed, 2, 9);
    assert_int_equal(fix_seal(&rtp, &tx, 7), MCV_OK);
    assert_int_equal(fix_seal_rtcp(&rtcp, &tx, mcv_bytes_of(report, sizeof report)), MCV_OK);
    assert_int_equal(fix_open(wrong, &rtp), MCV_E_AUTH);
    assert_int_equal(fix_open_rtcp(wrong, rtcp.bytes), MCV_E_AUTH);
    assert_int_equal(fix_open(right, &rtp), MCV_OK);
    assert_int_equal(fix_open_rtcp(right, rtcp.bytes), MCV_OK);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(right);
    fix_rx_free(wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_find_the_same_key),
        cmocka_unit_test(form_and_length_are_those_of_a_real_one),
        cmocka_unit_test(a_changed_message_does_not_verify),
        cmocka_unit_test(another_user_cannot_open_it),
        cmocka_unit_test(costed_packets_are_as_long_as_real_ones),
        cmocka_unit_test(a_changed_packet_does_not_open),
        cmocka_unit_test(the_other_direction_has_another_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
