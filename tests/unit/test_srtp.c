/* Behaviour of SRTP senders and receivers; every test runs on both back-ends. */
#include "crypto/srtp.h"

#include "tests/support/cmocka.h"
#include "tests/support/srtp_fixture.h"

#include <stdlib.h>

static const char alice[] = "sip:alice@example.org";
static const char bob[] = "sip:bob@example.org";
static const struct mcv_srtp_rx_limits roomy = {2, 8, 16};
static const uint8_t rtcp_of_7[] = {0x80, 0xcc, 0, 2, 0, 0, 0, 7, 'M', 'C', 'V', '0'};

static void sizes_and_headers_come_back(void **state)
{
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, MCV_SRTP_ROC_GROUP);
    struct mcv_srtp_tx tx;
    uint16_t seq = 0;

    fix_group_tx(&tx, *state, alice, 0x11223344, MCV_SRTP_ROC_GROUP);
    for (size_t n = 0; n <= 1400; n += n < 40 ? 1 : 97) {
        struct fix_rtp rtp;
        uint8_t out[FIX_MAX_PACKET], back[FIX_MAX_PACKET];
        struct mcv_bytes sealed, plain;
        struct mcv_srtp_origin origin;

        fix_rtp(&rtp, tx.ssrc, seq++, (unsigned)(n % 3), n);
        assert_int_equal(mcv_srtp_tx_seal(&tx, &sealed, out, sizeof out, &rtp.packet), MCV_OK);
        assert_int_equal(sealed.n, rtp.packet.bytes.n + MCV_SRTP_MAX_OVERHEAD_BYTES);
        const struct mcv_srtp_packet packet = fix_parse(sealed);
        assert_int_equal(mcv_srtp_rx_open(rx, &origin, &plain, back, sizeof back, &packet), MCV_OK);
        assert_true(mcv_bytes_equal(plain, rtp.packet.bytes));
        assert_int_equal(origin.mki.key_id, FIX_GMK_ID);
        assert_int_equal(origin.mki.guk_id, tx.cipher.mki.guk_id);
        assert_int_equal(origin.ssrc, 0x11223344);
        assert_int_equal(origin.is_new_stream, n == 0);
    }
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static void wrap_is_followed_in_both_orders(void **state)
{
    static const uint16_t order[] = {65533, 65535, 65534, 1, 0, 65532, 2};
    struct mcv_srtp_rx *rx = fix_private_rx(*state, 2);
    struct fix_sealed s[8];
    struct mcv_srtp_tx tx;

    fix_private_tx(&tx, *state, 2, 1);
    for (uint16_t i = 0; i < 7; i++) {
        assert_int_equal(fix_seal(&s[i], &tx, (uint16_t)(65532 + i)), MCV_OK);
    }
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        assert_int_equal(fix_open(rx, &s[(uint16_t)(order[i] - 65532)]), MCV_OK);
    }
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static void replays_and_old_packets_are_refused(void **state)
{
    enum { N = MCV_SRTP_WINDOW_PKTS + 2 };
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, MCV_SRTP_ROC_GROUP);
    struct fix_sealed *s = calloc(N, sizeof *s);
    struct mcv_srtp_tx tx;

    assert_non_null(s);
    fix_group_tx(&tx, *state, alice, 1, MCV_SRTP_ROC_GROUP);
    for (uint16_t i = 0; i < N; i++)
        assert_int_equal(fix_seal(&s[i], &tx, (uint16_t)(1000 + i)), 0);
    assert_int_equal(fix_open(rx, &s[0]), MCV_OK);
    assert_int_equal(fix_open(rx, &s[0]), MCV_E_REPLAY);
    assert_int_equal(fix_open(rx, &s[N - 1]), MCV_OK);
    assert_int_equal(fix_open(rx, &s[1]), MCV_E_REPLAY); /* 128 behind the top: outside */
    for (int i = N - 1; i-- > 2;) assert_int_equal(fix_open(rx, &s[i]), MCV_OK);
    for (int i = 0; i < N; i++) assert_int_equal(fix_open(rx, &s[i]), MCV_E_REPLAY);
    free(s);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static void unknown_keys_are_told_from_failed_tags(void **state)
{
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, MCV_SRTP_ROC_GROUP);
    struct mcv_srtp_tx tx;
    struct fix_sealed s;

    fix_group_tx(&tx, *state, alice, 1, MCV_SRTP_ROC_GROUP);
    assert_int_equal(fix_seal(&s, &tx, 1), MCV_OK);
    uint8_t *mki = s.b + s.bytes.n - MCV_SRTP_ROC_BYTES - MCV_SRTP_MKI_GROUP_BYTES;
    mki[3] ^= 1; /* another GMK-ID */
    assert_int_equal(fix_open(rx, &s), MCV_E_UNKNOWN_KEY);
    mki[3] ^= 1;
    for (uint32_t i = 1; i < 200; i++) { /* GUK-IDs that nobody has take no slot */
        mcv_store_be32(mki + 4, tx.cipher.mki.guk_id ^ i);
        assert_int_equal(fix_open(rx, &s), MCV_E_AUTH);
    }
    assert_int_equal(mcv_srtp_rx_stats(rx).n_senders, 0);
    mcv_store_be32(mki + 4, tx.cipher.mki.guk_id);
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static void claims_are_read_without_opening(void **state)
{
    const struct mcv_bytes rtcp = mcv_bytes_of(rtcp_of_7, sizeof rtcp_of_7);
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, 1);
    struct mcv_srtp_tx tx;
    struct fix_sealed s;
    struct mcv_srtp_claim claim;

    fix_group_tx(&tx, *state, alice, 7, 1);
    assert_int_equal(fix_seal(&s, &tx, 1), MCV_OK);
    s.b[s.bytes.n - 1] = 9; /* of the ROC tag */
    s.b[s.bytes.n - 12] ^= 1;
    struct mcv_srtp_packet packet = fix_parse(s.bytes);
    assert_true(mcv_srtp_rx_claim(&claim, rx, &packet));
    assert_int_equal(claim.mki.key_id, FIX_GMK_ID ^ 0x01000000u);
    assert_int_equal(claim.mki.guk_id, tx.cipher.mki.guk_id);
    assert_int_equal(claim.roc, 9);
    packet.bytes.n = packet.header_bytes + 27;
    assert_false(mcv_srtp_rx_claim(&claim, rx, &packet));
    assert_int_equal(claim.mki.n_bytes, 0);

    assert_int_equal(fix_seal_rtcp(&s, &tx, rtcp), MCV_OK);
    s.b[sizeof rtcp_of_7 + 16] = 0; /* E = 0 */
    assert_true(mcv_srtp_rx_claim_rtcp(&claim, rx, s.bytes));
    assert_int_equal(claim.mki.key_id, FIX_GMK_ID);
    assert_false(mcv_srtp_rx_claim_rtcp(&claim, rx, mcv_bytes_of(s.b, 8 + 27)));
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static void cut_and_altered_packets_never_open(void **state)
{
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, MCV_SRTP_ROC_GROUP);
    struct mcv_srtp_tx tx;
    struct fix_sealed s, c;

    fix_group_tx(&tx, *state, alice, 7, MCV_SRTP_ROC_GROUP);
    assert_int_equal(fix_seal(&s, &tx, 1), MCV_OK);
    assert_int_equal(fix_seal_rtcp(&c, &tx, mcv_bytes_of(rtcp_of_7, sizeof rtcp_of_7)), MCV_OK);
    for (size_t n = 12; n < s.bytes.n; n++) {
        const struct fix_sealed cut = {.bytes = mcv_bytes_of(s.b, n)};
        assert_int_not_equal(fix_open(rx, &cut), MCV_OK);
        if (n < 40) assert_int_equal(fix_open(rx, &cut), MCV_E_TRUNCATED);
    }
    for (size_t n = 0; n < c.bytes.n; n++) {
        assert_int_not_equal(fix_open_rtcp(rx, mcv_bytes_of(c.b, n)), MCV_OK);
        if (n < 36) assert_int_equal(fix_open_rtcp(rx, mcv_bytes_of(c.b, n)), MCV_E_TRUNCATED);
    }
    for (size_t bit = 0; bit < 8 * s.bytes.n; bit++) {
        s.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(fix_open(rx, &s), MCV_OK);
        s.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * c.bytes.n; bit++) {
        c.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(fix_open_rtcp(rx, c.bytes), MCV_OK);
        c.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(mcv_srtp_rx_stats(rx).n_streams, 0);
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    assert_int_equal(fix_open_rtcp(rx, c.bytes), MCV_OK);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_streams, 1);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static void private_directions_have_their_own_keys(void **state)
{
    struct mcv_srtp_rx *initiator = fix_private_rx(*state, 3);
    struct mcv_srtp_rx *receiver = fix_private_rx(*state, 2);
    struct mcv_srtp_origin origin;
    struct mcv_srtp_tx tx;
    struct fix_sealed s;

    fix_private_tx(&tx, *state, 2, 1); /* the initiator sends */
    assert_int_equal(fix_seal(&s, &tx, 1), MCV_OK);
    assert_int_equal(s.bytes.n, 112 + 16 + 4);
    assert_int_equal(fix_open(initiator, &s), MCV_E_AUTH); /* reflected */
    assert_int_equal(fix_open_into(&origin, receiver, s.bytes), MCV_OK);
    assert_int_equal(origin.mki.key_id, FIX_PCK_ID);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(initiator);
    fix_rx_free(receiver);
}

