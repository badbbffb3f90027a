/* Which group key sends, and which may be opened. Spec: TS 33.180 5.7.1, E.6. */
#include "agent/core/keyring.h"

#include "tests/support/cmocka.h"

#define NOW 1767225600
#define G1  "sip:g1@mc.example"

static const struct mcv_gmk some_gmk = {.b = {1}};

enum { LISTED = 1, REVOKED = 2, GONE = 4 };

struct key_row {
    const char *why;
    int flags;
    int64_t activation_s, expiry_s; /* from NOW; 0: none */
    bool may_receive, may_send;
};

static const struct key_row rows[] = {
    {"no bounds", LISTED, 0, 0, true, true},
    {"activated now", LISTED, -1, 0, true, true},
    {"activated in the future, within the skew", LISTED, 300, 0, true, false},
    {"activated in the future, beyond the skew", LISTED, 301, 0, false, false},
    {"expires in the next second", LISTED, 0, 1, true, true},
    {"expired", LISTED, -100, -1, false, false},
    {"revoked", LISTED | REVOKED, 0, 0, false, false},
    {"destroyed", LISTED | GONE, 0, 0, false, false},
    {"of another group", 0, 0, 0, false, false},
};

static struct mcv_keyring_gmk key_of(const struct key_row *r, const struct mcv_bytes *group)
{
    return (struct mcv_keyring_gmk){
        .gmk_id = 7,
        .gmk = r->flags & GONE ? NULL : &some_gmk,
        .is_revoked = (r->flags & REVOKED) != 0,
        .activation_s = r->activation_s == 0 ? 0 : NOW + r->activation_s,
        .expiry_s = r->expiry_s == 0 ? 0 : NOW + r->expiry_s,
        .group_ids = group,
        .n_groups = 1,
    };
}

static void a_key_is_used_within_its_bounds(void **state)
{
    const struct mcv_bytes g1 = mcv_bytes_str(G1), other = mcv_bytes_str("sip:g2@mc.example");
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct key_row *r = &rows[i];
        const struct mcv_keyring_gmk key = key_of(r, r->flags & LISTED ? &g1 : &other);
        const struct mcv_keyring ring = {.gmks = &key, .n_gmks = 1};
        if (mcv_keyring_gmk_may_receive(&key, g1, NOW) != r->may_receive ||
            (mcv_keyring_gmk_to_send(&ring, g1, NOW) != NULL) != r->may_send) {
            fail_msg("%s", r->why);
        }
    }
}

static void the_newest_key_sends(void **state)
{
    const struct mcv_bytes g1 = mcv_bytes_str(G1);
    struct mcv_keyring_gmk keys[3];
    const struct mcv_keyring ring = {.gmks = keys, .n_gmks = 3};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        keys[i] = key_of(&rows[0], &g1);
        keys[i].gmk_id = 10 + (uint32_t)i;
    }
    keys[0].activation_s = NOW - 5;
    keys[1].activation_s = NOW - 50;
    keys[2].activation_s = NOW + 5;
    assert_int_equal(mcv_keyring_gmk_to_send(&ring, g1, NOW)->gmk_id, 10);
    assert_int_equal(mcv_keyring_gmk_to_send(&ring, g1, NOW + 5)->gmk_id, 12); /* its time came */
    keys[1].activation_s = NOW - 5;
    assert_int_equal(mcv_keyring_gmk_to_send(&ring, g1, NOW)->gmk_id, 11); /* then the larger ID */
}

static void a_key_is_found_by_its_identifier(void **state)
{
    const struct mcv_bytes g1 = mcv_bytes_str(G1);
    const struct mcv_keyring_gmk key = key_of(&rows[0], &g1);
    const struct mcv_keyring ring = {.gmks = &key, .n_gmks = 1}, empty = {0};
    (void)state;

    assert_ptr_equal(mcv_keyring_find_gmk(&ring, 7), &key);
    assert_null(mcv_keyring_find_gmk(&ring, 8));
    assert_null(mcv_keyring_find_gmk(&empty, 7));
    assert_null(mcv_keyring_gmk_to_send(&empty, g1, NOW));
}

