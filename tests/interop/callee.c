/* A callee without an agent: it opens the I_MESSAGE of one SETUP REQUEST, answers ACCEPT, and tells in
 * one line of JSON under which SRTP master key the caller sends, so that the caller's media can be
 * given to another implementation of SRTP. Then it is silent. Spec: TS 24.281 10.3, TS 33.180 7.4.1. */
#include "agent/core/keyring.h"
#include "agent/edge/clock.h"
#include "crypto/kdf.h"
#include "crypto/key_table.h"
#include "proto/base64.h"
#include "proto/monp.h"
#include "proto/sdp.h"
#include "tests/interop/identity.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define TOOL         "mcv_callee"
#define MAX_DATAGRAM 9216
#define PATIENCE_ms  30000

struct callee {
    struct mcv_identity id;
    uint8_t request[MAX_DATAGRAM];
    struct sockaddr_storage caller;
    socklen_t n_caller;
    struct mcv_monp setup; /* borrows from request */
    struct mcv_sdp offer;
};

/* Waits for a SETUP REQUEST with key management. */
static mcv_err hear(struct callee *c)
{
    struct pollfd p = {.fd = c->id.fd, .events = POLLIN};

    while (poll(&p, 1, PATIENCE_ms) > 0) {
        c->n_caller = sizeof c->caller;
        const ssize_t n = recvfrom(c->id.fd, c->request, sizeof c->request, 0,
                                   (struct sockaddr *)&c->caller, &c->n_caller);
        if (n < 0) return MCV_E_IO;
        const mcv_err err = mcv_monp_decode(&c->setup, mcv_bytes_of(c->request, (size_t)n),
                                            MCV_MONP_IEI_HEX);
        if (err == MCV_OK && c->setup.type == MCV_MONP_PRIVATE_CALL_SETUP_REQUEST)
            return mcv_sdp_decode(&c->offer, c->setup.sdp);
    }
    return MCV_E_TIME;
}

static mcv_err open_key(struct mcv_imsg_key *key, const struct callee *c)
{
    const struct mcv_imsg_context context = {.trust = &mcv_store_keyring(c->id.keys)->trust,
                                             .call_id = MCV_REPLAY_NO_CALL,
                                             .utc_s = mcv_clock_now(0).utc_s,
                                             .as = MCV_IMSG_AS_RESPONDER};
    uint8_t octets[MCV_MIKEY_MAX_BYTES];
    static struct mcv_imsg_job job;
    struct mcv_imsg message;
    size_t n = 0;

    mcv_err err = mcv_base64_decode(octets, sizeof octets, &n, c->offer.key_mgmt);
    if (err == MCV_OK) err = mcv_imsg_parse(&message, mcv_bytes_of(octets, n), MCV_KEY_PCK);
    if (err == MCV_OK) err = mcv_imsg_resolve(&job, NULL, &message, &context);
    if (err == MCV_OK) err = mcv_imsg_verify(&job);
    if (err == MCV_OK) err = mcv_imsg_authorise(&job, c->setup.caller);
    if (err == MCV_OK) err = mcv_imsg_decapsulate(key, &job);
    return err;
}

/* The offer comes back as the answer, from our address and without its key. */
static mcv_err answer_accept(const struct callee *c)
{
    const struct mcv_addr own = mcv_addr_with_port(c->id.config.agent.own[0], 0);
    struct mcv_sdp answer = c->offer;
    struct mcv_monp m = c->setup;
    uint8_t sdp[MCV_SDP_MAX_BYTES], datagram[MAX_DATAGRAM];
    struct mcv_writer w = mcv_writer_of(sdp, sizeof sdp);

    answer.origin = own;
    answer.connection = own;
    answer.has_key_mgmt = false;
    mcv_sdp_encode(&w, &answer);
    if (w.err != MCV_OK) return w.err;
    m.type = MCV_MONP_PRIVATE_CALL_ACCEPT;
    m.sdp = mcv_wr_done(&w);
    w = mcv_writer_of(datagram, sizeof datagram);
    mcv_monp_encode(&w, &m);
    if (w.err != MCV_OK) return w.err;
    const ssize_t n = sendto(c->id.fd, datagram, w.n, 0, (const struct sockaddr *)&c->caller,
                             c->n_caller);
    return n == (ssize_t)w.n ? MCV_OK : MCV_E_IO;
}

static void print_hex(const char *name, const uint8_t *b, size_t n)
{
    printf("\"%s\": \"", name);
    for (size_t i = 0; i < n; i++) printf("%02x", b[i]);
    printf("\", ");
}

static mcv_err tell(const struct callee *c, const struct mcv_imsg_key *key)
{
    const uint8_t cs_id = mcv_cs_id_of(MCV_SERVICE_MCVIDEO, MCV_CS_PRIVATE_INITIATOR);
    struct mcv_srtp_master master;
    const mcv_err err = mcv_kdf_srtp_master(&master, key->key.b, cs_id, key->csb_id,
                                            mcv_bytes_of(key->rand, key->n_rand));

    if (err != MCV_OK) return err;
    printf("{");
    print_hex("key", master.key.b, sizeof master.key.b);
    print_hex("salt", master.salt.b, sizeof master.salt.b);
    printf("\"mki\": \"%08" PRIx32 "\", \"audio_port\": %u, \"video_port\": %u}\n", key->key_id,
           c->offer.media[MCV_SDP_AUDIO].port, c->offer.media[MCV_SDP_VIDEO].port);
    mcv_srtp_master_wipe(&master);
    return MCV_OK;
}

int main(int argc, char **argv)
{
    static struct callee c;
    struct mcv_imsg_key key = {0};

    if (argc != 2) {
        fprintf(stderr, "usage: " TOOL " CONFIG\n");
        return 2;
    }
    mcv_err err = mcv_identity_open(&c.id, argv[1], TOOL);
    if (err == MCV_OK) {
        fprintf(stderr, TOOL ": ready\n");
        err = hear(&c);
    }
    if (err == MCV_OK) err = open_key(&key, &c);
    if (err == MCV_OK) err = tell(&c, &key);
    if (err == MCV_OK) err = answer_accept(&c);
    mcv_imsg_key_wipe(&key);
    mcv_identity_close(&c.id);
    if (err != MCV_OK) fprintf(stderr, TOOL ": %s\n", mcv_err_name(err));
    return err == MCV_OK ? 0 : 1;
}
