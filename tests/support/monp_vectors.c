#include "tests/support/monp_vectors.h"

#include "tests/support/cmocka.h"

#define TEXT(s)                                                                                    \
    {                                                                                              \
        .p = (const uint8_t *)(s), .n = sizeof(s) - 1                                              \
    }

/* LV-E: two octets of length, then the text. */
#define ALICE "0014 7369703a616c696365 406d632e6578616d706c65"
#define BOB   "0012 7369703a626f62 406d632e6578616d706c65"
#define CAROL "0014 7369703a6361726f6c 406d632e6578616d706c65"
#define DAVE  "0013 7369703a64617665 406d632e6578616d706c65"
#define GROUP "0011 7369703a6731 406d632e6578616d706c65"
#define SDP   "0005 763d300d0a"

#define T_ALICE TEXT("sip:alice@mc.example")
#define T_BOB   TEXT("sip:bob@mc.example")
#define T_CAROL TEXT("sip:carol@mc.example")
#define T_DAVE  TEXT("sip:dave@mc.example")
#define T_GROUP TEXT("sip:g1@mc.example")
#define T_SDP   TEXT("v=0\r\n")

#define TIME   "006955b900" /* 1767225600: 2026-01-01T00:00:00Z */
#define T_TIME 1767225600

const struct monp_vector monp_vectors[] = {
    {"17.1.2 GROUP CALL PROBE", "16 81" GROUP, {.type = 0x81, .group = T_GROUP}},

    {"17.1.3 GROUP CALL ANNOUNCEMENT, confirm mode",
     "16 82 1234 01 2710" TIME TIME GROUP SDP ALICE ALICE "80",
     {.type = 0x82,
      .call_id = 0x1234,
      .call_type = MCV_CALL_BASIC_GROUP,
      .refresh_interval_ms = 10000,
      .call_start_s = T_TIME,
      .last_change_s = T_TIME,
      .group = T_GROUP,
      .sdp = T_SDP,
      .originator = T_ALICE,
      .last_user = T_ALICE,
      .has_confirm_mode = true}},
    {"17.1.3 GROUP CALL ANNOUNCEMENT, probe response, every field another value",
     "16 82 fffe 03 0001 006955b900 ffffffffff" GROUP SDP ALICE CAROL "81",
     {.type = 0x82,
      .call_id = 0xfffe,
      .call_type = MCV_CALL_EMERGENCY_GROUP,
      .refresh_interval_ms = 1,
      .call_start_s = T_TIME,
      .last_change_s = 0xffffffffff,
      .group = T_GROUP,
      .sdp = T_SDP,
      .originator = T_ALICE,
      .last_user = T_CAROL,
      .has_probe_response = true}},
    {"17.1.3 GROUP CALL ANNOUNCEMENT, both options",
     "16 82 0000 04 ffff 0000000000 0000000001" GROUP SDP BOB ALICE "80 81",
     {.type = 0x82,
      .call_type = MCV_CALL_IMMINENT_PERIL_GROUP,
      .refresh_interval_ms = 65535,
      .last_change_s = 1,
      .group = T_GROUP,
      .sdp = T_SDP,
      .originator = T_BOB,
      .last_user = T_ALICE,
      .has_confirm_mode = true,
      .has_probe_response = true}},

    {"17.1.4 GROUP CALL ACCEPT",
     "16 83 0102 01" GROUP BOB,
     {.type = 0x83,
      .call_id = 0x0102,
      .call_type = MCV_CALL_BASIC_GROUP,
      .group = T_GROUP,
      .sender = T_BOB}},

    {"17.1.13 GROUP CALL EMERGENCY END",
     "16 84 1234" TIME ALICE GROUP ALICE,
     {.type = 0x84,
      .call_id = 0x1234,
      .last_change_s = T_TIME,
      .last_user = T_ALICE,
      .group = T_GROUP,
      .originator = T_ALICE}},
    {"17.1.13 GROUP CALL EMERGENCY END, by another than the originator",
     "16 84 1234" TIME CAROL GROUP ALICE,
     {.type = 0x84,
      .call_id = 0x1234,
      .last_change_s = T_TIME,
      .last_user = T_CAROL,
      .group = T_GROUP,
      .originator = T_ALICE}},

    {"17.1.12 GROUP CALL IMMINENT PERIL END",
     "16 85 1235" TIME BOB GROUP CAROL,
     {.type = 0x85,
      .call_id = 0x1235,
      .last_change_s = T_TIME,
      .last_user = T_BOB,
      .group = T_GROUP,
      .originator = T_CAROL}},

    {"17.1.18 GROUP CALL BROADCAST",
     "16 86 2001 02" ALICE GROUP SDP,
     {.type = 0x86,
      .call_id = 0x2001,
      .call_type = MCV_CALL_BROADCAST_GROUP,
      .originator = T_ALICE,
      .group = T_GROUP,
      .sdp = T_SDP}},

    {"17.1.19 GROUP CALL BROADCAST END",
     "16 87 2001" GROUP ALICE,
     {.type = 0x87, .call_id = 0x2001, .group = T_GROUP, .originator = T_ALICE}},

    {"17.1.5 PRIVATE CALL SETUP REQUEST, automatic",
     "16 88 1234 00 05" ALICE BOB SDP,
     {.type = 0x88,
      .call_id = 0x1234,
      .commencement_mode = MCV_COMMENCEMENT_AUTOMATIC,
      .call_type = MCV_CALL_PRIVATE,
      .caller = T_ALICE,
      .callee = T_BOB,
      .sdp = T_SDP}},
    {"17.1.5 PRIVATE CALL SETUP REQUEST, emergency, manual, location",
     "16 88 ffff 01 06" BOB ALICE SDP "78 0003 4c4f43",
     {.type = 0x88,
      .call_id = 0xffff,
      .commencement_mode = MCV_COMMENCEMENT_MANUAL,
      .call_type = MCV_CALL_EMERGENCY_PRIVATE,
      .caller = T_BOB,
      .callee = T_ALICE,
      .sdp = T_SDP,
      .location = TEXT("LOC")}},

    {"17.1.6 PRIVATE CALL RINGING",
     "16 89 1234" ALICE BOB,
     {.type = 0x89, .call_id = 0x1234, .caller = T_ALICE, .callee = T_BOB}},

    {"17.1.7 PRIVATE CALL ACCEPT",
     "16 8a 1234" ALICE BOB SDP,
     {.type = 0x8a, .call_id = 0x1234, .caller = T_ALICE, .callee = T_BOB, .sdp = T_SDP}},

    {"17.1.8 PRIVATE CALL REJECT, security context",
     "16 8b 1234 03" ALICE BOB,
     {.type = 0x8b,
      .call_id = 0x1234,
      .reason = MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE,
      .caller = T_ALICE,
      .callee = T_BOB}},
    {"17.1.8 PRIVATE CALL REJECT, reject",
     "16 8b 1234 00" ALICE BOB,
     {.type = 0x8b,
      .call_id = 0x1234,
      .reason = MCV_REASON_REJECT,
      .caller = T_ALICE,
      .callee = T_BOB}},
    {"17.1.8 PRIVATE CALL REJECT, media failure",
     "16 8b 1234 01" ALICE BOB,
     {.type = 0x8b,
      .call_id = 0x1234,
      .reason = MCV_REASON_MEDIA_FAILURE,
      .caller = T_ALICE,
      .callee = T_BOB}},
    {"17.1.8 PRIVATE CALL REJECT, busy",
     "16 8b 1234 02" ALICE BOB,
     {.type = 0x8b,
      .call_id = 0x1234,
      .reason = MCV_REASON_BUSY,
      .caller = T_ALICE,
      .callee = T_BOB}},
    {"17.1.8 PRIVATE CALL REJECT, failed",
     "16 8b 1234 04" ALICE BOB,
     {.type = 0x8b,
      .call_id = 0x1234,
      .reason = MCV_REASON_FAILED,
      .caller = T_ALICE,
      .callee = T_BOB}},

    {"17.1.9 PRIVATE CALL RELEASE",
     "16 8c 1234" ALICE BOB,
     {.type = 0x8c, .call_id = 0x1234, .caller = T_ALICE, .callee = T_BOB}},

    {"17.1.10 PRIVATE CALL RELEASE ACK",
     "16 8d 1234" ALICE BOB,
     {.type = 0x8d, .call_id = 0x1234, .caller = T_ALICE, .callee = T_BOB}},

    {"17.1.11 PRIVATE CALL ACCEPT ACK",
     "16 8e 1234" ALICE BOB,
     {.type = 0x8e, .call_id = 0x1234, .caller = T_ALICE, .callee = T_BOB}},

    {"17.1.14 GROUP EMERGENCY ALERT, location",
     "16 8f" GROUP ALICE "0004 46697265 78 0003 4c4f43",
     {.type = 0x8f,
      .group = T_GROUP,
      .originator = T_ALICE,
      .organization = TEXT("Fire"),
      .location = TEXT("LOC")}},
    {"17.1.14 GROUP EMERGENCY ALERT, no location; octets that are not UTF-8 stay",
     "16 8f" GROUP ALICE "000a 466575657277656872 fc",
     {.type = 0x8f,
      .group = T_GROUP,
      .originator = T_ALICE,
      .organization = TEXT("Feuerwehr\xfc")}},

    {"17.1.15 GROUP EMERGENCY ALERT ACK",
     "16 90" GROUP ALICE BOB,
     {.type = 0x90, .group = T_GROUP, .originator = T_ALICE, .sender = T_BOB}},

    {"17.1.16 GROUP EMERGENCY ALERT CANCEL, by a third party",
     "16 91" GROUP ALICE CAROL,
     {.type = 0x91, .group = T_GROUP, .originator = T_ALICE, .sender = T_CAROL}},

    {"17.1.17 GROUP EMERGENCY ALERT CANCEL ACK",
     "16 92" GROUP ALICE DAVE,
     {.type = 0x92, .group = T_GROUP, .originator = T_ALICE, .sender = T_DAVE}},

    {"17.1.20 PRIVATE REMOTE VIDEO PUSH REQUEST",
     "16 93 0a0b" ALICE BOB CAROL,
     {.type = 0x93,
      .call_id = 0x0a0b,
      .requester = T_ALICE,
      .push_originator = T_BOB,
      .recipient_user = T_CAROL}},
    {"17.1.20 PRIVATE REMOTE VIDEO PUSH REQUEST, video information",
     "16 93 0a0b" ALICE BOB CAROL "79 0005 00 63616d31",
     {.type = 0x93,
      .call_id = 0x0a0b,
      .requester = T_ALICE,
      .push_originator = T_BOB,
      .recipient_user = T_CAROL,
      .has_video_info = true,
      .video_source = MCV_PUSH_SOURCE_USER,
      .video_info = TEXT("cam1")}},

    {"17.1.21 GROUP REMOTE VIDEO PUSH REQUEST",
     "16 94 0a0c" ALICE BOB GROUP,
     {.type = 0x94,
      .call_id = 0x0a0c,
      .requester = T_ALICE,
      .push_originator = T_BOB,
      .recipient_group = T_GROUP}},
    {"17.1.21 GROUP REMOTE VIDEO PUSH REQUEST, video information without text",
     "16 94 0a0c" ALICE BOB GROUP "79 0001 01",
     {.type = 0x94,
      .call_id = 0x0a0c,
      .requester = T_ALICE,
      .push_originator = T_BOB,
      .recipient_group = T_GROUP,
      .has_video_info = true,
      .video_source = MCV_PUSH_SOURCE_GROUP}},

    {"17.1.22 VIDEO PUSH TRYING RESPONSE", "16 95 0a0b", {.type = 0x95, .call_id = 0x0a0b}},

    {"17.1.23 NOTIFY VIDEO PUSH, success to a user",
     "16 96 0a0b 00" BOB ALICE "7a 0014 7369703a6361726f6c406d632e6578616d706c65",
     {.type = 0x96,
      .call_id = 0x0a0b,
      .push_result = MCV_PUSH_SUCCESS,
      .notifier = T_BOB,
      .notified = T_ALICE,
      .recipient_user = T_CAROL}},
    {"17.1.23 NOTIFY VIDEO PUSH, failure to a group, with reason",
     "16 96 0a0c 01" BOB ALICE "7b 0011 7369703a6731406d632e6578616d706c65 20 02",
     {.type = 0x96,
      .call_id = 0x0a0c,
      .push_result = MCV_PUSH_FAILURE,
      .notifier = T_BOB,
      .notified = T_ALICE,
      .recipient_group = T_GROUP,
      .has_reason = true,
      .reason = MCV_REASON_BUSY}},
    {"17.1.23 NOTIFY VIDEO PUSH, nothing optional",
     "16 96 0a0b 00" BOB ALICE,
     {.type = 0x96, .call_id = 0x0a0b, .notifier = T_BOB, .notified = T_ALICE}},
    {"17.1.23 NOTIFY VIDEO PUSH, everything optional",
     "16 96 0a0b 01" BOB ALICE "7a" CAROL "7b" GROUP "20 00",
     {.type = 0x96,
      .call_id = 0x0a0b,
      .push_result = MCV_PUSH_FAILURE,
      .notifier = T_BOB,
      .notified = T_ALICE,
      .recipient_user = T_CAROL,
      .recipient_group = T_GROUP,
      .has_reason = true,
      .reason = MCV_REASON_REJECT}},
};

