/* A message of transmission control is that of the member whose key protects it, whatever it says; a
 * forged or altered one changes nothing; no nonce is used twice because somebody assigns an SSRC.
 * Spec: TS 24.581 13, 9.2; TS 33.180 5.2.3; RFC 7714 8.1. */
#include "proto/tc.h"
#include "tests/support/cmocka.h"
#include "tests/support/media_stage.h"

enum { ALICE, BOB, CAROL };

static struct stage_agent alice, bob, carol; /* bob arbitrates; carol is a member too */
static struct mcv_ptt_config ptt;

static void open_member(struct stage_agent *s, unsigned number,
                        const struct mcv_srtp_backend *backend)
{
    stage_new(s, number, backend);
    stage_start(s, &mcv_limits_small);
    assert_int_equal(stage_open_group(s, true), MCV_OK);
}

static void close_member(struct stage_agent *s)
{
    stage_close(s);
    stage_end(s);
}

/* As a message of this member, with his SSRC. */
static void write(struct mcv_writer *w, const struct stage_agent *by, const struct mcv_tc *message)
{
    struct mcv_tc m = *message;

    m.ssrc = mcv_media_control_ssrc(by->m);
    mcv_tc_encode(w, &m);
    assert_int_equal(w->err, MCV_OK);
}

/* What this member sends, with his key. */
static struct mcv_bytes sealed_octets(struct stage_agent *by, struct mcv_bytes octets)
{
    stage_forget(by);
    mcv_agent_begin(by->a, by->now);
    assert_int_equal(mcv_media_send_control(by->a, by->m, octets), MCV_OK);
    stage_run_ms(by, 0);
    assert_int_equal(by->sent.n, 1);
    assert_int_equal(by->sent.p[0].channel, MCV_CH_CONTROL);
    return mcv_bytes_of(by->sent.p[0].b, by->sent.p[0].n);
}

static struct mcv_bytes sealed(struct stage_agent *by, const struct mcv_tc *message)
{
    uint8_t octets[256];
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);

    write(&w, by, message);
    return sealed_octets(by, mcv_wr_done(&w));
}

static mcv_err say(struct stage_agent *by, unsigned number, const struct mcv_tc *message)
{
    return stage_hear(&alice, number, MCV_CH_CONTROL, sealed(by, message));
}

/* alice's machine, and who transmits as far as she knows. */
struct knowledge {
    struct mcv_transmission t;
    struct mcv_transmitter slots[8];
};

static void remember(struct knowledge *k)
{
    const struct mcv_transmission *t = alice.m->transmission;

    memset(k, 0, sizeof *k);
    memcpy(&k->t, t, sizeof k->t);
    assert_true(t->tx.n <= 8);
    memcpy(k->slots, t->tx.slots, t->tx.n * sizeof *k->slots);
}

static void assert_knows_the_same(const struct knowledge *before)
{
    struct knowledge now;

    remember(&now);
    assert_memory_equal(&now, before, sizeof now);
}

static struct mcv_tc taken(void)
{
    return (struct mcv_tc){.type = MCV_TC_ARBITRATION_TAKEN,
                           .has = MCV_TC_HAS(INDICATOR),
                           .indicator = MCV_TC_NORMAL_CALL,
                           .user_id = bob.config.user,
                           .transmitting_user = bob.config.user,
                           .may_request = true,
                           .audio_ssrc = mcv_media_control_ssrc(bob.m),
                           .video_ssrc = mcv_media_tx_ssrc(bob.m, MCV_VIDEO)};
}

static void begin(const struct mcv_srtp_backend *backend)
{
    open_member(&alice, ALICE, backend);
    open_member(&bob, BOB, backend);
    open_member(&carol, CAROL, backend);
    ptt = (struct mcv_ptt_config){.n_max = 2, .n_queue = 1};
    mcv_agent_begin(alice.a, alice.now);
    mcv_transmission_start(alice.a, alice.m,
                           &(struct mcv_ptt_call){.role = MCV_ROLE_JOINER,
                                                  .approach = MCV_APPROACH_SINGLE,
                                                  .config = &ptt});
    stage_run_ms(&alice, 0);
    const struct mcv_tc m = taken();
    assert_int_equal(say(&bob, BOB, &m), MCV_OK);
    assert_int_equal(alice.m->transmission->state, MCV_O_NO_PERMISSION);
    assert_true(alice.m->transmission->arb.is_known);
}

static void end(void)
{
    close_member(&alice);
    close_member(&bob);
    close_member(&carol);
}

/* ---- who speaks ---------------------------------------------------------------------------- */

