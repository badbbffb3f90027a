#include "tests/edge/app.h"

#include "tests/support/cmocka.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#define APP_IDR 0x65 /* each packet may begin a transmission. Spec: RFC 6184 1.3 */

static unsigned video_port(struct mcv_device *d, const char *use)
{
    json_t *call = mcv_device_call(d);
    const json_t *media = json_object_get(call, "media");
    unsigned port = 0;

    for (size_t i = 0; i < json_array_size(media); i++) {
        const json_t *m = json_array_get(media, i);
        if (strcmp(json_string_value(json_object_get(m, "medium")), "video") == 0)
            port = (unsigned)json_integer_value(json_object_get(m, use));
    }
    json_decref(call);
    assert_true(port != 0);
    return port;
}

void mcv_app_open(struct mcv_app *app, struct mcv_device *from, struct mcv_device *to)
{
    *app = (struct mcv_app){
        .source = mcv_rig_udp(from->local, 7000),
        .sink = mcv_rig_udp(to->local, video_port(to, "local_out")),
        .local_in = {.sin_family = AF_INET,
                     .sin_port = htons((uint16_t)video_port(from, "local_in"))},
    };
    assert_int_equal(inet_pton(AF_INET, from->local, &app->local_in.sin_addr), 1);
}

void mcv_app_close(struct mcv_app *app)
{
    close(app->source);
    close(app->sink);
}

void mcv_app_send_nal(const struct mcv_app *app, unsigned i, uint8_t nal)
{
    uint8_t packet[MCV_RTP_HEADER_BYTES + APP_PAYLOAD_BYTES];
    struct mcv_writer w = mcv_writer_of(packet, sizeof packet);
    const struct mcv_rtp h = {.pt = 33,
                              .is_marked = i % 3 == 0,
                              .seq = (uint16_t)(100 + i),
                              .ts = 5000 + i * APP_TS_STEP,
                              .ssrc = 0x11223344};

    mcv_rtp_encode(&w, &h);
    assert_int_equal(w.err, MCV_OK);
    memset(packet + MCV_RTP_HEADER_BYTES, (int)i, APP_PAYLOAD_BYTES);
    packet[MCV_RTP_HEADER_BYTES] = nal;
    assert_int_equal(sendto(app->source, packet, sizeof packet, 0,
                            (const struct sockaddr *)&app->local_in, sizeof app->local_in),
                     sizeof packet);
}

void mcv_app_send(const struct mcv_app *app, unsigned i)
{
    mcv_app_send_nal(app, i, APP_IDR);
}

struct mcv_rtp mcv_app_take(const struct mcv_app *app, unsigned i)
{
    static uint8_t packet[2048];
    struct mcv_rtp h;

    const ssize_t n = recv(app->sink, packet, sizeof packet, 0);
    assert_true(n > 0);
    assert_int_equal(mcv_rtp_decode(&h, mcv_bytes_of(packet, (size_t)n)), MCV_OK);
    assert_int_equal(h.payload.n, APP_PAYLOAD_BYTES);
    assert_int_equal(h.payload.p[0], APP_IDR);
    for (size_t k = 1; k < APP_PAYLOAD_BYTES; k++) assert_int_equal(h.payload.p[k], (uint8_t)i);
    assert_int_equal(h.is_marked, i % 3 == 0);
    assert_int_equal(h.pt, 97); /* of the call, not 33 */
    return h;
}
