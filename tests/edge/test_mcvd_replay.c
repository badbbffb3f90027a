/* A SETUP REQUEST that was taken from the air and sent again, also after a restart of the callee.
 * Spec: TS 33.180 8.3.3, RFC 3830 5.4 and 6.6: a recorded I_MESSAGE is refused. */
#include "proto/monp.h"
#include "tests/edge/rig.h"
#include "tests/support/cmocka.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define RIG 3

struct fixture {
    struct mcv_rig rig;
    struct mcv_device alice, bob;
    int recorder; /* where alice believes bob to be */
    struct sockaddr_in to_bob;
    uint8_t setup[9216];
    size_t n_setup;
};

static int setup(void **state)
{
    static struct fixture f;

    mcv_rig_open(&f.rig, RIG);
    mcv_device_init(&f.alice, &f.rig, "alice", 1,
                    "peers:\n  - {user: \"sip:bob@rig.example\", address: 127.77.3.9}\n");
    mcv_device_init(&f.bob, &f.rig, "bob", 2, "");
    f.recorder = mcv_rig_udp("127.77.3.9", MCV_MONP_PORT);
    f.to_bob = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(MCV_MONP_PORT)};
    assert_int_equal(inet_pton(AF_INET, f.bob.address, &f.to_bob.sin_addr), 1);
    mcv_device_start(&f.alice);
    mcv_device_start(&f.bob);
    mcv_device_import(&f.alice);
    mcv_device_import(&f.bob);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    close(f->recorder);
    assert_int_equal(mcv_device_stop(&f->alice, SIGTERM), 0);
    assert_int_equal(mcv_device_stop(&f->bob, SIGTERM), 0);
    mcv_rig_close(&f->rig);
    return 0;
}

/* The next message of this type from this device; others, such as repetitions, are passed over. */
static struct mcv_monp take(struct fixture *f, const struct mcv_device *from, uint8_t type)
{
    static uint8_t datagram[sizeof f->setup];
    struct mcv_monp m;

    for (;;) {
        struct sockaddr_in at;
        socklen_t n_at = sizeof at;
        char text[INET_ADDRSTRLEN];
        const ssize_t n = recvfrom(f->recorder, datagram, sizeof datagram, 0,
                                   (struct sockaddr *)&at, &n_at);
        assert_true(n > 0);
        inet_ntop(AF_INET, &at.sin_addr, text, sizeof text);
        assert_int_equal(mcv_monp_decode(&m, mcv_bytes_of(datagram, (size_t)n), MCV_MONP_IEI_HEX),
                         MCV_OK);
        if (strcmp(text, from->address) == 0 && m.type == type) break;
    }
    return m;
}

static void replay(const struct fixture *f)
{
    assert_int_equal(sendto(f->recorder, f->setup, f->n_setup, 0,
                            (const struct sockaddr *)&f->to_bob, sizeof f->to_bob),
                     (ssize_t)f->n_setup);
}

/* alice calls; her SETUP REQUEST is kept, then goes on to bob. */
static void record(struct fixture *f)
{
    int status = 1;

    while (recv(f->recorder, f->setup, sizeof f->setup, MSG_DONTWAIT) >= 0)
        continue; /* old calls */
    json_decref(mcv_device_ctl(&f->alice, &status, "call", f->bob.uri, NULL));
    assert_int_equal(status, 0);
    json_decref(mcv_device_wait(&f->alice, "call.outgoing"));
    const ssize_t n = recv(f->recorder, f->setup, sizeof f->setup, 0);
    assert_true(n > 0);
    f->n_setup = (size_t)n;
    replay(f);
    json_decref(mcv_device_wait(&f->bob, "call.incoming"));
    (void)take(f, &f->bob, MCV_MONP_PRIVATE_CALL_ACCEPT);
}

static void expect_refused(struct fixture *f)
{
    replay(f);
    const struct mcv_monp m = take(f, &f->bob, MCV_MONP_PRIVATE_CALL_REJECT);
    assert_int_equal(m.reason, MCV_REASON_E2E_SECURITY_CONTEXT_FAILURE);
    json_t *call = mcv_device_call(&f->bob);
    assert_null(call);
}

/* alice gives up. */
static void hang_up(struct fixture *f)
{
    json_t *call = mcv_device_call(&f->alice);
    char handle[16];

    snprintf(handle, sizeof handle, "%d", (int)json_integer_value(json_object_get(call, "call")));
    json_decref(call);
    json_decref(mcv_device_ctl(&f->alice, NULL, "release", handle, NULL));
    json_decref(mcv_device_wait(&f->alice, "call.ended"));
}

static void after_a_stop(void **state)
{
    struct fixture *f = *state;

    record(f);
    assert_int_equal(mcv_device_stop(&f->bob, SIGTERM), 0);
    mcv_device_start(&f->bob);
    expect_refused(f);
    assert_int_equal(mcv_device_counter(&f->bob, "jobs_verify"), 0); /* before the signature */
    hang_up(f);
}

static void after_a_crash(void **state)
{
    struct fixture *f = *state;

    sleep(1); /* T of the next message is later than the stop */
    record(f);
    while (mcv_device_counter(&f->bob, "jobs_under_way") > 0) usleep(10000); /* it is on disk */
    assert_int_equal(mcv_device_stop(&f->bob, SIGKILL), 128 + SIGKILL);
    mcv_device_start(&f->bob);
    expect_refused(f);
    assert_int_equal(mcv_device_counter(&f->bob, "jobs_verify"), 0);
    hang_up(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_stop),
        cmocka_unit_test(after_a_crash),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
