/* What the user is told of received streams: loss, jitter, lip sync; when, and how often.
 * Spec: RFC 3550 6.4.1, 6.5.1, 6.6, 8.2, A.3, A.8. */
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

#define LATE 5 /* ticks of 20 ms that video is under way for longer than audio */

static struct stage_agent alice, bob;
static struct stage_packets late[LATE];
static unsigned tick;

static void begin(const struct mcv_srtp_backend *backend, bool is_protected)
{
    stage_new(&alice, 0, backend);
    stage_new(&bob, 1, backend);
    alice.config.rtcp_interval_ms = bob.config.rtcp_interval_ms = 2000;
    stage_start(&alice, &mcv_limits_small);
    stage_start(&bob, &mcv_limits_small);
    assert_int_equal(stage_open_group(&alice, is_protected), MCV_OK);
    assert_int_equal(stage_open_group(&bob, is_protected), MCV_OK);
    memset(late, 0, sizeof late);
    tick = 0;
}

static void end(void)
{
    if (alice.m != NULL) stage_close(&alice);
    if (bob.m != NULL) stage_close(&bob);
    stage_end(&alice);
    stage_end(&bob);
}

static void hear(const struct stage_packet *p)
{
    bob.now = alice.now;
    assert_int_equal(stage_hear(&bob, 0, p->channel, mcv_bytes_of(p->b, p->n)), MCV_OK);
}

/* What alice sent reaches bob: video LATE ticks later than the rest. */
static void carry(void)
{
    struct stage_packets *kept = &late[tick++ % LATE];

    for (size_t i = 0; i < kept->n; i++) hear(&kept->p[i]);
    kept->n = 0;
    for (size_t i = 0; i < alice.sent.n; i++) {
        if (alice.sent.p[i].channel == MCV_CH_VIDEO_RTP) {
            kept->p[kept->n++] = alice.sent.p[i];
        } else {
            hear(&alice.sent.p[i]);
        }
    }
    alice.sent.n = 0;
    bob.local.n = bob.sent.n = 0;
}

/* A voice at 16 kHz and a camera at 90 kHz, 25 pictures a second. */
static void talk_ms(unsigned ms)
{
    for (unsigned at = 0; at < ms; at += 20) {
        const uint32_t n = (uint32_t)(alice.now.mono_us / 20000);
        const struct stage_rtp voice = {
            .ssrc = 5, .seq = (uint16_t)n, .ts = 320 * n, .pt = 96, .n_payload = 40};
        const struct stage_rtp picture = {
            .ssrc = 6, .seq = (uint16_t)(n / 2), .ts = 1800 * n, .pt = 97, .n_payload = 400};
        assert_int_equal(stage_local(&alice, MCV_AUDIO, &voice), MCV_OK);
        if (n % 2 == 0) assert_int_equal(stage_local(&alice, MCV_VIDEO, &picture), MCV_OK);
        stage_run_ms(&alice, 20);
        carry();
    }
}

static struct mcv_reception of(enum mcv_medium medium)
{
    struct mcv_reception found = {0};
    unsigned n = 0;

    for (size_t i = 0; i < bob.m->n_streams; i++) {
        const struct mcv_media_rx *rx = &bob.m->streams[i];
        if (rx->ssrc == 0 || rx->medium != medium) continue;
        found = mcv_media_reception(bob.m, rx);
        n++;
    }
    assert_int_equal(n, 1);
    return found;
}

static const struct mcv_event *the_event(enum mcv_event_type type, enum mcv_medium medium)
{
    const struct mcv_event *found = NULL;

    for (size_t i = 0; i < bob.n_events; i++) {
        if (bob.events[i].type != type || bob.events[i].medium != medium) continue;
        assert_null(found);
        found = &bob.events[i];
    }
    assert_non_null(found);
    return found;
}

static void check_lip_sync(bool is_protected, const struct mcv_srtp_backend *backend)
{
    begin(backend, is_protected);
    talk_ms(200);
    assert_false(of(MCV_VIDEO).has_lip_sync); /* before the reports */
    talk_ms(6000);
    for (unsigned i = 0; i < MCV_N_MEDIA; i++) {
        const struct mcv_reception r = of((enum mcv_medium)i);
        assert_true(r.has_lip_sync); /* one figure for both media */
        assert_in_range(r.lip_sync_us, LATE * 20000 - 500, LATE * 20000 + 500);
        assert_int_equal(r.n_lost, 0);
        assert_true(r.jitter_us < 1000);
    }
    end();
}

static void lip_sync_of_a_sender(void **state)
{
    check_lip_sync(true, *state);
}

static void lip_sync_by_name_alone(void **state)
{
    check_lip_sync(false, *state);
}

