#include "tests/interop/identity.h"

#include "agent/edge/clock.h"
#include "agent/edge/sock.h"
#include "crypto/rng_system.h"

#include <stdio.h>
#include <unistd.h>

static mcv_err open_store(struct mcv_identity *id, struct mcv_why *why)
{
    const struct mcv_config_file *f = &id->config.file;
    const struct mcv_store_options options = {
        .owner = {.user_uri = f->user, .gms_uri = f->gms, .kms_uri = f->kms},
        .rng = &mcv_rng_system,
    };
    const int64_t utc_s = mcv_clock_now(0).utc_s;
    struct mcv_seal_secret secret = {0};

    mcv_err err = mcv_seal_secret_load(&secret, MCV_SEAL_PASSPHRASE, f->store.passphrase_file, why);
    if (err == MCV_OK)
        err = mcv_store_open(&id->store, f->store.dir, &secret, &options, utc_s, why);
    mcv_seal_secret_wipe(&secret);
    if (err == MCV_OK) id->keys = mcv_store_keys_hold(id->store);
    return err;
}

mcv_err mcv_identity_open(struct mcv_identity *id, const char *config, const char *tool)
{
    struct mcv_yaml_why config_why = {0};
    struct mcv_netif iface;
    struct mcv_why why = {0};

    *id = (struct mcv_identity){.fd = -1};
    mcv_err err = mcv_edge_config_read(&id->config, config, &config_why);
    if (err != MCV_OK) {
        fprintf(stderr, "%s: %s\n", tool, config_why.text);
        return err;
    }
    err = mcv_netif_find(&iface, id->config.file.network.interface, &why);
    if (err == MCV_OK) err = mcv_sock_unicast(&id->fd, &id->config.agent.own[0], &iface, &why);
    if (err == MCV_OK) err = open_store(id, &why);
    if (err != MCV_OK) fprintf(stderr, "%s: %s\n", tool, why.text);
    return err;
}

void mcv_identity_close(struct mcv_identity *id)
{
    if (id->keys != NULL) mcv_store_keys_release(id->keys);
    mcv_store_close(id->store);
    if (id->fd >= 0) close(id->fd);
    mcv_edge_config_close(&id->config);
}
