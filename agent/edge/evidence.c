#include "agent/edge/evidence.h"

static size_t family_index(uint8_t family)
{
    return family == MCV_IPV6 ? 1 : 0;
}

void mcv_evidence_init(struct mcv_evidence *e, uint64_t query_us)
{
    const struct mcv_evidence old = *e;

    *e = (struct mcv_evidence){.query_us = query_us};
    for (size_t i = 0; i < MCV_EVIDENCE_N_V; i++) e->queries[i].was_seen = old.queries[i].was_seen;
}

/* ---- peers --------------------------------------------------------------------------------- */

/* One place for each host; who comes later to the same one takes it. */
static size_t place_of(const struct mcv_addr *host)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < sizeof host->b; i++) h = (h ^ host->b[i]) * 16777619u;
    return (h ^ h >> 16) % MCV_EVIDENCE_N_SENDERS;
}

static struct mcv_evidence_sender *take(struct mcv_evidence *e, const struct mcv_addr *host)
{
    struct mcv_evidence_sender *s = &e->senders[e->last];

    if (mcv_addr_same_host(&s->host, host)) return s;
    e->last = place_of(host);
    s = &e->senders[e->last];
    if (!mcv_addr_same_host(&s->host, host)) *s = (struct mcv_evidence_sender){.host = *host};
    return s;
}

void mcv_evidence_group(struct mcv_evidence *e, uint64_t now_us, const struct mcv_addr *from,
                        uint32_t call, bool is_media)
{
    struct mcv_evidence_sender *s = take(e, from);

    s->call = call;
    s->last_us = now_us;
    s->is_owed = is_media;
    e->was_heard = true;
    if (e->is_silent && mcv_addr_same_host(&e->silent, from)) e->is_silent = false;
}

void mcv_evidence_astray(struct mcv_evidence *e, uint64_t now_us, const struct mcv_addr *from)
{
    struct mcv_evidence_sender *s = take(e, from);

    if (s->is_owed) return;
    s->call = 0;
    s->last_us = now_us;
    s->is_owed = true;
}

bool mcv_evidence_unicast(const struct mcv_evidence *e, uint64_t now_us,
                          const struct mcv_addr *from)
{
    const struct mcv_evidence_sender *s = &e->senders[place_of(from)];

    return s->is_owed && mcv_addr_same_host(&s->host, from) && !e->is_silent &&
           now_us - s->last_us >= MCV_EVIDENCE_PEER_US;
}

void mcv_evidence_find(struct mcv_evidence *e, const struct mcv_addr *from)
{
    e->is_silent = true;
    e->silent = *from;
    e->silent_since_us = take(e, from)->last_us;
}

void mcv_evidence_call_over(struct mcv_evidence *e, uint32_t call)
{
    for (size_t i = 0; i < MCV_EVIDENCE_N_SENDERS; i++)
        if (e->senders[i].call == call) e->senders[i].is_owed = false;
}

/* ---- queries ------------------------------------------------------------------------------- */

void mcv_evidence_watch(struct mcv_evidence *e, uint64_t now_us, uint8_t family, bool is_watched)
{
    struct mcv_evidence_queries *q = &e->queries[family_index(family)];

    if (q->is_watched == is_watched) return;
    q->is_watched = is_watched;
    q->is_missing = false;
    q->last_us = now_us;
}

void mcv_evidence_query(struct mcv_evidence *e, uint64_t now_us, uint8_t family)
{
    struct mcv_evidence_queries *q = &e->queries[family_index(family)];

    q->was_seen = true;
    q->is_missing = false;
    q->last_us = now_us;
}

void mcv_evidence_run(struct mcv_evidence *e, uint64_t now_us)
{
    for (size_t i = 0; i < MCV_EVIDENCE_N_V; i++) {
        struct mcv_evidence_queries *q = &e->queries[i];
        if (q->is_watched && now_us - q->last_us >= e->query_us) q->is_missing = true;
    }
}

uint64_t mcv_evidence_wake_at(const struct mcv_evidence *e)
{
    uint64_t at_us = UINT64_MAX;

    for (size_t i = 0; i < MCV_EVIDENCE_N_V; i++) {
        const struct mcv_evidence_queries *q = &e->queries[i];
        if (!q->is_watched || q->is_missing) continue;
        if (q->last_us + e->query_us < at_us) at_us = q->last_us + e->query_us;
    }
    return at_us;
}

/* ---- together ------------------------------------------------------------------------------ */

enum mcv_evidence_fault mcv_evidence_fault(const struct mcv_evidence *e, uint64_t *since_us)
{
    static const enum mcv_evidence_fault missing[MCV_EVIDENCE_N_V] = {MCV_EVIDENCE_NO_IGMP_QUERY,
                                                                      MCV_EVIDENCE_NO_MLD_QUERY};

    *since_us = e->silent_since_us;
    if (e->is_silent) return MCV_EVIDENCE_PEER;
    for (size_t i = 0; i < MCV_EVIDENCE_N_V; i++) {
        *since_us = e->queries[i].last_us;
        if (e->queries[i].is_missing) return missing[i];
    }
    *since_us = 0;
    return MCV_EVIDENCE_NONE;
}
