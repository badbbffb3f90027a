#include "tests/edge/pair.h"

#include "tests/support/cmocka.h"

#include <signal.h>
#include <stdio.h>

void mcv_pair_open(struct mcv_pair *p, unsigned number)
{
    char peers[400];

    p->has_app = false;
    mcv_rig_open(&p->rig, number);
    mcv_device_init(&p->bob, &p->rig, "bob", 2, "");
    snprintf(peers, sizeof peers, "peers:\n%s", mcv_device_as_peer(&p->bob));
    mcv_device_init(&p->alice, &p->rig, "alice", 1, peers);
    mcv_device_start(&p->alice);
    mcv_device_start(&p->bob);
    mcv_device_import(&p->alice);
    mcv_device_import(&p->bob);
}

void mcv_pair_close(struct mcv_pair *p)
{
    if (p->has_app) mcv_app_close(&p->app);
    assert_int_equal(mcv_device_stop(&p->alice, SIGTERM), 0);
    assert_int_equal(mcv_device_stop(&p->bob, SIGTERM), 0);
    mcv_rig_close(&p->rig);
}

void mcv_pair_call(struct mcv_pair *p)
{
    int status = 1;

    json_decref(mcv_device_ctl(&p->alice, &status, "call", p->bob.uri, NULL));
    assert_int_equal(status, 0);
    json_decref(mcv_device_wait(&p->alice, "call.established"));
    json_decref(mcv_device_wait(&p->bob, "call.established"));
    mcv_app_open(&p->app, &p->alice, &p->bob);
    p->has_app = true;
}
