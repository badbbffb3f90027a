/* What the user is told. Names are stable: scripts read them. */
#ifndef MCV_AGENT_CORE_EVENT_H
#define MCV_AGENT_CORE_EVENT_H

#include "agent/core/config.h"
#include "crypto/base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* X(NAME, "stable name") */
#define MCV_EVENT_LIST(X)                                                                          \
    X(CALL_OUTGOING, "call.outgoing")       /* SETUP REQUEST sent */                               \
    X(CALL_RINGING, "call.ringing")         /* the peer asks its user */                           \
    X(CALL_INCOMING, "call.incoming")       /* verified; the user is asked, or we accept */        \
    X(CALL_ESTABLISHED, "call.established") /* media may flow; `setup` is filled in */             \
    X(CALL_ENDED, "call.ended")             /* `reason` says why; also of a call that failed */    \
    X(GROUP_PROBING, "group.probing")                                                              \
    X(GROUP_INCOMING, "group.incoming") /* the user is asked */                                    \
    X(GROUP_STARTED, "group.started")   /* we announced it */                                      \
    X(GROUP_JOINED, "group.joined")                                                                \
    X(GROUP_MEMBER, "group.member") /* `user` sent GROUP CALL ACCEPT: unverified */                \
    X(GROUP_LEFT, "group.left")                                                                    \
    X(GROUP_TYPE_CHANGED, "group.type_changed") /* `call_type`, by `user` */                       \
    X(GROUP_MERGED, "group.merged")             /* we moved to the call `call_id` of `user` */     \
    X(BROADCAST_INCOMING, "broadcast.incoming") /* the user is asked */                            \
    X(BROADCAST_STARTED, "broadcast.started")   /* ours */                                         \
    X(BROADCAST_JOINED, "broadcast.joined")                                                        \
    X(BROADCAST_ENDED, "broadcast.ended")       /* `reason`; also of one not listened to */        \
    X(ALERT_RAISED, "alert.raised")             /* our own */                                      \
    X(ALERT_RECEIVED, "alert.received")         /* `user` is in emergency */                       \
    X(ALERT_ACKNOWLEDGED, "alert.acknowledged") /* `user` has seen ours */                         \
    X(ALERT_ENDED, "alert.ended")               /* of `user`; `reason` */                          \
    X(MEDIA_STARTED, "media.started")           /* first packet of a sender; `user` when known */  \
    X(MEDIA_REPORT, "media.report") /* with a report of the sender, now and then: `reception` */   \
    X(MEDIA_ENDED, "media.ended")   /* he said BYE, or the call is over: `reception` */            \
    X(PTT_GRANTED, "ptt.granted")   /* our user may transmit; `user` decided, or nobody */         \
    X(PTT_REJECTED, "ptt.rejected") /* not now: `cause` or `why`; `user` decided, or nobody */     \
    X(PTT_REVOKED, "ptt.revoked")   /* no longer: `cause` */                                       \
    X(PTT_QUEUED, "ptt.queued")     /* our user waits; `position` */                               \
    X(PTT_SERVED, "ptt.served")     /* who waited may transmit: press within T233 */               \
    X(PTT_TAKEN, "ptt.taken")       /* `user` transmits */                                         \
    X(PTT_RELEASED, "ptt.released") /* `user` no longer transmits */                               \
    X(PTT_IDLE, "ptt.idle")         /* nobody transmits */                                         \
    X(PTT_INACTIVE, "ptt.inactive") /* T230: nobody has transmitted for long */                    \
    X(PTT_WARNING, "ptt.warning")   /* T206: our transmission ends soon */                         \
    X(PTT_IDR_WANTED, "ptt.idr_wanted") /* the encoder of this call should start a picture anew */ \
    X(PUSH_REQUESTED, "push.requested") /* we asked the device of `user` to push */                \
    X(PUSH_TRYING, "push.trying")       /* it works on it */                                       \
    X(PUSH_ASKED, "push.asked")         /* `user` asks ours to push to `recipient` or `group` */   \
    X(PUSH_DONE, "push.done")           /* video is pushed, by `user` or by us */                  \
    X(PUSH_FAILED, "push.failed")       /* it is not; `reason` */                                  \
    X(PUSH_NOTIFIED, "push.notified")   /* `user` pushes video of ours, he says */                 \
    X(KEY_MISSING, "key.missing")       /* group media under `key_id`, said once per key */        \
    X(KEY_EXPIRING, "key.expiring")     /* the last one of `group`, in `left_s` */                 \
    X(KEYS_CHANGED, "keys.changed")                                                                \
    X(KEYS_DESTROYED, "keys.destroyed")

