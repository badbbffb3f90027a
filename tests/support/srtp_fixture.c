#include "tests/support/srtp_fixture.h"

#include "crypto/uid.h"

#include <stdlib.h>

static const struct mcv_gmk gmk = {{0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0x87, 0x96,
                                    0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0}};
static const struct mcv_pck pck = {{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
                                    0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}};
static const uint8_t rand_octets[16] = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
                                        0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

static struct mcv_bytes rand_of_message(void)
{
    return mcv_bytes_of(rand_octets, sizeof rand_octets);
}

void fix_rtp(struct fix_rtp *out, uint32_t ssrc, uint16_t seq, unsigned n_csrc, size_t n_payload)
{
    const size_t head = 12 + 4 * (size_t)n_csrc;

    MCV_ASSERT(n_csrc < 16 && head + n_payload + MCV_SRTP_MAX_OVERHEAD_BYTES <= FIX_MAX_PACKET);
    memset(out->b, 0, head);
    out->b[0] = (uint8_t)(0x80 | n_csrc);
    out->b[1] = 0x60;
    mcv_store_be16(out->b + 2, seq);
    mcv_store_be32(out->b + 8, ssrc);
    for (size_t i = 0; i < n_payload; i++) out->b[head + i] = (uint8_t)(i * 7 + seq + ssrc);
    out->packet = (struct mcv_srtp_packet){
        .bytes = mcv_bytes_of(out->b, head + n_payload),
        .header_bytes = head,
        .ssrc = ssrc,
        .seq = seq,
    };
}

struct mcv_srtp_packet fix_parse(struct mcv_bytes packet)
{
    MCV_ASSERT(packet.n >= 12);
    return (struct mcv_srtp_packet){
        .bytes = packet,
        .header_bytes = 12 + 4 * (size_t)(packet.p[0] & 15),
        .ssrc = mcv_load_be32(packet.p + 8),
        .seq = mcv_load_be16(packet.p + 2),
    };
}

const struct mcv_srtp_backend *fix_backend(const char *name)
{
    const struct mcv_srtp_backend *backend;

    MCV_ASSERT(mcv_srtp_backend_find(&backend, name) == MCV_OK);
    return backend;
}

static void tx_start(struct mcv_srtp_tx *tx, const struct mcv_srtp_backend *backend,
                     const uint8_t *tgk, uint8_t cs_id, uint32_t csb_id,
                     struct mcv_srtp_tx_params *params)
{
    struct mcv_srtp_master master;

    MCV_ASSERT(mcv_kdf_srtp_master(&master, tgk, cs_id, csb_id, rand_of_message()) == MCV_OK);
    params->master = &master;
    MCV_ASSERT(mcv_srtp_tx_init(tx, backend, params) == MCV_OK);
    mcv_srtp_master_wipe(&master);
}

void fix_group_tx(struct mcv_srtp_tx *tx, const struct mcv_srtp_backend *backend, const char *user,
                  uint32_t ssrc, uint16_t roc_every)
{
    uint32_t salt;

    MCV_ASSERT(mcv_user_salt(&salt, &gmk, mcv_bytes_str(user)) == MCV_OK);
    const uint32_t guk_id = mcv_guk_id_of(FIX_GMK_ID, salt);
    struct mcv_srtp_tx_params params = {
        .mki = mcv_srtp_mki_group(FIX_GMK_ID, guk_id), .ssrc = ssrc, .roc_every = roc_every};
    tx_start(tx, backend, gmk.b, 5, guk_id, &params);
}

static struct mcv_srtp_rx *rx_new(const struct mcv_srtp_rx_params *params)
{
    void *mem = malloc(mcv_srtp_rx_size(&params->limits));

    MCV_ASSERT(mem != NULL);
    return mcv_srtp_rx_init(mem, params);
}

void fix_add_gmk(struct mcv_srtp_rx *rx, uint16_t roc_every)
{
    const struct mcv_srtp_rx_key key = {
        .key_id = FIX_GMK_ID, .rand = rand_of_message(), .cs_id = 5, .roc_every = roc_every};

    MCV_ASSERT(mcv_srtp_rx_add_gmk(rx, &gmk, &key) == MCV_OK);
}

struct mcv_srtp_rx *fix_group_rx(const struct mcv_srtp_backend *backend,
                                 struct mcv_srtp_rx_limits limits, uint16_t roc_every)
{
    const struct mcv_srtp_rx_params params = {
        .backend = backend, .limits = limits, .mki_bytes = MCV_SRTP_MKI_GROUP_BYTES};
    struct mcv_srtp_rx *rx = rx_new(&params);

