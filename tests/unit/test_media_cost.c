/* What a packet costs the core: nothing is allocated, and it lies where encryption has put it. */
#include "crypto/srtp_backend.h"
#include "tests/support/allocs.h"
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

#include <stdlib.h>

static struct stage_agent alice, bob;

static void begin(const struct mcv_srtp_backend *backend)
{
    stage_new(&alice, 0, backend);
    stage_new(&bob, 1, backend);
    stage_start(&alice, &mcv_limits_small);
    stage_start(&bob, &mcv_limits_small);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
}

static void end(void)
{
    stage_close(&alice);
    stage_close(&bob);
    stage_end(&alice);
    stage_end(&bob);
}

static void from_end_to_end(void)
{
    const struct stage_packet *p = stage_next_rtp(&alice);

    assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_OK);
    assert_int_equal(bob.local.n, 1);
    bob.local.n = 0;
}

static void a_packet_allocates_nothing(void **state)
{
    begin(*state);
    from_end_to_end(); /* OpenSSL's contexts are made with the first one */
    if (!allocs_begin()) skip();
    void *volatile one = malloc(1); /* it does count */
    for (unsigned i = 0; i < 50; i++) from_end_to_end();
    const unsigned n = allocs_end();
    free(one);
    assert_int_equal(n, 1);
    end();
}

/* ---- where the octets lie ------------------------------------------------------------------ */

/* What the back-end was told to read and to write last. */
static const struct mcv_srtp_backend *inner;
static const uint8_t *was_read, *was_written;

static mcv_err seal(struct mcv_srtp_cipher *c, uint8_t *out, const struct mcv_srtp_packet *packet,
                    uint32_t roc)
{
    was_read = packet->bytes.p;
    was_written = out;
    return inner->seal_rtp(c, out, packet, roc);
}

static mcv_err open_packet(struct mcv_srtp_cipher *c, uint8_t *out,
                           const struct mcv_srtp_packet *packet, size_t n, uint32_t roc)
{
    was_read = packet->bytes.p;
    was_written = out;
    return inner->open_rtp(c, out, packet, n, roc);
}

static const uint8_t *next(struct stage_agent *s, enum mcv_out_kind kind)
{
    struct mcv_out out;

    while (mcv_agent_poll(s->a, &out, s->now)) {
        if (out.kind == kind && kind == MCV_OUT_PACKET) return out.u.packet.bytes.p;
        if (out.kind == kind) return out.u.local.bytes.p;
    }
    fail();
    return NULL;
}

static void only_encryption_copies(void **state)
{
    uint8_t octets[MCV_MAX_PACKET_BYTES], datagram[MCV_MAX_PACKET_BYTES];
    struct mcv_srtp_backend watched;
    bool is_authentic;

    inner = *state;
    watched = *inner;
    watched.seal_rtp = seal;
    watched.open_rtp = open_packet;
    begin(&watched);
    from_end_to_end();
    alice.camera.seq++;
    mcv_agent_begin(alice.a, alice.now);
    assert_int_equal(
        mcv_media_local(alice.a, alice.m, MCV_VIDEO, stage_rtp_octets(octets, &alice.camera)),
        MCV_OK);
    assert_ptr_equal(was_read, octets);
    assert_ptr_equal(next(&alice, MCV_OUT_PACKET), was_written);

    const struct stage_packet *p = stage_next_rtp(&alice);
    const struct mcv_datagram d = {.channel = p->channel,
                                   .call = bob.m->call,
                                   .from = mcv_addr_with_port(stage_addr(0, MCV_IPV4), 50000),
                                   .to = bob.m->own,
                                   .bytes = mcv_bytes_of(datagram, p->n)};
    memcpy(datagram, p->b, p->n);
    mcv_agent_begin(bob.a, bob.now);
    assert_int_equal(mcv_media_receive(bob.a, bob.m, &d, &is_authentic), MCV_OK);
    assert_ptr_equal(was_read, datagram);
    assert_ptr_equal(next(&bob, MCV_OUT_LOCAL), was_written);
    end();
}

int main(void)
{
    const struct mcv_srtp_backend *backend = NULL;

    if (mcv_srtp_backend_find(&backend, "openssl") != MCV_OK) return 1;
    void *state = (void *)(uintptr_t)backend; /* cmocka's state is not const */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_packet_allocates_nothing, state),
        cmocka_unit_test_prestate(only_encryption_copies, state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
