#include "tests/support/lone_script.h"

#include "crypto/base/reader.h"

static void datagram(struct lone *l, struct mcv_reader *r)
{
    const uint8_t host = mcv_rd_u8(r);
    const uint8_t address = mcv_rd_u8(r);
    const uint16_t n = mcv_rd_u16(r);
    struct mcv_datagram d = {
        .channel = MCV_CH_MONP,
        .from = host == 0 ? l->bob : l->carol,
        .to = address == 0   ? l->group
              : address == 1 ? l->other
                             : l->alice,
        .bytes = mcv_rd_bytes(r, n <= mcv_rd_left(r) ? n : mcv_rd_left(r)),
    };

    if (host > 1) d.from.b[3] = host;
    (void)lone_hear_octets(l, &d);
}

static void passing(struct lone *l, struct mcv_reader *r)
{
    lone_run_ms(l, mcv_rd_u16(r) * 4u);
}

static void command(struct lone *l, struct mcv_reader *r)
{
    static const char *const targets[] = {LONE_GROUP, LONE_OTHER, LONE_BOB, ""};
    const unsigned type = mcv_rd_u8(r) % (MCV_CMD_ZEROIZE + 1u);
    const unsigned target = mcv_rd_u8(r) % 4u;

    (void)lone_full_command(l, &(struct mcv_command){
                                   .type = (enum mcv_command_type)type,
                                   .target = mcv_bytes_str(targets[target]),
                                   .source = mcv_bytes_str(type == MCV_CMD_PUSH ? "" : LONE_BOB),
                                   .call = l->call,
                                   .is_manual = target == 2,
                               });
}

static void sockets(struct lone *l, struct mcv_reader *r)
{
    (void)r;
    lone_break_sockets(l);
}

static void check(const struct lone *l)
{
    struct mcv_call_info c;
    size_t n_established = 0;

    for (size_t i = 0; mcv_agent_call_info(l->a, i, &c); i++) {
        if (c.kind == MCV_KIND_GROUP) MCV_ASSERT(c.is_established == (c.type_state != 0));
        n_established += c.kind != MCV_KIND_PRIVATE && c.is_established;
    }
    MCV_ASSERT(n_established <= l->limits.n_group_calls);
    MCV_ASSERT(mcv_agent_wake_at(l->a) > l->now.mono_us);
}

void lone_script_run(struct lone *l, struct mcv_bytes script)
{
    static void (*const steps[])(struct lone * l, struct mcv_reader * r) = {datagram, passing,
                                                                            command, sockets};
    struct mcv_reader r = mcv_reader_of(script);

    while (mcv_rd_left(&r) > 0) {
        steps[mcv_rd_u8(&r) % 4](l, &r);
        check(l);
    }
}