enum mcv_event_type {
#define MCV_EVENT_CODE(NAME, name) MCV_EVENT_##NAME,
    MCV_EVENT_LIST(MCV_EVENT_CODE)
#undef MCV_EVENT_CODE
        MCV_N_EVENTS
};

/* X(NAME, "stable name"): why a call ended. */
#define MCV_END_LIST(X)                                                                            \
    X(NONE, "none")                                                                                \
    X(LOCAL_RELEASE, "released") /* by our user */                                                 \
    X(REMOTE_RELEASE, "released_by_peer")                                                          \
    X(LOCAL_REJECT, "rejected")           /* by our user */                                        \
    X(REMOTE_REJECT, "rejected_by_peer")  /* Reason REJECT */                                      \
    X(REMOTE_BUSY, "peer_busy")           /* Reason BUSY */                                        \
    X(REMOTE_MEDIA, "peer_media_failure") /* Reason MEDIA FAILURE */                               \
    X(REMOTE_SECURITY, "peer_security")   /* Reason E2E SECURITY CONTEXT FAILURE */                \
    X(REMOTE_FAILED, "peer_failed")       /* Reason FAILED and reserved ones */                    \
    X(BUSY, "busy")                       /* our limits of calls */                                \
    X(NO_RESPONSE, "no_response")         /* CFP1 exhausted */                                     \
    X(NO_ANSWER, "no_answer")             /* TFP2 */                                               \
    X(NOT_CONFIRMED, "not_confirmed")     /* CFP4 exhausted */                                     \
    X(MAX_DURATION, "max_duration")       /* TFP5, TFG6 */                                         \
    X(EXPIRED, "expired")                 /* TFE1: nothing more was heard */                       \
    X(REMOVED, "removed")                 /* the group is not in the configuration any more */     \
    X(MEDIA_FAILURE, "media_failure")     /* sockets or SDP */                                     \
    X(SECURITY, "security")               /* no key, or the I_MESSAGE could not be made */         \
    X(PEER_LOST, "peer_lost")             /* nothing authentic came for too long */                \
    X(GLARE, "glare")                     /* both called; this attempt gave way */                 \
    X(KEYS_DESTROYED, "keys_destroyed")

enum mcv_end {
#define MCV_END_CODE(NAME, name) MCV_END_##NAME,
    MCV_END_LIST(MCV_END_CODE)
#undef MCV_END_CODE
        MCV_N_ENDS
};

/* Static; never NULL for a value of the list. */
const char *mcv_event_name(enum mcv_event_type type);
const char *mcv_end_name(enum mcv_end end);

/* Where the time of a set-up went, microseconds; 0: did not happen here. */
struct mcv_setup_times {
    uint64_t total_us;       /* caller: command to ACCEPT; callee: SETUP REQUEST to ACCEPT ACK */
    uint64_t build_us;       /* caller: the I_MESSAGE, signature and encapsulation */
    uint64_t network_us;     /* caller: SETUP REQUEST to ACCEPT */
    uint64_t verify_us;      /* callee: the signature */
    uint64_t decapsulate_us; /* callee: the key */
};

/* What came of a received stream. Spec: RFC 3550 6.4.1, A.3, A.8 */
struct mcv_reception {
    uint64_t n_received;
    int64_t n_lost; /* negative: duplicates */
    uint64_t jitter_us;
    bool has_lip_sync;
    int64_t lip_sync_us; /* how much later video of this sender comes than audio of that moment */
};

/* Texts are borrowed until the next input of the agent. Fields without meaning are zero. */
struct mcv_event {
    enum mcv_event_type type;
    uint32_t call;         /* handle; 0: none */
    uint16_t call_id;      /* on the wire */
    struct mcv_bytes user; /* the other party */
    struct mcv_bytes group;
    struct mcv_bytes recipient;              /* of a video push, unless it is `group` */
    struct mcv_bytes organization, location; /* alerts; location: also of an emergency call */
    bool is_manual, is_outgoing;
    bool is_push;       /* a call that is a video push: the called side only receives */
    bool is_unverified; /* a message that anybody could have sent says so */
    uint8_t call_type;  /* enum mcv_call_type of proto/monp.h */
    enum mcv_end reason;
    uint32_t key_id;
    int64_t left_s; /* of the key */
    uint32_t ssrc;
    enum mcv_medium medium;
    uint16_t cause;   /* of Rejected or Revoked. Spec: TS 24.581 9.2.6.2, 9.2.10.2; 0: none came */
    uint8_t position; /* in the queue; 1 is next; MCV_TC_POSITION_UNKNOWN */
    const char *why;  /* static; NULL: nothing to say */
    struct mcv_setup_times setup;
    struct mcv_reception reception;
};

#endif
