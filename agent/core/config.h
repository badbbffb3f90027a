/* What an agent is told about itself, its peers and its groups.
 *
 * Spec: TS 24.481 (group document), TS 24.483 and TS 24.484 (user and UE configuration), TS 24.281
 * B.3 (timers). Texts and arrays are borrowed and outlive the agent, or the next
 * mcv_agent_set_config. Identities are compared byte by byte and never changed. */
#ifndef MCV_AGENT_CORE_CONFIG_H
#define MCV_AGENT_CORE_CONFIG_H

#include "agent/core/limits.h"
#include "agent/core/timers.h"
#include "crypto/base/bytes.h"
#include "crypto/srtp.h"
#include "proto/addr.h"
#include "proto/monp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mcv_medium { MCV_AUDIO, MCV_VIDEO, MCV_N_MEDIA };

/* One payload format, as it stands in a=rtpmap and a=fmtp. Spec: RFC 4566 6. */
struct mcv_format {
    uint8_t pt;            /* 96 .. 127 */
    struct mcv_bytes name; /* "H264": compared without case */
    uint32_t clock_hz;
    uint8_t channels;      /* 0: not written */
    struct mcv_bytes fmtp; /* after "a=fmtp:<pt> "; may be empty */
};

/* Formats in the order of preference; none: the medium is not offered. */
struct mcv_formats {
    size_t n; /* <= MCV_MAX_FORMATS */
    struct mcv_format f[MCV_MAX_FORMATS];
};

/* Where a user is reached, and who serves his keys. Spec: TS 23.379 10.7.3. */
struct mcv_peer_config {
    struct mcv_bytes user;
    struct mcv_addr addr;     /* with the MONP port; family NONE: learnt from his requests */
    struct mcv_bytes kms_uri; /* empty: the home KMS */
};

/* ProSe per-packet priorities, 1 (highest) .. 8. Spec: TS 24.481, TS 23.303. */
struct mcv_pppp {
    uint8_t basic, imminent_peril, emergency;
};

enum mcv_arbitration { MCV_ARBITRATION_SINGLE, MCV_ARBITRATION_SELF };

/* auto: what local applications send asks for permission; manual: commands of the user do. */
enum mcv_ptt_mode { MCV_PTT_AUTO, MCV_PTT_MANUAL };

/* Transmission Priority of our requests by the class of the call: larger is more important; mc_priority
 * of the call limits it. An emergency comes before imminent peril and that before the rest, whatever
 * stands here. Spec: TS 24.581 9.2.3.2 */
struct mcv_ptt_priority {
    uint8_t basic, imminent_peril, emergency;
};

/* Transmission control of the calls of a group, or of private calls.
 * Spec: TS 24.581 7.1; TS 24.483 OffNetwork/MCVideo/ArbitrationApproach; TS 24.481. */
struct mcv_ptt_config {
    enum mcv_arbitration arbitration; /* of groups: ArbitrationApproach */
    enum mcv_ptt_mode mode;
    uint16_t n_max;   /* maximum simultaneous transmissions; 0: 1 */
    uint16_t n_queue; /* requests that wait; 0: none, they are rejected */
    uint16_t n_shown; /* Nc5: received transmissions that are handed on; 0: all */
    struct mcv_ptt_priority priority;
    bool is_receive_only;   /* our user never transmits */
    bool asks_when_served;  /* who waited accepts with another press within T233; false: at once */
    bool is_shown_manually; /* transmissions are handed on when the user chose them; broadcasts,
                             * emergency and imminent peril calls always */
};

#define MCV_FIRST_PORT    1024 /* those below it are the system's */
#define MCV_PRIVATE_PORTS 8    /* of a private call */
#define MCV_GROUP_PORTS   16   /* of a group: its call, its broadcasts */

#define MCV_MAX_FAN_OUT 64 /* members: each packet leaves so many times */

/* Unicast in place of multicast. Our own; no clause has it. */
struct mcv_fan_out {
    const struct mcv_addr *to; /* the other members, with their MONP ports */
    uint16_t n;                /* 0: multicast */
};

