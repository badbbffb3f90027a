#include "tests/support/bob.h"

#include "tests/support/cmocka.h"

static const char bobs_sdp[] = "v=0\r\n"
                               "o=- 9 1 IN IP4 127.0.0.20\r\n"
                               "s=-\r\n"
                               "c=IN IP4 127.0.0.20\r\n"
                               "t=0 0\r\n"
                               "m=audio 50000 RTP/AVP 96\r\n"
                               "i=audio component of MCVideo\r\n"
                               "a=rtpmap:96 AMR-WB/16000\r\n"
                               "a=fmtp:96 octet-align=1\r\n"
                               "a=rtcp:50001\r\n"
                               "m=application 50004 udp MCVideo\r\n"
                               "a=fmtp:MCVideo mc_priority=5\r\n";

void bob_defaults(struct lone *l)
{
    lone_defaults(l);
    l->config.needs_security = false;
}

void bob_open(struct lone *l)
{
    bob_defaults(l);
    lone_open(l);
}

/* ---- what bob sends ------------------------------------------------------------------------ */

struct mcv_monp bob_says(enum mcv_monp_type type, uint16_t call_id, bool is_alices)
{
    const struct mcv_bytes alice = mcv_bytes_str(LONE_ALICE), bob = mcv_bytes_str(LONE_BOB);

    return (struct mcv_monp){.type = (uint8_t)type,
                             .call_id = call_id,
                             .call_type = MCV_CALL_PRIVATE,
                             .caller = is_alices ? alice : bob,
                             .callee = is_alices ? bob : alice,
                             .sdp = mcv_bytes_str(bobs_sdp)};
}

mcv_err bob_sends(struct lone *l, const struct mcv_monp *m)
{
    return lone_hear_at(l, m, &l->bob, &l->alice);
}

void bob_sends_octets(struct lone *l, enum mcv_channel channel, bool to_group,
                      struct mcv_bytes octets)
{
    const bool is_monp = channel == MCV_CH_MONP;
    const struct mcv_datagram d = {.channel = channel,
                                   .call = is_monp ? 0 : lone_call(l).call,
                                   .from = l->bob,
                                   .to = to_group ? l->group : l->alice,
                                   .bytes = octets};

    (void)lone_hear_octets(l, &d);
}

/* A message of the call that alice has. */
static void hear_type(struct lone *l, enum mcv_monp_type type)
{
    const struct mcv_call_info info = lone_call(l);
    const struct mcv_monp m = bob_says(type, info.call_id, info.is_outgoing);

    (void)bob_sends(l, &m);
}

void step_ringing(struct lone *l)
{
    hear_type(l, MCV_MONP_PRIVATE_CALL_RINGING);
}

void step_accept(struct lone *l)
{
    hear_type(l, MCV_MONP_PRIVATE_CALL_ACCEPT);
}

void step_reject(struct lone *l)
{
    hear_type(l, MCV_MONP_PRIVATE_CALL_REJECT);
}

void step_release(struct lone *l)
{
    hear_type(l, MCV_MONP_PRIVATE_CALL_RELEASE);
}

void step_release_ack(struct lone *l)
{
    hear_type(l, MCV_MONP_PRIVATE_CALL_RELEASE_ACK);
}

void step_accept_ack(struct lone *l)
{
    hear_type(l, MCV_MONP_PRIVATE_CALL_ACCEPT_ACK);
}

void step_setup_again(struct lone *l)
{
    const struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST, lone_call(l).call_id,
                                       false);

    (void)bob_sends(l, &m);
}

static void setup_other(struct lone *l, enum mcv_commencement mode)
{
    struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST, 0x7777, false);

    m.commencement_mode = (uint8_t)mode;
    (void)bob_sends(l, &m);
}

void step_setup_auto(struct lone *l)
{
    setup_other(l, MCV_COMMENCEMENT_AUTOMATIC);
}

