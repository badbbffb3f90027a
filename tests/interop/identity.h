/* What a tool of the tests needs to take the place of an agent: that agent's configuration, the keys in
 * its store, and its MONP socket. The agent itself does not run meanwhile. */
#ifndef MCV_TESTS_INTEROP_IDENTITY_H
#define MCV_TESTS_INTEROP_IDENTITY_H

#include "agent/edge/config.h"
#include "agent/store/store.h"

struct mcv_identity {
    struct mcv_edge_config config;
    struct mcv_store *store;
    const struct mcv_store_keys *keys;
    int fd; /* MONP socket at the first own address */
};

/* config: the file of mcvd; its store has a passphrase. What is wrong is told on standard error after
 * the name of the tool. To be closed whatever this returns. */
MCV_MUST_USE mcv_err mcv_identity_open(struct mcv_identity *id, const char *config,
                                       const char *tool);
void mcv_identity_close(struct mcv_identity *id);

#endif