/* Spec: TS 33.180 7.4.2: GUK-ID selects the sender's keys under one GMK. */
static void senders_are_learnt_and_the_oldest_gives_way(void **state)
{
    static const char *const users[] = {"sip:a@x", "sip:b@x", "sip:c@x"};
    struct mcv_srtp_rx *rx = fix_group_rx(*state, (struct mcv_srtp_rx_limits){1, 2, 2}, 1);
    struct mcv_srtp_tx tx[3];
    struct fix_sealed s;

    for (uint16_t i = 0; i < 3; i++) fix_group_tx(&tx[i], *state, users[i], 1, 1);
    for (uint16_t i = 0; i < 2; i++) {
        assert_int_equal(fix_seal(&s, &tx[i], 1), MCV_OK);
        assert_int_equal(fix_open(rx, &s), MCV_OK);
    }
    assert_int_equal(fix_seal(&s, &tx[0], 2), MCV_OK); /* a is used again: b is now the oldest */
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    assert_int_equal(fix_seal(&s, &tx[2], 1), MCV_OK);
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_senders, 2);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_evicted_senders, 1);
    assert_int_equal(fix_seal(&s, &tx[0], 2), MCV_E_REPLAY);
    assert_int_equal(fix_seal(&s, &tx[0], 3), MCV_OK); /* a kept its state, b comes back */
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_evicted_senders, 1);
    assert_int_equal(fix_seal(&s, &tx[1], 2), MCV_OK);
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_evicted_senders, 2);
    for (int i = 0; i < 3; i++) mcv_srtp_tx_wipe(&tx[i]);
    fix_rx_free(rx);
}

