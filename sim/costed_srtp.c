#include "sim/costed_srtp.h"

#include "crypto/srtp_backend.h"
#include "sim/prng.h"

#define PRIME UINT64_C(0x9e3779b97f4a7c15)

/* One multiplication for 8 octets: several hundred thousand packets a second are checked with it. */
static uint64_t fold(uint64_t d, const uint8_t *p, size_t n)
{
    uint64_t word = n;

    d = (d ^ word) * PRIME;
    for (; n >= 8; n -= 8, p += 8) {
        word = (uint64_t)mcv_load_be32(p) << 32 | mcv_load_be32(p + 4);
        d = (d ^ word) * PRIME;
        d ^= d >> 29;
    }
    for (word = 0; n > 0; n--) word = word << 8 | *p++;
    d = (d ^ word) * PRIME;
    return d ^ d >> 31;
}

/* What takes the place of a session key. */
static void store_key(struct mcv_srtp_session_key *key, uint64_t v)
{
    mcv_store_be32(key->b, (uint32_t)(v >> 32));
    mcv_store_be32(key->b + 4, (uint32_t)v);
}

static uint64_t load_key(const struct mcv_srtp_session_key *key)
{
    return (uint64_t)mcv_load_be32(key->b) << 32 | mcv_load_be32(key->b + 4);
}

static mcv_err start(void)
{
    return MCV_OK;
}

static mcv_err cipher_init(struct mcv_srtp_cipher *c, const struct mcv_srtp_master *master)
{
    const uint64_t d = fold(fold(1, master->key.b, sizeof master->key.b), master->salt.b,
                            sizeof master->salt.b);

    store_key(&c->session.rtp_key, d);
    store_key(&c->session.rtcp_key, mcv_prng_mix(d, 1));
    return MCV_OK;
}

static void cipher_wipe(struct mcv_srtp_cipher *c)
{
    (void)c; /* the caller wipes what is in it */
}

static void make_tag(uint8_t tag[static MCV_SRTP_TAG_BYTES], uint64_t d)
{
    mcv_store_be32(tag, (uint32_t)(d >> 32));
    mcv_store_be32(tag + 4, (uint32_t)d);
    mcv_store_be32(tag + 8, ~(uint32_t)(d >> 32));
    mcv_store_be32(tag + 12, ~(uint32_t)d);
}

static bool is_tag(const uint8_t *tag, uint64_t d)
{
    uint8_t want[MCV_SRTP_TAG_BYTES];

    make_tag(want, d);
    return mcv_ct_equal(tag, want, sizeof want);
}

static mcv_err seal_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, uint32_t roc)
{
    const struct mcv_bytes in = packet->bytes;
    const uint8_t *header = mcv_srtp_header(packet);
    const size_t head = packet->header_bytes;

    memmove(out + head, in.p + head, in.n - head);
    if (out != header) memcpy(out, header, head);
    make_tag(out + in.n, fold(load_key(&c->session.rtp_key) ^ roc, out, in.n));
    mcv_srtp_mki_store(out + in.n + MCV_SRTP_TAG_BYTES, &c->mki);
    return MCV_OK;
}

static mcv_err open_rtp(struct mcv_srtp_cipher *c, uint8_t *out,
                        const struct mcv_srtp_packet *packet, size_t n, uint32_t roc)
{
    const uint8_t *in = packet->bytes.p;
    const size_t plain = n - c->mki.n_bytes - MCV_SRTP_TAG_BYTES;
    const uint64_t d = fold(load_key(&c->session.rtp_key) ^ roc, in, plain);

    if (!is_tag(in + plain, d)) {
        memset(out, 0, plain);
        return MCV_E_AUTH;
    }
    memcpy(out, in, plain);
    return MCV_OK;
}

static mcv_err seal_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes rtcp,
                         uint32_t index)
{
    const uint32_t word = MCV_SRTCP_E_FLAG | index;

    memcpy(out, rtcp.p, rtcp.n);
    out += rtcp.n;
    make_tag(out, fold(load_key(&c->session.rtcp_key) ^ word, rtcp.p, rtcp.n));
    mcv_store_be32(out + MCV_SRTP_TAG_BYTES, word);
    mcv_srtp_mki_store(out + MCV_SRTP_TAG_BYTES + MCV_SRTP_INDEX_BYTES, &c->mki);
    return MCV_OK;
}

static mcv_err open_rtcp(struct mcv_srtp_cipher *c, uint8_t *out, struct mcv_bytes srtcp)
{
    const size_t sealed = srtcp.n - c->mki.n_bytes - MCV_SRTP_INDEX_BYTES;
    const size_t plain = sealed - MCV_SRTP_TAG_BYTES;
    const uint32_t word = mcv_load_be32(srtcp.p + sealed);

    if (!is_tag(srtcp.p + plain, fold(load_key(&c->session.rtcp_key) ^ word, srtcp.p, plain))) {
        memset(out, 0, plain);
        return MCV_E_AUTH;
    }
    memcpy(out, srtcp.p, plain);
    return MCV_OK;
}

static void forget(struct mcv_srtp_cipher *c, uint32_t ssrc)
{
    (void)c;
    (void)ssrc;
}

const struct mcv_srtp_backend mcv_srtp_costed = {
    .name = "costed",
    .start = start,
    .cipher_init = cipher_init,
    .cipher_wipe = cipher_wipe,
    .seal_rtp = seal_rtp,
    .open_rtp = open_rtp,
    .seal_rtcp = seal_rtcp,
    .open_rtcp = open_rtcp,
    .forget = forget,
};
