/* Streams whose sequence number wraps soon: this program is linked with a first SEQ of 65000.
 * Spec: RFC 3711 3.3.1, RFC 4771 3 (mode 3), TS 33.180 7.4.2. */
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

#define FIRST_SEQ 65000u
#define TO_WRAP   (65536u - FIRST_SEQ)

static struct stage_agent alice, bob, carol;

static void begin(const struct mcv_srtp_backend *backend)
{
    stage_new(&alice, 0, backend);
    stage_new(&bob, 1, backend);
    stage_new(&carol, 2, backend);
    stage_start(&alice, &mcv_limits_small);
    stage_start(&bob, &mcv_limits_small);
    stage_start(&carol, &mcv_limits_small);
}

static void end(void)
{
    struct stage_agent *const all[] = {&alice, &bob, &carol};

    for (size_t i = 0; i < 3; i++) {
        if (all[i]->m != NULL) stage_close(all[i]);
        stage_end(all[i]);
    }
}

static struct stage_packet next_of_alice(unsigned n)
{
    const struct stage_packet *p = NULL;

    for (unsigned i = 0; i < n; i++) {
        p = stage_next_rtp(&alice);
        if (bob.m == NULL) continue;
        assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_OK);
        bob.local.n = 0;
    }
    return *p;
}

static uint32_t roc_of(const struct stage_packet *p)
{
    return mcv_load_be32(p->b + p->n - 4);
}

