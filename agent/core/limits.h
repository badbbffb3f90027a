/* Every capacity of an agent: chosen at creation, fixed after it. A full table is an outcome with
 * a counter, never a crash. Constants are sizes of single items. */
#ifndef MCV_AGENT_CORE_LIMITS_H
#define MCV_AGENT_CORE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_MAX_URI_BYTES                                                                          \
    255                               /* MCVideo ID, group ID, KMS URI: the length octet of a field
                                     * of TS 24.581 9.1.3 is the tightest of the formats */
#define MCV_MAX_PACKET_BYTES     2048 /* RTP or RTCP, sealed; above the MTU of every bearer */
#define MCV_MAX_MONP_BYTES       8192 /* a SETUP REQUEST with its I_MESSAGE in base64 */
#define MCV_MAX_SDP_BYTES        4096
#define MCV_MAX_FORMATS          4   /* payload formats of one medium */
#define MCV_MAX_FORMAT_BYTES     128 /* of one rtpmap or fmtp text */
#define MCV_MAX_ALERT_TEXT_BYTES 255 /* organization or location; longer ones are not kept */

struct mcv_limits {
    uint16_t n_private_calls;  /* with one peer each. Spec: TS 24.379 MaxCallN10 */
    bool shares_rooms;         /* their memory comes from mcv_agent_params.rooms while they last */
    uint16_t n_resend_bytes;   /* of a message that a private call repeats; a SETUP REQUEST with
                                * its I_MESSAGE has 1.3 kB to 2 kB */
    uint16_t n_groups;         /* configured groups */
    uint16_t n_group_calls;    /* at the same time. Spec: TS 24.281 9.3.2.1 MaxCallNc4 */
    uint16_t n_sdp_bytes;      /* of an announced session that we announce again */
    uint16_t n_broadcasts;     /* broadcast calls, with those that our user ignores */
    uint16_t n_alerts;         /* others in emergency */
    uint16_t n_pushes;         /* video pushes that were asked for, or whose owner is told */
    uint16_t n_peers;          /* in the configuration */
    uint16_t n_learnt_peers;   /* addresses learnt from verified SETUP REQUESTs */
    uint16_t n_validations;    /* SETUP REQUESTs under verification at the same time */
    uint16_t n_sources;        /* token buckets of senders of SETUP REQUESTs */
    uint16_t n_ignored_calls;  /* P1 of callers that did not authenticate */
    uint16_t n_replay;         /* I_MESSAGEs remembered */
    uint16_t n_ssrcs;          /* SSRCs remembered as used; a power of two */
    uint16_t n_gmks_per_group; /* installed for reception */
    uint16_t n_senders;        /* of a group call, whose keys are cached */
    uint16_t n_streams;        /* of a group call, received */
    uint16_t n_past_streams; /* of earlier group calls, which do not open again; 0: none is kept */
    uint16_t
        n_transmitters;    /* who transmits in a call, as transmission control knows them; <= 64 */
    uint16_t n_queued;     /* who waits for permission in a call; <= MCV_TC_MAX_QUEUE */
    uint32_t n_hold_bytes; /* of a call: local media that wait for permission */
    uint16_t n_outputs;    /* queued for mcv_agent_poll */
    uint16_t n_jobs;       /* handed out at the same time, of all agents that share a scratch */
    uint16_t n_packets;    /* of the outputs: packets with MCV_MAX_PACKET_BYTES each */
};

/* A handset or camera; a small device; one of thousands in a simulation. */
extern const struct mcv_limits mcv_limits_device;
extern const struct mcv_limits mcv_limits_small;
extern const struct mcv_limits mcv_limits_sim;

#endif
