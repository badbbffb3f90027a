/* The end of the key period of identity keys: nothing is signed and nothing decapsulated any more,
 * calls go on, and no clock brings the keys back.
 * Spec: TS 33.180 F.2.1 (key periods), 5.3; RFC 3830 5.4 (replays and clocks). */
#include "agent/core/private_call.h"
#include "proto/ntp.h"
#include "tests/support/cmocka.h"
#include "tests/support/duo.h"

#define PERIOD_s 2592000 /* of the KMSs of duo */
#define US       1000000

/* The end of the key period in which duo takes place. */
static int64_t end_s(void)
{
    const uint64_t ntp_s = mcv_ntp_of_utc(DUO_UTC_S);

    return DUO_UTC_S + (int64_t)(PERIOD_s - ntp_s % PERIOD_s);
}

/* The keyring of somebody who did not get key sets for the next period. */
struct old_ring {
    struct mcv_keyring ring;
    struct mcv_imsg_own own[4];
};

static const struct mcv_keyring *only_this_period(struct old_ring *old, enum duo_agent who)
{
    const uint64_t period_no = mcv_ntp_of_utc(DUO_UTC_S) / PERIOD_s;

    old->ring = *duo_keys(who);
    old->ring.trust.own = old->own;
    old->ring.trust.n_own = 0;
    for (size_t i = 0; i < duo_keys(who)->trust.n_own; i++) {
        const struct mcv_imsg_own *own = &duo_keys(who)->trust.own[i];
        if (own->period_no == period_no) old->own[old->ring.trust.n_own++] = *own;
    }
    assert_int_equal(old->ring.trust.n_own, 1);
    return &old->ring;
}

/* Alice may have the next keys; bob and carol have none. */
static void open_before_the_end(struct duo *d, bool has_alice_next, int64_t before_s)
{
    static struct old_ring old[3];

    duo_defaults(d);
    d->params.utc_s = end_s() - before_s;
    if (!has_alice_next) d->keys[DUO_ALICE] = only_this_period(&old[0], DUO_ALICE);
    d->keys[DUO_BOB] = only_this_period(&old[1], DUO_BOB);
    d->keys[DUO_CAROL] = only_this_period(&old[2], DUO_CAROL);
    duo_open(d);
}

static void a_running_call_outlives_the_key_period(void **state)
{
    (void)state;
    struct duo d;

    open_before_the_end(&d, false, 5);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 10000);
    assert_int_equal(duo_state(&d, DUO_ALICE), MCV_P4_ONGOING);
    for (uint16_t i = 1; i <= 50; i++) {
        duo_speak(&d, DUO_ALICE, i);
        duo_run_ms(&d, 20);
    }
    duo_run_ms(&d, 500);
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_RTP_RECEIVED), 50);
    duo_run_ms(&d, 60000);
    assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
    duo_run_ms(&d, 100);
    assert_int_equal(d.end[DUO_BOB], MCV_END_REMOTE_RELEASE);
    duo_close(&d);
}

/* The user is told why, and no I_MESSAGE is made. */
static void after_the_end_nothing_is_signed(void **state)
{
    (void)state;
    struct duo d;

    open_before_the_end(&d, false, 5);
    duo_run_ms(&d, 4000);
    assert_int_equal(duo_call(&d, DUO_BOB, DUO_CAROL, false), MCV_OK);
    duo_run_ms(&d, 2000);
    assert_int_equal(duo_state(&d, DUO_CAROL), MCV_P4_ONGOING); /* signed before */
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_E_EXPIRED);
    mcv_world_set_skew(d.w, DUO_ALICE, -60 * (int64_t)US); /* the clock says: not yet */
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_E_EXPIRED);
    assert_int_equal(d.n_jobs[DUO_ALICE][MCV_JOB_BUILD_PCK], 0);
    duo_close(&d);
}

/* A message of the new period is for a UID whose key bob does not hold. */
static void after_the_end_nothing_is_decapsulated(void **state)
{
    (void)state;
    struct duo d;

    open_before_the_end(&d, true, 5);
    duo_run_ms(&d, 6000);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 200);
    assert_int_equal(d.end[DUO_ALICE], MCV_END_REMOTE_SECURITY);
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_TIME), 1);
    assert_int_equal(d.n_jobs[DUO_BOB][MCV_JOB_VERIFY], 0);
    assert_int_equal(d.n_jobs[DUO_BOB][MCV_JOB_DECAPSULATE], 0);
    duo_close(&d);
}

/* With the keys of the next period in time a call at the turn is like any other. */
static void the_next_key_set_takes_over(void **state)
{
    (void)state;
    static const int64_t skew_us[] = {0, 3 * US, -3 * US};

    for (size_t i = 0; i < sizeof skew_us / sizeof *skew_us; i++) {
        struct duo d;
        duo_defaults(&d);
        d.params.utc_s = end_s() - 1;
        d.skew_us[DUO_BOB] = skew_us[i]; /* he is in the other period */
        duo_open(&d);
        for (unsigned call = 0; call < 3; call++) {
            assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
            duo_run_ms(&d, 200);
            assert_int_equal(duo_state(&d, DUO_BOB), MCV_P4_ONGOING);
            assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
            duo_run_ms(&d, 1500);
        }
        duo_close(&d);
    }
}

/* A message is refused when its time is over, also when the clock is set back into that time: what
 * the replay cache knew of it may be gone. */
static void a_clock_set_back_opens_no_window_for_replays(void **state)
{
    (void)state;
    struct duo d;
    uint8_t again[MCV_MAX_MONP_BYTES];
    const struct mcv_addr from = duo_addr(DUO_ALICE);

    duo_defaults(&d);
    duo_open(&d);
    assert_int_equal(duo_call(&d, DUO_ALICE, DUO_BOB, false), MCV_OK);
    duo_run_ms(&d, 200);
    assert_int_equal(duo_command(&d, DUO_ALICE, MCV_CMD_RELEASE), MCV_OK);
    duo_run_ms(&d, 2000);
    mcv_world_set_skew(d.w, DUO_BOB, 3600 * (int64_t)US);
    duo_run_ms(&d, 6000);
    (void)duo_inject(&d, DUO_BOB, &from, duo_setup_again(&d, DUO_ALICE, again, 0x4711));
    duo_run_ms(&d, 100);
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_TIME), 1);
    mcv_world_set_skew(d.w, DUO_BOB, 0);
    duo_run_ms(&d, 2000);
    (void)duo_inject(&d, DUO_BOB, &from, duo_setup_again(&d, DUO_ALICE, again, 0x4712));
    duo_run_ms(&d, 100);
    assert_int_equal(duo_count(&d, DUO_BOB, MCV_N_IMSG_TIME), 2);
    assert_int_equal(d.n_jobs[DUO_BOB][MCV_JOB_VERIFY], 1);
    duo_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_running_call_outlives_the_key_period),
        cmocka_unit_test(after_the_end_nothing_is_signed),
        cmocka_unit_test(after_the_end_nothing_is_decapsulated),
        cmocka_unit_test(the_next_key_set_takes_over),
        cmocka_unit_test(a_clock_set_back_opens_no_window_for_replays),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    duo_forget_keys();
    return failed;
}
