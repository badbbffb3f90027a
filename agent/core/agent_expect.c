/* What a packet of a group's media will touch, asked for before it comes: the beginnings of the agent
 * and of the objects of its calls (their declarations say so), and the entries that were used last. */
#include "agent/core/agent_private.h"
#include "crypto/base/cache.h"

static void expect_agent(const struct mcv_agent *a)
{
    mcv_cache_expect(a, offsetof(struct mcv_agent, limits) + sizeof a->limits);
    mcv_cache_expect(&a->counters.n[MCV_N_RTP_RECEIVED], 1);
}

static void expect_calls(const struct mcv_agent *a)
{
    const struct mcv_media *m = a->group_media;

    mcv_cache_expect(m, offsetof(struct mcv_media, tx));
    mcv_cache_expect(m + a->limits.n_group_calls, MCV_SRTP_RX_BEGINNING_BYTES); /* its first part */
    mcv_cache_expect(a->transmissions, offsetof(struct mcv_transmission, cand));
}

static void expect_entries(const struct mcv_agent *a)
{
    const struct mcv_media *m = a->group_media;
    const struct mcv_transmitter *tx = mcv_transmitters_next(&a->transmissions->tx, NULL);
    const uint16_t stream = mcv_lru_newest(&m->stream_slots);

    if (m->rx != NULL) mcv_srtp_rx_expect(m->rx);
    mcv_cache_expect(m->keys, sizeof *m->keys);
    if (stream != MCV_LRU_NIL)
        mcv_cache_expect(&m->streams[stream], offsetof(struct mcv_media_rx, cname));
    if (tx != NULL) mcv_cache_expect(tx, offsetof(struct mcv_transmitter, who) + 1);
}

void mcv_agent_expect(const struct mcv_agent *a, unsigned step)
{
    static void (*const steps[MCV_AGENT_N_EXPECT])(const struct mcv_agent *) = {
        expect_agent, expect_calls, expect_entries};

    MCV_ASSERT(step < MCV_AGENT_N_EXPECT);
    steps[step](a);
}
