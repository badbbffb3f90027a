/* A caller that should not get through: a real agent, whose packets pass a hook on their way out.
 *
 * It reads a configuration of mcvd, holds the keys of that device's store and makes one private
 * call; then it tells in one line of JSON what the other side answered. Spec: TS 33.180 8.3.3 (what a
 * callee does with an I_MESSAGE that does not verify). */
#include "agent/core/agent.h"
#include "agent/edge/clock.h"
#include "crypto/rng_system.h"
#include "proto/base64.h"
#include "proto/monp.h"
#include "proto/sdp.h"
#include "tests/interop/identity.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DATAGRAM 9216
#define PATIENCE_US  8000000u
#define PVT_BYTES    65u /* the signature ends with s and PVT. Spec: RFC 6507 5.2.1 */

struct intruder {
    struct mcv_identity id;
    struct mcv_agent *agent;
    void *agent_mem, *scratch_mem;
    bool does_flip;
    bool is_over;
    uint32_t established; /* handle of the call, to be released */
    unsigned n_setups, n_ringing, n_accepts, n_rejects;
    int reason; /* of the last REJECT */
};

static struct mcv_now now_of(void)
{
    return mcv_clock_now(0);
}

/* ---- the hook ------------------------------------------------------------------------------ */

/* One bit of `s` in the signature of the I_MESSAGE; lengths stay. */
static bool flip_signature_bit(uint8_t *datagram, struct mcv_bytes key_mgmt)
{
    uint8_t *text = datagram + (key_mgmt.p - datagram);
    uint8_t octets[MCV_MIKEY_MAX_BYTES];
    struct mcv_writer w = mcv_writer_of(text, key_mgmt.n);
    size_t n = 0;

    if (mcv_base64_decode(octets, sizeof octets, &n, key_mgmt) != MCV_OK || n <= PVT_BYTES)
        return false;
    octets[n - PVT_BYTES - 1] ^= 1;
    mcv_base64_encode(&w, mcv_bytes_of(octets, n));
    return w.err == MCV_OK && mcv_wr_done(&w).n == key_mgmt.n;
}

static bool change(struct intruder *t, uint8_t *datagram, size_t n)
{
    struct mcv_monp m;
    struct mcv_sdp sdp;

    if (mcv_monp_decode(&m, mcv_bytes_of(datagram, n), MCV_MONP_IEI_HEX) != MCV_OK) return false;
    if (m.type != MCV_MONP_PRIVATE_CALL_SETUP_REQUEST) return true;
    t->n_setups++;
    if (!t->does_flip) return true;
    return mcv_sdp_decode(&sdp, m.sdp) == MCV_OK && sdp.has_key_mgmt &&
           flip_signature_bit(datagram, sdp.key_mgmt);
}

static void send_packet(struct intruder *t, const struct mcv_out_packet *p)
{
    uint8_t datagram[MAX_DATAGRAM];
    struct sockaddr_storage sa;
    const socklen_t n = mcv_sock_addr(&sa, &p->to);

    if (p->channel != MCV_CH_MONP || p->bytes.n > sizeof datagram) return;
    memcpy(datagram, p->bytes.p, p->bytes.n);
    if (!change(t, datagram, p->bytes.n) ||
        sendto(t->id.fd, datagram, p->bytes.n, 0, (const struct sockaddr *)&sa, n) < 0)
        fprintf(stderr, "mcv_intruder: a message was not sent\n");
}

/* ---- the agent ----------------------------------------------------------------------------- */

static void take_event(struct intruder *t, const struct mcv_event *e)
{
    if (e->type == MCV_EVENT_CALL_ESTABLISHED) t->established = e->call;
    if (e->type == MCV_EVENT_CALL_ENDED) t->is_over = true;
}

/* Everything at once: here nobody waits for a pairing. Media has no sockets. */
static void take_outputs(struct intruder *t)
{
    struct mcv_out out;

    while (mcv_agent_poll(t->agent, &out, now_of())) {
        if (out.kind == MCV_OUT_PACKET) send_packet(t, &out.u.packet);
        if (out.kind == MCV_OUT_EVENT) take_event(t, &out.u.event);
        if (out.kind != MCV_OUT_JOB) continue;
        const enum mcv_job_kind kind = out.u.job->kind;
        if (kind == MCV_JOB_CLAIM_SSRC || kind == MCV_JOB_SAVE_ACCEPTED)
            out.u.job->err = MCV_E_UNSUPPORTED; /* neither sends media nor is called */
        else
            mcv_job_run(out.u.job);
        mcv_agent_job_done(t->agent, now_of(), out.u.job);
    }
}

