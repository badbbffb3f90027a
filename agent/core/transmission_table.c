/* The three tables of transmission control. Spec: TS 24.581 7; the rows are those of TS 24.380
 * 7.2.3 and C.2.1 with the messages of TS 24.581, and TS 23.281 7.7.2 for the hand-over. */
#include "agent/core/transmission_steps.h"

#define ON(event) [MCV_PTT_##event]

enum {
    STOP = MCV_O_START_STOP,
    SILENCE = MCV_O_SILENCE,
    NONE = MCV_O_NO_PERMISSION,
    ASKS = MCV_O_PENDING_REQUEST,
    HAS = MCV_O_PERMISSION,
    ARB = MCV_O_ARBITRATOR,
    HANDS = MCV_O_PENDING_GRANTED,
    QUEUED = MCV_O_QUEUED,
    IDLE = MCV_O_IDLE,
    KEEP = MCV_O_KEEP,
};

/* What an arbitrator does for others is the same whether he transmits or has just stopped. */
#define ARBITRATES                                                                                 \
    ON(REQUEST) = {KEEP, mcv_ptt_arbitrate}, ON(POSITION_REQUEST) = {KEEP, mcv_ptt_tell_position}, \
    ON(RELEASE) = {KEEP, mcv_ptt_release_heard}, ON(RTP_NEW) = {KEEP, mcv_ptt_rtp_without_grant},  \
    ON(T205_TX) = {KEEP, mcv_ptt_grant_again}, ON(T205_TX_LAST) = {KEEP, mcv_ptt_not_taken_up},    \
    ON(T233_TX) = {KEEP, mcv_ptt_free_slot}, ON(T203) = {KEEP, mcv_ptt_free_slot},                 \
    ON(TA2) = {KEEP, mcv_ptt_revoke_again}, ON(TA2_LAST) = {KEEP, mcv_ptt_free_slot},              \
    ON(GRANTED_OTHER) = {KEEP, mcv_ptt_other_arbiter},                                             \
    ON(HANDED_OTHER) = {KEEP, mcv_ptt_free_slot}, ON(HANDED_NOBODY) = {KEEP, mcv_ptt_free_slot}

/* Who transmits and who arbitrates, noted by one who does neither. */
#define LISTENS                                                                                    \
    ON(RTP_NEW) = {KEEP, mcv_ptt_note_rtp},                                                        \
    ON(HANDED_NOBODY) = {KEEP, mcv_ptt_note_handed_nobody},                                        \
    ON(RELEASE) = {KEEP, mcv_ptt_note_release}, ON(T203) = {KEEP, mcv_ptt_note_silent},            \
    ON(T203_ARB) = {KEEP, mcv_ptt_note_arb_silent}

/* Calls of groups with an arbitrator and private calls, until something is known. */
#define BEGINS                                                                                     \
    ON(ORIGINATE) = {ARB, mcv_ptt_originate}, ON(JOIN) = {SILENCE, mcv_ptt_begin_silence},         \
    ON(LISTEN) = {NONE, mcv_ptt_begin_listening}, ON(PRESS) = {ASKS, mcv_ptt_request},             \
    ON(GRANTED_OTHER) = {NONE, mcv_ptt_note_granted}, ON(TAKEN) = {NONE, mcv_ptt_note_taken},      \
    ON(RTP_NEW) = {NONE, mcv_ptt_note_rtp}

/* Nobody transmits. A Granted that comes now is not wanted any more (ours). */
#define IS_SILENT                                                                                  \
    ON(PRESS) = {ASKS, mcv_ptt_request}, ON(GRANTED_OTHER) = {NONE, mcv_ptt_note_granted},         \
    ON(GRANTED_ME) = {SILENCE, mcv_ptt_give_back}, ON(TAKEN) = {NONE, mcv_ptt_note_taken},         \
    ON(RTP_NEW) = {NONE, mcv_ptt_note_rtp}, ON(T230) = {STOP, mcv_ptt_inactive}

