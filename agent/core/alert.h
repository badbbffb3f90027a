/* Emergency alerts: the machine E1, E2 of our own user and the list of others in emergency. Private
 * to agent/core.
 *
 * Spec: TS 24.281 11.3, with its twin TS 24.379 12.2. One alert of our own at a time.
 * An alert is believed without proof, but the list is bounded: an entry is verified when the
 * address of its user is known and the alert came from there. Entries that are not have a share per
 * source, and never take the place of a verified one. */
#ifndef MCV_AGENT_CORE_ALERT_H
#define MCV_AGENT_CORE_ALERT_H

#include "agent/core/agent.h"
#include "agent/core/pace.h"
#include "proto/monp.h"

enum mcv_alert_state {
    MCV_E1_NO_EMERGENCY, /* not in emergency state */
    MCV_E2_EMERGENCY,    /* emergency state */
    MCV_N_ALERT_STATES,
};

/* An ACK that waits: of many receivers not all shall answer at once. */
struct mcv_alert_ack {
    uint64_t at_us; /* MCV_NEVER: none */
    uint8_t type;   /* message type */
};

/* Somebody in emergency; or gone, and the ACK of his CANCEL still waits. */
struct mcv_alert_entry {
    const struct mcv_group_config *config; /* group of the alert; NULL: free */
    bool is_gone, is_verified;
    uint8_t n_user, n_organization, n_location;
    uint8_t user[MCV_MAX_URI_BYTES];
    uint8_t organization[MCV_MAX_ALERT_TEXT_BYTES];
    uint8_t location[MCV_MAX_ALERT_TEXT_BYTES];
    struct mcv_addr source;
    uint64_t until_us; /* TFE1 */
    struct mcv_alert_ack ack;
};

struct mcv_alerts {
    uint8_t state;
    const struct mcv_group_config *config; /* E2: group of our alert */
    uint64_t resend_at_us;                 /* TFE2 */
    uint8_t n_location;
    uint8_t location[MCV_MAX_ALERT_TEXT_BYTES]; /* where our user is; n 0: not known */
    struct mcv_alert_ack own_ack;               /* of a CANCEL of our alert by somebody else */
    const struct mcv_group_config *own_ack_config;
    struct mcv_pace strangers;       /* new entries that are not verified */
    struct mcv_pace notices;         /* ACKs that the user is told of */
    struct mcv_alert_entry *entries; /* limits.n_alerts */
};

void mcv_alert_init(struct mcv_agent *a, void *mem); /* entries: limits.n_alerts */

/* A message 0x8f .. 0x92 on the address of its group. */
mcv_err mcv_alert_receive(struct mcv_agent *a, const struct mcv_datagram *d,
                          const struct mcv_monp *m);
mcv_err mcv_alert_command(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                          const char **why);
void mcv_alert_run(struct mcv_agent *a);
uint64_t mcv_alert_wake_at(const struct mcv_agent *a);
void mcv_alert_end_all(struct mcv_agent *a);

/* Emergency state of our user: calls that he starts are emergency calls. */
bool mcv_alert_is_emergency(const struct mcv_agent *a);

#endif
