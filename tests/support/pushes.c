#include "tests/support/pushes.h"

#include "tests/support/cmocka.h"

/* alice knows the addresses of bob and dave; calls are not protected. */
void push_open(struct lone *l)
{
    static struct mcv_peer_config peers[2];

    bob_defaults(l);
    peers[0] = l->peers[0];
    peers[1] = (struct mcv_peer_config){.user = mcv_bytes_str(PUSH_DAVE), .addr = l->bob};
    peers[1].addr.b[3] = 40;
    l->config.peers = peers;
    l->config.n_peers = 2;
    lone_open(l);
}

struct mcv_addr push_dave(const struct lone *l)
{
    struct mcv_addr addr = l->bob;

    addr.b[3] = 40;
    return addr;
}

/* ---- what can happen -------------------------------------------------------------------------- */

mcv_err push_ask(struct lone *l, enum mcv_command_type type, const char *source, const char *target)
{
    return lone_full_command(l, &(struct mcv_command){.type = type,
                                                      .source = mcv_bytes_str(source),
                                                      .target = mcv_bytes_str(target),
                                                      .video = mcv_bytes_str("roof")});
}

struct mcv_push_info push_first(const struct lone *l)
{
    struct mcv_push_info info;

    if (!mcv_agent_push_info(l->a, 0, &info)) info = (struct mcv_push_info){0};
    return info;
}

void push_request(struct lone *l)
{
    (void)push_ask(l, MCV_CMD_PUSH_REQUEST, LONE_BOB, LONE_CAROL);
}

void push_cancel(struct lone *l)
{
    (void)lone_full_command(
        l, &(struct mcv_command){.type = MCV_CMD_PUSH_CANCEL, .call = push_first(l).push});
}

/* bob asks alice to push to dave. */
struct mcv_monp push_request_of_bob(enum mcv_monp_type type)
{
    const bool is_group = type == MCV_MONP_GROUP_REMOTE_VIDEO_PUSH_REQUEST;
    struct mcv_monp m = {.type = (uint8_t)type,
                         .call_id = 0x4711,
                         .requester = mcv_bytes_str(LONE_BOB),
                         .push_originator = mcv_bytes_str(LONE_ALICE)};

    if (is_group) m.recipient_group = mcv_bytes_str(LONE_GROUP);
    if (!is_group) m.recipient_user = mcv_bytes_str(PUSH_DAVE);
    return m;
}

void push_asked(struct lone *l)
{
    const struct mcv_monp m = push_request_of_bob(MCV_MONP_PRIVATE_REMOTE_VIDEO_PUSH_REQUEST);

    (void)bob_sends(l, &m);
}

void push_asked_for_group(struct lone *l)
{
    const struct mcv_monp m = push_request_of_bob(MCV_MONP_GROUP_REMOTE_VIDEO_PUSH_REQUEST);

    (void)bob_sends(l, &m);
}

void push_borrowed(struct lone *l)
{
    (void)push_ask(l, MCV_CMD_PUSH, LONE_BOB, PUSH_DAVE);
}

void push_trying(struct lone *l)
{
    const struct mcv_monp m = {.type = MCV_MONP_VIDEO_PUSH_TRYING_RESPONSE,
                               .call_id = push_first(l).call_id};

    (void)bob_sends(l, &m);
}

static void notified(struct lone *l, enum mcv_push_result result)
{
    const struct mcv_monp m = {.type = MCV_MONP_NOTIFY_VIDEO_PUSH,
                               .call_id = push_first(l).call_id,
                               .push_result = (uint8_t)result,
                               .has_reason = result == MCV_PUSH_FAILURE,
                               .reason = MCV_REASON_BUSY,
                               .notifier = mcv_bytes_str(LONE_BOB),
                               .notified = mcv_bytes_str(LONE_ALICE),
                               .recipient_user = mcv_bytes_str(LONE_CAROL)};

    (void)bob_sends(l, &m);
}

void push_success(struct lone *l)
{
    notified(l, MCV_PUSH_SUCCESS);
}

void push_failure(struct lone *l)
{
    notified(l, MCV_PUSH_FAILURE);
}

/* dave, in the call that pushes. */
static void dave_says(struct lone *l, enum mcv_monp_type type)
{
    const struct mcv_addr from = push_dave(l);
    struct mcv_monp m = bob_says(type, lone_call(l).call_id, true);

    m.callee = mcv_bytes_str(PUSH_DAVE);
    (void)lone_hear_at(l, &m, &from, &l->alice);
}

void push_dave_accepts(struct lone *l)
{
    dave_says(l, MCV_MONP_PRIVATE_CALL_ACCEPT);
}

void push_dave_rejects(struct lone *l)
{
    dave_says(l, MCV_MONP_PRIVATE_CALL_REJECT);
}

void push_dave_releases(struct lone *l)
{
    dave_says(l, MCV_MONP_PRIVATE_CALL_RELEASE);
}

void push_next_timer(struct lone *l)
{
    const uint64_t wake_us = mcv_agent_wake_at(l->a);

    if (wake_us != MCV_NEVER) lone_run_ms(l, (wake_us - l->now.mono_us + 999) / 1000);
}

void push_zeroize(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_ZEROIZE, "");
}

/* ---- into a state ------------------------------------------------------------------------------ */

void push_to_v0(struct lone *l)
{
    (void)l;
}

void push_to_v1_last(struct lone *l)
{
    push_request(l);
    lone_run_ms(l, 80);
}

void push_to_v2(struct lone *l)
{
    push_request(l);
    push_trying(l);
}

void push_to_v4(struct lone *l)
{
    push_asked(l);
    push_dave_accepts(l);
}

void push_to_v4_borrowed(struct lone *l)
{
    push_borrowed(l);
    push_dave_accepts(l);
}

void push_to_v5(struct lone *l)
{
    push_to_v2(l);
    push_success(l);
}

void push_to_v5_source(struct lone *l)
{
    push_asked(l);
    push_dave_rejects(l);
}