/* names_sender: the message says who sends it; else it is the arbitrator's by its SSRC. */
static const struct {
    enum mcv_tc_type type;
    unsigned about; /* User ID */
    bool names_sender;
} kinds[] = {
    {MCV_TC_REQUEST, BOB, true},
    {MCV_TC_RELEASE, BOB, true},
    {MCV_TC_QUEUE_POSITION_REQUEST, BOB, true},
    {MCV_TC_ARBITRATION_TAKEN, BOB, true},
    {MCV_TC_ARBITRATION_RELEASE, BOB, true},
    {MCV_TC_GRANTED, BOB, true}, /* about himself, as an originator begins */
    {MCV_TC_GRANTED, ALICE, false},
    {MCV_TC_REJECTED, ALICE, false},
    {MCV_TC_REVOKED, ALICE, false},
    {MCV_TC_QUEUE_POSITION_INFO, BOB, true},
};

/* A message of this kind as bob would send it, or as `by` says that bob does. */
static struct mcv_tc message(size_t kind, const struct stage_agent *by)
{
    const struct stage_agent *const all[] = {&alice, &bob, &carol};
    const struct stage_agent *about = all[kinds[kind].about];
    struct mcv_tc m = taken();

    m.type = kinds[kind].type;
    m.user_id = about->config.user;
    m.duration_s = 30;
    m.cause = 1;
    m.audio_ssrc = mcv_media_control_ssrc(kinds[kind].names_sender ? by->m : about->m);
    m.n_queued = 0;
    if (m.type == MCV_TC_REVOKED) m.has |= MCV_TC_HAS(USER_ID) | MCV_TC_HAS(AUDIO_SSRC);
    if (m.type == MCV_TC_ARBITRATION_RELEASE) {
        m.has |= MCV_TC_HAS(TRANSMITTING_USER) | MCV_TC_HAS(AUDIO_SSRC);
        m.transmitting_user = carol.config.user;
    }
    if (m.type == MCV_TC_QUEUE_POSITION_INFO) {
        m.n_queued = 1;
        m.queued[0] = (struct mcv_tc_queued){
            .ssrc = m.audio_ssrc, .user_id = alice.config.user, .position = 1};
    }
    return m;
}

static void assert_refused(size_t kind)
{
    struct knowledge before;
    const struct mcv_tc m = message(kind, &carol);
    const uint64_t n_refused = stage_count(&alice, MCV_N_TC_IDENTITY);

    remember(&before);
    const mcv_err err = say(&carol, CAROL, &m);
    if (err != MCV_E_AUTH) fail_msg("%s of carol as bob", mcv_tc_name(m.type));
    assert_int_equal(stage_count(&alice, MCV_N_TC_IDENTITY), n_refused + 1);
    assert_knows_the_same(&before);
}

static void a_member_speaks_for_himself(void **state)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        begin(*state);
        if (kinds[i].names_sender) assert_refused(i); /* with her own SSRC */
        mcv_agent_begin(carol.a, carol.now);
        assert_true(mcv_media_assign(carol.a, carol.m, MCV_AUDIO, mcv_media_control_ssrc(bob.m)));
        stage_run_ms(&carol, 0);
        assert_refused(i); /* with bob's */

        const uint64_t n_refused = stage_count(&alice, MCV_N_TC_IDENTITY);
        const struct mcv_tc m = message(i, &bob);
        if (say(&bob, BOB, &m) == MCV_E_AUTH) fail_msg("%s of bob", mcv_tc_name(m.type));
        assert_int_equal(stage_count(&alice, MCV_N_TC_IDENTITY), n_refused);
        end();
    }
}

/* Whatever octet is changed on the way; the packet itself is taken afterwards. */
static void an_altered_message_changes_nothing(void **state)
{
    uint8_t octets[256];
    struct knowledge before;

    begin(*state);
    const struct mcv_tc m = message(4, &bob); /* bob stops, carol arbitrates */
    const struct mcv_bytes packet = sealed(&bob, &m);
    assert_true(packet.n <= sizeof octets);
    remember(&before);
    for (size_t i = 0; i < packet.n; i++) {
        memcpy(octets, packet.p, packet.n);
        octets[i] ^= 1;
        if (stage_hear(&alice, BOB, MCV_CH_CONTROL, mcv_bytes_of(octets, packet.n)) == MCV_OK) {
            fail_msg("octet %zu", i);
        }
        assert_knows_the_same(&before);
    }
    assert_true(stage_count(&alice, MCV_N_RTCP_AUTH) > 20);
    assert_int_equal(stage_hear(&alice, BOB, MCV_CH_CONTROL, packet), MCV_OK);
    assert_true(alice.m->transmission->cand.is_known);
    remember(&before);
    assert_int_not_equal(stage_hear(&alice, BOB, MCV_CH_CONTROL, packet), MCV_OK); /* again */
    assert_int_equal(stage_count(&alice, MCV_N_RTCP_REPLAY), 1);
    assert_knows_the_same(&before);
    end();
}

