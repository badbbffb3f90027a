/* How often somebody takes arbitration although an arbitrator is there, because no answer came in time. */
#include "tests/bench/bench_sim.h"
#include "tests/support/search.h"

#define N_REQUESTS 10000u
#define END_MS     800u

/* LTE direct mode as in the study whose figures the README has beside ours: a period of 40 ms, 8 ms of
 * which announce, then four attempts, one in ten of which is lost, the last one never. */
static const struct search_radio sidelink = {.period_us = 40000,
                                             .announcing_us = 8000,
                                             .step_us = 8000,
                                             .n_attempts = 4,
                                             .attempt_loss_ppm = 100000};

static const uint32_t t201_ms[] = {40, 60, 80, 120};

#define N_T201 (sizeof t201_ms / sizeof *t201_ms)

/* One has permission and arbitrates, there is room for a second, who asks. The first one talks, a packet
 * every 20 ms, or is heard from by his answers alone. */
static struct search *open_one_asks(bool is_talking, uint32_t ms)
{
    const struct search_situation s = {
        .name = "one asks",
        .radio = &sidelink,
        .rtp_every_ms = is_talking ? 20 : 0,
        .t201_ms = ms,
        .n_agents = 3,
        .n_max = 2,
        .n_transmitting = 1,
        .script = {{.verb = SEARCH_PRESS, .who = 1}, {.verb = SEARCH_PAUSE, .who = 0}},
        .n_steps = is_talking ? 1 : 2,
        .end_ms = END_MS,
    };

    return search_open(&s);
}

static double false_ppm(struct search *s, uint32_t loss_ppm)
{
    unsigned n_false = 0;

    for (uint64_t seed = 1; seed <= N_REQUESTS; seed++) {
        const struct search_case c = {.late = -1,
                                      .loss_ppm = loss_ppm,
                                      .loss_until_ms = END_MS,
                                      .is_all_lossy = true,
                                      .seed = seed};
        (void)search_run(s, &c, NULL); /* how it ends is not the question */
        n_false += search_has_claimed(s, 1);
    }
    return n_false * 1e6 / N_REQUESTS;
}

static void one_table(struct mcv_bench *b, bool is_talking)
{
    for (size_t k = 0; k < N_T201; k++) {
        struct search *s = open_one_asks(is_talking, t201_ms[k]);
        for (unsigned percent = 0; percent <= 30; percent += 5) {
            mcv_bench_fields(
                b, "false_arbitration", false_ppm(s, percent * 10000), "ppm",
                "\"arbitrator\":\"%s\",\"T201_ms\":%u,\"loss_percent\":%u,\"requests\":%u,",
                is_talking ? "talks" : "silent", t201_ms[k], percent, N_REQUESTS);
        }
        search_close(s);
    }
}

void mcv_bench_false_arbitration(struct mcv_bench *b)
{
    one_table(b, false);
    one_table(b, true);
}
