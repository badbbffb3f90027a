/* What is seen of a play from outside: its parts, and what each agent is doing. */
#include "sim/play_private.h"

#include <inttypes.h>
#include <stdio.h>

const struct mcv_cast *mcv_play_cast(const struct mcv_play *p)
{
    return p->cast;
}

struct mcv_world *mcv_play_world(const struct mcv_play *p)
{
    return p->world;
}

const struct mcv_kpis *mcv_play_kpis(const struct mcv_play *p)
{
    return &p->kpis;
}

const struct mcv_story *mcv_play_story(const struct mcv_play *p)
{
    return &p->story;
}

uint32_t mcv_play_home_group(const struct mcv_play *p, uint32_t user)
{
    const uint32_t own = p->file->roster.users[user].group;

    return own != MCV_NOBODY ? own : mcv_play_group_of(p, user, NULL);
}

bool mcv_play_was_off(const struct mcv_play *p, uint32_t user)
{
    return mcv_cast_node(p->cast, user)->is_off;
}

bool mcv_play_describe(const struct mcv_play *p, uint32_t agent, char line[static 200])
{
    static const enum mcv_machine machines[] = {[MCV_KIND_PRIVATE] = MCV_MACHINE_PRIVATE,
                                                [MCV_KIND_GROUP] = MCV_MACHINE_GROUP,
                                                [MCV_KIND_BROADCAST] = MCV_MACHINE_BROADCAST};
    struct mcv_call_info info;

    if (agent >= p->file->roster.n_users) return false;
    const struct mcv_agent *a = mcv_world_agent(p->world, agent);
    line[0] = '\0';
    if (!mcv_play_is_here(p, agent)) return true;
    int n = snprintf(line, 200, "%.40s:", p->file->roster.users[agent].name);
    if (a == NULL) {
        snprintf(line + n, 200 - (size_t)n, " off");
        return true;
    }
    const uint64_t wake_us = mcv_agent_wake_at(a);
    for (size_t i = 0; n < 150 && mcv_agent_call_info(a, i, &info); i++)
        n += snprintf(line + n, 200 - (size_t)n, " %s",
                      mcv_state_name(machines[info.kind], info.state));
    if (wake_us != MCV_NEVER)
        snprintf(line + n, 200 - (size_t)n, " wakes at %" PRIu64 " us", wake_us);
    return true;
}

size_t mcv_play_bytes(const struct mcv_play *p)
{
    return mcv_world_bytes(p->world) + mcv_cast_bytes(p->cast) + p->pool.n_bytes +
           (p->radio != NULL ? mcv_radio_bytes(p->radio) : 0);
}

uint64_t mcv_play_trace(const struct mcv_play *p)
{
    return p->trace;
}

size_t mcv_play_all_bytes(const struct mcv_play *p)
{
    return p->all_bytes;
}

struct mcv_play_division mcv_play_division(const struct mcv_play *p)
{
    return (struct mcv_play_division){.n_processes = mcv_ranks_n(p->options.ranks),
                                      .n_windows = p->n_windows,
                                      .n_crossed = p->n_crossed};
}
