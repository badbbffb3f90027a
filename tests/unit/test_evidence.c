/* What is evidence that multicast is filtered, and what is not; in virtual time.
 * Spec: RFC 3376 8.4, RFC 3810 9.4, RFC 4541 2.1.1 */
#include "agent/edge/evidence.h"

#include "tests/support/cmocka.h"

#define S        UINT64_C(1000000)
#define QUERY_US (260 * S)

static const struct mcv_addr bob = {.family = MCV_IPV4, .b = {10, 0, 0, 2}};
static const struct mcv_addr carol = {.family = MCV_IPV6, .b = {0xfe, 0x80, [15] = 3}};

/* What comes, by second; the verdict after the last one. */
enum kind { END, MEDIA, OTHER, PRIVATE, ASTRAY, OVER };

static const struct row {
    const char *why;
    bool is_evidence;
    struct step {
        enum kind kind;
        unsigned at_s;
    } steps[12];
} rows[] = {
    {"a private call has unicast alone", false, {{PRIVATE, 1}, {PRIVATE, 40}, {PRIVATE, 300}}},
    {"media break off, unicast goes on", true, {{MEDIA, 1}, {PRIVATE, 10}, {PRIVATE, 31}}},
    {"not yet", false, {{MEDIA, 1}, {PRIVATE, 10}, {PRIVATE, 30}}},
    {"he is gone altogether", false, {{MEDIA, 1}, {MEDIA, 2}}},
    {"he has said that he ends", false, {{MEDIA, 1}, {OTHER, 2}, {PRIVATE, 60}}},
    {"he listens for long", false, {{OTHER, 1}, {PRIVATE, 100}, {PRIVATE, 200}}},
    {"he speaks again", false, {{MEDIA, 1}, {PRIVATE, 25}, {MEDIA, 30}, {PRIVATE, 59}}},
    {"and breaks off again", true, {{MEDIA, 1}, {OTHER, 5}, {MEDIA, 30}, {PRIVATE, 60}}},
    {"we have left the call", false, {{MEDIA, 1}, {OVER, 10}, {PRIVATE, 60}}},
    {"messages of the group by unicast", true, {{ASTRAY, 1}, {ASTRAY, 20}, {ASTRAY, 31}}},
    {"one that strayed", false, {{ASTRAY, 1}}},
    {"by unicast and by multicast", false, {{ASTRAY, 1}, {OTHER, 20}, {ASTRAY, 31}, {PRIVATE, 40}}},
    {"... and then no more", true, {{OTHER, 1}, {ASTRAY, 20}, {ASTRAY, 50}}},
    {"found, and heard again", false, {{MEDIA, 1}, {PRIVATE, 31}, {OTHER, 40}}},
};

static bool play(struct mcv_evidence *e, const struct row *r, const struct mcv_addr *from)
{
    for (const struct step *s = r->steps; s->kind != END; s++) {
        const uint64_t now_us = s->at_s * S;
        if (s->kind == OVER) mcv_evidence_call_over(e, 7);
        if (s->kind == MEDIA || s->kind == OTHER)
            mcv_evidence_group(e, now_us, from, 7, s->kind == MEDIA);
        if (s->kind != PRIVATE && s->kind != ASTRAY) continue;
        if (mcv_evidence_unicast(e, now_us, from)) mcv_evidence_find(e, from);
        if (s->kind == ASTRAY) mcv_evidence_astray(e, now_us, from);
    }
    uint64_t since_us;
    return mcv_evidence_fault(e, &since_us) == MCV_EVIDENCE_PEER;
}

static void of_a_peer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mcv_evidence e = {0};
        mcv_evidence_init(&e, QUERY_US);
        if (play(&e, &rows[i], &bob) != rows[i].is_evidence) fail_msg("%s", rows[i].why);
        mcv_evidence_init(&e, QUERY_US);
        if (play(&e, &rows[i], &carol) != rows[i].is_evidence) fail_msg("IPv6: %s", rows[i].why);
    }
}