    fix_add_gmk(rx, roc_every);
    return rx;
}

struct mcv_srtp_rx *fix_group_rx_after(const struct mcv_srtp_backend *backend,
                                       struct mcv_srtp_rx_limits limits, struct mcv_srtp_past *past)
{
    const struct mcv_srtp_rx_params params = {
        .backend = backend, .past = past, .limits = limits, .mki_bytes = MCV_SRTP_MKI_GROUP_BYTES};
    struct mcv_srtp_rx *rx = rx_new(&params);

    fix_add_gmk(rx, MCV_SRTP_ROC_GROUP);
    return rx;
}

void fix_private_tx(struct mcv_srtp_tx *tx, const struct mcv_srtp_backend *backend, uint8_t cs_id,
                    uint32_t ssrc)
{
    struct mcv_srtp_tx_params params = {.mki = mcv_srtp_mki_private(FIX_PCK_ID), .ssrc = ssrc};

    tx_start(tx, backend, pck.b, cs_id, FIX_PCK_ID, &params);
}

struct mcv_srtp_rx *fix_private_rx(const struct mcv_srtp_backend *backend, uint8_t cs_id)
{
    const struct mcv_srtp_rx_params params = {
        .backend = backend, .limits = {1, 1, 4}, .mki_bytes = MCV_SRTP_MKI_PRIVATE_BYTES};
    const struct mcv_srtp_rx_key key = {
        .key_id = FIX_PCK_ID, .rand = rand_of_message(), .cs_id = cs_id};
    struct mcv_srtp_rx *rx = rx_new(&params);

    MCV_ASSERT(mcv_srtp_rx_add_pck(rx, &pck, &key) == MCV_OK);
    return rx;
}

void fix_rx_free(struct mcv_srtp_rx *rx)
{
    mcv_srtp_rx_wipe(rx);
    free(rx);
}

mcv_err fix_seal(struct fix_sealed *out, struct mcv_srtp_tx *tx, uint16_t seq)
{
    struct fix_rtp rtp;

    fix_rtp(&rtp, tx->ssrc, seq, 0, 100);
    return mcv_srtp_tx_seal(tx, &out->bytes, out->b, sizeof out->b, &rtp.packet);
}

mcv_err fix_seal_rtcp(struct fix_sealed *out, struct mcv_srtp_tx *tx, struct mcv_bytes rtcp)
{
    return mcv_srtp_tx_seal_rtcp(tx, &out->bytes, out->b, sizeof out->b, rtcp);
}

mcv_err fix_open_into(struct mcv_srtp_origin *origin, struct mcv_srtp_rx *rx,
                      struct mcv_bytes sealed)
{
    const struct mcv_srtp_packet packet = fix_parse(sealed);
    uint8_t out[FIX_MAX_PACKET];
    struct mcv_bytes plain;
    struct fix_rtp want;

    mcv_err err = mcv_srtp_rx_open(rx, origin, &plain, out, sizeof out, &packet);
    if (err != MCV_OK) {
        MCV_ASSERT(plain.n == 0 && origin->ssrc == 0);
        return err;
    }
    fix_rtp(&want, packet.ssrc, packet.seq, 0, 100);
    MCV_ASSERT(mcv_bytes_equal(plain, want.packet.bytes));
    return MCV_OK;
}

mcv_err fix_open(struct mcv_srtp_rx *rx, const struct fix_sealed *s)
{
    struct mcv_srtp_origin origin;

    return fix_open_into(&origin, rx, s->bytes);
}

mcv_err fix_open_any(struct mcv_srtp_rx *rx, struct mcv_bytes srtp)
{
    struct mcv_srtp_origin origin;
    struct mcv_bytes plain;
    uint8_t out[FIX_MAX_PACKET];

    if (srtp.n < 12) return MCV_E_TRUNCATED;
    const struct mcv_srtp_packet packet = fix_parse(srtp);
    return mcv_srtp_rx_open(rx, &origin, &plain, out, sizeof out, &packet);
}

mcv_err fix_open_rtcp(struct mcv_srtp_rx *rx, struct mcv_bytes srtcp)
{
    struct mcv_srtp_origin origin;
    struct mcv_bytes plain;
    uint8_t out[FIX_MAX_PACKET];

    return mcv_srtp_rx_open_rtcp(rx, &origin, &plain, out, sizeof out, srtcp);
}
