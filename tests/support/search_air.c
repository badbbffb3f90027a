/* What is under way between the agents of a search: sent, lost, late, delivered; and its trace. */
#include "agent/core/transmission.h"
#include "proto/monp.h"
#include "tests/support/search_parts.h"

#include <string.h>

#define DELAY_US (2 * MS)

/* ---- trace --------------------------------------------------------------------------------- */

static int number_of(struct mcv_bytes uri)
{
    return uri.n > 8 ? uri.p[8] - '0' : -1;
}

static void say_message(const struct search *s, const struct flight *f, const char *fate)
{
    const struct slot *slot = &s->slots[f->slot];
    struct mcv_tc m;

    if (s->trace == NULL || f->channel != MCV_CH_CONTROL) return;
    if (mcv_tc_decode(&m, mcv_bytes_of(slot->b, slot->n))) return;
    fprintf(s->trace, "%8.1f ms  %u > %u  %-32s %-8s", (double)(s->m.now_us - s->m.begun_us) / 1e3,
            f->from, f->to, mcv_tc_name(m.type), fate);
    if (m.user_id.n > 0) fprintf(s->trace, " user %d", number_of(m.user_id));
    if (m.transmitting_user.n > 0) fprintf(s->trace, " to %d", number_of(m.transmitting_user));
    fprintf(s->trace, "\n");
}

void search_say_state(const struct search *s, size_t i, uint8_t state)
{
    if (s->trace == NULL) return;
    fprintf(s->trace, "%8.1f ms  %zu      is in %s\n", (double)(s->m.now_us - s->m.begun_us) / 1e3,
            i, mcv_state_name(MCV_MACHINE_TRANSMISSION, state));
}

/* ---- the network --------------------------------------------------------------------------- */

static uint16_t take_slot(struct search *s, struct mcv_bytes octets)
{
    MCV_ASSERT(octets.n <= MAX_OCTETS);
    for (unsigned tries = 0; tries < MAX_SLOTS; tries++) {
        const uint16_t i = s->next_slot;
        s->next_slot = (uint16_t)(i + 1u < MAX_SLOTS ? i + 1u : s->n_saved_slots);
        struct slot *slot = &s->slots[i];
        if (slot->n_users > 0) continue;
        slot->n = (uint16_t)octets.n;
        memcpy(slot->b, octets.p, octets.n);
        return i;
    }
    MCV_ASSERT(false);
    return 0;
}

static uint64_t arrival_us(struct search *s)
{
    const struct search_radio *r = s->situation.radio;
    const uint64_t now_us = s->m.now_us + s->phase_us;
    unsigned attempt = 0;

    if (r == NULL) return s->m.now_us + DELAY_US;
    const uint64_t period_us = (now_us / r->period_us + 1) * r->period_us - s->phase_us;
    while (attempt + 1 < r->n_attempts &&
           mcv_prng_below(&s->losses, 1000000) < r->attempt_loss_ppm) {
        attempt++;
    }
    return period_us + r->announcing_us + attempt * r->step_us +
           mcv_prng_below(&s->losses, r->step_us);
}

void search_launch(struct search *s, size_t from, const struct mcv_out_packet *p)
{
    const uint16_t slot = take_slot(s, p->bytes);

    MCV_ASSERT(p->is_multicast == (s->situation.call != SEARCH_PRIVATE));
    for (size_t to = 0; to < s->n; to++) {
        if (to == from || s->m.is_dead[from] || s->m.is_dead[to]) continue;
        if (s->m.side[to] != s->m.side[from]) continue;
        MCV_ASSERT(s->m.n_flights < MAX_FLIGHTS);
        s->m.flights[s->m.n_flights++] = (struct flight){.at_us = arrival_us(s),
                                                         .order = s->m.order++,
                                                         .slot = slot,
                                                         .from = (uint8_t)from,
                                                         .to = (uint8_t)to,
                                                         .channel = (uint8_t)p->channel};
        s->slots[slot].n_users++;
    }
}

static bool is_lost(struct search *s, const struct flight *f, uint64_t number)
{
    if (s->m.side[f->from] != s->m.side[f->to] || s->m.is_dead[f->to]) return true;
    if (f->channel != MCV_CH_CONTROL && !s->c->is_all_lossy) return false;
    if (number < 64 && (s->c->lost >> number & 1) != 0) return true;
    if (s->c->loss_ppm == 0 || s->m.now_us - s->m.begun_us >= s->c->loss_until_ms * MS)
        return false;
    return mcv_prng_below(&s->losses, 1000000) < s->c->loss_ppm;
}

static void deliver(struct search *s, struct flight f)
{
    const struct node *from = &s->nodes[f.from], *to = &s->nodes[f.to];
    const bool is_private = s->situation.call == SEARCH_PRIVATE;
    struct slot *slot = &s->slots[f.slot];
    const struct mcv_call_info info = search_call(s, f.to);
    const struct mcv_datagram d = {
        .channel = (enum mcv_channel)f.channel,
        .call = f.channel == MCV_CH_MONP ? 0 : info.call,
        .from = mcv_addr_with_port(from->config.own[0],
                                   f.channel == MCV_CH_MONP ? MCV_MONP_PORT : 40000),
        .to = is_private ? to->config.own[0] : to->group.addr,
        .bytes = mcv_bytes_of(slot->b, slot->n)};

    (void)mcv_agent_receive(to->agent, search_now(s), &d);
    search_drain(s, f.to);
}

void search_arrive(struct search *s, uint16_t index)
{
    struct flight f = s->m.flights[index];
    const bool is_counted = f.channel == MCV_CH_CONTROL && f.order != UINT64_MAX;
    const uint64_t number = is_counted ? s->m.n_control++ : UINT64_MAX;

    if (is_counted && s->c->late >= 0 && number == (uint64_t)s->c->late) {
        say_message(s, &f, "(late)");
        s->m.flights[index].at_us += s->c->late_ms * MS;
        s->m.flights[index].order = UINT64_MAX; /* counted */
        return;
    }
    s->m.flights[index] = s->m.flights[--s->m.n_flights];
    if (is_lost(s, &f, number)) {
        say_message(s, &f, "LOST");
    } else {
        say_message(s, &f, "");
        deliver(s, f);
    }
    s->slots[f.slot].n_users--;
}
