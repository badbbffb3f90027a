/* Known transmission control messages, both ways, in clear and protected.
 * Source of the protected packets: computed by a reference script from TS 33.180 7.4 and RFC 7714, and
 * confirmed with libsrtp 2; GMK, RAND and GUK-ID are those of a published GMK message. */
#include "crypto/srtp.h"
#include "tests/kat/tc_messages.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"
#include "tests/support/tc_equal.h"

#include <stdlib.h>

static void reads_and_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TC_KNOWN; i++) {
        uint8_t octets[256], out[256];
        struct mcv_writer w = mcv_writer_of(out, sizeof out);
        struct mcv_tc m;
        const size_t n = mcv_hex_decode(octets, sizeof octets, tc_known[i].hex);

        print_message("%s\n", tc_known[i].why);
        assert_int_equal(mcv_tc_decode(&m, mcv_bytes_of(octets, n)), MCV_OK);
        mcv_assert_tc_equal(&m, &tc_known[i].m);
        mcv_tc_encode(&w, &tc_known[i].m);
        assert_int_equal(w.err, MCV_OK);
        mcv_assert_hex(mcv_wr_done(&w), tc_known[i].hex);
    }
}

static struct mcv_srtp_rx *group_receiver(const char *backend_name)
{
    const struct mcv_srtp_backend *backend;
    const struct mcv_srtp_rx_limits limits = {1, 1, 1};
    struct mcv_gmk gmk;
    uint8_t rand[16];

    const mcv_err err = mcv_srtp_backend_find(&backend, backend_name);
    if (err == MCV_E_NOT_FOUND) return NULL; /* not in this build */
    assert_int_equal(err, MCV_OK);
    void *mem = malloc(mcv_srtp_rx_size(&limits));
    assert_non_null(mem);
    struct mcv_srtp_rx *rx = mcv_srtp_rx_init(
        mem, &(struct mcv_srtp_rx_params){.backend = backend, .limits = limits, .mki_bytes = 8});
    mcv_hex_exact(gmk.b, sizeof gmk.b, "07d1a1677ac36d8e81620484689b3c2d");
    mcv_hex_exact(rand, sizeof rand, "ca2f5d51ff0866362c1d85a56f84651e");
    assert_int_equal(
        mcv_srtp_rx_add_gmk(rx, &gmk,
                            &(struct mcv_srtp_rx_key){.key_id = 0x0df9bc39,
                                                      .rand = mcv_bytes_of(rand, sizeof rand),
                                                      .cs_id = 4}),
        MCV_OK);
    mcv_gmk_wipe(&gmk);
    return rx;
}

/* Spec: TS 24.581 13.1: control and media of one sender, from the GMK to the fields. */
static void opens_and_reads(void **state)
{
    struct mcv_srtp_rx *rx = group_receiver(*state);
    struct mcv_srtp_origin origin;
    struct mcv_bytes plain;
    struct mcv_tc m;
    uint8_t sealed[96], out[96];

    if (rx == NULL) skip();
    size_t n = mcv_hex_decode(sealed, sizeof sealed,
                              "80cc0009111111114245b40ff691e2e20e35ac7e14cfc574c74d26a42bfd7b15"
                              "57728ae97b7bce0145cab98e52a74a010bc9bf46b872abc9 80000001"
                              "0df9bc3906a12aea");
    assert_int_equal(n, 68);
    assert_int_equal(mcv_tc_decode(&m, mcv_bytes_of(sealed, n)), MCV_E_UNSUPPORTED); /* no name */
    assert_int_equal(
        mcv_srtp_rx_open_rtcp(rx, &origin, &plain, out, sizeof out, mcv_bytes_of(sealed, n)),
        MCV_OK);
    mcv_assert_hex(plain, tc_known[0].hex);
    assert_int_equal(origin.mki.guk_id, 0x06a12aea);
    assert_int_equal(mcv_tc_decode(&m, plain), MCV_OK);
    mcv_assert_tc_equal(&m, &tc_known[0].m);

    n = mcv_hex_decode(sealed, sizeof sealed,
                       "806000010000000011111111fa7a2fb680f451a3087b75b028c56f74920a4a12"
                       "0df9bc3906a12aea");
    assert_int_equal(n, 40);
    const struct mcv_srtp_packet packet = {
        .bytes = mcv_bytes_of(sealed, n), .header_bytes = 12, .ssrc = TC_U1_SSRC, .seq = 1};
    assert_int_equal(mcv_srtp_rx_open(rx, &origin, &plain, out, sizeof out, &packet), MCV_OK);
    mcv_assert_hex(plain, "80600001 00000000 11111111 f0f1f2f3");
    mcv_srtp_rx_wipe(rx);
    free(rx);
}

int main(void)
{
    static char openssl[] = "openssl", libsrtp2[] = "libsrtp2";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test_prestate(opens_and_reads, openssl),
        cmocka_unit_test_prestate(opens_and_reads, libsrtp2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