/* Our request is under way. */
#define IS_ASKING                                                                                  \
    LISTENS, ON(T201) = {ASKS, mcv_ptt_request_again}, ON(T201_ROOM) = {ARB, mcv_ptt_claim},       \
             ON(T201_FORCE) = {ARB, mcv_ptt_claim}, ON(T201_FULL) = {IDLE, mcv_ptt_limit_reached}, \
             ON(GIVE_UP) = {IDLE, mcv_ptt_no_answer}, ON(UNPRESS) = {IDLE, mcv_ptt_give_up},       \
             ON(GRANTED_OTHER) = {ASKS, mcv_ptt_note_granted_pending},                             \
             ON(REJECTED) = {IDLE, mcv_ptt_rejected}, ON(POSITION) = {QUEUED, mcv_ptt_queued},     \
             ON(TAKEN) = {ASKS, mcv_ptt_note_taken_pending},                                       \
             ON(RTP_ARB) = {ASKS, mcv_ptt_arb_lives}, ON(REQUEST) = {ASKS, mcv_ptt_yield_request}

/* Our request waits with the one who decides. */
#define IS_QUEUED                                                                                  \
    LISTENS,                                                                                       \
        ON(ASK) = {QUEUED, mcv_ptt_ask_position}, ON(T204) = {QUEUED, mcv_ptt_ask_position_again}, \
        ON(T204_LAST) = {IDLE, mcv_ptt_position_lost}, ON(POLL) = {QUEUED, mcv_ptt_poll},          \
        ON(POSITION) = {KEEP, mcv_ptt_position}, ON(GRANTED_ME) = {KEEP, mcv_ptt_served},          \
        ON(GRANTED_OTHER) = {QUEUED, mcv_ptt_note_granted}, ON(PRESS) = {KEEP, mcv_ptt_accept},    \
        ON(T233) = {IDLE, mcv_ptt_decline}, ON(REJECTED) = {IDLE, mcv_ptt_rejected},               \
        ON(TAKEN) = {KEEP, mcv_ptt_note_taken_queued}, ON(UNPRESS) = {IDLE, mcv_ptt_give_up}

mcv_ptt_table mcv_ptt_single = {
    [STOP] =
        {
            BEGINS,
        },
    [SILENCE] =
        {
            IS_SILENT,
        },
    [NONE] =
        {
            ON(PRESS) = {ASKS, mcv_ptt_request},
            ON(GRANTED_OTHER) = {NONE, mcv_ptt_note_granted},
            ON(GRANTED_ME) = {NONE, mcv_ptt_give_back}, /* ours */
            ON(TAKEN) = {NONE, mcv_ptt_note_taken_keep},
            ON(HANDED_ME) = {NONE, mcv_ptt_note_handed},
            ON(HANDED_OTHER) = {NONE, mcv_ptt_note_handed},
            ON(HANDED_NOBODY) = {IDLE, mcv_ptt_note_handed_nobody},
            ON(RELEASE) = {IDLE, mcv_ptt_note_release},
            ON(RTP_NEW) = {NONE, mcv_ptt_note_rtp},
            ON(T203) = {IDLE, mcv_ptt_note_silent},
            ON(T203_ARB) = {IDLE, mcv_ptt_note_arb_silent},
        },
    [ASKS] =
        {
            IS_ASKING,
            ON(GRANTED_ME) = {HAS, mcv_ptt_granted},
            ON(HANDED_ME) = {ARB, mcv_ptt_granted_by_hand}, /* ours: our Granted was lost */
            ON(HANDED_OTHER) = {ASKS, mcv_ptt_ask_candidate},
        },
    [HAS] =
        {
            LISTENS,
            ON(T206) = {HAS, mcv_ptt_warn},
            ON(T207) = {IDLE, mcv_ptt_too_long},
            ON(UNPRESS) = {IDLE, mcv_ptt_end_permission},
            ON(REVOKED) = {IDLE, mcv_ptt_revoked},
            ON(HANDED_ME) = {ARB, mcv_ptt_granted_by_hand},
            ON(HANDED_OTHER) = {HAS, mcv_ptt_note_handed},
            ON(TAKEN) = {HAS, mcv_ptt_note_taken},
            ON(TA1) = {ARB, mcv_ptt_claim},
            ON(GRANTED_ME) = {HAS, mcv_ptt_regranted},
            ON(GRANTED_OTHER) = {HAS, mcv_ptt_note_granted},
        },
    [ARB] =
        {
            ARBITRATES,
            ON(GRANTED_ME) = {ARB, mcv_ptt_other_arbiter}, /* ours */
            ON(HANDED_ME) = {ARB, mcv_ptt_claim_again},    /* our Arbitration Taken was lost */
            ON(TAKEN) = {KEEP, mcv_ptt_meet},
            ON(T206) = {ARB, mcv_ptt_warn},
            ON(T207) = {KEEP, mcv_ptt_too_long_arbiter},
            ON(UNPRESS) = {KEEP, mcv_ptt_end_arbiter},
            ON(ANNOUNCE) = {ARB, mcv_ptt_announce_again},
        },
    [HANDS] =
        {
            ARBITRATES,
            ON(T205) = {KEEP, mcv_ptt_hand_again},
            ON(T205_LAST) = {KEEP, mcv_ptt_hand_next},
            ON(RTP_FIRST) = {KEEP, mcv_ptt_hand_anew}, /* ours */
            ON(TAKEN) = {NONE, mcv_ptt_handed_over},
            ON(PRESS) = {KEEP, mcv_ptt_cancel_hand_over},
            ON(UNPRESS) = {HANDS, mcv_ptt_nothing},
        },
    [QUEUED] =
        {
            IS_QUEUED,
            ON(HANDED_ME) = {KEEP, mcv_ptt_served_by_hand},
            ON(HANDED_OTHER) = {QUEUED, mcv_ptt_note_handed},
        },
};

