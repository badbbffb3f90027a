/* Which packets leave together, and how joined datagrams come apart. */
#include "agent/edge/burst.h"
#include "agent/edge/gro.h"
#include "tests/support/cmocka.h"

static const uint8_t octets[MCV_BURST_MAX_BYTES];
static char sockets[2];

static const struct mcv_burst_limits limits = {.max_pkts = 10, .max_age_us = 2000};

/* Sizes of packets in a row; "+" in `cut` begins a burst, so that "+..+." is one of 3 and one of 2. */
static const struct row {
    const char *why;
    bool is_equal;
    size_t n, sizes[16];
    const char *cut;
} rows[] = {
    {"equal sizes", true, 5, {1200, 1200, 1200, 1200, 1200}, "+...."},
    {"the last may be shorter", true, 3, {1200, 1200, 700}, "+.."},
    {"a shorter one is the last", true, 4, {1200, 700, 700, 700}, "+.+."},
    {"a longer one begins a burst", true, 4, {700, 700, 1200, 1200}, "+.+."},
    {"all different", true, 3, {100, 200, 300}, "+++"},
    {"empty packets go alone", true, 3, {0, 0, 5}, "+++"},
    {"sizes do not matter to sendmmsg", false, 4, {700, 1200, 0, 1200}, "+..."},
    {"10 at most", true, 12, {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, "+.........+."},
    {"10 at most, of any size", false, 11, {9, 8, 7, 6, 5, 4, 3, 2, 1, 9, 9}, "+.........+"},
    {"less than a datagram holds",
     true,
     9,
     {8000, 8000, 8000, 8000, 8000, 8000, 8000, 8000, 8000},
     "+.......+"},
};

static void add(struct mcv_burst_queue *q, unsigned socket, uint8_t host, uint8_t pppp, size_t n,
                bool is_equal)
{
    const struct mcv_burst_packet p = {.socket = &sockets[socket],
                                       .to = {.family = MCV_IPV4, .b = {127, 0, 0, host}},
                                       .pppp = pppp,
                                       .is_equal = is_equal,
                                       .bytes = mcv_bytes_of(octets, n)};

    mcv_burst_add(q, &p, 0);
}

static void bursts_are_cut_by_size_and_number(void **state)
{
    static struct mcv_burst_queue q;
    struct mcv_burst b;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        for (size_t k = 0; k < r->n; k++) add(&q, 0, 1, 5, r->sizes[k], r->is_equal);
        size_t at = 0;
        while (mcv_burst_next(&b, &q, &limits)) {
            for (size_t k = 0; k < b.n; k++, at++) {
                if (r->cut[at] != (k == 0 ? '+' : '.')) fail_msg("%s: packet %zu", r->why, at);
                if (b.packets[k].n != r->sizes[at]) fail_msg("%s: order", r->why);
            }
        }
        if (at != r->n || q.n != 0) fail_msg("%s: %zu packets left", r->why, at);
    }
}

/* Audio and video of one call alternate, two receivers get the same packet: for UDP_SEGMENT one burst
 * for each. */
static void flows_do_not_cut_each_other(void **state)
{
    static struct mcv_burst_queue q;
    struct mcv_burst b;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        add(&q, 0, 1, 5, 100, true);
        add(&q, 1, 1, 5, 200, true);
        add(&q, 1, 2, 5, 300, true);
        add(&q, 1, 2, 3, 400, true);
    }
    for (unsigned flow = 0; flow < 4; flow++) {
        assert_true(mcv_burst_next(&b, &q, &limits));
        assert_ptr_equal(b.socket, &sockets[flow > 0]);
        assert_true(b.is_one_flow);
        assert_int_equal(b.pppp, flow < 3 ? 5 : 3);
        assert_int_equal(b.n, 4);
        for (unsigned i = 0; i < 4; i++) {
            assert_int_equal(b.to[i]->b[3], flow < 2 ? 1 : 2);
            assert_int_equal(b.packets[i].n, 100 * (flow + 1));
        }
    }
    assert_false(mcv_burst_next(&b, &q, &limits));
}

/* One packet to the members of a group, one by one: they leave together, on either path. Another socket
 * or priority is another burst. */
