/* Addresses of users: configured, learnt, answered. Spec: TS 23.379 10.7.3. */
#include "agent/core/peers.h"

#include "tests/support/cmocka.h"

#include <stdlib.h>

#define ALICE "sip:alice@mc.example"
#define BOB   "sip:bob@mc.example"

static struct mcv_addr host(uint8_t last, uint16_t port)
{
    return (struct mcv_addr){.family = MCV_IPV4, .b = {10, 0, 0, last}, .port = port};
}

struct fixture {
    struct mcv_peers p;
    struct mcv_peer_config configured[2];
    struct mcv_agent_config config;
    void *mem;
};

/* alice has an address with a port of her own; bob's is to be learnt. */
static void open_peers(struct fixture *f, uint16_t n_learnt)
{
    const struct mcv_limits limits = {.n_learnt_peers = n_learnt};

    *f = (struct fixture){
        .configured = {{.user = mcv_bytes_str(ALICE), .addr = host(1, 8810)},
                       {.user = mcv_bytes_str(BOB), .kms_uri = mcv_bytes_str("kms.example")}}};
    f->config.peers = f->configured;
    f->config.n_peers = 2;
    f->config.own[0] = host(9, 8809);
    f->config.n_own = 1;
    f->mem = malloc(mcv_peers_size(&limits));
    assert_non_null(f->mem);
    mcv_peers_init(&f->p, f->mem, &limits);
}

static uint8_t found(const struct fixture *f, const char *user)
{
    struct mcv_addr addr = {0};

    return mcv_peers_find(&addr, &f->p, &f->config, mcv_bytes_str(user)) ? addr.b[3] : 0;
}

static void learn(struct fixture *f, const char *user, uint8_t last)
{
    const struct mcv_addr addr = host(last, 8809);

    mcv_peers_learn(&f->p, &f->config, mcv_bytes_str(user), &addr);
}

static void a_configured_address_stays(void **state)
{
    (void)state;
    struct fixture f;

    open_peers(&f, 2);
    assert_int_equal(found(&f, ALICE), 1);
    learn(&f, ALICE, 66);
    assert_int_equal(found(&f, ALICE), 1);
    free(f.mem);
}

static void an_address_is_learnt_and_changes(void **state)
{
    (void)state;
    struct fixture f;

    open_peers(&f, 2);
    assert_int_equal(found(&f, BOB), 0);
    learn(&f, BOB, 2);
    assert_int_equal(found(&f, BOB), 2);
    learn(&f, BOB, 3);
    assert_int_equal(found(&f, BOB), 3);
    free(f.mem);
}

static void the_one_learnt_longest_ago_gives_way(void **state)
{
    (void)state;
    struct fixture f;

    open_peers(&f, 2);
    learn(&f, "sip:a@x", 11);
    learn(&f, "sip:b@x", 12);
    learn(&f, "sip:a@x", 11);
    learn(&f, "sip:c@x", 13);
    assert_int_equal(found(&f, "sip:a@x"), 11);
    assert_int_equal(found(&f, "sip:b@x"), 0);
    assert_int_equal(found(&f, "sip:c@x"), 13);
    free(f.mem);
}

static void an_answer_goes_to_the_host_and_never_to_the_port_seen(void **state)
{
    (void)state;
    struct fixture f;
    const struct mcv_addr seen = host(7, 40000);

    open_peers(&f, 2);
    struct mcv_addr to = mcv_peers_answer_addr(&f.config, mcv_bytes_str(BOB), &seen);
    assert_int_equal(to.b[3], 7);
    assert_int_equal(to.port, 8809); /* ours */
    to = mcv_peers_answer_addr(&f.config, mcv_bytes_str(ALICE), &seen);
    assert_int_equal(to.b[3], 7);
    assert_int_equal(to.port, 8810); /* of her entry */
    free(f.mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configured_address_stays),
        cmocka_unit_test(an_address_is_learnt_and_changes),
        cmocka_unit_test(the_one_learnt_longest_ago_gives_way),
        cmocka_unit_test(an_answer_goes_to_the_host_and_never_to_the_port_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
