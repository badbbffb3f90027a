/* A group that has no key any more soon: told once, in time. Spec: TS 33.180 5.7.1, E.6.10. */
#include "tests/support/cmocka.h"
#include "tests/support/lone.h"

#define LEAD_S 1000
#define MAX    3

static const struct mcv_gmk some_gmk = {.b = {1}};

struct key_row {
    int64_t on_s, off_s; /* from LONE_UTC_S; off 0: does not end */
};

static struct mcv_keyring_gmk gmks[MAX];

/* Keys of LONE_GROUP, GMK-IDs 1, 2, ...; rows end with one that is all zero, or none. */
static struct mcv_keyring ring_of(const struct key_row *rows)
{
    static const struct mcv_bytes group = {(const uint8_t *)LONE_GROUP, sizeof LONE_GROUP - 1};
    size_t n = 0;

    for (; n < MAX && (rows[n].on_s != 0 || rows[n].off_s != 0); n++) {
        gmks[n] = (struct mcv_keyring_gmk){.gmk_id = (uint32_t)n + 1,
                                           .gmk = &some_gmk,
                                           .activation_s = LONE_UTC_S + rows[n].on_s,
                                           .group_ids = &group,
                                           .n_groups = 1};
        if (rows[n].off_s != 0) gmks[n].expiry_s = LONE_UTC_S + rows[n].off_s;
    }
    return (struct mcv_keyring){.gmks = gmks, .n_gmks = n};
}

static void begin(struct lone *l, const struct key_row *rows, uint32_t lead_s)
{
    lone_defaults(l);
    l->groups[0].protect_media = true;
    l->config.key_warning_s = lead_s;
    l->keys = ring_of(rows);
    lone_open(l);
}

static unsigned n_told(const struct lone *l)
{
    return l->n_events[MCV_EVENT_KEY_EXPIRING];
}

static void once_before_the_group_has_no_key(void **state)
{
    static const struct {
        const char *why;
        struct key_row keys[MAX];
        uint32_t lead_s;
        int64_t at_s[2]; /* when it is told; 0: no more */
        uint32_t key_id[2];
        int64_t left_s[2];
    } rows[] = {
        {"one key", {{-9, 5000}}, LEAD_S, {4000}, {1}, {LEAD_S}},
        {"it does not end", {{-9, 0}}, LEAD_S, {0}, {0}, {0}},
        {"nobody wants to know", {{-9, 5000}}, 0, {0}, {0}, {0}},
        {"the next one is here", {{-9, 5000}, {4000, 0}}, LEAD_S, {0}, {0}, {0}},
        {"and ends too", {{-9, 5000}, {5000, 9000}}, LEAD_S, {8000}, {2}, {LEAD_S}},
        {"in one second without",
         {{-9, 5000}, {5001, 9000}},
         LEAD_S,
         {4000, 8000},
         {1, 2},
         {LEAD_S, LEAD_S}},
        {"one inside the other", {{-9, 5000}, {1000, 2000}}, LEAD_S, {4000}, {1}, {LEAD_S}},
        {"it lasts less than that", {{7000, 7100}}, LEAD_S, {7000}, {1}, {100}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lone l;
        unsigned n = 0;
        begin(&l, rows[i].keys, rows[i].lead_s);
        for (int64_t s = 1; s < 12000; s++) {
            lone_run_ms(&l, 1000);
            if (n_told(&l) == n) continue;
            if (n == 2 || s != rows[i].at_s[n]) fail_msg("%s: told at %d", rows[i].why, (int)s);
            assert_int_equal(l.last_event.key_id, rows[i].key_id[n]);
            assert_int_equal(l.last_event.left_s, rows[i].left_s[n]);
            assert_int_equal(l.last_event.group.n, sizeof LONE_GROUP - 1);
            n++;
        }
        assert_int_equal(n, (rows[i].at_s[0] != 0) + (rows[i].at_s[1] != 0));
        lone_close(&l);
    }
}

static void a_group_in_clear_needs_none(void **state)
{
    static const struct key_row key[MAX] = {{-9, 500}};
    struct mcv_group_key_info info;
    struct lone l;

    (void)state;
    begin(&l, key, LEAD_S);
    assert_true(mcv_agent_group_key_info(l.a, 0, &info)); /* LONE_OTHER has no protection */
    assert_false(mcv_agent_group_key_info(l.a, 1, &info));
    lone_close(&l);

    lone_defaults(&l);
    l.keys = ring_of(key);
    lone_open(&l);
    lone_run_ms(&l, 600000);
    assert_int_equal(n_told(&l), 0);
    assert_false(mcv_agent_group_key_info(l.a, 0, &info));
    lone_close(&l);
}

/* New keys or another configuration are no reason to say it again; another end is. */
static void another_end_is_told_again(void **state)
{
    static const struct key_row first[MAX] = {{-9, 500}}, second[MAX] = {{-9, 500}, {100, 700}};
    struct mcv_keyring ring;
    const char *why;
    struct lone l;

    (void)state;
    begin(&l, first, LEAD_S);
    lone_run_ms(&l, 1000);
    assert_int_equal(n_told(&l), 1);
    ring = ring_of(first);
    lone_set_keys(&l, &ring);
    assert_int_equal(lone_set_config(&l, &l.config, &why), MCV_OK);
    lone_run_ms(&l, 1000);
    assert_int_equal(n_told(&l), 1);
    ring = ring_of(second);
    lone_set_keys(&l, &ring);
    lone_run_ms(&l, 1000);
    assert_int_equal(n_told(&l), 2);
    assert_int_equal(l.last_event.key_id, 2);
    lone_close(&l);
}

static void who_asks_is_told_how_long(void **state)
{
    static const struct key_row key[MAX] = {{-9, 5000}}, endless[MAX] = {{-9, 0}};
    struct mcv_group_key_info info;
    struct mcv_keyring ring;
    struct lone l;

    (void)state;
    begin(&l, key, LEAD_S);
    lone_run_ms(&l, 3999000);
    assert_true(mcv_agent_group_key_info(l.a, 0, &info));
    assert_true(info.has_key && !info.is_expiring);
    assert_int_equal(info.left_s, 1001);
    assert_int_equal(info.until_s, LONE_UTC_S + 5000);
    lone_run_ms(&l, 1000);
    assert_true(mcv_agent_group_key_info(l.a, 0, &info));
    assert_true(info.has_key && info.is_expiring);
    assert_int_equal(info.left_s, 1000);
    lone_run_ms(&l, 1000000);
    assert_true(mcv_agent_group_key_info(l.a, 0, &info));
    assert_false(info.has_key || info.is_expiring);
    ring = ring_of(endless);
    lone_set_keys(&l, &ring);
    assert_true(mcv_agent_group_key_info(l.a, 0, &info));
    assert_true(info.has_key && !info.is_expiring);
    assert_int_equal(info.until_s, 0);
    lone_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_before_the_group_has_no_key),
        cmocka_unit_test(a_group_in_clear_needs_none),
        cmocka_unit_test(another_end_is_told_again),
        cmocka_unit_test(who_asks_is_told_how_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
