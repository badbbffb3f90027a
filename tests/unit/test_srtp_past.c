/* What a receiver had does not open in the next one. Spec: RFC 3711 3.3.2, RFC 7714 8.1. */
#include "crypto/srtp_past.h"

#include "tests/support/cmocka.h"
#include "tests/support/srtp_fixture.h"

#include <stdlib.h>

#define N_PAST 4

static const char alice[] = "sip:alice@mc.example";
static const struct mcv_srtp_rx_limits roomy = {1, 4, 8}, one_stream = {1, 1, 1};

struct scene {
    struct mcv_srtp_past *past;
    struct mcv_srtp_rx *rx;
    struct mcv_srtp_tx tx;
    const struct mcv_srtp_backend *backend;
};

static void begin(struct scene *s, const struct mcv_srtp_backend *backend,
                  struct mcv_srtp_rx_limits limits)
{
    s->backend = backend;
    s->past = mcv_srtp_past_init(malloc(mcv_srtp_past_size(N_PAST)), N_PAST);
    s->rx = fix_group_rx_after(backend, limits, s->past);
    fix_group_tx(&s->tx, backend, alice, 1, 1);
}

static void end(struct scene *s)
{
    mcv_srtp_tx_wipe(&s->tx);
    fix_rx_free(s->rx);
    free(s->past);
}

/* The call ends, another one begins. */
static void next_call(struct scene *s)
{
    fix_rx_free(s->rx);
    s->rx = fix_group_rx_after(s->backend, roomy, s->past);
}

static void seal(struct scene *s, struct fix_sealed *out, uint16_t seq)
{
    assert_int_equal(fix_seal(out, &s->tx, seq), MCV_OK);
}

static void a_recorded_call_stays_closed(void **state)
{
    struct scene s;
    struct fix_sealed rtp[3], rtcp;
    const uint8_t report[] = {0x80, 201, 0, 1, 0, 0, 0, 1};

    begin(&s, *state, roomy);
    for (uint16_t i = 0; i < 3; i++) seal(&s, &rtp[i], (uint16_t)(100 + i));
    assert_int_equal(fix_seal_rtcp(&rtcp, &s.tx, mcv_bytes_of(report, sizeof report)), MCV_OK);
    assert_int_equal(fix_open(s.rx, &rtp[0]), MCV_OK);
    assert_int_equal(fix_open(s.rx, &rtp[2]), MCV_OK);
    assert_int_equal(fix_open_rtcp(s.rx, rtcp.bytes), MCV_OK);
    for (int i = 0; i < 3; i++) { /* what was lost in its call is over with it, too */
        next_call(&s);
        for (size_t k = 0; k < 3; k++) assert_int_equal(fix_open(s.rx, &rtp[k]), MCV_E_REPLAY);
        assert_int_equal(fix_open_rtcp(s.rx, rtcp.bytes), MCV_E_REPLAY);
        assert_int_equal(mcv_srtp_rx_stats(s.rx).n_streams, 0);
    }
    end(&s);
}

/* Who leaves and joins again hears those who go on: RTP and RTCP, the one refused as before. */
static void a_stream_goes_on(void **state)
{
    struct scene s;
    struct fix_sealed old, a, b;
    const uint8_t report[] = {0x80, 201, 0, 1, 0, 0, 0, 1};

    begin(&s, *state, roomy);
    assert_int_equal(fix_seal_rtcp(&old, &s.tx, mcv_bytes_of(report, sizeof report)), MCV_OK);
    assert_int_equal(fix_open_rtcp(s.rx, old.bytes), MCV_OK);
    seal(&s, &a, 65534);
    assert_int_equal(fix_open(s.rx, &a), MCV_OK);
    next_call(&s);
    seal(&s, &b, 3); /* over the wrap */
    assert_int_equal(fix_open(s.rx, &b), MCV_OK);
    assert_int_equal(fix_open(s.rx, &b), MCV_E_REPLAY);
    assert_int_equal(fix_open(s.rx, &a), MCV_E_REPLAY);
    assert_int_equal(fix_open_rtcp(s.rx, old.bytes), MCV_E_REPLAY); /* its stream is there again */
    assert_int_equal(fix_seal_rtcp(&old, &s.tx, mcv_bytes_of(report, sizeof report)), MCV_OK);
    assert_int_equal(fix_open_rtcp(s.rx, old.bytes), MCV_OK);
    end(&s);
}

