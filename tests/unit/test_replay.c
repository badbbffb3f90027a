#include "proto/replay.h"

#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define NOW     1393144754
#define SKEW    600
#define CAP     4

static struct mcv_replay_entry entries[CAP];

static struct mcv_replay empty_cache(void)
{
    struct mcv_replay c;

    memset(entries, 0xff, sizeof entries);
    mcv_replay_init(&c, entries, CAP, SKEW, 0);
    return c;
}

/* A message and a content, each known by one octet. */
static struct mcv_replay_id id_of(uint8_t message, uint8_t content)
{
    struct mcv_replay_id id = {{0}, {0}};

    id.message[31] = message;
    id.content[31] = content;
    return id;
}

/* Spec: RFC 3830 5.4, TS 33.180 E.1.2. */
static void time_window(void **state)
{
    static const struct {
        const char *why;
        int64_t t_utc_s, refuse_until_s;
        mcv_err want;
    } rows[] = {
        {"now", NOW, 0, MCV_OK},
        {"as old as the skew allows", NOW - SKEW, 0, MCV_OK},
        {"one second older", NOW - SKEW - 1, 0, MCV_E_TIME},
        {"as far ahead as the skew allows", NOW + SKEW, 0, MCV_OK},
        {"one second further", NOW + SKEW + 1, 0, MCV_E_TIME},
        {"an era away", NOW + 0x100000000, 0, MCV_E_TIME},
        {"the least", INT64_MIN, 0, MCV_E_TIME},
        {"the most", INT64_MAX, 0, MCV_E_TIME},
        {"made before the last shutdown", NOW - 10, NOW - 5, MCV_E_TIME},
        {"made at the last shutdown", NOW - 5, NOW - 5, MCV_E_TIME},
        {"made after the last shutdown", NOW - 4, NOW - 5, MCV_OK},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        struct mcv_replay c = empty_cache();
        c.refuse_until_s = rows[i].refuse_until_s;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_replay_check_time(&c, rows[i].t_utc_s, NOW), rows[i].want);
    }
}

/* One entry: message 1, content 1, call 7. */
static void verdict_by_message_and_call(void **state)
{
    static const struct {
        const char *why;
        uint8_t message, content;
        uint32_t call_id;
        bool is_closed;
        enum mcv_replay_verdict want;
    } rows[] = {
        {"another message", 2, 2, 7, false, MCV_REPLAY_NEW},
        {"retransmission in the call", 1, 1, 7, false, MCV_REPLAY_AGAIN},
        {"once the call is set up", 1, 1, 7, true, MCV_REPLAY_SEEN},
        {"in another call", 1, 1, 8, false, MCV_REPLAY_SEEN},
        {"outside any call", 1, 1, MCV_REPLAY_NO_CALL, false, MCV_REPLAY_SEEN},
        {"outside any call, once it is set up", 1, 1, MCV_REPLAY_NO_CALL, true, MCV_REPLAY_SEEN},
        {"same initiator, T, RAND and CSB ID, signed again", 2, 1, 7, false, MCV_REPLAY_SEEN},
        {"same octets", 1, 2, 8, false, MCV_REPLAY_SEEN},
    };
    const struct mcv_replay_id first = id_of(1, 1), other = id_of(9, 9);
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        struct mcv_replay c = empty_cache();
        const struct mcv_replay_id id = id_of(rows[i].message, rows[i].content);
        const bool is_new = rows[i].want == MCV_REPLAY_NEW;
        print_message("%s\n", rows[i].why);
        assert_int_equal(mcv_replay_add(&c, &other, 6, NOW, NOW), MCV_OK);
        assert_int_equal(mcv_replay_add(&c, &first, 7, NOW, NOW), MCV_OK);
        if (rows[i].is_closed) mcv_replay_close(&c, &first);
        assert_int_equal(mcv_replay_find(&c, &id, rows[i].call_id, NOW), rows[i].want);
        assert_int_equal(mcv_replay_add(&c, &id, rows[i].call_id, NOW, NOW),
                         is_new ? MCV_OK : MCV_E_REPLAY);
        assert_int_equal(mcv_replay_find(&c, &other, 6, NOW), MCV_REPLAY_AGAIN);
    }
}

