/* Lip sync from arrival times and sender reports. Spec: RFC 3550 6.4.1. */
#include "proto/rtp_sync.h"

#include "proto/ntp.h"
#include "tests/support/cmocka.h"

#define AUDIO_HZ    16000
#define VIDEO_HZ    90000
#define AUDIO_START 0xfffff000u /* wraps soon */
#define VIDEO_START 0x7fffff00u /* passes the sign soon */
#define SENDER_UTC  1900000000  /* nothing like our clock, which starts at 0 */

struct pair {
    struct mcv_rtp_sync audio, video;
};

static uint32_t ts_at(uint32_t start, uint32_t hz, uint64_t us)
{
    return start + (uint32_t)(us * hz / 1000000);
}

static uint64_t ntp_at(uint64_t us)
{
    return mcv_ntp_at(&(struct mcv_ntp_clock){.utc_s = SENDER_UTC}, us);
}

static void begin(struct pair *p)
{
    mcv_rtp_sync_init(&p->audio, AUDIO_HZ);
    mcv_rtp_sync_init(&p->video, VIDEO_HZ);
}

/* Both media of from_ms up to until_ms, 20 ms audio frames and 40 ms pictures of three packets. */
static void play(struct pair *p, uint64_t from_ms, uint64_t until_ms, uint64_t audio_us,
                 uint64_t video_us)
{
    for (uint64_t us = from_ms * 1000; us < until_ms * 1000; us += 20000) {
        mcv_rtp_sync_packet(&p->audio, ts_at(AUDIO_START, AUDIO_HZ, us), us + audio_us);
        if (us % 40000 != 0) continue;
        for (uint64_t i = 0; i < 3; i++) /* all of a picture but its first packet come later */
            mcv_rtp_sync_packet(&p->video, ts_at(VIDEO_START, VIDEO_HZ, us),
                                us + video_us + i * 9000);
    }
}

static void report(struct pair *p, uint64_t audio_ms, uint64_t video_ms)
{
    mcv_rtp_sync_report(&p->audio, ntp_at(audio_ms * 1000),
                        ts_at(AUDIO_START, AUDIO_HZ, audio_ms * 1000));
    mcv_rtp_sync_report(&p->video, ntp_at(video_ms * 1000),
                        ts_at(VIDEO_START, VIDEO_HZ, video_ms * 1000));
}

static int64_t lip_us(const struct pair *p)
{
    int64_t us;

    assert_true(mcv_rtp_sync_lip_us(&us, &p->audio, &p->video));
    return us;
}

static void nothing_before_both_reports(void **state)
{
    struct pair p;
    int64_t us = 1;

    (void)state;
    begin(&p);
    mcv_rtp_sync_report(&p.audio, ntp_at(0), AUDIO_START); /* before any packet: of no use */
    assert_false(mcv_rtp_sync_lip_us(&us, &p.audio, &p.video));
    assert_int_equal(us, 0);
    play(&p, 0, 1000, 5000, 5000);
    assert_false(mcv_rtp_sync_lip_us(&us, &p.audio, &p.video));
    mcv_rtp_sync_report(&p.audio, ntp_at(900000), ts_at(AUDIO_START, AUDIO_HZ, 900000));
    assert_false(mcv_rtp_sync_lip_us(&us, &p.audio, &p.video));
    report(&p, 900, 950);
    assert_true(mcv_rtp_sync_lip_us(&us, &p.audio, &p.video));
}

/* Video is under way for 120 ms more than audio, whatever the moments of the reports. */
static void video_behind_audio(void **state)
{
    struct pair p;

    (void)state;
    begin(&p);
    play(&p, 0, 2000, 10000, 130000);
    report(&p, 1500, 300);
    assert_in_range(lip_us(&p), 119900, 120100);
    report(&p, 90, 1990);
    assert_in_range(lip_us(&p), 119900, 120100);
}

static void video_before_audio(void **state)
{
    struct pair p;

    (void)state;
    begin(&p);
    play(&p, 0, 2000, 80000, 15000);
    report(&p, 1000, 1000);
    assert_in_range(-lip_us(&p), 64900, 65100);
}

/* A path that becomes slower shows within some frames; one late frame moves the figure little. */
static void follows_slowly(void **state)
{
    struct pair p;

    (void)state;
    begin(&p);
    play(&p, 0, 1000, 10000, 10000);
    report(&p, 500, 500);
    mcv_rtp_sync_packet(&p.video, ts_at(VIDEO_START, VIDEO_HZ, 1000000), 1000000 + 170000);
    assert_in_range(lip_us(&p), 9900, 10100); /* 160 ms / 16 */
    play(&p, 1040, 11000, 10000, 90000);
    assert_in_range(lip_us(&p), 79900, 80100);
}

/* The sender sets his timestamps anew: the old report says nothing of them. */
static void a_jump_waits_for_a_report(void **state)
{
    struct pair p;
    int64_t us;

    (void)state;
    begin(&p);
    play(&p, 0, 1000, 10000, 50000);
    report(&p, 500, 500);
    const uint32_t other = VIDEO_START + 0x40000000u;
    mcv_rtp_sync_packet(&p.video, other, 1000000 + 50000);
    assert_false(mcv_rtp_sync_lip_us(&us, &p.audio, &p.video));
    mcv_rtp_sync_report(&p.video, ntp_at(1000000), other);
    assert_in_range(lip_us(&p), 39900, 40100);
}

/* A day of video: 90 kHz wraps after 13 hours. */
static void a_long_call(void **state)
{
    struct pair p;
    const uint64_t day_ms = 24 * 3600 * 1000;

    (void)state;
    begin(&p);
    for (uint64_t ms = 0; ms <= day_ms; ms += 3600 * 1000) play(&p, ms, ms + 40, 7000, 27000);
    report(&p, day_ms, day_ms);
    assert_in_range(lip_us(&p), 19900, 20100);
}

/* As far ahead as a timestamp can say, a hundred thousand times. */
static void jumps_do_not_add_up(void **state)
{
    struct pair p;
    uint32_t ts = VIDEO_START;

    (void)state;
    begin(&p);
    for (uint64_t i = 0; i <= 100000; i++, ts += INT32_MAX) mcv_rtp_sync_packet(&p.video, ts, i);
    assert_in_range(p.video.units, 0, INT32_MAX);
    play(&p, 1000, 2000, 10000, 50000);
    report(&p, 1500, 1500);
    assert_in_range(lip_us(&p), 39900, 40100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_before_both_reports), cmocka_unit_test(video_behind_audio),
        cmocka_unit_test(video_before_audio),          cmocka_unit_test(follows_slowly),
        cmocka_unit_test(a_jump_waits_for_a_report),   cmocka_unit_test(a_long_call),
        cmocka_unit_test(jumps_do_not_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
