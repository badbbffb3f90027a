/* Local applications of a call between two devices: an encoder that sends plain RTP video into the
 * one, a decoder that takes what the other gives out. */
#ifndef MCV_TESTS_EDGE_APP_H
#define MCV_TESTS_EDGE_APP_H

#include "proto/rtp.h"
#include "tests/edge/rig.h"

#include <netinet/in.h>

#define APP_PAYLOAD_BYTES 700
#define APP_TS_STEP       3600u

struct mcv_app {
    int source, sink;
    struct sockaddr_in local_in;
};

/* Of the first call of both. */
void mcv_app_open(struct mcv_app *app, struct mcv_device *from, struct mcv_device *to);
void mcv_app_close(struct mcv_app *app);

/* The i-th packet: numbers that the agent replaces, a picture whose octets have the value i. */
void mcv_app_send(const struct mcv_app *app, unsigned i);

/* The same with this NAL unit header: not every one begins a picture that can be decoded. */
void mcv_app_send_nal(const struct mcv_app *app, unsigned i, uint8_t nal);

/* The next packet of the decoder, which must be the i-th one; it lives until the next call. */
struct mcv_rtp mcv_app_take(const struct mcv_app *app, unsigned i);

#endif