/* Spec: TS 33.180 E.2.2: R of the default profile is 1. */
static void which_packets_carry_the_roc(void **state)
{
    static const struct mcv_keyring_gmk not_known,
        fourth = {.roc_every = 4}, rare = {.roc_every = 300}, never = {.has_no_roc = true};
    (void)state;

    assert_int_equal(mcv_keyring_roc_every(&not_known), 1);
    assert_int_equal(mcv_keyring_roc_every(&fourth), 4);
    assert_int_equal(mcv_keyring_roc_every(&rare), 300);
    assert_int_equal(mcv_keyring_roc_every(&never), MCV_SRTP_ROC_NONE);
}

/* What comes next: each bound of each key, the skew of reception and the notice before sending. */
static void changes_are_known_ahead(void **state)
{
    const struct mcv_bytes g1 = mcv_bytes_str(G1), g2 = mcv_bytes_str("sip:g2@mc.example");
    static const int64_t at_s[] = {200, 340, 398, 400, 440, 500, 940, 998, 1000};
    struct mcv_keyring_gmk keys[3];
    const struct mcv_keyring ring = {.gmks = keys, .n_gmks = 3};
    int64_t now_s = NOW;
    (void)state;

    for (size_t i = 0; i < 3; i++) keys[i] = key_of(&rows[0], &g1);
    keys[0].expiry_s = NOW + 400;
    keys[1].activation_s = NOW + 500;
    keys[1].expiry_s = NOW + 1000;
    keys[2].activation_s = NOW + 50;
    keys[2].is_revoked = true;
    for (size_t i = 0; i < sizeof at_s / sizeof *at_s; i++) {
        now_s = mcv_keyring_next_change(&ring, g1, now_s, 60);
        assert_int_equal(now_s - NOW, at_s[i]);
    }
    assert_int_equal(mcv_keyring_next_change(&ring, g1, now_s, 60), INT64_MAX);
    assert_int_equal(mcv_keyring_next_change(&ring, g2, NOW, 60), INT64_MAX);
}

/* Keys that follow each other are one; of several the one that ends last counts. */
static void the_last_key_of_a_chain(void **state)
{
    static const struct {
        const char *why;
        int64_t on_s[3], off_s[3]; /* from NOW; on and off 0: there is none */
        uint32_t want;             /* GMK-ID; 0: none */
    } chains[] = {
        {"one", {-1}, {10}, 1},
        {"one that is over", {-9}, {-1}, 0},
        {"one that is not yet", {1}, {9}, 0},
        {"two that overlap", {-1, 5}, {10, 20}, 2},
        {"listed the other way round", {5, -1}, {20, 10}, 1},
        {"two that touch", {-1, 10}, {10, 20}, 2},
        {"a gap", {-1, 11}, {10, 20}, 1},
        {"three", {-1, 18, 8}, {10, 30, 20}, 2},
        {"one inside the other", {-1, 2}, {10, 5}, 1},
        {"one that does not end", {-1, 2}, {10, 0}, 2},
    };
    const struct mcv_bytes g1 = mcv_bytes_str(G1), g2 = mcv_bytes_str("sip:g2@mc.example");

    (void)state;
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        struct mcv_keyring_gmk keys[3];
        struct mcv_keyring ring = {.gmks = keys};
        for (size_t k = 0; k < 3 && (chains[i].on_s[k] != 0 || chains[i].off_s[k] != 0); k++) {
            const struct key_row row = {NULL, LISTED, chains[i].on_s[k], chains[i].off_s[k], 0, 0};
            keys[ring.n_gmks] = key_of(&row, &g1);
            keys[ring.n_gmks++].gmk_id = (uint32_t)k + 1;
        }
        const struct mcv_keyring_gmk *last = mcv_keyring_last_gmk(&ring, g1, NOW);
        if ((last != NULL ? last->gmk_id : 0) != chains[i].want) fail_msg("%s", chains[i].why);
        assert_null(mcv_keyring_last_gmk(&ring, g2, NOW));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_used_within_its_bounds),
        cmocka_unit_test(the_newest_key_sends),
        cmocka_unit_test(a_key_is_found_by_its_identifier),
        cmocka_unit_test(which_packets_carry_the_roc),
        cmocka_unit_test(changes_are_known_ahead),
        cmocka_unit_test(the_last_key_of_a_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
