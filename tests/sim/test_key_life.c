/* The life of group keys in calls, with whole agents in virtual time: what happens when the last one
 * ends or is taken away, when the next one comes early, late or by other clocks.
 * Spec: TS 33.180 5.7.1 (activation, expiry, revocation), 7.4. */
#include "crypto/uid.h"
#include "tests/support/cmocka.h"
#include "tests/support/talk.h"

enum { ALICE, BOB, CAROL, N };

#define GMK_B 0x02345678u

static const struct mcv_gmk gmk_b = {.b = "another 16 octs"};
static const uint8_t rand_b[MCV_RAND_MIN_BYTES] = "fifteen and one";

static struct mcv_keyring_gmk both[N][2];

/* All members get a second key, from this second on. */
static void add_second(struct talk *s, int64_t from_s)
{
    for (uint32_t i = 0; i < N; i++) {
        struct party_member *m = &s->p.members[i];
        uint32_t salt;
        assert_int_equal(mcv_user_salt(&salt, &gmk_b, m->config.user), MCV_OK);
        both[i][0] = both[i][1] = m->gmk;
        both[i][1].gmk_id = GMK_B;
        both[i][1].guk_id = mcv_guk_id_of(GMK_B, salt);
        both[i][1].gmk = &gmk_b;
        both[i][1].rand = mcv_bytes_of(rand_b, sizeof rand_b);
        both[i][1].activation_s = s->p.params.utc_s + from_s;
        both[i][1].expiry_s = 0;
        m->keys = (struct mcv_keyring){.gmks = both[i], .n_gmks = 2};
    }
}

static void expires(struct talk *s, uint32_t who, int64_t in_s)
{
    s->p.members[who].gmk.expiry_s = s->p.params.utc_s + in_s;
}

static void run_to_ms(struct talk *s, uint64_t ms)
{
    party_run_to_ms(&s->p, ms);
}

static bool is_in_call(const struct talk *s, uint32_t who)
{
    return party_call(&s->p, who).is_established;
}

/* He left once, because of his keys. */
static bool has_left(const struct talk *s, uint32_t who)
{
    const struct mcv_event *e = talk_last_event(s, who, MCV_EVENT_GROUP_LEFT);

    return talk_n_events(s, who, MCV_EVENT_GROUP_LEFT) == 1 && e->reason == MCV_END_SECURITY &&
           !is_in_call(s, who);
}

/* ---- the last key ---------------------------------------------------------------------------- */

/* Two seconds before, while it can still carry what says so: carol, whose key lasts longer, hears
 * alice release and her stream end at once, not after T203 and a silence. */
static void the_last_key_ends_the_call_in_time(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, N, 1);
    expires(&s, ALICE, 10);
    expires(&s, BOB, 10);
    for (uint32_t i = 0; i < N; i++) s.p.members[i].group.protect_control = true;
    talk_begin(&s);
    run_to_ms(&s, 7990);
    assert_true(is_in_call(&s, ALICE) && is_in_call(&s, BOB));
    assert_in_range(s.heard[BOB][ALICE], 345, 355); /* 7 s, one each 20 ms */
    run_to_ms(&s, 8010);
    assert_true(has_left(&s, ALICE) && has_left(&s, BOB));
    assert_true(is_in_call(&s, CAROL));
    run_to_ms(&s, 8100);
    assert_int_equal(talk_n_events(&s, CAROL, MCV_EVENT_MEDIA_ENDED), 1);
    assert_int_equal(talk_info(&s, CAROL).may_transmit, false);
    talk_press(&s, CAROL);
    run_to_ms(&s, 8500);
    assert_true(talk_info(&s, CAROL).may_transmit);

    /* Said once; nothing more is sent; and no clock brings the key back. */
    const uint64_t n_rtp = talk_count(&s, ALICE, MCV_N_RTP_SENT);
    run_to_ms(&s, 30000);
    assert_true(has_left(&s, ALICE) && has_left(&s, BOB));
    assert_int_equal(talk_count(&s, ALICE, MCV_N_RTP_SENT), n_rtp);
    assert_int_equal(party_command(&s.p, ALICE, MCV_CMD_GROUP_START), MCV_E_UNKNOWN_KEY);
    mcv_world_set_skew(s.p.world, ALICE, -3600000000);
    assert_int_equal(party_command(&s.p, ALICE, MCV_CMD_GROUP_START), MCV_E_UNKNOWN_KEY);
    talk_close(&s);
}

/* A clock that is set is noticed within a minute, also by one who does nothing. */
static void a_clock_that_is_set_brings_the_warning(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, N, 1);
    expires(&s, ALICE, 10 * 86400);
    talk_open(&s);
    run_to_ms(&s, 1000);
    mcv_world_set_skew(s.p.world, ALICE, 9 * INT64_C(86400000000));
    assert_int_equal(talk_n_events(&s, ALICE, MCV_EVENT_KEY_EXPIRING), 0);
    run_to_ms(&s, 61000);
    assert_int_equal(talk_n_events(&s, ALICE, MCV_EVENT_KEY_EXPIRING), 1);
    assert_true(talk_last_event(&s, ALICE, MCV_EVENT_KEY_EXPIRING)->left_s <= 86400);
    run_to_ms(&s, 200000);
    assert_int_equal(talk_n_events(&s, ALICE, MCV_EVENT_KEY_EXPIRING), 1);
    talk_close(&s);
}

