#include "crypto/srtp_past.h"

#include "crypto/base/lru.h"
#include "crypto/srtp_wire.h"

#include <string.h>

struct past_stream {
    struct mcv_srtp_mki mki;
    uint32_t ssrc;
    bool is_open, has_rtp, has_rtcp;
    uint64_t rtp_top, rtcp_top;
};

struct mcv_srtp_past {
    struct mcv_lru slots;
    struct past_stream *streams;
};

struct parts {
    size_t streams, slots, end;
};

static size_t aligned(size_t n)
{
    const size_t a = _Alignof(max_align_t);

    return (n + a - 1) / a * a;
}

static struct parts layout(uint16_t n_streams)
{
    struct parts p = {.streams = aligned(sizeof(struct mcv_srtp_past))};

    p.slots = p.streams + aligned(n_streams * sizeof(struct past_stream));
    p.end = p.slots + aligned(mcv_lru_size(n_streams));
    return p;
}

size_t mcv_srtp_past_size(uint16_t n_streams)
{
    return layout(n_streams).end;
}

struct mcv_srtp_past *mcv_srtp_past_init(void *mem, uint16_t n_streams)
{
    const struct parts p = layout(n_streams);
    struct mcv_srtp_past *past = mem;

    memset(mem, 0, p.end);
    past->streams = (void *)((uint8_t *)mem + p.streams);
    mcv_lru_init(&past->slots, (uint8_t *)mem + p.slots, n_streams);
    return past;
}

static uint16_t find(const struct mcv_srtp_past *past, const struct mcv_srtp_mki *mki,
                     uint32_t ssrc)
{
    uint16_t i = mcv_lru_first(&past->slots, mcv_srtp_stream_hash(mki, ssrc));

    while (i != MCV_LRU_NIL &&
           (past->streams[i].ssrc != ssrc || !mcv_srtp_mki_equal(&past->streams[i].mki, mki))) {
        i = mcv_lru_next(&past->slots, i);
    }
    return i;
}

bool mcv_srtp_past_find(const struct mcv_srtp_past *past, struct mcv_srtp_window *rtp,
                        struct mcv_srtp_window *rtcp, const struct mcv_srtp_mki *mki, uint32_t ssrc)
{
    const uint16_t slot = find(past, mki, ssrc);

    *rtp = *rtcp = (struct mcv_srtp_window){0};
    if (slot == MCV_LRU_NIL) return true;
    const struct past_stream *s = &past->streams[slot];
    if (s->has_rtp) mcv_srtp_window_begin_after(rtp, s->rtp_top);
    if (s->has_rtcp) mcv_srtp_window_begin_after(rtcp, s->rtcp_top);
    return !s->is_open;
}

static uint16_t take(struct mcv_srtp_past *past, const struct mcv_srtp_mki *mki, uint32_t ssrc)
{
    const uint32_t hash = mcv_srtp_stream_hash(mki, ssrc);
    uint16_t slot = mcv_lru_take(&past->slots, hash);

    if (slot != MCV_LRU_NIL) return slot;
    mcv_lru_release(&past->slots, mcv_lru_oldest(&past->slots));
    return mcv_lru_take(&past->slots, hash);
}

void mcv_srtp_past_note(struct mcv_srtp_past *past, const struct mcv_srtp_mki *mki, uint32_t ssrc,
                        const struct mcv_srtp_window *rtp, const struct mcv_srtp_window *rtcp,
                        bool is_open)
{
    uint16_t slot = find(past, mki, ssrc);

    if (slot == MCV_LRU_NIL) slot = take(past, mki, ssrc);
    mcv_lru_touch(&past->slots, slot);
    past->streams[slot] = (struct past_stream){.mki = *mki,
                                               .ssrc = ssrc,
                                               .is_open = is_open,
                                               .has_rtp = rtp->is_started,
                                               .has_rtcp = rtcp->is_started,
                                               .rtp_top = rtp->top,
                                               .rtcp_top = rtcp->top};
}
