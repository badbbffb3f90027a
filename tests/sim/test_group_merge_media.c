/* A stream goes on while its call merges with another one: other sockets, the same key and SSRC, and
 * at most 200 ms of silence. Spec: TS 24.281 9.3.2.4, TS 33.180 8.2. */
#include "proto/monp.h"
#include "proto/rtp.h"
#include "tests/support/cmocka.h"
#include "tests/support/party.h"

enum { ALICE, BOB, CAROL, N_USERS };
enum { FRAME_MS = 20, HEAL_MS = 20000, END_MS = 60000 };

struct listener {
    uint64_t last_us, longest_us; /* between two packets, from since_us on */
    uint64_t since_us;
    unsigned n_pkts;
};

struct scene {
    struct party p;
    struct listener heard[N_USERS];
};

static void on_local(void *ctx, uint32_t agent, uint64_t at_us, const struct mcv_out_local *local)
{
    struct scene *s = ctx;
    struct listener *h = &s->heard[agent];

    if (local->is_rtcp) return;
    if (h->n_pkts > 0 && at_us >= h->since_us && at_us - h->last_us > h->longest_us) {
        h->longest_us = at_us - h->last_us;
    }
    h->last_us = at_us;
    h->n_pkts++;
}

/* Plain audio of alice's application: 320 samples each. */
static void speak(struct scene *s, uint64_t from_ms, uint64_t to_ms)
{
    uint8_t packet[12 + 60] = {0x80, 96};

    for (uint64_t ms = from_ms; ms < to_ms; ms += FRAME_MS) {
        const uint32_t n = (uint32_t)(ms / FRAME_MS);
        party_run_to_ms(&s->p, ms);
        mcv_store_be16(packet + 2, (uint16_t)n);
        mcv_store_be32(packet + 4, n * 320);
        mcv_store_be32(packet + 8, 0x11223344);
        (void)mcv_world_local(s->p.world, ALICE, party_call(&s->p, ALICE).slot, MCV_AUDIO,
                              mcv_bytes_of(packet, sizeof packet));
    }
}

static void a_merge_interrupts_for_at_most_200_ms(void **state)
{
    static const struct {
        const char *why;
        uint32_t first; /* whose call is older and goes on */
        uint32_t mover;
    } cases[] = {
        {"the stream moves to the call of carol", CAROL, ALICE},
        {"carol comes to the stream", ALICE, CAROL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene s = {.heard = {{0}}};
        party_defaults(&s.p, N_USERS);
        s.p.params.hooks.ctx = &s;
        s.p.params.hooks.local = on_local;
        party_open(&s.p);
        mcv_world_set_partition(s.p.world, CAROL, 1);
        assert_int_equal(party_command(&s.p, cases[i].first, MCV_CMD_GROUP_START), MCV_OK);
        party_run_to_ms(&s.p, 5000);
        assert_int_equal(
            party_command(&s.p, cases[i].first == ALICE ? CAROL : ALICE, MCV_CMD_GROUP_START),
            MCV_OK);
        speak(&s, 6000, HEAL_MS);
        const uint32_t ssrc = party_call(&s.p, ALICE).tx_ssrc[MCV_AUDIO];
        assert_int_not_equal(ssrc, 0);
        assert_false(party_agrees(&s.p));
        assert_int_equal(s.heard[CAROL].n_pkts, 0);
        s.heard[BOB].since_us = s.heard[BOB].last_us;

        mcv_world_set_partition(s.p.world, CAROL, 0);
        speak(&s, HEAL_MS, END_MS);
        party_run_to_ms(&s.p, END_MS);
        assert_true(party_agrees(&s.p));
        assert_int_equal(party_n_events(&s.p, cases[i].mover, MCV_EVENT_GROUP_MERGED), 1);
        assert_in_range(s.heard[BOB].longest_us, FRAME_MS * 1000, 200000);
        assert_true(END_MS * 1000u - s.heard[BOB].last_us < 200000);
        assert_true(s.heard[CAROL].n_pkts > 1000); /* she hears the stream from the merge on */
        assert_int_equal(party_call(&s.p, ALICE).tx_ssrc[MCV_AUDIO], ssrc);
        party_close(&s.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merge_interrupts_for_at_most_200_ms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