/* A name that another member took does not make one sender of two. */
static void another_member_with_the_name(void **state)
{
    begin(*state, true);
    talk_ms(6000);
    for (size_t i = 0; i < bob.m->n_streams; i++) {
        struct mcv_media_rx *rx = &bob.m->streams[i];
        if (rx->ssrc != 0 && rx->medium == MCV_VIDEO) rx->guk_id ^= 1;
    }
    assert_false(of(MCV_AUDIO).has_lip_sync);
    end();
}

static void told_now_and_then_and_at_the_end(void **state)
{
    begin(*state, true);
    talk_ms(29000);
    assert_int_equal(stage_n_events(&bob, MCV_EVENT_MEDIA_REPORT), 0);
    talk_ms(5000);
    const struct mcv_event *e = the_event(MCV_EVENT_MEDIA_REPORT, MCV_VIDEO);
    assert_true(e->reception.n_received > 700);
    assert_true(e->reception.has_lip_sync);
    assert_int_equal(e->ssrc, alice.m->tx[MCV_VIDEO].now.ssrc);
    assert_true(mcv_bytes_equal(e->group, mcv_bytes_str(STAGE_GROUP)));
    (void)the_event(MCV_EVENT_MEDIA_REPORT, MCV_AUDIO);
    assert_int_equal(stage_n_events(&bob, MCV_EVENT_MEDIA_ENDED), 0);

    const uint32_t ssrc = alice.m->tx[MCV_AUDIO].now.ssrc;
    stage_close(&alice); /* BYE */
    for (unsigned i = 0; i <= LATE; i++) carry();
    e = the_event(MCV_EVENT_MEDIA_ENDED, MCV_AUDIO);
    assert_int_equal(e->ssrc, ssrc);
    assert_int_equal(e->reception.n_received, 34000 / 20);
    assert_int_equal(e->reception.n_lost, 0);
    stage_close(&bob); /* said already */
    assert_int_equal(stage_n_events(&bob, MCV_EVENT_MEDIA_ENDED), 2);
    end();
}

/* Without BYE the end of the call tells. */
static void told_when_the_call_ends(void **state)
{
    begin(*state, true);
    talk_ms(1000);
    alice.sent.n = 0;
    stage_close(&bob);
    (void)the_event(MCV_EVENT_MEDIA_ENDED, MCV_AUDIO);
    (void)the_event(MCV_EVENT_MEDIA_ENDED, MCV_VIDEO);
    end();
}

/* Carol, another member, sends one packet with this SSRC to alice. */
static void take_ssrc(const struct mcv_srtp_backend *backend, uint32_t ssrc)
{
    const struct stage_rtp voice = {.ssrc = 7, .seq = 1, .pt = 96, .n_payload = 40};
    static struct stage_agent carol;

    stage_new(&carol, 2, backend);
    stage_start(&carol, &mcv_limits_small);
    assert_int_equal(stage_open_group(&carol, true), MCV_OK);
    assert_true(mcv_media_assign(carol.a, carol.m, MCV_AUDIO, ssrc));
    stage_run_ms(&carol, 0);
    assert_int_equal(stage_local(&carol, MCV_AUDIO, &voice), MCV_OK);
    const struct stage_packet *p = &carol.sent.p[carol.sent.n - 1];
    assert_int_equal(stage_header(p).ssrc, ssrc);
    assert_int_equal(stage_hear(&alice, 2, p->channel, mcv_bytes_of(p->b, p->n)), MCV_OK);
    stage_close(&carol);
    stage_end(&carol);
}

/* Somebody took the SSRC: what came under it is told, and the stream that goes on begins anew. */
static void a_collision_ends_one_stream_and_begins_another(void **state)
{
    begin(*state, true);
    talk_ms(1000);
    const uint32_t old = alice.m->tx[MCV_AUDIO].now.ssrc;
    take_ssrc(*state, old);
    const uint32_t fresh = alice.m->tx[MCV_AUDIO].now.ssrc;
    assert_true(fresh != old && fresh != 0);
    talk_ms(1000);
    const struct mcv_event *e = the_event(MCV_EVENT_MEDIA_ENDED, MCV_AUDIO);
    assert_int_equal(e->ssrc, old);
    assert_int_equal(e->reception.n_received, 50);

    struct mcv_reception now = {0};
    for (size_t i = 0; i < bob.m->n_streams; i++) {
        const struct mcv_media_rx *rx = &bob.m->streams[i];
        if (rx->ssrc == fresh) now = mcv_media_reception(bob.m, rx);
    }
    assert_int_equal(now.n_received, 50);
    assert_int_equal(now.n_lost, 0);
    end();
}

static int run(void *backend)
{
#define ROW(f) cmocka_unit_test_prestate(f, backend)
    const struct CMUnitTest tests[] = {
        ROW(lip_sync_of_a_sender),         ROW(lip_sync_by_name_alone),
        ROW(another_member_with_the_name), ROW(told_now_and_then_and_at_the_end),
        ROW(told_when_the_call_ends),      ROW(a_collision_ends_one_stream_and_begins_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run);
}