static void streams_of_one_sender_share_its_keys(void **state)
{
    struct mcv_srtp_rx *rx = fix_group_rx(*state, (struct mcv_srtp_rx_limits){1, 1, 3}, 1);
    struct mcv_srtp_tx tx;
    struct fix_sealed s;

    for (uint32_t ssrc = 1; ssrc <= 5; ssrc++) {
        fix_group_tx(&tx, *state, alice, ssrc, 1);
        assert_int_equal(fix_seal(&s, &tx, 1), MCV_OK);
        assert_int_equal(fix_open(rx, &s), MCV_OK);
        assert_int_equal(fix_open(rx, &s), MCV_E_REPLAY);
        mcv_srtp_tx_wipe(&tx);
    }
    assert_int_equal(mcv_srtp_rx_stats(rx).n_senders, 1);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_streams, 3);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_evicted_streams, 2);
    fix_rx_free(rx);
}

/* Spec: RFC 3711 3.2.3: a back-end keeps nothing of a stream that was forgotten. */
static void forgotten_stream_is_new(void **state)
{
    struct mcv_srtp_rx *rx = fix_group_rx(*state, (struct mcv_srtp_rx_limits){1, 1, 1}, 1);
    struct mcv_srtp_tx first, second;
    struct fix_sealed a, b;

    fix_group_tx(&first, *state, alice, 0x01020304, 1);
    fix_group_tx(&second, *state, alice, 0x0a0b0c0d, 1);
    assert_int_equal(fix_seal(&a, &first, 1), MCV_OK);
    assert_int_equal(fix_seal(&b, &second, 1), MCV_OK);
    for (int i = 0; i < 3; i++) { /* room for one stream: the other one is always forgotten */
        assert_int_equal(fix_open(rx, &a), MCV_OK);
        assert_int_equal(fix_open(rx, &b), MCV_OK);
    }
    mcv_srtp_tx_wipe(&first);
    mcv_srtp_tx_wipe(&second);
    fix_rx_free(rx);
}