static void note_answer(struct intruder *t, struct mcv_bytes datagram)
{
    struct mcv_monp m;

    if (mcv_monp_decode(&m, datagram, MCV_MONP_IEI_HEX) != MCV_OK) return;
    t->n_ringing += m.type == MCV_MONP_PRIVATE_CALL_RINGING;
    t->n_accepts += m.type == MCV_MONP_PRIVATE_CALL_ACCEPT;
    if (m.type != MCV_MONP_PRIVATE_CALL_REJECT) return;
    t->n_rejects++;
    t->reason = m.reason;
}

static void receive(struct intruder *t)
{
    uint8_t datagram[MAX_DATAGRAM];
    struct sockaddr_storage sa;
    socklen_t n_sa = sizeof sa;

    const ssize_t n = recvfrom(t->id.fd, datagram, sizeof datagram, 0, (struct sockaddr *)&sa,
                               &n_sa);
    if (n < 0) return;
    const struct mcv_datagram d = {.channel = MCV_CH_MONP,
                                   .from = mcv_sock_addr_of(&sa),
                                   .to = t->id.config.agent.own[0],
                                   .bytes = mcv_bytes_of(datagram, (size_t)n)};
    note_answer(t, d.bytes);
    (void)mcv_agent_receive(t->agent, now_of(), &d);
}

static mcv_err command(struct intruder *t, enum mcv_command_type type, const char *target,
                       uint32_t call)
{
    const struct mcv_command k = {.type = type, .target = mcv_bytes_str(target), .call = call};
    const char *why = NULL;

    const mcv_err err = mcv_agent_command(t->agent, now_of(), &k, NULL, &why);
    if (err != MCV_OK) fprintf(stderr, "mcv_intruder: %s\n", why);
    take_outputs(t);
    return err;
}

static int wait_ms(const struct intruder *t, uint64_t until_us)
{
    const uint64_t now_us = now_of().mono_us, wake_us = mcv_agent_wake_at(t->agent);
    const uint64_t at_us = wake_us < until_us ? wake_us : until_us;

    return at_us > now_us ? (int)((at_us - now_us + 999) / 1000) : 0;
}

static mcv_err call(struct intruder *t, const char *user)
{
    const uint64_t until_us = now_of().mono_us + PATIENCE_US;
    struct pollfd p = {.fd = t->id.fd, .events = POLLIN};

    mcv_err err = command(t, MCV_CMD_CALL, user, 0);
    while (err == MCV_OK && !t->is_over && now_of().mono_us < until_us) {
        if (poll(&p, 1, wait_ms(t, until_us)) > 0) receive(t);
        take_outputs(t);
        const uint32_t established = t->established;
        t->established = 0;
        if (established != 0) err = command(t, MCV_CMD_RELEASE, "", established);
    }
    return err;
}

/* ---- start and end ------------------------------------------------------------------------- */

static mcv_err open_agent(struct intruder *t)
{
    const struct mcv_limits *limits = &t->id.config.limits;

    t->agent_mem = malloc(mcv_agent_size(limits));
    t->scratch_mem = malloc(mcv_scratch_size(limits));
    if (t->agent_mem == NULL || t->scratch_mem == NULL) return MCV_E_IO;
    const struct mcv_agent_params params = {
        .config = &t->id.config.agent,
        .keys = mcv_store_keyring(t->id.keys),
        .scratch = mcv_scratch_init(t->scratch_mem, limits),
        .rng = mcv_rng_system,
        .job_rng = mcv_rng_system,
    };
    t->agent = mcv_agent_init(t->agent_mem, limits, &params, now_of());
    return MCV_OK;
}

static void close_all(struct intruder *t)
{
    if (t->agent != NULL) mcv_agent_wipe(t->agent);
    free(t->agent_mem);
    free(t->scratch_mem);
    mcv_identity_close(&t->id);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"call", required_argument, NULL, 'u'},
        {"flip-signature-bit", no_argument, NULL, 'f'},
        {NULL, 0, NULL, 0},
    };
    struct intruder t = {.reason = -1};
    const char *config = NULL, *user = NULL;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'c') config = optarg;
        if (c == 'u') user = optarg;
        if (c == 'f') t.does_flip = true;
        if (c == '?') return 2;
    }
    if (config == NULL || user == NULL) return 2;
    mcv_err err = mcv_identity_open(&t.id, config, "mcv_intruder");
    if (err == MCV_OK) err = open_agent(&t);
    if (err == MCV_OK) err = call(&t, user);
    printf("{\"setup_requests\": %u, \"ringing\": %u, \"accepts\": %u, \"rejects\": %u, "
           "\"reason\": %d}\n",
           t.n_setups, t.n_ringing, t.n_accepts, t.n_rejects, t.reason);
    close_all(&t);
    return err == MCV_OK ? 0 : 1;
}
