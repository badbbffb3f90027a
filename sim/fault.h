/* Faults aimed at single messages: "the second ACCEPT of bob to alice is lost". Plain data. */
#ifndef MCV_SIM_FAULT_H
#define MCV_SIM_FAULT_H

#include "crypto/base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_ANY_AGENT   UINT32_MAX
#define MCV_ANY_CHANNEL 0xff
#define MCV_ANY_TYPE    0

enum mcv_fault_action {
    MCV_FAULT_DROP,
    MCV_FAULT_DUPLICATE, /* the copy arrives delay_us later */
    MCV_FAULT_DELAY,     /* delay_us more */
    MCV_FAULT_FLIP,      /* bit `bit` of the datagram is flipped */
};

struct mcv_fault {
    uint32_t from, to; /* agents, or MCV_ANY_AGENT */
    uint8_t channel;   /* enum mcv_channel, or MCV_ANY_CHANNEL */
    uint8_t monp_type; /* enum mcv_monp_type on the MONP channel, or MCV_ANY_TYPE */
    uint64_t mask;     /* bit i: the i-th message that matches is hit; all ones: every one */
    enum mcv_fault_action action;
    uint64_t delay_us;
    uint32_t bit;
    uint64_t n_matched; /* out: how many were like this */
    uint64_t n_hit;     /* out */
};

#define MCV_FAULT_EVERY UINT64_MAX
#define MCV_FAULT_FIRST 1u

/* Counts the datagram, and says whether it is hit. */
bool mcv_fault_hits(struct mcv_fault *fault, uint32_t from, uint32_t to, uint8_t channel,
                    struct mcv_bytes datagram);

/* Type of a MONP datagram; MCV_ANY_TYPE: too short, or another carrier. */
uint8_t mcv_fault_monp_type(struct mcv_bytes datagram);

#endif