static void a_packet_to_many_is_one_burst(void **state)
{
    static struct mcv_burst_queue q;
    struct mcv_burst b;

    (void)state;
    for (unsigned is_equal = 0; is_equal < 2; is_equal++) {
        for (uint8_t host = 1; host <= 5; host++) {
            add(&q, 1, host, 5, 700, is_equal);
            add(&q, 1, host, 3, 80, is_equal);
            add(&q, 0, host, 5, 90, is_equal);
        }
        for (unsigned i = 0; i < 3; i++) {
            static const size_t sizes[] = {700, 80, 90};
            assert_true(mcv_burst_next(&b, &q, &limits));
            assert_false(b.is_one_flow);
            assert_int_equal(b.n, 5);
            for (unsigned k = 0; k < 5; k++) {
                assert_int_equal(b.to[k]->b[3], k + 1);
                assert_int_equal(b.packets[k].n, sizes[i]);
            }
        }
        assert_false(mcv_burst_next(&b, &q, &limits));
    }
}

/* What one receiver gets comes in its order, however it is cut. */
static void each_receiver_gets_his_packets_in_order(void **state)
{
    static struct mcv_burst_queue q;
    size_t last[4] = {0};
    struct mcv_burst b;

    (void)state;
    for (unsigned is_equal = 0; is_equal < 2; is_equal++) {
        memset(last, 0, sizeof last);
        for (size_t i = 1; i <= 12; i++)
            for (uint8_t host = 1; host <= 3; host++) add(&q, 0, host, 5, i * host, is_equal);
        while (mcv_burst_next(&b, &q, &limits)) {
            assert_true(b.n <= limits.max_pkts);
            for (size_t k = 0; k < b.n; k++) {
                const uint8_t host = b.to[k]->b[3];
                assert_int_equal(b.packets[k].n, last[host] + host);
                last[host] += host;
            }
        }
        for (size_t host = 1; host <= 3; host++) assert_int_equal(last[host], 12 * host);
    }
}

static void a_burst_is_due_when_it_is_old_or_full(void **state)
{
    static struct mcv_burst_queue q;
    const struct mcv_burst_packet p = {.socket = sockets};

    (void)state;
    assert_false(mcv_burst_is_due(&q, &limits, 1000000));
    mcv_burst_add(&q, &p, 1000000);
    mcv_burst_add(&q, &p, 1001900);
    assert_false(mcv_burst_is_due(&q, &limits, 1001999));
    assert_true(mcv_burst_is_due(&q, &limits, 1002000)); /* of the oldest, not of the last */
    while (q.n < MCV_BURST_MAX_PKTS) {
        assert_false(mcv_burst_is_due(&q, &limits, 1000000));
        mcv_burst_add(&q, &p, 1000000);
    }
    assert_true(mcv_burst_is_due(&q, &limits, 1000000));
}

static const struct {
    const char *why;
    size_t n, segment, n_datagrams, last;
} joined[] = {
    {"not joined", 1200, 0, 1, 1200},
    {"an empty datagram", 0, 0, 1, 0},
    {"two and a shorter one", 2900, 1200, 3, 500},
    {"exactly three", 3600, 1200, 3, 1200},
    {"a segment longer than the message", 10, 1200, 1, 10},
    {"octet by octet", 5, 1, 5, 1},
};

static void joined_datagrams_come_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof joined / sizeof *joined; i++) {
        struct mcv_gro g = mcv_gro_of(mcv_bytes_of(octets, joined[i].n), joined[i].segment);
        struct mcv_bytes d = {0};
        size_t n = 0, total = 0;
        while (mcv_gro_next(&g, &d)) {
            assert_ptr_equal(d.p, octets + total);
            total += d.n;
            n++;
        }
        if (n != joined[i].n_datagrams || total != joined[i].n || d.n != joined[i].last)
            fail_msg("%s", joined[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_are_cut_by_size_and_number),
        cmocka_unit_test(flows_do_not_cut_each_other),
        cmocka_unit_test(a_packet_to_many_is_one_burst),
        cmocka_unit_test(each_receiver_gets_his_packets_in_order),
        cmocka_unit_test(a_burst_is_due_when_it_is_old_or_full),
        cmocka_unit_test(joined_datagrams_come_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