/* A peer may put several messages into one packet. Spec: TS 24.581 9.1.1 */
static void several_messages_in_one_packet(void **state)
{
    static const uint8_t too_long[] = {0x80, 204, 0, 9, 0, 0, 0, 0, 'M', 'C', 'V', '0'};
    uint8_t octets[512];
    struct mcv_writer w = mcv_writer_of(octets, sizeof octets);

    begin(*state);
    struct mcv_tc m = message(6, &bob); /* bob grants, and stops */
    m.user_id = carol.config.user;
    m.audio_ssrc = mcv_media_control_ssrc(carol.m);
    write(&w, &bob, &m);
    m = message(1, &bob);
    write(&w, &bob, &m);
    mcv_wr_bytes(&w, mcv_bytes_of(too_long, sizeof too_long));
    const struct mcv_bytes packet = sealed_octets(&bob, mcv_wr_done(&w));
    const uint64_t n_before = stage_count(&alice, MCV_N_TC_RECEIVED);
    assert_int_equal(stage_hear(&alice, BOB, MCV_CH_CONTROL, packet), MCV_E_TRUNCATED);
    assert_int_equal(stage_count(&alice, MCV_N_TC_RECEIVED), n_before + 2);
    assert_int_equal(stage_count(&alice, MCV_N_TC_MALFORMED), 1);
    const struct mcv_transmitters *tx = &alice.m->transmission->tx;
    assert_int_equal(mcv_transmitters_load(tx), 1);
    for (uint16_t i = 0; i < tx->n; i++) {
        if (tx->slots[i].phase == MCV_PHASE_NONE) continue;
        assert_true(mcv_bytes_equal(mcv_member_uri(&tx->slots[i].who), carol.config.user));
    }
    assert_false(alice.m->transmission->arb.is_known);
    end();
}

/* ---- SSRCs --------------------------------------------------------------------------------- */

static uint32_t ssrc_of_video(void)
{
    static uint16_t seq;
    uint8_t rtp[12 + 4] = {0x80, 97};
    uint32_t ssrc = 0;

    mcv_store_be16(rtp + 2, ++seq);
    rtp[11] = 9;
    rtp[12] = 0x65; /* IDR */
    stage_forget(&alice);
    mcv_agent_begin(alice.a, alice.now);
    assert_int_equal(mcv_transmission_local(alice.a, alice.m->transmission, MCV_VIDEO,
                                            mcv_bytes_of(rtp, sizeof rtp)),
                     MCV_OK);
    stage_run_ms(&alice, 1);
    for (size_t i = 0; i < alice.sent.n; i++) {
        if (alice.sent.p[i].channel == MCV_CH_VIDEO_RTP) ssrc = stage_header(&alice.sent.p[i]).ssrc;
    }
    return ssrc;
}

static void assign(uint32_t ssrc)
{
    mcv_agent_begin(alice.a, alice.now);
    assert_true(mcv_media_assign(alice.a, alice.m, MCV_VIDEO, ssrc));
    stage_run_ms(&alice, 0);
}

/* Who is granted with an SSRC that he has used before under this key goes on with another one. */
static void a_granted_ssrc_is_used_once(void **state)
{
    enum { OLD = 0x12345678, PRESENT = 0x22345678, FRESH = 0x32345678 };
    static const struct {
        const char *why;
        uint32_t granted, sends;
        unsigned n_refused;
    } rows[] = {
        {"a fresh one", FRESH, FRESH, 0},
        {"the present one", PRESENT, PRESENT, 0},
        {"used before under this key", OLD, PRESENT, 1},
        {"none", 0, PRESENT, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(*state);
        assign(OLD);
        assign(PRESENT);
        assert_int_equal(ssrc_of_video(), 0); /* asks for permission */
        struct mcv_tc m = message(6, &bob);
        m.video_ssrc = rows[i].granted;
        if (m.video_ssrc != 0) m.has |= MCV_TC_HAS(VIDEO_SSRC);
        print_message("%s\n", rows[i].why);
        assert_int_equal(say(&bob, BOB, &m), MCV_OK);
        assert_int_equal(alice.m->transmission->state, MCV_O_PERMISSION);
        assert_int_equal(ssrc_of_video(), rows[i].sends);
        assert_int_equal(stage_count(&alice, MCV_N_SSRC_REFUSED), rows[i].n_refused);
        end();
    }
}

static int run_all(void *backend)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_member_speaks_for_himself, backend),
        cmocka_unit_test_prestate(an_altered_message_changes_nothing, backend),
        cmocka_unit_test_prestate(several_messages_in_one_packet, backend),
        cmocka_unit_test_prestate(a_granted_ssrc_is_used_once, backend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return stage_each_backend(run_all);
}