static void entries_go_when_their_time_is_over(void **state)
{
    (void)state;
    struct mcv_replay c = empty_cache();
    const struct mcv_replay_id late = id_of(9, 9), same = id_of(1, 1);

    for (uint8_t i = 0; i < CAP; i++) {
        const struct mcv_replay_id id = id_of(i, i);
        assert_int_equal(mcv_replay_add(&c, &id, 7, NOW + i, NOW), MCV_OK);
    }
    const int64_t first_end_s = NOW + 2 * SKEW;
    assert_int_equal(mcv_replay_find(&c, &late, 7, first_end_s), MCV_REPLAY_FULL);
    assert_int_equal(mcv_replay_add(&c, &late, 7, NOW, first_end_s), MCV_E_FULL);
    assert_int_equal(mcv_replay_find(&c, &same, 7, first_end_s), MCV_REPLAY_AGAIN);
    assert_int_equal(mcv_replay_find(&c, &late, 7, first_end_s + 1), MCV_REPLAY_NEW);
    assert_int_equal(mcv_replay_add(&c, &late, 7, NOW, first_end_s + 1), MCV_OK);
    assert_int_equal(mcv_replay_find(&c, &late, 7, first_end_s + 1), MCV_REPLAY_AGAIN);
    /* the clock goes back: what is still there counts */
    assert_int_equal(mcv_replay_find(&c, &same, 7, NOW), MCV_REPLAY_AGAIN);
}

