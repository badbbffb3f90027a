/* The roll-over counter on the wire (RCCm3): late entry, forgeries, R above 1; on both back-ends.
 * Spec: RFC 4771 3, TS 33.180 7.4.2, 7.5. */
#include "crypto/srtp_backend.h"
#include "tests/support/cmocka.h"
#include "tests/support/srtp_fixture.h"

#include <stdlib.h>

static const char alice[] = "sip:alice@example.org";
static const struct mcv_srtp_rx_limits roomy = {2, 8, 16};

static void set_roc(struct fix_sealed *s, uint32_t roc)
{
    mcv_store_be32(s->b + s->bytes.n - MCV_SRTP_ROC_BYTES, roc);
}

/* ---- late entry ---------------------------------------------------------------------------- */

/* Spec: TS 33.180 7.5, RFC 4771 3: the first packet heard opens, whatever its ROC. */
static void late_entry_opens_the_first_packet(void **state)
{
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, MCV_SRTP_ROC_GROUP);
    struct mcv_srtp_origin origin;
    struct mcv_srtp_tx tx;
    struct fix_sealed s;

    fix_group_tx(&tx, *state, alice, 1, MCV_SRTP_ROC_GROUP);
    assert_int_equal(fix_seal(&s, &tx, 65535), MCV_OK);
    for (uint16_t seq = 0; seq < 3; seq++) assert_int_equal(fix_seal(&s, &tx, seq), MCV_OK);
    assert_int_equal(fix_open_into(&origin, rx, s.bytes), MCV_OK);
    assert_true(origin.index == 0x10002);
    assert_true(origin.is_new_stream);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

/* However often the sender has wrapped: the first packet opens, and the wrap after it is followed. */
static void late_entry_after_any_number_of_wraps(void **state)
{
    static const uint32_t rocs[] = {0,       1,          2,          0x7fff,     0x8000,    0xffff,
                                    0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

    for (size_t i = 0; i < sizeof rocs / sizeof *rocs; i++) {
        struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, MCV_SRTP_ROC_GROUP);
        const uint64_t before = (uint64_t)rocs[i] << 16;
        struct mcv_srtp_origin origin;
        struct mcv_srtp_tx tx;
        struct fix_sealed s;

        fix_group_tx(&tx, *state, alice, 1, MCV_SRTP_ROC_GROUP);
        tx.next_index = before; /* as if it had sent so much */
        for (uint64_t seq = 65534; seq < 65538; seq++) {
            const bool is_over = before + seq > MCV_SRTP_INDEX_MAX;
            assert_int_equal(fix_seal(&s, &tx, (uint16_t)seq), is_over ? MCV_E_EXPIRED : MCV_OK);
            if (is_over) break;
            assert_int_equal(fix_open_into(&origin, rx, s.bytes), MCV_OK);
            assert_true(origin.index == before + seq);
        }
        mcv_srtp_tx_wipe(&tx);
        fix_rx_free(rx);
    }
}

static void long_silence_is_bridged_by_the_roc_tag(void **state)
{
    static const uint16_t unheard[] = {30100, 60100, 24564, 54564, 19028};
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, MCV_SRTP_ROC_GROUP);
    struct mcv_srtp_origin origin;
    struct mcv_srtp_tx tx;
    struct fix_sealed s;

    fix_group_tx(&tx, *state, alice, 1, MCV_SRTP_ROC_GROUP);
    assert_int_equal(fix_seal(&s, &tx, 100), MCV_OK);
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    for (size_t i = 0; i < 5; i++) assert_int_equal(fix_seal(&s, &tx, unheard[i]), MCV_OK);
    assert_int_equal(fix_open_into(&origin, rx, s.bytes), MCV_OK);
    assert_true(origin.index == (2u << 16 | 19028));
    /* and the estimate goes on from there */
    for (uint16_t seq = 19029; seq < 19040; seq++) {
        assert_int_equal(fix_seal(&s, &tx, seq), MCV_OK);
        assert_int_equal(fix_open(rx, &s), MCV_OK);
    }
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

/* ---- forgeries ----------------------------------------------------------------------------- */

/* The back-end, with its work counted. */
static const struct mcv_srtp_backend *counted;
static unsigned n_tags;

static mcv_err count_open(struct mcv_srtp_cipher *c, uint8_t *out,
                          const struct mcv_srtp_packet *packet, size_t n, uint32_t roc)
{
    n_tags++;
    return counted->open_rtp(c, out, packet, n, roc);
}