void step_setup_manual(struct lone *l)
{
    setup_other(l, MCV_COMMENCEMENT_MANUAL);
}

void step_setup_no_media(struct lone *l)
{
    struct mcv_monp m = bob_says(MCV_MONP_PRIVATE_CALL_SETUP_REQUEST, 0x7777, false);

    m.sdp = mcv_bytes_str("v=0\r\no=- 9 1 IN IP4 127.0.0.20\r\ns=-\r\nc=IN IP4 127.0.0.20\r\n"
                          "t=0 0\r\nm=audio 50000 RTP/AVP 0\r\n");
    (void)bob_sends(l, &m);
}

/* ---- what alice does ----------------------------------------------------------------------- */

static void call_mode(struct lone *l, bool is_manual)
{
    const struct mcv_command k = {
        .type = MCV_CMD_CALL, .target = mcv_bytes_str(LONE_BOB), .is_manual = is_manual};

    (void)lone_full_command(l, &k);
}

void step_call_auto(struct lone *l)
{
    call_mode(l, false);
}

void step_call_manual(struct lone *l)
{
    call_mode(l, true);
}

void step_user_accept(struct lone *l)
{
    (void)lone_call_command(l, MCV_CMD_ACCEPT);
}

void step_user_reject(struct lone *l)
{
    (void)lone_call_command(l, MCV_CMD_REJECT);
}

void step_user_release(struct lone *l)
{
    (void)lone_call_command(l, MCV_CMD_RELEASE);
}

void step_zeroize(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_ZEROIZE, "");
}

void step_sockets_fail(struct lone *l)
{
    lone_break_sockets(l);
}

/* ---- time ---------------------------------------------------------------------------------- */

void step_ms_40(struct lone *l)
{
    lone_run_ms(l, 40);
}

void step_ms_80(struct lone *l)
{
    lone_run_ms(l, 80);
}

void step_s_1(struct lone *l)
{
    lone_run_ms(l, 1000);
}

void step_s_30(struct lone *l)
{
    lone_run_ms(l, 30000);
}

/* ---- states -------------------------------------------------------------------------------- */

void step_to_p0(struct lone *l)
{
    (void)l;
}

void step_to_p2_auto(struct lone *l)
{
    step_call_auto(l);
}

void step_to_p2_manual(struct lone *l)
{
    step_call_manual(l);
}

void step_to_p2_last(struct lone *l) /* CFP1 is exhausted, TFP1 runs */
{
    step_call_auto(l);
    step_ms_80(l);
}

void step_to_p2_answer(struct lone *l) /* TFP2 runs */
{
    step_call_manual(l);
    lone_run_ms(l, 120);
}

void step_to_p1_out(struct lone *l)
{
    step_call_auto(l);
    step_reject(l);
}

void step_to_p1_in(struct lone *l)
{
    step_setup_manual(l);
    step_user_reject(l);
}

void step_to_p3(struct lone *l)
{
    step_call_auto(l);
    step_user_release(l);
}

void step_to_p3_last(struct lone *l)
{
    step_to_p3(l);
    step_ms_80(l);
}

void step_to_p4_out(struct lone *l)
{
    step_call_auto(l);
    step_accept(l);
}

void step_to_p4_in(struct lone *l)
{
    step_setup_auto(l);
    step_accept_ack(l);
}

void step_to_p5_ringing(struct lone *l)
{
    step_setup_manual(l);
}

void step_to_p5_accepted(struct lone *l)
{
    step_setup_auto(l);
}

void step_to_p5_last(struct lone *l)
{
    step_setup_auto(l);
    step_ms_80(l);
}

/* ---- groups -------------------------------------------------------------------------------- */

void step_start_group(struct lone *l)
{
    (void)lone_command(l, MCV_CMD_GROUP_START, LONE_GROUP);
}

void step_hear_group(struct lone *l)
{
    const struct mcv_monp m = lone_announcement();

    (void)lone_hear(l, &m);
}
