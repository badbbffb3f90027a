/* What an agent counts instead of logging it: every dropped packet has one name here. */
#ifndef MCV_AGENT_CORE_COUNTERS_H
#define MCV_AGENT_CORE_COUNTERS_H

#include <stdint.h>

/* X(NAME, "stable name in stats", "what it means") */
#define MCV_COUNTER_LIST(X)                                                                        \
    X(MONP_RECEIVED, "monp_received", "MONP messages that decode")                                 \
    X(MONP_SENT, "monp_sent", "MONP messages sent, retransmissions included")                      \
    X(MONP_MALFORMED, "monp_malformed", "datagrams on the MONP port that do not decode")           \
    X(MONP_OWN, "monp_own", "own multicast that came back")                                        \
    X(MONP_NOT_FOR_US, "monp_not_for_us", "another user, or a group that is not ours")             \
    X(MONP_WRONG_SOURCE, "monp_wrong_source", "private message not from the address of the peer")  \
    X(MONP_IGNORED, "monp_ignored", "nothing to do for it in the present state")                   \
    X(MONP_UNKNOWN_CALL, "monp_unknown_call", "call identifier of no call of ours")                \
    X(MONP_WRONG_ADDRESS, "monp_wrong_address",                                                    \
      "announcement with another address than the group")                                          \
    X(MONP_WRONG_PORTS, "monp_wrong_ports",                                                        \
      "sessions on ports below 1024, or of a fan-out on ports that are taken")                     \
    X(MONP_BAD_SDP, "monp_bad_sdp", "announced sessions that we cannot read or take part in")      \
    X(MONP_PACED, "monp_paced", "changes of a group call by others above the accepted rate")       \
    X(MONP_OVER, "monp_over", "announced calls whose maximum duration is over by our clock")       \
    X(EVENT_IGNORED, "event_ignored", "indications with nothing to do in the present state")       \
    X(GROUP_LIMIT, "group_limit", "announced group calls not joined: limit of calls")              \
    X(GROUP_NO_KEY, "group_no_key", "group calls not joined: no usable group key")                 \
    X(ALERT_FULL, "alert_full", "alerts not listed: list full, or too many of one source")         \
    X(PUSH_FULL, "push_full", "owners of pushed video not told: limit of video pushes")            \
    X(SETUP_RATE_LIMITED, "setup_rate_limited", "SETUP REQUESTs above the rate of a source")       \
    X(SETUP_BUSY, "setup_busy", "SETUP REQUESTs while all verifications are under way")            \
    X(SETUP_REPEATED, "setup_repeated", "retransmitted SETUP REQUESTs")                            \
    X(IMSG_MALFORMED, "imsg_malformed", "I_MESSAGEs that do not parse")                            \
    X(IMSG_NOT_FOR_US, "imsg_not_for_us", "I_MESSAGEs for another user or KMS")                    \
    X(IMSG_UNTRUSTED, "imsg_untrusted", "I_MESSAGEs of a KMS that is not trusted")                 \
    X(IMSG_TIME, "imsg_time", "I_MESSAGEs outside the time window or key period")                  \
    X(IMSG_REPLAY, "imsg_replay", "I_MESSAGEs seen before")                                        \
    X(IMSG_CACHE_FULL, "imsg_cache_full", "I_MESSAGEs refused: no room to remember them")          \
    X(IMSG_SIGNATURE, "imsg_signature", "I_MESSAGEs whose signature does not verify")              \
    X(IMSG_IDENTITY, "imsg_identity", "I_MESSAGEs of somebody else than the caller")               \
    X(IMSG_DECAPSULATION, "imsg_decapsulation", "I_MESSAGEs whose key does not decapsulate")       \
    X(IMSG_MISSING, "imsg_missing", "SETUP REQUESTs without the I_MESSAGE that is required")       \
    X(RTP_RECEIVED, "rtp_received", "RTP packets that authenticated")                              \
    X(RTP_SENT, "rtp_sent", "RTP packets protected and sent")                                      \
    X(RTP_MALFORMED, "rtp_malformed", "RTP packets that do not parse")                             \
    X(RTP_UNKNOWN_MKI, "rtp_unknown_mki", "SRTP packets under a key that is not held")             \
    X(RTP_AUTH, "rtp_auth", "SRTP packets that do not authenticate")                               \
    X(RTP_REPLAY, "rtp_replay", "SRTP packets seen before or too old")                             \
    X(RTP_OWN, "rtp_own", "own media that came back")                                              \
    X(RTP_CLEAR, "rtp_clear", "unprotected RTP where protection is configured")                    \
    X(RTP_NO_CALL, "rtp_no_call", "media outside a call")                                          \
    X(RTP_WRONG_SOURCE, "rtp_wrong_source", "media not from the peer, or not from the fan-out")    \
    X(RTP_PAYLOAD_TYPE, "rtp_payload_type", "RTP with a payload type that was not agreed")         \
    X(RTCP_RECEIVED, "rtcp_received", "RTCP packets that authenticated")                           \
    X(RTCP_SENT, "rtcp_sent", "RTCP packets protected and sent")                                   \
    X(RTCP_MALFORMED, "rtcp_malformed", "RTCP packets that do not parse")                          \
    X(RTCP_UNKNOWN_MKI, "rtcp_unknown_mki", "SRTCP packets under a key that is not held")          \
    X(RTCP_AUTH, "rtcp_auth", "SRTCP packets that do not authenticate, or are not encrypted")      \
    X(RTCP_REPLAY, "rtcp_replay", "SRTCP packets seen before or too old")                          \
    X(RTCP_CLEAR, "rtcp_clear", "unprotected RTCP or control where protection is configured")      \
    X(RTP_NOT_SHOWN, "rtp_not_shown", "RTP packets of transmissions that are not handed on")       \
    X(TC_RECEIVED, "tc_received", "transmission control messages that decode")                     \
    X(TC_SENT, "tc_sent", "transmission control messages sent")                                    \
    X(TC_NOT_SENT, "tc_not_sent", "transmission control messages without a key to send with")      \
    X(TC_MALFORMED, "tc_malformed", "transmission control messages that do not decode")            \
    X(TC_IDENTITY, "tc_identity", "transmission control messages of somebody else than they say")  \
    X(TC_IGNORED, "tc_ignored", "transmission control messages with nothing to do for them")       \
    X(TC_FULL, "tc_full", "transmitters not noted: table full")                                    \
    X(SSRC_REFUSED, "ssrc_refused", "assigned SSRCs that were used before under the key")          \
    X(LOCAL_HELD, "local_held", "local media kept until there is permission")                      \
    X(LOCAL_NO_PERMISSION, "local_no_permission", "local media that nobody asked to transmit")     \
    X(LOCAL_EXPIRED, "local_expired", "local media kept too long, or too much of it")              \
    X(LOCAL_BEFORE_IDR, "local_before_idr", "local video left out before a decodable picture")     \
    X(LOCAL_MALFORMED, "local_malformed", "packets of local applications that are not RTP")        \
    X(LOCAL_NO_KEY, "local_no_key", "local media without a key to send it with")                   \
    X(LOCAL_IGNORED, "local_ignored",                                                              \
      "local media of a medium that is not agreed, or in a call that is listened to")              \
    X(LOCAL_TOO_LARGE, "local_too_large", "local media above the packet size")                     \
    X(MEDIA_CRYPTO, "media_crypto", "media lost because the cryptographic library failed")         \
    X(STORE_FAILED, "store_failed", "records that could not be written")                           \
    X(OUTPUT_FULL, "output_full", "packets and events lost because the queue was full")

enum mcv_counter {
#define MCV_COUNTER_CODE(NAME, name, text) MCV_N_##NAME,
    MCV_COUNTER_LIST(MCV_COUNTER_CODE)
#undef MCV_COUNTER_CODE
        MCV_N_COUNTERS
};

/* Static; never NULL for a counter of the list. */
const char *mcv_counter_name(enum mcv_counter counter);
const char *mcv_counter_text(enum mcv_counter counter);

struct mcv_counters {
    uint64_t n[MCV_N_COUNTERS];
};

#endif