#define ROC 5 /* of the sender */

/* A packet that its receiver has heard already, or the next one; what is altered in it. */
static const struct {
    const char *why;
    bool is_known, is_heard, has_other_body;
    uint32_t roc;
    unsigned n_tags;
    mcv_err want;
} forgeries[] = {
    {"stream not known, later ROC", false, false, false, 9, 1, MCV_E_AUTH},
    {"stream not known, earlier ROC", false, false, false, 1, 1, MCV_E_AUTH},
    {"stream not known, other body", false, false, true, ROC, 1, MCV_E_AUTH},
    {"repeated", true, true, false, ROC, 0, MCV_E_REPLAY},
    {"repeated with an earlier ROC", true, true, false, 4, 0, MCV_E_REPLAY},
    {"repeated with a later ROC", true, true, false, 6, 1, MCV_E_AUTH},
    {"repeated with the last ROC", true, true, false, 0xffffffff, 1, MCV_E_AUTH},
    {"other body", true, false, true, ROC, 1, MCV_E_AUTH},
    {"other body, earlier ROC", true, false, true, 4, 1, MCV_E_AUTH},
    {"other body, later ROC: one for each", true, false, true, 6, 2, MCV_E_AUTH},
    {"ROC alone: our own estimate opens it", true, false, false, 6, 1, MCV_OK},
    {"ROC alone, earlier", true, false, false, 0, 1, MCV_OK},
};

/* Nothing in the receiver changes: no slot, no ROC, no window. */
static void a_forged_roc_costs_one_tag_and_changes_nothing(void **state)
{
    const size_t n_rx = mcv_srtp_rx_size(&roomy);
    uint8_t *before = malloc(n_rx);
    struct mcv_srtp_backend counting;

    assert_non_null(before);
    counted = *state;
    counting = *counted;
    counting.open_rtp = count_open;
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        struct mcv_srtp_rx *rx = fix_group_rx(&counting, roomy, MCV_SRTP_ROC_GROUP);
        struct fix_sealed first, next;
        struct mcv_srtp_tx tx;

        fix_group_tx(&tx, *state, alice, 1, MCV_SRTP_ROC_GROUP);
        tx.next_index = (uint64_t)ROC << 16;
        assert_int_equal(fix_seal(&first, &tx, 10), MCV_OK);
        assert_int_equal(fix_seal(&next, &tx, 11), MCV_OK);
        if (forgeries[i].is_known) assert_int_equal(fix_open(rx, &first), MCV_OK);
        struct fix_sealed forged = forgeries[i].is_heard ? first : next;
        forged.bytes.p = forged.b;
        set_roc(&forged, forgeries[i].roc);
        if (forgeries[i].has_other_body) forged.b[20] ^= 1;

        memcpy(before, rx, n_rx);
        n_tags = 0;
        const mcv_err err = fix_open(rx, &forged);
        if (err != forgeries[i].want || n_tags != forgeries[i].n_tags)
            fail_msg("%s: %s after %u tags", forgeries[i].why, mcv_err_name(err), n_tags);
        if (err != MCV_OK) {
            if (memcmp(before, rx, n_rx) != 0) fail_msg("%s: changed", forgeries[i].why);
            assert_int_equal(fix_open(rx, &next), MCV_OK);
        }
        mcv_srtp_tx_wipe(&tx);
        fix_rx_free(rx);
    }
    free(before);
}

/* ---- R above 1 ----------------------------------------------------------------------------- */

/* Spec: RFC 4771 3: R > 1, only some packets carry the ROC. */
static void roc_on_every_fourth_packet(void **state)
{
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, 4);
    struct mcv_srtp_tx tx;
    struct fix_sealed s;
    unsigned n_opened = 0;

    fix_group_tx(&tx, *state, alice, 1, 4);
    assert_int_equal(fix_seal(&s, &tx, 65534), MCV_OK);
    for (uint16_t seq = 1; seq < 12; seq++) { /* ROC 1, which the joiner cannot guess */
        assert_int_equal(fix_seal(&s, &tx, seq), MCV_OK);
        assert_int_equal(s.bytes.n, 112u + 16 + 8 + (seq % 4 == 0 ? 4 : 0));
        assert_int_equal(fix_open(rx, &s), seq < 4 ? MCV_E_AUTH : MCV_OK);
        n_opened += seq >= 4;
    }
    assert_int_equal(n_opened, 8);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

