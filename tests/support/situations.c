#include "tests/support/situations.h"

#include "crypto/base/err.h"
#include "sim/prng.h"

static const uint32_t late_ms[] = {50, 100, 4500};
#define N_LATE (sizeof late_ms / sizeof *late_ms)

struct search_situation situation_of(unsigned event, uint8_t n_agents)
{
    static const struct search_situation all[SITUATIONS_N] = {
        {.name = "call start",
         .n_max = 1,
         .is_call_start = true,
         .script = {{.at_ms = 300, .verb = SEARCH_PRESS, .who = 1}},
         .n_steps = 1},
        {.name = "two press at once",
         .n_max = 1,
         .script = {{.verb = SEARCH_PRESS, .who = 1}, {.verb = SEARCH_PRESS, .who = 2}},
         .n_steps = 2},
        {.name = "the arbitrator stops",
         .n_max = 2,
         .n_transmitting = 2,
         .script = {{.verb = SEARCH_RELEASE, .who = 0},
                    {.at_ms = 30, .verb = SEARCH_PRESS, .who = 2}},
         .n_steps = 2},
        {.name = "the arbitrator leaves the call",
         .n_max = 2,
         .n_transmitting = 2,
         .script = {{.verb = SEARCH_LEAVE, .who = 0},
                    {.at_ms = 30, .verb = SEARCH_PRESS, .who = 2}},
         .n_steps = 2},
        {.name = "the arbitrator dies",
         .n_max = 2,
         .n_transmitting = 2,
         .script = {{.verb = SEARCH_DIE, .who = 0}, {.at_ms = 30, .verb = SEARCH_PRESS, .who = 2}},
         .n_steps = 2},
        {.name = "an emergency",
         .n_max = 1,
         .n_queue = 1,
         .n_transmitting = 1,
         .script = {{.verb = SEARCH_PRESS, .who = 1},
                    {.at_ms = 10, .verb = SEARCH_EMERGENCY, .who = 2}},
         .n_steps = 2},
    };

    MCV_ASSERT(event < SITUATIONS_N);
    struct search_situation s = all[event];
    s.n_agents = n_agents;
    s.end_ms = 11000;
    return s;
}

static void add(struct search_situation *s, uint32_t at_ms, enum search_verb verb, uint8_t who,
                uint8_t priority)
{
    s->script[s->n_steps++] = (struct search_step){
        .at_ms = at_ms, .verb = (uint8_t)verb, .who = who, .priority = priority};
}

static struct search_situation random_situation(struct search_case *c, uint64_t seed,
                                                enum search_call call)
{
    static const uint8_t verbs[] = {SEARCH_PRESS,   SEARCH_PRESS,     SEARCH_PRESS,
                                    SEARCH_PRESS,   SEARCH_RELEASE,   SEARCH_RELEASE,
                                    SEARCH_RELEASE, SEARCH_EMERGENCY, SEARCH_SPLIT};
    struct mcv_prng g;
    uint32_t at_ms = 0;

    mcv_prng_init(&g, seed, 7);
    struct search_situation s = {.name = "random", .call = (uint8_t)call, .end_ms = 36000};
    s.n_agents = (uint8_t)(call == SEARCH_PRIVATE ? 2 : 3 + mcv_prng_below(&g, 4));
    s.n_max = (uint8_t)(1 + mcv_prng_below(&g, call == SEARCH_PRIVATE ? 2 : 3));
    s.n_queue = (uint8_t)mcv_prng_below(&g, 3);
    s.n_transmitting = (uint8_t)mcv_prng_below(&g, (uint64_t)s.n_max + 1);
    while (s.n_steps < 20) {
        at_ms += (uint32_t)mcv_prng_below(&g, 1000);
        add(&s, at_ms, verbs[mcv_prng_below(&g, sizeof verbs)],
            (uint8_t)mcv_prng_below(&g, s.n_agents), (uint8_t)mcv_prng_below(&g, 3));
    }
    if (mcv_prng_below(&g, 4) == 0) {
        const enum search_verb goes = mcv_prng_below(&g, 2) == 0 ? SEARCH_DIE : SEARCH_LEAVE;
        add(&s, at_ms, goes, (uint8_t)mcv_prng_below(&g, s.n_agents), 0);
    }
    add(&s, at_ms + 5000, SEARCH_HEAL, 0, 0);
    *c = (struct search_case){.late = -1,
                              .loss_ppm = (uint32_t)mcv_prng_below(&g, 300000),
                              .loss_until_ms = at_ms,
                              .seed = seed};
    return s;
}

/* Plays one case; the first that fails is explained on out. */
static unsigned try(struct search *s, const struct search_case *c, unsigned n_failed, FILE *out)
{
    const char *wrong = search_run(s, c, NULL);

    if (wrong != NULL && n_failed == 0) search_explain(s, c, wrong, out);
    return wrong != NULL;
}

/* One of the deliveries that arrive. */
static unsigned any_that_arrives(uint64_t lost, unsigned n_deliveries, uint64_t draw)
{
    unsigned at = (unsigned)(mcv_prng_mix(lost, draw) % n_deliveries);

    while ((lost >> at & 1) != 0) at = (at + 1) % n_deliveries;
    return at;
}

unsigned situation_all_patterns(const struct search_situation *situation, unsigned n_deliveries,
                                bool is_each_late, uint64_t *n_runs, FILE *out)
{
    struct search *s = search_open(situation);
    const uint64_t all = (UINT64_C(1) << n_deliveries) - 1;
    unsigned n_failed = 0;

    for (uint64_t lost = 0; lost <= all; lost++) {
        const struct search_case in_time = {.lost = lost, .late = -1};
        n_failed += try(s, &in_time, n_failed, out);
        (*n_runs)++;
        for (size_t k = 0; k < N_LATE && lost != all; k++) {
            if (!is_each_late && k != lost % N_LATE) continue;
            const unsigned one = any_that_arrives(lost, n_deliveries, k);
            for (unsigned at = 0; at < n_deliveries; at++) {
                if (is_each_late ? (lost >> at & 1) != 0 : at != one) continue;
                const struct search_case c = {.lost = lost, .late = (int)at, .late_ms = late_ms[k]};
                n_failed += try(s, &c, n_failed, out);
                (*n_runs)++;
            }
        }
    }
    search_close(s);
    return n_failed;
}

bool situation_converse(uint64_t seed, enum search_call call, FILE *out)
{
    struct search_case c;
    const struct search_situation situation = random_situation(&c, seed, call);
    struct search *s = search_open(&situation);
    const char *wrong = search_run(s, &c, NULL);

    if (wrong != NULL && out != NULL) search_explain(s, &c, wrong, out);
    search_close(s);
    return wrong == NULL;
}
