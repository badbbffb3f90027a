/* The digest of outputs: what a replay compares tells every difference. */
#include "agent/record/record_parts.h"
#include "proto/monp.h"
#include "tests/support/cmocka.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { REDACTED, FULL };

static const struct mcv_addr hosts[3] = {{.family = MCV_IPV4, .b = {10, 0, 0, 1}},
                                         {.family = MCV_IPV4, .b = {10, 0, 0, 2}},
                                         {.family = MCV_IPV4, .b = {10, 0, 0, 3}}};

static uint8_t octets[64] = {0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9};

static struct mcv_out packet_of(enum mcv_channel channel)
{
    return (struct mcv_out){.kind = MCV_OUT_PACKET,
                            .u.packet = {.channel = channel,
                                         .call = 1,
                                         .to = hosts[0],
                                         .fan_out = {.to = hosts, .n = 2},
                                         .bytes = mcv_bytes_of(octets, 40)}};
}

static struct mcv_out event_of(enum mcv_event_type type)
{
    return (struct mcv_out){.kind = MCV_OUT_EVENT, .u.event = {.type = type, .call = 1}};
}

/* Does the digest of this form tell the two apart? */
static bool tells(const struct mcv_out *a, const struct mcv_out *b, int form)
{
    return mcv_record_digest(0, a, form == FULL) != mcv_record_digest(0, b, form == FULL);
}

static void assert_told(const char *why, const struct mcv_out *a, const struct mcv_out *b)
{
    for (int form = REDACTED; form <= FULL; form++)
        if (!tells(a, b, form)) fail_msg("%s, form %d", why, form);
}

static void where_a_packet_goes_is_told(void **state)
{
    const struct mcv_out was = packet_of(MCV_CH_AUDIO_RTP);
    const struct mcv_addr others[] = {hosts[0], hosts[2]};
    struct mcv_out is = was;
    (void)state;

    is.u.packet.fan_out.n = 1;
    assert_told("one receiver less", &was, &is);
    is.u.packet.fan_out = (struct mcv_fan_out){.to = hosts, .n = 3};
    assert_told("one receiver more", &was, &is);
    is.u.packet.fan_out = (struct mcv_fan_out){.to = others, .n = 2};
    assert_told("another receiver", &was, &is);
    is = was;
    is.u.packet.to = hosts[1];
    assert_told("another address", &was, &is);
    is = was;
    is.u.packet.pppp = 3;
    assert_told("another priority", &was, &is);
}

/* The header is in clear, the rest is there in a full record alone. */
static void which_octets_are_told(void **state)
{
    static const struct {
        const char *why;
        enum mcv_channel channel;
        size_t at;
        bool is_redacted_too;
    } rows[] = {
        {"type of MONP", MCV_CH_MONP, 1, true},
        {"MONP behind it", MCV_CH_MONP, 5, true},
        {"sequence number", MCV_CH_VIDEO_RTP, 3, true},
        {"SSRC of RTP", MCV_CH_VIDEO_RTP, 11, true},
        {"payload", MCV_CH_VIDEO_RTP, 12, false},
        {"subtype of transmission control", MCV_CH_CONTROL, 0, true},
        {"SSRC of RTCP", MCV_CH_AUDIO_RTCP, 7, true},
        {"behind the SSRC of RTCP", MCV_CH_AUDIO_RTCP, 8, false},
    };
    (void)state;

    for (size_t i = 0; i < N_OF(rows); i++) {
        uint8_t other[sizeof octets];
        const struct mcv_out was = packet_of(rows[i].channel);
        struct mcv_out is = was;
        memcpy(other, octets, sizeof octets);
        other[rows[i].at] ^= 1;
        is.u.packet.bytes.p = other;
        if (!tells(&was, &is, FULL)) fail_msg("%s", rows[i].why);
        if (tells(&was, &is, REDACTED) != rows[i].is_redacted_too) fail_msg("%s", rows[i].why);
        is = was;
        is.u.packet.bytes.n++;
        assert_told("size", &was, &is);
    }
}