const size_t n_monp_vectors = sizeof monp_vectors / sizeof monp_vectors[0];

const struct monp_vector *monp_vector_of(uint8_t type)
{
    for (size_t i = 0; i < n_monp_vectors; i++)
        if (monp_vectors[i].m.type == type) return &monp_vectors[i];
    fail_msg("no vector of type 0x%02x", type);
    return NULL;
}

#define FIELD(name)                                                                                \
    {                                                                                              \
#name, offsetof(struct mcv_monp, name), sizeof(((struct mcv_monp *)0)->name)               \
    }
#define TEXT_AT(name)                                                                              \
    {                                                                                              \
#name, offsetof(struct mcv_monp, name)                                                     \
    }

void assert_monp_equal(const struct mcv_monp *got, const struct mcv_monp *want)
{
    static const struct {
        const char *name;
        size_t offset, n;
    } numbers[] = {
        FIELD(type),
        FIELD(commencement_mode),
        FIELD(call_type),
        FIELD(reason),
        FIELD(push_result),
        FIELD(has_confirm_mode),
        FIELD(has_probe_response),
        FIELD(has_reason),
        FIELD(has_video_info),
        FIELD(video_source),
        FIELD(call_id),
        FIELD(refresh_interval_ms),
        FIELD(call_start_s),
        FIELD(last_change_s),
    };
    static const struct {
        const char *name;
        size_t offset;
    } texts[] = {
        TEXT_AT(caller),
        TEXT_AT(callee),
        TEXT_AT(group),
        TEXT_AT(originator),
        TEXT_AT(last_user),
        TEXT_AT(sender),
        TEXT_AT(sdp),
        TEXT_AT(organization),
        TEXT_AT(location),
        TEXT_AT(requester),
        TEXT_AT(push_originator),
        TEXT_AT(recipient_user),
        TEXT_AT(recipient_group),
        TEXT_AT(notifier),
        TEXT_AT(notified),
        TEXT_AT(video_info),
    };
    const uint8_t *a = (const uint8_t *)got, *b = (const uint8_t *)want;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (memcmp(a + numbers[i].offset, b + numbers[i].offset, numbers[i].n) != 0)
            fail_msg("%s differs", numbers[i].name);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct mcv_bytes x, y;
        memcpy(&x, a + texts[i].offset, sizeof x);
        memcpy(&y, b + texts[i].offset, sizeof y);
        if (!mcv_bytes_equal(x, y)) fail_msg("%s differs", texts[i].name);
    }
}