/* Carol opens the first packet that reaches her, after one wrap and after another. */
static void late_entry_after_a_wrap(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    struct stage_packet p = next_of_alice(1);
    assert_int_equal(stage_header(&p).seq, FIRST_SEQ);
    assert_int_equal(roc_of(&p), 0);
    p = next_of_alice(TO_WRAP + 100);
    assert_int_equal(stage_header(&p).seq, 100);
    assert_int_equal(roc_of(&p), 1);

    assert_int_equal(stage_open_group(&carol, true), MCV_OK);
    assert_int_equal(stage_hear(&carol, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
    assert_int_equal(carol.local.n, 1);
    assert_int_equal(stage_header(&carol.local.p[0]).seq, 100);
    assert_int_equal(mcv_rtp_stats_lost(&bob.m->streams[0].stats), 0);
    end();
}

/* A forged ROC costs one tag and changes nothing: the next packet is opened. */
static void a_forged_roc_at_the_entrance(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    struct stage_packet p = next_of_alice(TO_WRAP + 10);
    assert_int_equal(stage_open_group(&carol, true), MCV_OK);
    for (uint8_t roc = 2; roc < 12; roc++) {
        p.b[p.n - 1] = roc;
        assert_int_equal(stage_hear(&carol, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_E_AUTH);
        assert_int_equal(carol.m->stream_slots.n_used, 0);
    }
    p.b[p.n - 1] = 1;
    assert_int_equal(stage_hear(&carol, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
    assert_int_equal(stage_count(&carol, MCV_N_RTP_AUTH), 10);
    end();
}

/* The application starts again around the wrap with the SEQ that it had. */
static void an_application_starts_again_at_the_wrap(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    (void)next_of_alice(TO_WRAP - 1);
    alice.camera.seq = 0;
    struct stage_packet p = next_of_alice(1);
    assert_int_equal(stage_header(&p).seq, 65535);
    alice.camera.seq = 0;
    p = next_of_alice(1);
    assert_int_equal(stage_header(&p).seq, 0);
    assert_int_equal(roc_of(&p), 1);
    end();
}

/* A new key after the wrap: ROC goes on with the stream. */
static void a_key_changes_after_a_wrap(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    struct stage_packet p = next_of_alice(TO_WRAP + 5);
    assert_int_equal(stage_header(&p).seq, 4);
    stage_set_keys(&alice, 2);
    stage_set_keys(&bob, 2);
    p = next_of_alice(1);
    assert_int_equal(mcv_load_be32(p.b + p.n - 12), stage_gmk_ids[STAGE_GMK_B]);
    assert_int_equal(stage_header(&p).seq, 5);
    assert_int_equal(roc_of(&p), 1);
    carol.ring.n_gmks = 2;
    assert_int_equal(stage_open_group(&carol, true), MCV_OK);
    assert_int_equal(stage_hear(&carol, 0, p.channel, mcv_bytes_of(p.b, p.n)), MCV_OK);
    end();
}

/* Bob leaves and joins again while alice goes on: the ROC is known, and is not needed in her packet. */
static void a_member_comes_back_after_a_wrap(void **state)
{
    begin(*state);
    alice.gmks[STAGE_GMK_A].roc_every = bob.gmks[STAGE_GMK_A].roc_every = 400;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    (void)next_of_alice(TO_WRAP + 10);
    stage_close(&bob);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    const struct stage_packet p = next_of_alice(1);
    assert_int_equal(stage_header(&p).seq, 10);
    end();
}

/* The group has its key for many calls: what was recorded of one is not heard in the next. */
static void a_recorded_call_is_not_played(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    const struct stage_packet rtp = next_of_alice(1), rtcp = *stage_next_rtcp(&alice);
    const struct mcv_bytes sound = mcv_bytes_of(rtp.b, rtp.n),
                           report = mcv_bytes_of(rtcp.b, rtcp.n);
    assert_int_equal(stage_hear(&bob, 0, rtcp.channel, report), MCV_OK);
    stage_close(&alice);
    stage_close(&bob);

    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    stage_forget(&bob);
    assert_int_equal(stage_hear(&bob, 0, rtp.channel, sound), MCV_E_REPLAY);
    assert_int_equal(stage_hear(&bob, 0, rtcp.channel, report), MCV_E_REPLAY);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_REPLAY), 1);
    assert_int_equal(stage_count(&bob, MCV_N_RTCP_REPLAY), 1);
    assert_int_equal(bob.local.n + bob.n_events, 0);
    (void)next_of_alice(3);
    end();
}

/* The policy of the group key says R = 4: who comes late opens the first packet that carries the ROC,
 * and all that follow. Spec: RFC 4771 3, TS 33.180 E.2.2 */
static void a_group_key_with_r_of_4(void **state)
{
    struct stage_agent *const all[] = {&alice, &bob, &carol};

    begin(*state);
    for (size_t i = 0; i < 3; i++) all[i]->gmks[STAGE_GMK_A].roc_every = 4;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    struct stage_packet p = next_of_alice(TO_WRAP + 6);
    assert_int_equal(stage_header(&p).seq, 5);
    assert_int_equal(mcv_rtp_stats_lost(&bob.m->streams[0].stats), 0);
    assert_int_equal(stage_open_group(&carol, true), MCV_OK);
    for (uint16_t seq = 6; seq < 16; seq++) {
        p = next_of_alice(1);
        assert_int_equal(stage_header(&p).seq, seq);
        assert_int_equal(stage_hear(&carol, 0, p.channel, mcv_bytes_of(p.b, p.n)),
                         seq < 8 ? MCV_E_AUTH : MCV_OK);
        if (seq % 4 == 0) assert_int_equal(roc_of(&p), 1);
    }
    end();
}

/* The policy of the group key has no RCCm3: nothing follows the MKI. Spec: TS 33.180 E.2.2 */
static void a_group_key_without_roc(void **state)
{
    begin(*state);
    alice.gmks[STAGE_GMK_A].has_no_roc = bob.gmks[STAGE_GMK_A].has_no_roc = true;
    assert_int_equal(stage_open_group(&alice, true), MCV_OK);
    assert_int_equal(stage_open_group(&bob, true), MCV_OK);
    const struct stage_packet p = next_of_alice(TO_WRAP + 5);
    assert_int_equal(mcv_load_be32(p.b + p.n - 8), stage_gmk_ids[STAGE_GMK_A]);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_RECEIVED), TO_WRAP + 5);
    end();
}

/* Private calls have no ROC tag: the receiver counts, from the first packet. */
static void a_private_call_wraps(void **state)
{
    begin(*state);
    assert_int_equal(stage_open_private(&alice, 1, true, true), MCV_OK);
    assert_int_equal(stage_open_private(&bob, 0, false, true), MCV_OK);
    const struct stage_packet p = next_of_alice(TO_WRAP + 50);
    assert_int_equal(stage_header(&p).seq, 49);
    assert_int_equal(stage_count(&bob, MCV_N_RTP_RECEIVED), TO_WRAP + 50);
    end();
}

static int run(void *backend)
{
#define ROW(f) cmocka_unit_test_prestate(f, backend)
    const struct CMUnitTest tests[] = {
        ROW(late_entry_after_a_wrap),
        ROW(a_forged_roc_at_the_entrance),
        ROW(an_application_starts_again_at_the_wrap),
        ROW(a_key_changes_after_a_wrap),
        ROW(a_member_comes_back_after_a_wrap),
        ROW(a_recorded_call_is_not_played),
        ROW(a_group_key_with_r_of_4),
        ROW(a_group_key_without_roc),
        ROW(a_private_call_wraps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run);
}
