/* Local media that wait: in order, bounded, started with a picture. Spec: RFC 6184 5.2, 5.6, 5.7.1, 5.8. */
#include "agent/core/media_gate.h"
#include "proto/h264.h"
#include "tests/support/cmocka.h"
#include "tests/support/hex.h"

static struct mcv_held packet(uint64_t at_us, enum mcv_medium medium, bool is_start,
                              const char *text)
{
    return (struct mcv_held){
        .at_us = at_us, .medium = medium, .is_start = is_start, .rtp = mcv_bytes_str(text)};
}

static void expect_first(const struct mcv_media_gate *g, const char *text)
{
    struct mcv_held p;

    assert_true(mcv_media_gate_first(g, &p));
    assert_int_equal(p.rtp.n, strlen(text));
    assert_memory_equal(p.rtp.p, text, p.rtp.n);
}

static void in_the_order_of_arrival(void **state)
{
    uint8_t mem[256];
    struct mcv_media_gate g;
    struct mcv_held p;

    (void)state;
    mcv_media_gate_init(&g, mem, sizeof mem);
    assert_false(mcv_media_gate_first(&g, &p));
    p = packet(1, MCV_AUDIO, false, "one");
    assert_int_equal(mcv_media_gate_put(&g, &p), 0);
    p = packet(2, MCV_VIDEO, true, "two is longer");
    assert_int_equal(mcv_media_gate_put(&g, &p), 0);
    expect_first(&g, "one");
    mcv_media_gate_remove_first(&g);
    assert_true(mcv_media_gate_first(&g, &p));
    assert_int_equal(p.at_us, 2);
    assert_int_equal(p.medium, MCV_VIDEO);
    assert_true(p.is_start);
    mcv_media_gate_remove_first(&g);
    assert_int_equal(g.n_held, 0);
    assert_int_equal(g.n_used, 0);
}

static void bounded_in_time_and_octets(void **state)
{
    uint8_t mem[64];
    struct mcv_media_gate g;

    (void)state;
    mcv_media_gate_init(&g, mem, sizeof mem);
    struct mcv_held p = packet(10, MCV_AUDIO, false, "0123456789");
    assert_int_equal(mcv_media_gate_put(&g, &p), 0);
    p = packet(20, MCV_AUDIO, false, "abcdefghij");
    assert_int_equal(mcv_media_gate_put(&g, &p), 0);
    p = packet(30, MCV_AUDIO, false, "ABCDEFGHIJ");
    assert_int_equal(mcv_media_gate_put(&g, &p), 1); /* the oldest gives way */
    expect_first(&g, "abcdefghij");
    p.rtp = mcv_bytes_of(mem, sizeof mem);
    assert_int_equal(mcv_media_gate_put(&g, &p), 1); /* never fits: itself */
    assert_int_equal(g.n_held, 2);
    assert_int_equal(mcv_media_gate_expire(&g, 20), 0);
    assert_int_equal(mcv_media_gate_expire(&g, 30), 1);
    expect_first(&g, "ABCDEFGHIJ");
    mcv_media_gate_forget(&g);
    assert_int_equal(g.n_held, 0);
}

static void video_begins_with_a_picture(void **state)
{
    uint8_t mem[512];
    struct mcv_media_gate g;

    (void)state;
    mcv_media_gate_init(&g, mem, sizeof mem);
    const struct mcv_held all[] = {
        packet(1, MCV_VIDEO, false, "slice"), packet(2, MCV_AUDIO, true, "voice"),
        packet(3, MCV_VIDEO, false, "slice 2"), packet(4, MCV_VIDEO, true, "SPS"),
        packet(5, MCV_VIDEO, false, "PPS")};
    for (size_t i = 0; i < 3; i++) assert_int_equal(mcv_media_gate_put(&g, &all[i]), 0);
    assert_false(mcv_media_gate_start_video(&g)); /* all video is gone */
    assert_int_equal(g.n_held, 1);
    for (size_t i = 2; i < 5; i++) assert_int_equal(mcv_media_gate_put(&g, &all[i]), 0);
    assert_true(mcv_media_gate_start_video(&g));
    assert_int_equal(g.n_held, 3);
    expect_first(&g, "voice");
    mcv_media_gate_remove_first(&g);
    expect_first(&g, "SPS");
}

static void where_decoding_can_begin(void **state)
{
    static const struct {
        const char *why, *hex;
        bool is_start;
    } rows[] = {
        {"RFC 6184 5.6: an IDR slice alone", "6588", true},
        {"a sequence parameter set", "6742e01f", true},
        {"another slice", "419a", false},
        {"a picture parameter set", "68ce", false},
        {"SEI", "0605", false},
        {"5.7.1: STAP-A with SPS and PPS", "780004674200000002 68ce", true},
        {"STAP-A with IDR behind", "78000268ce00026588", true},
        {"STAP-A without", "780002419a", false},
        {"STAP-A with a length beyond the end", "78000a67", false},
        {"STAP-A of nothing", "78", false},
        {"5.8: FU-A, first of an IDR", "7c8588", true},
        {"FU-A, in the middle of an IDR", "7c0588", false},
        {"FU-A, first of another", "7c8188", false},
        {"FU-A without its header", "7c", false},
        {"no payload", "", true},
        {"5.2: type 0 is undefined: not ours to judge", "00", true},
        {"5.2: type 31 is undefined", "1f", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t octets[32];
        const size_t n = mcv_hex_decode(octets, sizeof octets, rows[i].hex);
        if (mcv_h264_is_start(mcv_bytes_of(octets, n)) != rows[i].is_start) {
            fail_msg("%s", rows[i].why);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_order_of_arrival),
        cmocka_unit_test(bounded_in_time_and_octets),
        cmocka_unit_test(video_begins_with_a_picture),
        cmocka_unit_test(where_decoding_can_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
