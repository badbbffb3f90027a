#include "agent/core/agent_private.h"

static const struct mcv_keyring no_keys;

/* Calls end first, with the keys that their last packets need. */
static mcv_err zeroize(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                       const char **why)
{
    const struct mcv_event event = {.type = MCV_EVENT_KEYS_DESTROYED};

    (void)command;
    (void)call;
    (void)why;
    mcv_private_end_all(a, MCV_END_KEYS_DESTROYED);
    mcv_group_end_all(a, MCV_END_KEYS_DESTROYED);
    mcv_broadcast_end_all(a, MCV_END_KEYS_DESTROYED);
    mcv_alert_end_all(a);
    mcv_push_end_all(a);
    mcv_validation_cancel_all(a);
    a->keys = &no_keys;
    mcv_out_event(a, &event);
    return MCV_OK;
}

/* A call of any kind. */
static mcv_err by_call(struct mcv_agent *a, const struct mcv_command *command, uint32_t *call,
                       const char **why)
{
    if (mcv_private_find(a, command->call) != NULL) {
        return mcv_private_command(a, command, call, why);
    }
    if (mcv_group_find(a, command->call) != NULL) return mcv_group_command(a, command, call, why);
    if (mcv_broadcast_find(a, command->call) != NULL) {
        return mcv_broadcast_command(a, command, call, why);
    }
    *why = "there is no such call";
    return MCV_E_NOT_FOUND;
}

mcv_err mcv_agent_command(struct mcv_agent *a, struct mcv_now now,
                          const struct mcv_command *command, uint32_t *call, const char **why)
{
    static mcv_err (*const run[])(struct mcv_agent *, const struct mcv_command *, uint32_t *,
                                  const char **) = {
        [MCV_CMD_CALL] = mcv_private_command,
        [MCV_CMD_ACCEPT] = by_call,
        [MCV_CMD_REJECT] = by_call,
        [MCV_CMD_RELEASE] = by_call,
        [MCV_CMD_GROUP_START] = mcv_group_command,
        [MCV_CMD_GROUP_LEAVE] = mcv_group_command,
        [MCV_CMD_GROUP_EMERGENCY] = mcv_group_command,
        [MCV_CMD_GROUP_PERIL] = mcv_group_command,
        [MCV_CMD_GROUP_NORMAL] = mcv_group_command,
        [MCV_CMD_BROADCAST_START] = mcv_broadcast_command,
        [MCV_CMD_BROADCAST_END] = mcv_broadcast_command,
        [MCV_CMD_ALERT_RAISE] = mcv_alert_command,
        [MCV_CMD_ALERT_CANCEL] = mcv_alert_command,
        [MCV_CMD_LOCATION] = mcv_alert_command,
        [MCV_CMD_PTT_PRESS] = mcv_transmission_command,
        [MCV_CMD_PTT_RELEASE] = mcv_transmission_command,
        [MCV_CMD_PTT_POSITION] = mcv_transmission_command,
        [MCV_CMD_SHOW] = mcv_transmission_command,
        [MCV_CMD_HIDE] = mcv_transmission_command,
        [MCV_CMD_PUSH] = mcv_push_command,
        [MCV_CMD_PUSH_REQUEST] = mcv_push_command,
        [MCV_CMD_PUSH_REQUEST_GROUP] = mcv_push_command,
        [MCV_CMD_PUSH_CANCEL] = mcv_push_command,
        [MCV_CMD_ZEROIZE] = zeroize,
    };
    uint32_t no_call = 0;
    const char *no_why = NULL;

    if (call == NULL) call = &no_call;
    if (why == NULL) why = &no_why;
    *call = 0;
    *why = NULL;
    mcv_agent_begin(a, now);
    MCV_ASSERT((size_t)command->type < sizeof run / sizeof *run && run[command->type] != NULL);
    return run[command->type](a, command, call, why);
}