mcv_ptt_table mcv_ptt_private = {
    [STOP] =
        {
            BEGINS,
            ON(REQUEST) = {HANDS, mcv_ptt_private_grant},
        },
    [SILENCE] =
        {
            IS_SILENT,
            ON(REQUEST) = {HANDS, mcv_ptt_private_grant},
        },
    [NONE] =
        {
            ON(PRESS) = {ASKS, mcv_ptt_request},
            ON(REQUEST) = {HANDS, mcv_ptt_private_grant}, /* ours: his Release was lost */
            ON(GRANTED_OTHER) = {NONE, mcv_ptt_note_granted},
            ON(GRANTED_ME) = {NONE, mcv_ptt_give_back},
            ON(TAKEN) = {NONE, mcv_ptt_note_taken},
            ON(RELEASE) = {IDLE, mcv_ptt_note_release},
            ON(RTP_NEW) = {NONE, mcv_ptt_note_rtp},
            ON(T203) = {IDLE, mcv_ptt_note_silent},
            ON(T203_ARB) = {IDLE, mcv_ptt_note_arb_silent},
        },
    [ASKS] =
        {
            IS_ASKING,
            ON(GRANTED_ME) = {ARB, mcv_ptt_granted},
        },
    [ARB] =
        {
            ON(REQUEST) = {KEEP, mcv_ptt_private_arbitrate},
            ON(POSITION_REQUEST) = {ARB, mcv_ptt_tell_position},
            ON(RELEASE) = {ARB, mcv_ptt_release_heard},
            ON(RTP_NEW) = {ARB, mcv_ptt_private_rtp},
            ON(T205_TX) = {ARB, mcv_ptt_grant_again},
            ON(T205_TX_LAST) = {ARB, mcv_ptt_not_taken_up},
            ON(T233_TX) = {ARB, mcv_ptt_free_slot},
            ON(T203) = {ARB, mcv_ptt_free_slot},
            ON(GRANTED_OTHER) = {KEEP, mcv_ptt_private_meet},
            ON(GRANTED_ME) = {ARB, mcv_ptt_nothing},
            ON(TAKEN) = {KEEP, mcv_ptt_private_meet},
            ON(REVOKED) = {IDLE, mcv_ptt_revoked},
            ON(T206) = {ARB, mcv_ptt_warn},
            ON(T207) = {IDLE, mcv_ptt_private_too_long},
            ON(UNPRESS) = {IDLE, mcv_ptt_private_end},
            ON(ANNOUNCE) = {ARB, mcv_ptt_announce_again},
        },
    [HANDS] =
        {
            ON(REQUEST) = {HANDS, mcv_ptt_private_arbitrate},
            ON(RTP_FIRST) = {NONE, mcv_ptt_private_taken_up},
            ON(T205_TX) = {HANDS, mcv_ptt_grant_again},
            ON(T205_TX_LAST) = {KEEP, mcv_ptt_private_not_taken_up},
            ON(T233_TX) = {IDLE, mcv_ptt_private_not_accepted},
            ON(RELEASE) = {IDLE, mcv_ptt_note_release},
            ON(GRANTED_OTHER) = {NONE, mcv_ptt_note_granted},
            ON(TAKEN) = {NONE, mcv_ptt_note_taken},
            ON(RTP_NEW) = {NONE, mcv_ptt_note_rtp},
            ON(T203) = {IDLE, mcv_ptt_note_silent},
            ON(PRESS) = {KEEP, mcv_ptt_private_press},
            ON(UNPRESS) = {HANDS, mcv_ptt_nothing},
        },
    [QUEUED] =
        {
            IS_QUEUED,
        },
};

