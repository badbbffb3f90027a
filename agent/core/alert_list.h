/* The list of others in emergency. Private to alert*.c. */
#ifndef MCV_AGENT_CORE_ALERT_LIST_H
#define MCV_AGENT_CORE_ALERT_LIST_H

#include "agent/core/alert.h"

/* GROUP EMERGENCY ALERT of somebody else. */
mcv_err mcv_alert_list_heard(struct mcv_agent *a, const struct mcv_group_config *config,
                             const struct mcv_datagram *d, const struct mcv_monp *m);

/* GROUP EMERGENCY ALERT CANCEL of an alert of somebody else. */
mcv_err mcv_alert_list_cancelled(struct mcv_agent *a, const struct mcv_group_config *config,
                                 const struct mcv_monp *m, bool is_unverified);

/* Our user cancels for this user; false: he is not in the list. */
bool mcv_alert_list_cancel(struct mcv_agent *a, struct mcv_bytes user);

/* The group has this configuration now; NULL: it is none of ours any more. */
void mcv_alert_list_move(struct mcv_agent *a, struct mcv_alert_entry *e,
                         const struct mcv_group_config *config);

bool mcv_alert_list_info(const struct mcv_agent *a, size_t i, struct mcv_alert_info *out);
void mcv_alert_list_clear(struct mcv_agent *a);
void mcv_alert_list_run(struct mcv_agent *a);
uint64_t mcv_alert_list_wake_at(const struct mcv_agent *a);

/* ---- alert.c -------------------------------------------------------------------------------- */

/* ACK, CANCEL or CANCEL ACK of this user's alert. */
void mcv_alert_send(struct mcv_agent *a, const struct mcv_group_config *config, uint8_t type,
                    struct mcv_bytes originator);

/* After 0 .. 100 ms. */
void mcv_alert_ack_later(struct mcv_agent *a, struct mcv_alert_ack *ack, uint8_t type);

#endif