/* Room for one stream: each gives way to the other, and what it had stays closed. */
static void a_stream_that_gave_way(void **state)
{
    struct scene s;
    struct mcv_srtp_tx other;
    struct fix_sealed a, b;

    begin(&s, *state, one_stream);
    fix_group_tx(&other, *state, alice, 2, 1);
    for (uint16_t seq = 1; seq < 4; seq++) {
        seal(&s, &a, seq);
        assert_int_equal(fix_seal(&b, &other, seq), MCV_OK);
        assert_int_equal(fix_open(s.rx, &a), MCV_OK);
        assert_int_equal(fix_open(s.rx, &b), MCV_OK);
        assert_int_equal(fix_open(s.rx, &a), MCV_E_REPLAY);
    }
    mcv_srtp_tx_wipe(&other);
    end(&s);
}

/* Two calls of a group at the same time: a packet is of one of them. */
static void a_stream_is_in_one_call(void **state)
{
    struct scene s;
    struct fix_sealed a;

    begin(&s, *state, roomy);
    struct mcv_srtp_rx *broadcast = fix_group_rx_after(*state, roomy, s.past);
    seal(&s, &a, 1);
    assert_int_equal(fix_open(s.rx, &a), MCV_OK);
    seal(&s, &a, 2);
    assert_int_equal(fix_open(broadcast, &a), MCV_E_REPLAY);
    assert_int_equal(fix_open(s.rx, &a), MCV_OK);
    seal(&s, &a, 3);
    fix_rx_free(s.rx); /* the call ends: what goes on is of the other one */
    s.rx = broadcast;
    assert_int_equal(fix_open(s.rx, &a), MCV_OK);
    end(&s);
}

/* Nothing is noted before a tag was verified. */
static void forged_packets_leave_nothing(void **state)
{
    struct scene s;
    struct fix_sealed a, forged;

    begin(&s, *state, roomy);
    seal(&s, &a, 1);
    forged = a;
    forged.bytes.p = forged.b;
    forged.b[3] = 200;
    assert_int_equal(fix_open(s.rx, &forged), MCV_E_AUTH);
    next_call(&s);
    assert_int_equal(fix_open(s.rx, &a), MCV_OK);
    next_call(&s);
    forged.b[forged.bytes.n - 1] = 7; /* a later ROC: beyond what is known, until its tag fails */
    assert_int_equal(fix_open(s.rx, &forged), MCV_E_AUTH);
    seal(&s, &a, 2);
    assert_int_equal(fix_open(s.rx, &a), MCV_OK);
    end(&s);
}

static void the_least_recent_gives_way(void **state)
{
    struct scene s;
    struct fix_sealed first, a;

    begin(&s, *state, roomy);
    seal(&s, &first, 1);
    assert_int_equal(fix_open(s.rx, &first), MCV_OK);
    next_call(&s);
    for (uint32_t ssrc = 2; ssrc < 2 + N_PAST; ssrc++) {
        assert_int_equal(fix_open(s.rx, &first), MCV_E_REPLAY);
        mcv_srtp_tx_wipe(&s.tx);
        fix_group_tx(&s.tx, *state, alice, ssrc, 1);
        seal(&s, &a, 1);
        assert_int_equal(fix_open(s.rx, &a), MCV_OK);
    }
    assert_int_equal(fix_open(s.rx, &first), MCV_OK); /* as many others were since */
    end(&s);
}

static int run_backend(const char *name)
{
    const struct mcv_srtp_backend *backend;

    if (mcv_srtp_backend_find(&backend, name) != MCV_OK) return 0;
#define ROW(f) cmocka_unit_test_prestate(f, (void *)(uintptr_t)backend)
    const struct CMUnitTest tests[] = {
        ROW(a_recorded_call_stays_closed), ROW(a_stream_goes_on),
        ROW(a_stream_that_gave_way),       ROW(a_stream_is_in_one_call),
        ROW(forged_packets_leave_nothing), ROW(the_least_recent_gives_way),
    };
    print_message("back-end %s\n", name);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return run_backend("openssl") + run_backend("libsrtp2");
}
