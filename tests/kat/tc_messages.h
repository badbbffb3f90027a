/* Transmission control messages, octet by octet.
 *
 * Source: composed by hand from TS 24.581 9.1.2, 9.1.3, Table 9.2.3.1-1 and the message tables of 9.2.4
 * to 9.2.12 and 9.2.31 (V18.8.0). u1 = sip:u1@mc.example with the SSRCs 11111111 and 11111112,
 * u2 = sip:u2@mc.example with the control SSRC 22222222. */
#ifndef MCV_TESTS_KAT_TC_MESSAGES_H
#define MCV_TESTS_KAT_TC_MESSAGES_H

#include "proto/tc.h"

#define TC_U1      "117369703a7531406d632e6578616d706c6500 "
#define TC_U2      "117369703a7532406d632e6578616d706c6500"
#define TC_U1_SSRC 0x11111111u
#define TC_U2_SSRC 0x22222222u
#define TC_U1_A    "0e06111111110000"
#define TC_U1_V    "1706111111120000"

/* Text of a message, as a designated initialiser. */
#define TC_TEXT(s)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }
#define TC_URI_1 TC_TEXT("sip:u1@mc.example")
#define TC_URI_2 TC_TEXT("sip:u2@mc.example")

static const struct tc_known {
    const char *why, *hex;
    struct mcv_tc m;
} tc_known[] = {
    {"Transmission Request, priority 5, normal call, from u1",
     "80cc0009 11111111 4d435630 00020500 06" TC_U1 "0d028000",
     {.type = MCV_TC_REQUEST,
      .ssrc = TC_U1_SSRC,
      .has = MCV_TC_HAS(PRIORITY) | MCV_TC_HAS(USER_ID) | MCV_TC_HAS(INDICATOR),
      .priority = 5,
      .user_id = TC_URI_1,
      .indicator = MCV_TC_NORMAL_CALL}},
    {"Transmission Granted by u2 to u1, 30 s, priority 5",
     "80cc000e 22222222 4d435631 0102001e " TC_U1_A TC_U1_V "00020500 06" TC_U1 "0d028000",
     {.type = MCV_TC_GRANTED,
      .ssrc = TC_U2_SSRC,
      .has = MCV_TC_HAS(DURATION) | MCV_TC_HAS(AUDIO_SSRC) | MCV_TC_HAS(VIDEO_SSRC) |
             MCV_TC_HAS(PRIORITY) | MCV_TC_HAS(USER_ID) | MCV_TC_HAS(INDICATOR),
      .duration_s = 30,
      .audio_ssrc = TC_U1_SSRC,
      .video_ssrc = TC_U1_SSRC + 1,
      .priority = 5,
      .user_id = TC_URI_1,
      .indicator = MCV_TC_NORMAL_CALL}},
    {"Granted with a queue of two, no video",
     "80cc001d 22222222 4d435631 0102001e " TC_U1_A "00020500 06" TC_U1 "07020002"
     "0e06333333330000 09" TC_U2 "03020107 0e06444444440000 09" TC_U1 "03020200 0d029000",
     {.type = MCV_TC_GRANTED,
      .ssrc = TC_U2_SSRC,
      .has = MCV_TC_HAS(DURATION) | MCV_TC_HAS(AUDIO_SSRC) | MCV_TC_HAS(PRIORITY) |
             MCV_TC_HAS(USER_ID) | MCV_TC_HAS(QUEUE_SIZE) | MCV_TC_HAS(QUEUED_USER) |
             MCV_TC_HAS(QUEUE_INFO) | MCV_TC_HAS(INDICATOR),
      .duration_s = 30,
      .audio_ssrc = TC_U1_SSRC,
      .priority = 5,
      .user_id = TC_URI_1,
      .queue_size = 2,
      .indicator = MCV_TC_NORMAL_CALL | MCV_TC_EMERGENCY_CALL,
      .n_queued = 2,
      .queued = {{0x33333333, TC_URI_2, 1, 7}, {0x44444444, TC_URI_1, 2, 0}}}},
    {"Transmission Rejected #1 to u1, no phrase",
     "81cc0009 22222222 4d435631 02020001 06" TC_U1 "0d028000",
     {.type = MCV_TC_REJECTED,
      .ssrc = TC_U2_SSRC,
      .has = MCV_TC_HAS(CAUSE) | MCV_TC_HAS(USER_ID) | MCV_TC_HAS(INDICATOR),
      .cause = MCV_TC_REJECTED_LIMIT_REACHED,
      .user_id = TC_URI_1,
      .indicator = MCV_TC_NORMAL_CALL}},
    {"Transmission Rejected #1 to u1, with a phrase, no indicator",
     "81cc000f 22222222 4d435631 021c0001 5472616e 736d6973 73696f6e 206c696d 69742072 65616368"
     "65640000 06" TC_U1,
     {.type = MCV_TC_REJECTED,
      .ssrc = TC_U2_SSRC,
      .has = MCV_TC_HAS(CAUSE) | MCV_TC_HAS(USER_ID),
      .cause = MCV_TC_REJECTED_LIMIT_REACHED,
      .phrase = TC_TEXT("Transmission limit reached"),
      .user_id = TC_URI_1}},
    {"Transmission Arbitration Taken by u1, sequence 1, permission 1",
     "82cc0013 11111111 4d435631 04" TC_U1 "05020001 06" TC_U1 "08020001 0d028000" TC_U1_A TC_U1_V,
     {.type = MCV_TC_ARBITRATION_TAKEN,
      .ssrc = TC_U1_SSRC,
      .has = MCV_TC_HAS(TRANSMITTING_USER) | MCV_TC_HAS(PERMISSION) | MCV_TC_HAS(USER_ID) |
             MCV_TC_HAS(SEQ) | MCV_TC_HAS(INDICATOR) | MCV_TC_HAS(AUDIO_SSRC) |
             MCV_TC_HAS(VIDEO_SSRC),
      .transmitting_user = TC_URI_1,
      .may_request = true,
      .user_id = TC_URI_1,
      .seq = 1,
      .indicator = MCV_TC_NORMAL_CALL,
      .audio_ssrc = TC_U1_SSRC,
      .video_ssrc = TC_U1_SSRC + 1}},
    {"Transmission Arbitration Release by u2, sequence 2, delegating to u1",
     "83cc0012 22222222 4d435631 06" TC_U2 "08020002 0d028000 04" TC_U1 TC_U1_A TC_U1_V,
     {.type = MCV_TC_ARBITRATION_RELEASE,
      .ssrc = TC_U2_SSRC,
      .has = MCV_TC_HAS(USER_ID) | MCV_TC_HAS(SEQ) | MCV_TC_HAS(INDICATOR) |
             MCV_TC_HAS(TRANSMITTING_USER) | MCV_TC_HAS(AUDIO_SSRC) | MCV_TC_HAS(VIDEO_SSRC),
      .user_id = TC_URI_2,
      .seq = 2,
      .indicator = MCV_TC_NORMAL_CALL,
      .transmitting_user = TC_URI_1,
      .audio_ssrc = TC_U1_SSRC,
      .video_ssrc = TC_U1_SSRC + 1}},
    {"Transmission Revoked #4, addressed to u1",
     "84cc000b 22222222 4d435631 02020004 0d021000 06" TC_U1 TC_U1_A,
     {.type = MCV_TC_REVOKED,
      .ssrc = TC_U2_SSRC,
      .has = MCV_TC_HAS(CAUSE) | MCV_TC_HAS(USER_ID) | MCV_TC_HAS(INDICATOR) |
             MCV_TC_HAS(AUDIO_SSRC),
      .cause = MCV_TC_REVOKED_PREEMPTED,
      .user_id = TC_URI_1,
      .indicator = MCV_TC_EMERGENCY_CALL,
      .audio_ssrc = TC_U1_SSRC}},
    {"Transmission Release from u1",
     "82cc0008 11111111 4d435630 06" TC_U1 "0d028000",
     {.type = MCV_TC_RELEASE,
      .ssrc = TC_U1_SSRC,
      .has = MCV_TC_HAS(USER_ID) | MCV_TC_HAS(INDICATOR),
      .user_id = TC_URI_1,
      .indicator = MCV_TC_NORMAL_CALL}},
    {"Queue Position Request from u1",
     "83cc0007 11111111 4d435630 06" TC_U1,
     {.type = MCV_TC_QUEUE_POSITION_REQUEST,
      .ssrc = TC_U1_SSRC,
      .has = MCV_TC_HAS(USER_ID),
      .user_id = TC_URI_1}},
    {"Queue Position Info from u2 about u1, position 1, priority 5",
     "85cc000f 22222222 4d435631 06" TC_U2 TC_U1_A "09" TC_U1 "03020105",
     {.type = MCV_TC_QUEUE_POSITION_INFO,
      .ssrc = TC_U2_SSRC,
      .has = MCV_TC_HAS(USER_ID) | MCV_TC_HAS(AUDIO_SSRC) | MCV_TC_HAS(QUEUED_USER) |
             MCV_TC_HAS(QUEUE_INFO),
      .user_id = TC_URI_2,
      .audio_ssrc = TC_U1_SSRC,
      .n_queued = 1,
      .queued = {{TC_U1_SSRC, TC_URI_1, 1, 5}}}},
    {"Transmission Control Ack of a Granted, on-network only",
     "84cc0006 11111111 4d435632 0a020000 10064d43 56310000 0c020000",
     {.type = MCV_TC_ACK,
      .ssrc = TC_U1_SSRC,
      .has = MCV_TC_HAS(SOURCE) | MCV_TC_HAS(MESSAGE_NAME) | MCV_TC_HAS(MESSAGE_TYPE),
      .source = MCV_TC_FROM_PARTICIPANT,
      .acked_name = 1,
      .acked_subtype = 0}},
};

#define N_TC_KNOWN (sizeof tc_known / sizeof tc_known[0])

#endif