/* A group of which the user is a member. Spec: TS 24.481 7.2, names in its XML elements. */
struct mcv_group_config {
    struct mcv_bytes group; /* MCVideo group ID */
    struct mcv_addr addr;   /* multicast address, with the MONP port */
    struct mcv_fan_out
        fan_out;          /* of the family of addr. Media ports are then on our own address: 16
                                 * from media_port on must be this group's alone */
    uint16_t media_port;  /* first of the ports that we announce; even */
    bool protect_media;   /* mcvideo-protect-media; absent: true */
    bool protect_control; /* mcvideo-protect-transmission-control; absent: true */
    bool needs_user_ack;  /* ask the user before joining. Spec: TS 24.281 9.3.2.4 */
    bool wants_confirm;   /* Confirm mode indication in our first announcement */
    uint32_t
        max_duration_s; /* mcvideo-off-network-maximum-duration: X of TFG6; an X of 0: no timer */
    uint32_t emergency_cancel_s, peril_cancel_s; /* X of TFG13, TFG14 */
    bool may_emergency, may_peril; /* our user may start such calls and raise calls to them */
    bool may_cancel;               /* may end the emergency or imminent peril of somebody else */
    bool
        may_broadcast; /* our user may start broadcast calls; they use ports media_port + 8 .. 12 */
    struct mcv_pppp signalling, media;
    struct mcv_ptt_config ptt;
};

/* How much verification strangers can make us do. */
struct mcv_admission_config {
    uint16_t n_at_once;  /* verifications under way; <= limits.n_validations */
    uint16_t burst;      /* SETUP REQUESTs that one source may send at once */
    uint16_t per_minute; /* tokens that a source gets back */
};

/* Video push. Spec: TS 24.281 13.3 */
struct mcv_push_config {
    bool is_enabled;      /* false: no such command is taken and no such message */
    bool on_request;      /* others may ask this device to push its video */
    bool notifies_source; /* who pushes the video of another tells him. Spec: TS 23.281 7.4.3.3.2 */
};

struct mcv_agent_config {
    struct mcv_bytes user;         /* own MCVideo ID */
    struct mcv_bytes organization; /* in our alerts; may be empty */
    struct mcv_addr own[2];        /* own addresses, one per family, with the MONP port */
    size_t n_own;
    enum mcv_monp_iei monp_iei; /* how optional elements of others are read */
    uint16_t media_port;        /* private call slot i uses 8 ports from media_port + 8 i on */
    struct mcv_formats formats[MCV_N_MEDIA];
    const struct mcv_peer_config *peers;
    size_t n_peers;
    const struct mcv_group_config *groups;
    size_t n_groups;

    bool needs_security; /* refuse private calls without an I_MESSAGE */
    bool hide_identity;  /* UIDs in place of identities in what we send. TS 33.180 5.2.6 */
    bool glare_rule;     /* the larger MCVideo ID gives way when both call */
    bool may_call, may_auto, may_manual; /* Common/PrivateCall/Authorised, AutoCommence, ... */
    bool may_alert;                      /* Common/AllowedActivateAlert */
    bool may_cancel_alert;               /* of somebody else; his own everybody may cancel */
    bool may_call_emergency;             /* Common/PrivateCall/EmergencyCall/Authorised */
    uint32_t peer_lost_s;   /* a private call ends when the peer has sent and then nothing authentic
                           * comes for so long; 0: never */
    uint32_t key_warning_s; /* told so long before a group has no key any more; 0: never */
    uint8_t group_cs_id;    /* MCV_CS_ID_MCVIDEO_GROUP */
    uint32_t replay_skew_s; /* accepted difference between T and our clock */
    uint32_t rtcp_interval_ms; /* between our reports; both sides of a private call report */
    struct mcv_pppp private_signalling, private_media;
    struct mcv_ptt_config private_ptt;
    uint8_t max_priority; /* mc_priority that we offer and announce. Spec: TS 24.581 12.1.2 */
    struct mcv_push_config push;
    struct mcv_admission_config admission;
    struct mcv_timers timers;
    const struct mcv_srtp_backend *srtp; /* see mcv_srtp_backend_find */
};

/* Values of ours where the specifications leave them open; the caller fills in who and where. */
struct mcv_agent_config mcv_agent_config_default(void);

/* What no agent can run with: no user, no address, a format or port out of range, a group or peer
 * twice, more than the limits hold.
 * what  out: a static text that names it; NULL when MCV_OK. MCV_E_CONFIG. */
MCV_MUST_USE mcv_err mcv_agent_config_check(const struct mcv_agent_config *config,
                                            const struct mcv_limits *limits, const char **what);

#endif