static void a_revoked_key_ends_the_call_at_once(void **state)
{
    (void)state;
    struct talk s;
    struct mcv_keyring_gmk revoked;
    const struct mcv_keyring ring = {.gmks = &revoked, .n_gmks = 1};

    talk_defaults(&s, N, 1);
    for (uint32_t i = 0; i < N; i++) s.p.members[i].group.protect_control = true;
    talk_begin(&s);
    revoked = s.p.members[ALICE].gmk;
    revoked.is_revoked = true;
    const uint64_t n_rtp = talk_count(&s, ALICE, MCV_N_RTP_SENT);
    const uint64_t n_rtcp = talk_count(&s, ALICE, MCV_N_RTCP_SENT);
    mcv_world_set_keys(s.p.world, ALICE, &ring);
    talk_run_ms(&s, 5000);
    assert_true(has_left(&s, ALICE));
    assert_int_equal(talk_count(&s, ALICE, MCV_N_RTP_SENT), n_rtp);
    assert_int_equal(talk_count(&s, ALICE, MCV_N_RTCP_SENT), n_rtcp); /* not even BYE */
    assert_true(is_in_call(&s, BOB) && is_in_call(&s, CAROL));
    talk_close(&s);
}

/* Who broadcasts tells the listeners, by a message that needs no key. */
static void a_broadcast_ends_with_its_key(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, N, 1);
    expires(&s, ALICE, 10);
    talk_open(&s);
    assert_int_equal(party_command(&s.p, ALICE, MCV_CMD_BROADCAST_START), MCV_OK);
    run_to_ms(&s, 7900);
    assert_int_equal(talk_n_events(&s, CAROL, MCV_EVENT_BROADCAST_JOINED), 1);
    assert_int_equal(talk_n_events(&s, CAROL, MCV_EVENT_BROADCAST_ENDED), 0);
    run_to_ms(&s, 8100);
    assert_int_equal(talk_last_event(&s, ALICE, MCV_EVENT_BROADCAST_ENDED)->reason,
                     MCV_END_SECURITY);
    assert_int_equal(talk_last_event(&s, CAROL, MCV_EVENT_BROADCAST_ENDED)->reason,
                     MCV_END_REMOTE_RELEASE);
    talk_close(&s);
}

/* ---- the next key ---------------------------------------------------------------------------- */

/* Clocks two seconds apart: not one packet is lost, and none is late. */
static void the_next_key_is_used_without_a_gap(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, N, 1);
    add_second(&s, 8);
    s.p.members[BOB].node.utc_skew_us = 2000000;
    s.p.members[CAROL].node.utc_skew_us = -2000000;
    talk_begin(&s);
    run_to_ms(&s, 20000);
    for (uint32_t who = BOB; who <= CAROL; who++) {
        assert_in_range(s.heard[who][ALICE], 945, 955); /* 19 s */
        assert_in_range(s.longest_gap_us[who][ALICE], 1, 25000);
        assert_int_equal(talk_n_events(&s, who, MCV_EVENT_KEY_MISSING), 0);
    }
    struct mcv_stream_info stream;
    assert_true(mcv_agent_stream_info(mcv_world_agent(s.p.world, BOB), party_call(&s.p, BOB).call,
                                      0, &stream));
    assert_int_equal(stream.reception.n_lost, 0);
    assert_int_equal(stream.guk_id, both[ALICE][1].guk_id);
    talk_close(&s);
}

/* Ten seconds without a key to send with are no reason to leave: the next one may be heard already. */
static void a_call_waits_for_the_next_key(void **state)
{
    (void)state;
    struct talk s;

    talk_defaults(&s, N, 1);
    for (uint32_t i = 0; i < N; i++) expires(&s, i, 10);
    add_second(&s, 20);
    talk_begin(&s);
    run_to_ms(&s, 10500);
    const uint64_t n_rtp = talk_count(&s, ALICE, MCV_N_RTP_SENT);
    run_to_ms(&s, 19500);
    assert_int_equal(talk_count(&s, ALICE, MCV_N_RTP_SENT), n_rtp);
    for (uint32_t i = 0; i < N; i++) assert_true(is_in_call(&s, i));
    run_to_ms(&s, 25000);
    talk_press(&s, ALICE);
    run_to_ms(&s, 26000);
    talk_forget(&s);
    run_to_ms(&s, 28000);
    assert_in_range(s.heard[BOB][ALICE], 95, 105);
    talk_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_key_ends_the_call_in_time),
        cmocka_unit_test(a_clock_that_is_set_brings_the_warning),
        cmocka_unit_test(a_revoked_key_ends_the_call_at_once),
        cmocka_unit_test(a_broadcast_ends_with_its_key),
        cmocka_unit_test(the_next_key_is_used_without_a_gap),
        cmocka_unit_test(a_call_waits_for_the_next_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