/* It differs when its key is not there; not in size. */
static void a_setup_request_is_told_by_type_and_size(void **state)
{
    uint8_t a[40] = {0, MCV_MONP_PRIVATE_CALL_SETUP_REQUEST}, b[40];
    struct mcv_out was = packet_of(MCV_CH_MONP), is = was;
    (void)state;

    memcpy(b, a, sizeof b);
    b[20] = 1;
    was.u.packet.bytes = mcv_bytes_of(a, sizeof a);
    is.u.packet.bytes = mcv_bytes_of(b, sizeof b);
    assert_true(tells(&was, &is, FULL) && !tells(&was, &is, REDACTED));
    is.u.packet.bytes.n--;
    assert_told("size", &was, &is);
}

/* Every field of an event, with what it is set to. */
#define EVENT_FIELDS(X)                                                                            \
    X(call, 2)                                                                                     \
    X(call_id, 2)                                                                                  \
    X(user, mcv_bytes_str("a"))                                                                    \
    X(group, mcv_bytes_str("a"))                                                                   \
    X(recipient, mcv_bytes_str("a"))                                                               \
    X(organization, mcv_bytes_str("a"))                                                            \
    X(location, mcv_bytes_str("a"))                                                                \
    X(is_manual, true)                                                                             \
    X(is_outgoing, true)                                                                           \
    X(is_push, true)                                                                               \
    X(is_unverified, true)                                                                         \
    X(call_type, 1)                                                                                \
    X(reason, MCV_END_BUSY)                                                                        \
    X(key_id, 1)                                                                                   \
    X(ssrc, 1)                                                                                     \
    X(medium, MCV_VIDEO)                                                                           \
    X(cause, 1)                                                                                    \
    X(position, 1)                                                                                 \
    X(why, "because")                                                                              \
    X(setup.total_us, 1)                                                                           \
    X(setup.build_us, 1)                                                                           \
    X(setup.network_us, 1)                                                                         \
    X(setup.verify_us, 1)                                                                          \
    X(setup.decapsulate_us, 1)                                                                     \
    X(reception.n_received, 1)                                                                     \
    X(reception.n_lost, -1)                                                                        \
    X(reception.jitter_us, 1)                                                                      \
    X(reception.has_lip_sync, true)                                                                \
    X(reception.lip_sync_us, -1)

static void every_field_of_an_event_is_told(void **state)
{
    const struct mcv_out was = event_of(MCV_EVENT_MEDIA_REPORT);
    struct mcv_out is = event_of(MCV_EVENT_MEDIA_ENDED);
    (void)state;

    assert_told("type", &was, &is);
#define ASSERT_TOLD(field, value)                                                                  \
    is = was;                                                                                      \
    is.u.event.field = value;                                                                      \
    assert_told(#field, &was, &is);
    EVENT_FIELDS(ASSERT_TOLD)
#undef ASSERT_TOLD
}

/* One output more, or the same in another order. */
static void the_order_is_told(void **state)
{
    const struct mcv_out a = event_of(MCV_EVENT_CALL_RINGING), b = packet_of(MCV_CH_MONP);
    const uint64_t ab = mcv_record_digest(mcv_record_digest(0, &a, false), &b, false);
    (void)state;

    assert_true(ab != mcv_record_digest(mcv_record_digest(0, &b, false), &a, false));
    assert_true(ab != mcv_record_digest(ab, &b, false));
    assert_true(ab == mcv_record_digest(mcv_record_digest(0, &a, false), &b, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_a_packet_goes_is_told),
        cmocka_unit_test(which_octets_are_told),
        cmocka_unit_test(a_setup_request_is_told_by_type_and_size),
        cmocka_unit_test(every_field_of_an_event_is_told),
        cmocka_unit_test(the_order_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
