/* The script of a scenario: one function for each verb. */
#include "sim/play_private.h"

typedef void act(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user);

static struct mcv_bytes nothing(void)
{
    return mcv_bytes_of(NULL, 0);
}

static struct mcv_bytes group_uri(const struct mcv_play *p, const struct mcv_scenario_action *a,
                                  uint32_t user)
{
    const uint32_t group = mcv_play_group_of(p, user, a->group);

    return group != MCV_NOBODY ? mcv_cast_group_uri(p->cast, group) : nothing();
}

static void call(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    mcv_play_call(p, user, mcv_roster_user(&p->file->roster, a->to), a->is_manual, a->for_us);
}

static void start(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    const uint32_t group = mcv_play_group_of(p, user, a->group);

    if (group != MCV_NOBODY)
        mcv_play_enter_group(p, user, group);
    else if (mcv_play_is_here(p, user))
        p->kpis.totals[MCV_TOTAL_REFUSED]++;
}

/* Verbs that are one command with the last call, with the group, or with nothing. */
static const enum mcv_command_type commands[MCV_N_VERBS] = {
    [MCV_VERB_ACCEPT] = MCV_CMD_ACCEPT,
    [MCV_VERB_REJECT] = MCV_CMD_REJECT,
    [MCV_VERB_RELEASE] = MCV_CMD_RELEASE,
    [MCV_VERB_LEAVE] = MCV_CMD_GROUP_LEAVE,
    [MCV_VERB_EMERGENCY] = MCV_CMD_GROUP_EMERGENCY,
    [MCV_VERB_PERIL] = MCV_CMD_GROUP_PERIL,
    [MCV_VERB_NORMAL] = MCV_CMD_GROUP_NORMAL,
    [MCV_VERB_BROADCAST] = MCV_CMD_BROADCAST_START,
    [MCV_VERB_BROADCAST_END] = MCV_CMD_BROADCAST_END,
    [MCV_VERB_ALERT] = MCV_CMD_ALERT_RAISE,
    [MCV_VERB_ALERT_CANCEL] = MCV_CMD_ALERT_CANCEL,
    [MCV_VERB_ZEROIZE] = MCV_CMD_ZEROIZE,
};

static void with_call(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    mcv_play_command(p, user, commands[a->verb], p->players[user].call, nothing());
}

static void with_group(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    mcv_play_command(p, user, commands[a->verb], 0, group_uri(p, a, user));
}

static void with_user(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    mcv_play_command(p, user, commands[a->verb], 0,
                     a->to != NULL
                         ? mcv_cast_user_uri(p->cast, mcv_roster_user(&p->file->roster, a->to))
                         : nothing());
}

static void send(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    const uint32_t group = a->group != NULL ? mcv_play_group_of(p, user, a->group) : MCV_NOBODY;

    mcv_play_press(p,
                   &(struct mcv_press){.user = user,
                                       .group = group,
                                       .medium = a->verb == MCV_VERB_TALK ? MCV_AUDIO : MCV_VIDEO,
                                       .for_us = a->for_us,
                                       .is_emergency = a->is_emergency,
                                       .has_priority = mcv_yaml_has(p->file->doc, &a->priority),
                                       .priority = (uint8_t)a->priority});
}

static void off(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    (void)a;
    mcv_play_power(p, user, false);
}

static void on(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    (void)a;
    mcv_play_power(p, user, true);
}

static void suspend(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    mcv_world_suspend(p->world, user, a->verb == MCV_VERB_SUSPEND);
}

static void partition(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    mcv_world_set_partition(p->world, user, (uint16_t)a->side);
    mcv_play_watch_side(p, user, (uint16_t)a->side);
    mcv_play_beat(p, user, MCV_BEAT_SIDE, a->side);
}

static void move(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    const struct mcv_point to = {.x_mm = (int32_t)a->place.x_m * 1000,
                                 .y_mm = (int32_t)a->place.y_m * 1000};

    mcv_radio_send(p->radio, user, to, mcv_world_now_us(p->world), a->for_us);
    mcv_play_watch_move(p, user, to, a->for_us);
}