/* A key with an R of its own beside the one of the fixture. */
static const struct mcv_gmk other = {{7}};
static const uint8_t other_rand[16] = {8};

static void other_tx(struct mcv_srtp_tx *tx, const struct mcv_srtp_backend *backend, uint16_t r)
{
    struct mcv_srtp_master master;
    const struct mcv_srtp_tx_params params = {
        .master = &master, .mki = mcv_srtp_mki_group(5, 0x2abcdef1), .ssrc = 2, .roc_every = r};

    assert_int_equal(mcv_kdf_srtp_master(&master, other.b, 5, 0x2abcdef1,
                                         mcv_bytes_of(other_rand, sizeof other_rand)),
                     MCV_OK);
    assert_int_equal(mcv_srtp_tx_init(tx, backend, &params), MCV_OK);
}

/* Packets of both keys in turn: each ends as its own key says. */
static void each_key_has_its_own_r(void **state)
{
    static const uint16_t rates[] = {MCV_SRTP_ROC_NONE, 1, 2, 3, 4, 16, 255, 256, 300};

    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        const uint16_t r = rates[i];
        const struct mcv_srtp_rx_key key = {.key_id = 5,
                                            .rand = mcv_bytes_of(other_rand, sizeof other_rand),
                                            .cs_id = 5,
                                            .roc_every = r};
        struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, MCV_SRTP_ROC_GROUP);
        struct mcv_srtp_tx tx[2];
        struct fix_sealed s;

        assert_int_equal(mcv_srtp_rx_add_gmk(rx, &other, &key), MCV_OK);
        fix_group_tx(&tx[0], *state, alice, 1, MCV_SRTP_ROC_GROUP);
        other_tx(&tx[1], *state, r);
        for (uint32_t seq = 65000; seq < 65536 + 600; seq++) { /* over the wrap */
            for (unsigned k = 0; k < 2; k++) {
                const bool has_roc = k == 0 || (r != 0 && (uint16_t)seq % r == 0);
                assert_int_equal(fix_seal(&s, &tx[k], (uint16_t)seq), MCV_OK);
                assert_int_equal(s.bytes.n, 112u + 16 + 8 + (has_roc ? 4 : 0));
                assert_int_equal(fix_open(rx, &s), MCV_OK);
            }
        }
        for (unsigned k = 0; k < 2; k++) mcv_srtp_tx_wipe(&tx[k]);
        fix_rx_free(rx);
    }
}

/* The same key with another R is another key. */
static void a_new_r_replaces_the_key(void **state)
{
    struct mcv_srtp_rx *rx = fix_group_rx(*state, roomy, MCV_SRTP_ROC_GROUP);
    struct mcv_srtp_tx tx;
    struct fix_sealed s;

    fix_group_tx(&tx, *state, alice, 1, 4);
    assert_int_equal(fix_seal(&s, &tx, 3), MCV_OK);
    assert_int_equal(fix_open(rx, &s), MCV_E_UNKNOWN_KEY); /* its MKI is looked for before a ROC */
    fix_add_gmk(rx, 4);
    assert_int_equal(fix_open(rx, &s), MCV_OK);
    assert_int_equal(mcv_srtp_rx_stats(rx).n_keys, 1);
    mcv_srtp_tx_wipe(&tx);
    fix_rx_free(rx);
}

static int run_backend(const char *name)
{
    const struct mcv_srtp_backend *backend;

    mcv_err err = mcv_srtp_backend_find(&backend, name);
    if (err == MCV_E_NOT_FOUND) return 0; /* not in this build */
    if (err != MCV_OK) return 1;
    void *state = (void *)(uintptr_t)backend; /* cmocka's state is not const */
#define ROW(f) cmocka_unit_test_prestate(f, state)
    const struct CMUnitTest tests[] = {
        ROW(late_entry_opens_the_first_packet),
        ROW(late_entry_after_any_number_of_wraps),
        ROW(long_silence_is_bridged_by_the_roc_tag),
        ROW(a_forged_roc_costs_one_tag_and_changes_nothing),
        ROW(roc_on_every_fourth_packet),
        ROW(each_key_has_its_own_r),
        ROW(a_new_r_replaces_the_key),
    };
    print_message("back-end %s\n", name);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return run_backend("openssl") + run_backend("libsrtp2");
}
