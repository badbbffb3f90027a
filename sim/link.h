/* One direction between two nodes: what becomes of a packet, and when it arrives. Integers only.
 *
 * Every draw comes from a stream of the link's own: seed, sender and receiver. With a model that
 * keeps no state (mcv_link_has_state) the draws of a packet follow from its number alone, so such a
 * link need not be kept between two packets: ten thousand nodes have a hundred million of them.
 * Not done here: who is in range (sim/radio.h), sharing of the air (sim/world.h). */
#ifndef MCV_SIM_LINK_H
#define MCV_SIM_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_PPM 1000000u

/* Shared by many links. Ratios are parts per million, per packet. */
struct mcv_link_model {
    uint32_t delay_us;
    uint32_t jitter_us; /* uniform 0 .. jitter_us on top */
    uint64_t rate_bps;  /* 0: no limit */
    uint32_t loss_ppm;  /* Gilbert-Elliott: in the good state */
    uint32_t bad_ppm;   /* good to bad; 0: uniform loss */
    uint32_t good_ppm;  /* bad to good */
    uint32_t bad_loss_ppm;
    uint32_t duplicate_ppm;
    uint32_t late_ppm, late_us; /* so many packets take so much longer: they are overtaken */
    uint32_t corrupt_ppm;       /* one bit flipped */
};

/* NULL, or a static text: what is impossible. */
const char *mcv_link_model_check(const struct mcv_link_model *model);

/* Must the link be kept between packets? */
static inline bool mcv_link_has_state(const struct mcv_link_model *model)
{
    return model->rate_bps > 0 || model->bad_ppm > 0;
}

struct mcv_link {
    const struct mcv_link_model *model;
    uint64_t stream;       /* key of the generator */
    uint64_t n_packets;    /* submitted: selects the draws */
    uint64_t free_at_us;   /* the last packet has left */
    uint64_t loss_mask;    /* bit i: the packet after i more is lost */
    uint64_t resume_at_us; /* suspended: nothing arrives before; MCV_NEVER: it is lost */
    bool is_bad;           /* Gilbert-Elliott */
};

/* model is retained. */
void mcv_link_init(struct mcv_link *link, const struct mcv_link_model *model, uint64_t seed,
                   uint32_t from, uint32_t to);

#define MCV_LINK_MAX_COPIES 2

struct mcv_link_fate {
    unsigned n_copies; /* 0: lost */
    uint64_t at_us[MCV_LINK_MAX_COPIES];
    bool is_corrupt;
    uint64_t corrupt_draw; /* which bit: modulo the bits of the packet */
};

/* A packet of n_bytes leaves at now_us. far_ppm: how many are lost for the distance alone. */
void mcv_link_submit(struct mcv_link *link, struct mcv_link_fate *fate, uint64_t now_us,
                     size_t n_bytes, uint32_t far_ppm);

#endif
