#include "agent/core/admission.h"

#include "agent/core/text_hash.h"

#define MINUTE_US 60000000u

static size_t sources_bytes(const struct mcv_limits *limits)
{
    return limits->n_sources * sizeof(struct mcv_source);
}

static size_t ignored_bytes(const struct mcv_limits *limits)
{
    return limits->n_ignored_calls * sizeof(struct mcv_ignored_call);
}

size_t mcv_admission_size(const struct mcv_limits *limits)
{
    return ignored_bytes(limits) + sources_bytes(limits) + mcv_lru_size(limits->n_sources);
}

void mcv_admission_init(struct mcv_admission *t, void *mem, const struct mcv_limits *limits)
{
    t->ignored = mem;
    t->n_ignored = limits->n_ignored_calls;
    for (uint16_t i = 0; i < t->n_ignored; i++) t->ignored[i] = (struct mcv_ignored_call){0};
    t->sources = (struct mcv_source *)(t->ignored + limits->n_ignored_calls);
    mcv_lru_init(&t->table, t->sources + limits->n_sources, limits->n_sources);
}

static struct mcv_source *source_of(struct mcv_admission *t, const struct mcv_addr *host)
{
    const uint32_t hash = mcv_text_hash(mcv_bytes_of(host->b, sizeof host->b));
    uint16_t i = mcv_lru_first(&t->table, hash);

    while (i != MCV_LRU_NIL && !mcv_addr_same_host(&t->sources[i].host, host)) {
        i = mcv_lru_next(&t->table, i);
    }
    if (i != MCV_LRU_NIL) {
        mcv_lru_touch(&t->table, i);
        return &t->sources[i];
    }
    i = mcv_lru_take(&t->table, hash);
    if (i == MCV_LRU_NIL) {
        mcv_lru_release(&t->table, mcv_lru_oldest(&t->table));
        i = mcv_lru_take(&t->table, hash);
    }
    t->sources[i] = (struct mcv_source){.host = *host};
    return &t->sources[i];
}

bool mcv_admission_take(struct mcv_admission *t, const struct mcv_admission_config *config,
                        const struct mcv_addr *from, uint64_t now_us)
{
    return mcv_pace_take(&source_of(t, from)->pace, now_us, MINUTE_US / config->per_minute,
                         config->burst);
}

static bool is_before(const struct mcv_ignored_call *a, const struct mcv_ignored_call *b)
{
    return b == NULL || a->until_us < b->until_us;
}

/* The oldest of the host once it has its share, a quarter of the table; else the oldest of all. */
static struct mcv_ignored_call *slot_for(struct mcv_admission *t, const struct mcv_addr *host)
{
    struct mcv_ignored_call *oldest = NULL, *own_oldest = NULL;
    uint16_t n_own = 0;

    for (uint16_t i = 0; i < t->n_ignored; i++) {
        struct mcv_ignored_call *e = &t->ignored[i];
        if (is_before(e, oldest)) oldest = e;
        if (e->until_us == 0 || !mcv_addr_same_host(&e->host, host)) continue;
        n_own++;
        if (is_before(e, own_oldest)) own_oldest = e;
    }
    return n_own > 0 && n_own >= t->n_ignored / 4u ? own_oldest : oldest;
}

static bool is_same(const struct mcv_ignored_call *e, const struct mcv_addr *from, uint32_t hash,
                    uint16_t call_id)
{
    return e->until_us != 0 && e->call_id == call_id && e->caller_hash == hash &&
           mcv_addr_same_host(&e->host, from);
}

static struct mcv_ignored_call *find(const struct mcv_admission *t, const struct mcv_addr *from,
                                     struct mcv_bytes caller, uint16_t call_id)
{
    const uint32_t hash = mcv_text_hash(caller);

    for (uint16_t i = 0; i < t->n_ignored; i++) {
        if (is_same(&t->ignored[i], from, hash, call_id)) return &t->ignored[i];
    }
    return NULL;
}

void mcv_admission_ignore(struct mcv_admission *t, const struct mcv_addr *from,
                          struct mcv_bytes caller, uint16_t call_id, uint64_t until_us)
{
    struct mcv_ignored_call *e = find(t, from, caller, call_id);
    if (e == NULL) e = slot_for(t, from);
    *e = (struct mcv_ignored_call){.host = *from,
                                   .until_us = until_us,
                                   .caller_hash = mcv_text_hash(caller),
                                   .call_id = call_id};
}

bool mcv_admission_is_ignored(const struct mcv_admission *t, const struct mcv_addr *from,
                              struct mcv_bytes caller, uint16_t call_id, uint64_t now_us)
{
    const struct mcv_ignored_call *e = find(t, from, caller, call_id);

    return e != NULL && now_us < e->until_us;
}