static void id_of_a_message(void **state)
{
    static const uint8_t rand[16] = {1};
    const struct mcv_bytes message = mcv_bytes_str("abc");
    const struct mcv_uid uid = {{2}}, other_uid = {{3}};
    const struct mcv_bytes r16 = mcv_bytes_of(rand, 16), r15 = mcv_bytes_of(rand, 15);
    struct mcv_replay_id a, b;
    (void)state;

    assert_int_equal(mcv_replay_id_of(&a, message, &uid, 0x0102030405060708, 0x0a0b0c0d, r16),
                     MCV_OK);
    mcv_assert_hex(mcv_bytes_of(a.message, sizeof a.message),
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    /* SHA-256 of 02 00 (31) | 0102030405060708 | 0a0b0c0d | 01 00 (15), by another program */
    mcv_assert_hex(mcv_bytes_of(a.content, sizeof a.content),
                   "43ccf8b1ef4e9a702c12a0573c05efe0aa472cfdc56470eef6a06a4b1448f5c7");
    assert_int_equal(
        mcv_replay_id_of(&b, mcv_bytes_str("abd"), &uid, 0x0102030405060708, 0x0a0b0c0d, r16),
        MCV_OK);
    assert_memory_equal(a.content, b.content, sizeof a.content);
    assert_memory_not_equal(a.message, b.message, sizeof a.message);

    const struct {
        const struct mcv_uid *uid;
        uint64_t t;
        uint32_t csb_id;
        struct mcv_bytes rand;
    } rows[] = {
        {&other_uid, 0x0102030405060708, 0x0a0b0c0d, r16},
        {&uid, 0x0102030405060709, 0x0a0b0c0d, r16},
        {&uid, 0x0102030405060708, 0x0a0b0c0e, r16},
        {&uid, 0x0102030405060708, 0x0a0b0c0d, r15},
    };
    for (size_t i = 0; i < N_OF(rows); i++) {
        assert_int_equal(
            mcv_replay_id_of(&b, message, rows[i].uid, rows[i].t, rows[i].csb_id, rows[i].rand),
            MCV_OK);
        assert_memory_not_equal(a.content, b.content, sizeof a.content);
    }
}

/* ---- the next run -------------------------------------------------------------------------- */

static uint8_t state_room[512];

/* Messages 1 to 3; the first is over at NOW + 2 * SKEW, the others ten seconds later each. */
static struct mcv_bytes exported(int64_t utc_s)
{
    struct mcv_replay c = empty_cache();
    struct mcv_writer w = mcv_writer_of(state_room, sizeof state_room);

    for (uint8_t i = 1; i <= 3; i++) {
        const struct mcv_replay_id id = id_of(i, i);
        assert_int_equal(mcv_replay_add(&c, &id, 7, NOW + 10 * (i - 1), NOW), MCV_OK);
    }
    mcv_replay_export(&w, &c, utc_s);
    return mcv_wr_done(&w);
}

static void state_survives_without_calls(void **state)
{
    (void)state;
    const struct mcv_bytes s = exported(NOW + 2 * SKEW + 1);
    struct mcv_replay c = empty_cache();
    const struct mcv_replay_id one = id_of(1, 1), two = id_of(2, 2), three = id_of(3, 3);

    assert_int_equal(s.n, mcv_replay_export_bytes(2)); /* one is over */
    assert_int_equal(mcv_replay_import(&c, s, NOW + 2 * SKEW + 11), MCV_OK);
    assert_int_equal(mcv_replay_find(&c, &one, 7, NOW), MCV_REPLAY_NEW);
    assert_int_equal(mcv_replay_find(&c, &two, 7, NOW), MCV_REPLAY_NEW); /* over meanwhile */
    assert_int_equal(mcv_replay_find(&c, &three, 7, NOW), MCV_REPLAY_SEEN);
    assert_int_equal(mcv_replay_import(&c, s, NOW), MCV_OK);
    assert_int_equal(mcv_replay_find(&c, &two, 7, NOW), MCV_REPLAY_SEEN);
    assert_int_equal(mcv_replay_import(&c, s, NOW), MCV_OK); /* nothing is there twice */
    for (uint8_t i = 8; i < 8 + CAP - 2; i++) {
        const struct mcv_replay_id id = id_of(i, i);
        assert_int_equal(mcv_replay_add(&c, &id, 7, NOW, NOW), MCV_OK);
    }
    assert_int_equal(mcv_replay_find(&c, &one, 7, NOW), MCV_REPLAY_FULL);
}

static void state_that_does_not_fit(void **state)
{
    (void)state;
    const struct mcv_bytes s = exported(NOW);
    struct mcv_replay c = empty_cache();
    struct mcv_writer w = mcv_writer_of(state_room, mcv_replay_export_bytes(1));
    const struct mcv_replay_id two = id_of(2, 2), seven = id_of(7, 7), eight = id_of(8, 8);

    assert_int_equal(mcv_replay_add(&c, &seven, 7, NOW, NOW), MCV_OK);
    assert_int_equal(mcv_replay_add(&c, &eight, 7, NOW, NOW), MCV_OK);
    assert_int_equal(mcv_replay_import(&c, s, NOW), MCV_E_FULL);
    assert_int_equal(mcv_replay_find(&c, &two, 7, NOW), MCV_REPLAY_NEW);
    mcv_replay_export(&w, &c, NOW);
    assert_int_equal(w.err, MCV_E_SPACE);
}

/* A slot whose entry is over, and whose message comes in again, is no reason to fail. */
static void state_over_an_old_entry(void **state)
{
    (void)state;
    struct mcv_replay c = empty_cache();
    const struct mcv_replay_id three = id_of(3, 3);
    const struct mcv_bytes s = exported(NOW);

    c = empty_cache();
    c.cap = 3;
    assert_int_equal(mcv_replay_add(&c, &three, 7, NOW - 3 * SKEW, NOW - 3 * SKEW), MCV_OK);
    assert_int_equal(mcv_replay_import(&c, s, NOW), MCV_OK);
    assert_int_equal(mcv_replay_find(&c, &three, 7, NOW), MCV_REPLAY_SEEN);
}

static void state_that_is_none(void **state)
{
    (void)state;
    const struct mcv_bytes s = exported(NOW);
    struct mcv_replay c = empty_cache();
    uint8_t bad[512];

    for (size_t cut = 0; cut < s.n; cut++) {
        const mcv_err err = mcv_replay_import(&c, mcv_bytes_of(s.p, cut), NOW);
        assert_int_equal(err, MCV_E_TRUNCATED);
    }
    memcpy(bad, s.p, s.n);
    assert_int_equal(mcv_replay_import(&c, mcv_bytes_of(bad, s.n + 1), NOW), MCV_E_MALFORMED);
    bad[0] = 2;
    assert_int_equal(mcv_replay_import(&c, mcv_bytes_of(bad, s.n), NOW), MCV_E_UNSUPPORTED);
    bad[0] = 1;
    bad[5 + 64] = 0x80; /* a time that is negative */
    assert_int_equal(mcv_replay_import(&c, mcv_bytes_of(bad, s.n), NOW), MCV_E_MALFORMED);
    for (size_t i = 0; i < CAP; i++) assert_int_equal(c.entries[i].until_s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_window),
        cmocka_unit_test(verdict_by_message_and_call),
        cmocka_unit_test(entries_go_when_their_time_is_over),
        cmocka_unit_test(id_of_a_message),
        cmocka_unit_test(state_survives_without_calls),
        cmocka_unit_test(state_that_does_not_fit),
        cmocka_unit_test(state_over_an_old_entry),
        cmocka_unit_test(state_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