/* The finding is told once, and names who and since when. */
static void is_told_once(void **state)
{
    struct mcv_evidence e = {0};
    uint64_t since_us;

    (void)state;
    mcv_evidence_init(&e, QUERY_US);
    mcv_evidence_group(&e, 5 * S, &bob, 7, true);
    mcv_evidence_group(&e, 6 * S, &carol, 7, true);
    assert_false(mcv_evidence_unicast(&e, 35 * S - 1, &bob));
    assert_true(mcv_evidence_unicast(&e, 35 * S, &bob));
    mcv_evidence_find(&e, &bob);
    assert_false(mcv_evidence_unicast(&e, 36 * S, &bob));
    assert_false(mcv_evidence_unicast(&e, 40 * S, &carol));
    assert_int_equal(mcv_evidence_fault(&e, &since_us), MCV_EVIDENCE_PEER);
    assert_int_equal(since_us, 5 * S);
    mcv_evidence_group(&e, 50 * S, &carol, 7, false); /* another one's is not his */
    assert_int_equal(mcv_evidence_fault(&e, &since_us), MCV_EVIDENCE_PEER);
}

static void of_queries(void **state)
{
    struct mcv_evidence e = {0};
    uint64_t since_us;

    (void)state;
    mcv_evidence_init(&e, QUERY_US);
    assert_int_equal(mcv_evidence_wake_at(&e), UINT64_MAX); /* nobody waits for any */
    mcv_evidence_run(&e, 1000 * S);
    assert_int_equal(mcv_evidence_fault(&e, &since_us), MCV_EVIDENCE_NONE);

    mcv_evidence_watch(&e, 1000 * S, MCV_IPV4, true);
    mcv_evidence_watch(&e, 1100 * S, MCV_IPV6, true);
    assert_int_equal(mcv_evidence_wake_at(&e), 1260 * S);
    mcv_evidence_query(&e, 1125 * S, MCV_IPV4);
    mcv_evidence_run(&e, 1260 * S);
    assert_int_equal(mcv_evidence_fault(&e, &since_us), MCV_EVIDENCE_NONE);
    assert_int_equal(mcv_evidence_wake_at(&e), 1360 * S);
    mcv_evidence_run(&e, 1360 * S - 1);
    assert_int_equal(mcv_evidence_fault(&e, &since_us), MCV_EVIDENCE_NONE);
    mcv_evidence_run(&e, 1360 * S);
    assert_int_equal(mcv_evidence_fault(&e, &since_us), MCV_EVIDENCE_NO_MLD_QUERY);
    assert_int_equal(since_us, 1100 * S);
    mcv_evidence_run(&e, 1385 * S); /* IGMP goes before it */
    assert_int_equal(mcv_evidence_fault(&e, &since_us), MCV_EVIDENCE_NO_IGMP_QUERY);
    assert_int_equal(since_us, 1125 * S);
    assert_int_equal(mcv_evidence_wake_at(&e), UINT64_MAX); /* nothing more can become missing */

    mcv_evidence_query(&e, 1400 * S, MCV_IPV4);
    mcv_evidence_query(&e, 1410 * S, MCV_IPV6);
    assert_int_equal(mcv_evidence_fault(&e, &since_us), MCV_EVIDENCE_NONE);
    assert_int_equal(mcv_evidence_wake_at(&e), 1660 * S);
    mcv_evidence_watch(&e, 1500 * S, MCV_IPV4, false);
    assert_int_equal(mcv_evidence_wake_at(&e), 1670 * S);
}

/* The interface was gone: what was before it says nothing, but that this network has a querier. */
static void begins_anew_with_the_interface(void **state)
{
    struct mcv_evidence e = {0};
    uint64_t since_us;

    (void)state;
    mcv_evidence_init(&e, QUERY_US);
    mcv_evidence_query(&e, 1 * S, MCV_IPV4);
    mcv_evidence_group(&e, 1 * S, &bob, 7, true);
    mcv_evidence_find(&e, &bob);
    mcv_evidence_init(&e, QUERY_US);
    assert_int_equal(mcv_evidence_fault(&e, &since_us), MCV_EVIDENCE_NONE);
    assert_false(mcv_evidence_unicast(&e, 100 * S, &bob));
    assert_false(e.was_heard);
    assert_true(e.queries[0].was_seen);
    assert_false(e.queries[1].was_seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_peer),
        cmocka_unit_test(is_told_once),
        cmocka_unit_test(of_queries),
        cmocka_unit_test(begins_anew_with_the_interface),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
