/* A world on a transport of its owner's: who has real sockets and threads. */
#include "sim/costed.h"
#include "tests/support/cmocka.h"
#include "tests/support/stage.h"

#define ALICE 0u
#define BOB   1u
#define CAROL 2u

#define CARRIER_MAX 64

/* Keeps what is sent and given until somebody hands it on. */
struct carrier {
    struct {
        struct mcv_addr from, to;
        size_t n;
        uint8_t bytes[2048];
    } packets[CARRIER_MAX];
    struct {
        uint32_t agent;
        struct mcv_job *job;
    } jobs[CARRIER_MAX];
    size_t n_packets, n_jobs, n_recalled;
    int n_on, n_open;
    bool is_full; /* opens no more sockets */
};

static void carry(void *ctx, uint32_t agent, const struct mcv_addr *source,
                  const struct mcv_out_packet *p)
{
    struct carrier *c = ctx;

    (void)agent;
    assert_true(c->n_packets < CARRIER_MAX && p->bytes.n <= sizeof c->packets[0].bytes);
    c->packets[c->n_packets].from = *source;
    c->packets[c->n_packets].to = p->to;
    c->packets[c->n_packets].n = p->bytes.n;
    memcpy(c->packets[c->n_packets++].bytes, p->bytes.p, p->bytes.n);
}

static bool open_sockets(void *ctx, uint32_t agent, const struct mcv_out_sockets *s)
{
    struct carrier *c = ctx;

    (void)agent;
    if (s->is_open && c->is_full) return false;
    c->n_open += s->is_open ? 1 : -1;
    return true;
}

static bool switch_on(void *ctx, uint32_t agent, const struct mcv_agent_config *config)
{
    (void)agent;
    ((struct carrier *)ctx)->n_on += config != NULL ? 1 : -1;
    return true;
}

static void keep_job(void *ctx, uint32_t agent, struct mcv_job *job)
{
    struct carrier *c = ctx;

    c->jobs[c->n_jobs].agent = agent;
    c->jobs[c->n_jobs++].job = job;
}

static void recall_job(void *ctx, uint32_t agent, struct mcv_job *job)
{
    struct carrier *c = ctx;

    for (size_t i = 0; i < c->n_jobs; i++) {
        if (c->jobs[i].job != job || c->jobs[i].agent != agent) continue;
        c->jobs[i] = c->jobs[--c->n_jobs];
        c->n_recalled++;
        return;
    }
    fail_msg("a job that was never given");
}

/* Hands everything on until nothing is left, for this long. */
static void deliver_all(struct stage *s, struct carrier *c, uint64_t for_us)
{
    for (uint64_t end_us = mcv_world_now_us(s->w) + for_us; mcv_world_now_us(s->w) < end_us;) {
        for (size_t i = 0; i < c->n_packets; i++)
            mcv_world_received(
                s->w, &c->packets[i].to,
                &(struct mcv_received){.from = c->packets[i].from,
                                       .bytes = mcv_bytes_of(c->packets[i].bytes, c->packets[i].n)},
                1);
        c->n_packets = 0;
        while (c->n_jobs > 0) {
            c->n_jobs--;
            mcv_costed_run(c->jobs[c->n_jobs].job);
            mcv_world_job_back(s->w, c->jobs[c->n_jobs].agent, c->jobs[c->n_jobs].job);
        }
        stage_run(s, STAGE_MS);
    }
}

static void packets_and_jobs_go_through_a_transport(void **state)
{
    (void)state;
    static struct carrier c;
    const struct mcv_world_transport transport = {.ctx = &c,
                                                  .send = carry,
                                                  .sockets = open_sockets,
                                                  .power = switch_on,
                                                  .give = keep_job,
                                                  .recall = recall_job};
    struct stage s;

    c = (struct carrier){0};
    stage_open_with(
        &s, 3, STAGE_COSTED,
        &(struct stage_options){.seed = 1, .link = {.delay_us = 2000}, .transport = &transport});
    stage_start(&s);
    assert_int_equal(c.n_on, 3);
    stage_call(&s, ALICE, BOB, false);
    assert_int_equal(c.n_jobs, 1);
    deliver_all(&s, &c, 100 * STAGE_MS);
    assert_int_equal(stage_count(&s, ALICE, MCV_EVENT_CALL_ESTABLISHED), 1);
    assert_int_equal(stage_count(&s, BOB, MCV_EVENT_CALL_ESTABLISHED), 1);
    assert_int_equal(c.n_open, 2);
    stage_command(&s, CAROL, MCV_CMD_GROUP_START); /* multicast: to everybody but herself */
    deliver_all(&s, &c, 500 * STAGE_MS);
    assert_int_equal(stage_count(&s, CAROL, MCV_EVENT_GROUP_STARTED), 1);
    assert_int_equal(stage_count(&s, ALICE, MCV_EVENT_GROUP_JOINED), 1);
    assert_int_equal(stage_counter(&s, CAROL, MCV_N_MONP_OWN), 0);
    stage_call(&s, CAROL, BOB, false); /* her job is out when she is switched off */
    assert_int_equal(mcv_world_power(s.w, CAROL, false), MCV_OK);
    assert_int_equal(c.n_recalled, 1);
    assert_int_equal(c.n_on, 2);
    assert_int_equal(c.n_open, 4); /* hers are closed: Alice and Bob have a call and the group */
    assert_int_equal(mcv_world_power(s.w, CAROL, true), MCV_OK);
    c.is_full = true;
    stage_command(&s, CAROL, MCV_CMD_GROUP_START);
    deliver_all(&s, &c, 500 * STAGE_MS);
    assert_int_equal(stage_count(&s, CAROL, MCV_EVENT_GROUP_LEFT), 1);
    assert_int_equal(c.n_open, 4);
    stage_close(&s);
    assert_int_equal(c.n_on, 0);
    assert_int_equal(c.n_open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_and_jobs_go_through_a_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