static void keys_are_added_and_removed(void **state)
{
    static const struct mcv_gmk other = {{1}};
    static const uint8_t rand[17] = {2};
    struct mcv_srtp_rx_key key = {.key_id = 5, .rand = mcv_bytes_of(rand, 16), .cs_id = 5};
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, 1);
    struct mcv_srtp_tx tx;
    struct fix_sealed s;

    assert_int_equal(mcv_srtp_rx_add_gmk(rx, &other, &key), MCV_OK);
    key.key_id = 6;
    assert_int_equal(mcv_srtp_rx_add_gmk(rx, &other, &key), MCV_E_FULL);
    key.rand.n = 15;
    assert_int_equal(mcv_srtp_rx_add_gmk(rx, &other, &key), MCV_E_MALFORMED);

    fix_group_tx(&tx, *state, bob, 1, 1);
    assert_int_equal(fix_seal(&s, &tx, 1), MCV_OK);
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    fix_add_gmk(rx, MCV_SRTP_ROC_GROUP); /* the same again keeps the replay state */
    assert_int_equal(fix_open(rx, &s), MCV_E_REPLAY);
    assert_true(mcv_srtp_rx_remove_key(rx, FIX_GMK_ID));
    assert_false(mcv_srtp_rx_remove_key(rx, FIX_GMK_ID));
    assert_int_equal(mcv_srtp_rx_stats(rx).n_streams, 0);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_keys, 1);
    assert_int_equal(fix_open(rx, &s), MCV_E_UNKNOWN_KEY);

    fix_add_gmk(rx, MCV_SRTP_ROC_GROUP);
    assert_int_equal(fix_seal(&s, &tx, 2), MCV_OK);
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    key.key_id = FIX_GMK_ID; /* another key, same id */
    key.rand = mcv_bytes_of(rand, 17);
    assert_int_equal(mcv_srtp_rx_add_gmk(rx, &other, &key), MCV_OK);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_senders, 0);
    assert_int_equal(fix_seal(&s, &tx, 3), MCV_OK);
    assert_int_equal(fix_open(rx, &s), MCV_E_AUTH);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static void small_output_is_refused_before_anything_else(void **state)
{
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, 1);
    struct mcv_srtp_origin origin;
    struct mcv_bytes plain;
    struct mcv_srtp_tx tx;
    struct fix_sealed s;
    uint8_t out[112];

    fix_group_tx(&tx, *state, alice, 1, 1);
    assert_int_equal(fix_seal(&s, &tx, 1), MCV_OK);
    struct mcv_srtp_packet packet = fix_parse(s.bytes);
    assert_int_equal(mcv_srtp_rx_open(rx, &origin, &plain, out, sizeof out, &packet), MCV_E_SPACE);
    packet.header_bytes = 11;
    assert_int_equal(mcv_srtp_rx_open(rx, &origin, &plain, out, sizeof out, &packet),
                     MCV_E_MALFORMED);
    packet.header_bytes = 113;
    assert_int_equal(mcv_srtp_rx_open(rx, &origin, &plain, out, sizeof out, &packet),
                     MCV_E_TRUNCATED);
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static int run_backend(const char *name)
{
    const struct mcv_srtp_backend *backend;

    mcv_err err = mcv_srtp_backend_find(&backend, name);
    if (err == MCV_E_NOT_FOUND) return 0; /* not in this build */
    if (err != MCV_OK || strcmp(mcv_srtp_backend_name(backend), name) != 0) return 1;
    void *state = (void *)(uintptr_t)backend; /* cmocka's state is not const */
#define ROW(f) cmocka_unit_test_prestate(f, state)
    const struct CMUnitTest tests[] = {
        ROW(sizes_and_headers_come_back),
        ROW(wrap_is_followed_in_both_orders),
        ROW(replays_and_old_packets_are_refused),
        ROW(unknown_keys_are_told_from_failed_tags),
        ROW(claims_are_read_without_opening),
        ROW(cut_and_altered_packets_never_open),
        ROW(private_directions_have_their_own_keys),
        ROW(senders_are_learnt_and_the_oldest_gives_way),
        ROW(streams_of_one_sender_share_its_keys),
        ROW(forgotten_stream_is_new),
        ROW(keys_are_added_and_removed),
        ROW(small_output_is_refused_before_anything_else),
    };
    print_message("back-end %s\n", name);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

static void unknown_backend_is_refused(void **state)
{
    (void)state;
    const struct mcv_srtp_backend *backend;

    assert_int_equal(mcv_srtp_backend_find(&backend, "rot13"), MCV_E_NOT_FOUND);
    assert_null(backend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(unknown_backend_is_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL) + run_backend("openssl") +
           run_backend("libsrtp2");
}
