/* Where the nodes are, and whether one hears another there. Integers only: millimetres.
 *
 * A node stands, walks between random points (random waypoint), or goes where a script sends it.
 * Up to `sure_m` everything arrives; from there to `range_m` the loss grows evenly to 100 %. Each
 * node has a generator of its own. Questions are asked in the order of time, for each node. */
#ifndef MCV_SIM_RADIO_H
#define MCV_SIM_RADIO_H

#include "crypto/base/err.h"
#include "sim/prng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcv_radio_params {
    uint64_t seed;
    uint32_t width_m, height_m; /* of the area */
    uint32_t sure_m, range_m;
    uint32_t slowest_cm_s, fastest_cm_s; /* fastest 0: nobody walks */
    uint64_t rest_us;                    /* mean, at each point */
};

struct mcv_point {
    int32_t x_mm, y_mm;
};

struct mcv_radio;

/* Nodes stand at random points. MCV_E_IO: no memory. */
MCV_MUST_USE mcv_err mcv_radio_open(struct mcv_radio **out, const struct mcv_radio_params *params,
                                    size_t n_nodes);
void mcv_radio_close(struct mcv_radio *radio);

/* The node stands here, and walks no more by itself. */
void mcv_radio_place(struct mcv_radio *radio, uint32_t node, struct mcv_point at);

/* The node goes there in a straight line, takes for_us, and stays. */
void mcv_radio_send(struct mcv_radio *radio, uint32_t node, struct mcv_point to, uint64_t now_us,
                    uint64_t for_us);

struct mcv_point mcv_radio_where(struct mcv_radio *radio, uint32_t node, uint64_t now_us);

/* Share of packets that are lost between the two. */
uint32_t mcv_radio_loss_ppm(struct mcv_radio *radio, uint32_t from, uint32_t to, uint64_t now_us);

size_t mcv_radio_bytes(const struct mcv_radio *radio);

#endif
