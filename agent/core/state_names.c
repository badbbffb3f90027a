/* The words of the specification for states. Spec: TS 24.379 10.2.2.3, 10.2.3.3, 11.2.2.3; TS 24.380
 * 7.2.3. */
#include "agent/core/agent.h"
#include "agent/core/alert.h"
#include "agent/core/broadcast_call.h"
#include "agent/core/group_call.h"
#include "agent/core/private_call.h"
#include "agent/core/push.h"
#include "agent/core/transmission.h"

struct state_name {
    const char *name, *text;
};

static const struct state_name private_states[MCV_N_PRIVATE_STATES] = {
    [MCV_P0_START_STOP] = {"P0", "start-stop"},
    [MCV_P1_IGNORING] = {"P1", "ignoring same call id"},
    [MCV_P2_WAITING_CALL] = {"P2", "waiting for call response"},
    [MCV_P3_WAITING_RELEASE] = {"P3", "waiting for release response"},
    [MCV_P4_ONGOING] = {"P4", "part of ongoing call"},
    [MCV_P5_PENDING] = {"P5", "pending"},
};

static const struct state_name group_states[MCV_N_GROUP_STATES] = {
    [MCV_S1_START_STOP] = {"S1", "start-stop"},
    [MCV_S2_WAITING_ANNOUNCEMENT] = {"S2", "waiting for call announcement"},
    [MCV_S3_ONGOING] = {"S3", "part of ongoing call"},
    [MCV_S4_PENDING] = {"S4", "pending user action without confirm indication"},
    [MCV_S5_PENDING_CONFIRM] = {"S5", "pending user action with confirm indication"},
    [MCV_S6_IGNORING] = {"S6", "ignoring incoming call announcements"},
    [MCV_S7_RELEASED] = {"S7", "waiting for call announcement after call release"},
};

static const struct state_name type_states[MCV_N_TYPE_STATES] = {
    [MCV_T0_WAITING] = {"T0", "waiting for the call to be established"},
    [MCV_T1_EMERGENCY] = {"T1", "in-progress emergency group call"},
    [MCV_T2_BASIC] = {"T2", "in-progress basic group call"},
    [MCV_T3_IMMINENT_PERIL] = {"T3", "in-progress imminent peril group call"},
};

static const struct state_name broadcast_states[MCV_N_BROADCAST_STATES] = {
    [MCV_B1_START_STOP] = {"B1", "start-stop"},
    [MCV_B2_ONGOING] = {"B2", "in-progress broadcast group call"},
    [MCV_B3_PENDING] = {"B3", "pending user action"},
    [MCV_B4_IGNORING] = {"B4", "ignoring same call ID"},
};

static const struct state_name alert_states[MCV_N_ALERT_STATES] = {
    [MCV_E1_NO_EMERGENCY] = {"E1", "not in emergency state"},
    [MCV_E2_EMERGENCY] = {"E2", "emergency state"},
};

static const struct state_name transmission_states[MCV_N_O_STATES] = {
    [MCV_O_START_STOP] = {"Start-stop", "start-stop"},
    [MCV_O_SILENCE] = {"O: silence", "nobody transmits"},
    [MCV_O_NO_PERMISSION] = {"O: has no permission", "others may transmit"},
    [MCV_O_PENDING_REQUEST] = {"O: pending request", "waiting for the answer to a request"},
    [MCV_O_PERMISSION] = {"O: has permission", "may transmit"},
    [MCV_O_ARBITRATOR] = {"O: has permission (arbitrator)", "may transmit, and decides"},
    [MCV_O_PENDING_GRANTED] = {"O: pending granted", "waiting for whom was granted"},
    [MCV_O_QUEUED] = {"O: queued", "waiting in the queue"},
};

/* Ours: stage 3 names none. */
static const struct state_name push_states[MCV_N_PUSH_STATES] = {
    [MCV_V0_START_STOP] = {"V0", "start-stop"},
    [MCV_V1_WAITING_TRYING] = {"V1", "waiting for trying response"},
    [MCV_V2_WAITING_RESULT] = {"V2", "waiting for notification"},
    [MCV_V3_SETTING_UP] = {"V3", "call of a video push being set up"},
    [MCV_V4_PUSHING] = {"V4", "in-progress video push"},
    [MCV_V5_IGNORING] = {"V5", "ignoring same call ID"},
};

static const struct {
    const struct state_name *states;
    uint8_t n;
} machines[] = {
    [MCV_MACHINE_PRIVATE] = {private_states, MCV_N_PRIVATE_STATES},
    [MCV_MACHINE_GROUP] = {group_states, MCV_N_GROUP_STATES},
    [MCV_MACHINE_CALL_TYPE] = {type_states, MCV_N_TYPE_STATES},
    [MCV_MACHINE_BROADCAST] = {broadcast_states, MCV_N_BROADCAST_STATES},
    [MCV_MACHINE_ALERT] = {alert_states, MCV_N_ALERT_STATES},
    [MCV_MACHINE_PUSH] = {push_states, MCV_N_PUSH_STATES},
    [MCV_MACHINE_TRANSMISSION] = {transmission_states, MCV_N_O_STATES},
};

static const struct state_name *row_of(enum mcv_machine machine, uint8_t state)
{
    MCV_ASSERT((size_t)machine < sizeof machines / sizeof *machines);
    MCV_ASSERT(state < machines[machine].n);
    return &machines[machine].states[state];
}

const char *mcv_state_name(enum mcv_machine machine, uint8_t state)
{
    return row_of(machine, state)->name;
}

const char *mcv_state_text(enum mcv_machine machine, uint8_t state)
{
    return row_of(machine, state)->text;
}