static void heal(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    (void)a;
    (void)user;
    for (uint32_t i = 0; i < p->file->roster.n_users; i++) {
        mcv_world_set_partition(p->world, i, 0);
        mcv_play_watch_side(p, i, 0);
        mcv_play_beat(p, i, MCV_BEAT_SIDE, 0);
    }
}

static mcv_err change_key(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t group)
{
    const uint64_t at_us = mcv_world_now_us(p->world) + a->after_us;

    return a->verb == MCV_VERB_ROLL
               ? mcv_cast_roll(p->cast, group, p->file->s.utc_s + (int64_t)(at_us / 1000000))
               : mcv_cast_revoke(p->cast, group);
}

/* Every process of a divided run has all keys; what is refused is counted once. */
static void change_keys(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user)
{
    const struct mcv_roster *r = &p->file->roster;

    (void)user;
    for (uint32_t g = mcv_roster_next_group(r, a->group, 0); g != MCV_NOBODY;
         g = mcv_roster_next_group(r, a->group, g + 1)) {
        const mcv_err err = change_key(p, a, g);

        if (err == MCV_E_NOT_FOUND)
            p->kpis.totals[MCV_TOTAL_REFUSED] += mcv_ranks_me(p->options.ranks) == 0;
        else if (err != MCV_OK)
            p->is_out_of_memory = true;
    }
}

static act *const acts[MCV_N_VERBS] = {
    [MCV_VERB_CALL] = call,
    [MCV_VERB_ACCEPT] = with_call,
    [MCV_VERB_REJECT] = with_call,
    [MCV_VERB_RELEASE] = with_call,
    [MCV_VERB_START] = start,
    [MCV_VERB_LEAVE] = with_group,
    [MCV_VERB_EMERGENCY] = with_group,
    [MCV_VERB_PERIL] = with_group,
    [MCV_VERB_NORMAL] = with_group,
    [MCV_VERB_BROADCAST] = with_group,
    [MCV_VERB_BROADCAST_END] = with_group,
    [MCV_VERB_ALERT] = with_group,
    [MCV_VERB_ALERT_CANCEL] = with_user,
    [MCV_VERB_TALK] = send,
    [MCV_VERB_VIDEO] = send,
    [MCV_VERB_OFF] = off,
    [MCV_VERB_ON] = on,
    [MCV_VERB_SUSPEND] = suspend,
    [MCV_VERB_RESUME] = suspend,
    [MCV_VERB_PARTITION] = partition,
    [MCV_VERB_HEAL] = heal,
    [MCV_VERB_MOVE] = move,
    [MCV_VERB_ROLL] = change_keys,
    [MCV_VERB_REVOKE] = change_keys,
    [MCV_VERB_ZEROIZE] = with_user,
};

static void do_planned(struct mcv_world *w, void *ctx)
{
    const struct mcv_planned *it = ctx;

    (void)w;
    acts[it->action->verb](it->p, it->action, it->user);
}

static mcv_err plan(struct mcv_play *p, const struct mcv_scenario_action *a, uint32_t user,
                    struct mcv_prng *prng)
{
    struct mcv_planned *it = mcv_pool_alloc(&p->pool, sizeof *it);
    const uint64_t at_us = a->at_us + (a->spread_us > 0 ? mcv_prng_below(prng, a->spread_us) : 0);

    if (it == NULL) return MCV_E_IO;
    *it = (struct mcv_planned){.p = p, .action = a, .user = user};
    return mcv_world_at(p->world, at_us, do_planned, it);
}

mcv_err mcv_play_plan_script(struct mcv_play *p)
{
    const struct mcv_roster *r = &p->file->roster;
    const struct mcv_scenario_action *actions = p->file->s.actions.items;
    mcv_err err = MCV_OK;

    for (size_t i = 0; i < p->file->s.actions.n && err == MCV_OK; i++) {
        const struct mcv_scenario_action *a = &actions[i];
        struct mcv_prng prng;

        mcv_play_stream(p, &prng, MCV_PLAY_STREAM_ACTIONS, i);
        if (a->user == NULL) {
            err = plan(p, a, MCV_NOBODY, &prng);
            continue;
        }
        for (uint32_t u = mcv_roster_next(r, a->user, 0); u != MCV_NOBODY && err == MCV_OK;
             u = mcv_roster_next(r, a->user, u + 1))
            err = plan(p, a, u, &prng);
    }
    return err;
}