/* Who transmits, where everybody decides for himself. */
#define OBSERVES                                                                                   \
    ON(TAKEN) = {KEEP, mcv_ptt_self_taken}, ON(GRANTED_OTHER) = {KEEP, mcv_ptt_self_taken},        \
    ON(RTP_NEW) = {KEEP, mcv_ptt_self_rtp}

mcv_ptt_table mcv_ptt_self = {
    [STOP] =
        {
            ON(ORIGINATE) = {HAS, mcv_ptt_self_begin},
            ON(JOIN) = {SILENCE, mcv_ptt_begin_silence},
            ON(LISTEN) = {NONE, mcv_ptt_begin_listening},
            ON(PRESS) = {ASKS, mcv_ptt_self_press},
            ON(TAKEN) = {NONE, mcv_ptt_self_taken},
            ON(GRANTED_OTHER) = {NONE, mcv_ptt_self_taken},
            ON(RTP_NEW) = {NONE, mcv_ptt_self_rtp},
        },
    [SILENCE] =
        {
            ON(PRESS) = {ASKS, mcv_ptt_self_press},
            ON(TAKEN) = {NONE, mcv_ptt_self_taken},
            ON(GRANTED_OTHER) = {NONE, mcv_ptt_self_taken},
            ON(RTP_NEW) = {NONE, mcv_ptt_self_rtp},
            ON(T230) = {STOP, mcv_ptt_inactive},
        },
    [NONE] =
        {
            OBSERVES,
            ON(PRESS) = {ASKS, mcv_ptt_self_press},
            ON(RELEASE) = {IDLE, mcv_ptt_self_release},
            ON(T203) = {IDLE, mcv_ptt_self_silent},
            ON(T203_ARB) = {IDLE, mcv_ptt_note_arb_silent},
        },
    [ASKS] =
        {
            OBSERVES,
            ON(TA1) = {KEEP, mcv_ptt_self_delayed},
            ON(T201) = {ASKS, mcv_ptt_request_again},
            ON(T201_ROOM) = {KEEP, mcv_ptt_self_begin},
            ON(T201_FORCE) = {IDLE, mcv_ptt_limit_reached},
            ON(T201_FULL) = {IDLE, mcv_ptt_limit_reached},
            ON(GIVE_UP) = {IDLE, mcv_ptt_no_answer},
            ON(UNPRESS) = {IDLE, mcv_ptt_give_up},
            ON(GRANTED_ME) = {KEEP, mcv_ptt_self_begin},
            ON(RELEASE) = {KEEP, mcv_ptt_self_release},
            ON(T203) = {KEEP, mcv_ptt_self_silent},
        },
    [HAS] =
        {
            OBSERVES,
            ON(REQUEST) = {KEEP, mcv_ptt_self_asked},
            ON(RELEASE) = {HAS, mcv_ptt_self_release},
            ON(T203) = {HAS, mcv_ptt_self_silent},
            ON(TA1) = {KEEP, mcv_ptt_self_check},
            ON(T206) = {HAS, mcv_ptt_warn},
            ON(T207) = {IDLE, mcv_ptt_too_long},
            ON(UNPRESS) = {IDLE, mcv_ptt_end_permission},
        },
};
