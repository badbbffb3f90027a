#include "crypto/srtp_window.h"

#include "crypto/srtp.h"

bool mcv_srtp_window_is_fresh(const struct mcv_srtp_window *w, uint64_t index)
{
    if (!w->is_started || index > w->top) return true;
    const uint64_t age = w->top - index;
    return age < MCV_SRTP_WINDOW_PKTS && (w->seen[age / 64] >> (age % 64) & 1) == 0;
}

/* Older by n places. */
static void shift(struct mcv_srtp_window *w, uint64_t n)
{
    if (n >= 128) {
        w->seen[1] = 0;
        w->seen[0] = 0;
    } else if (n >= 64) {
        w->seen[1] = w->seen[0] << (n - 64);
        w->seen[0] = 0;
    } else if (n > 0) {
        w->seen[1] = w->seen[1] << n | w->seen[0] >> (64 - n);
        w->seen[0] <<= n;
    }
}

void mcv_srtp_window_begin_after(struct mcv_srtp_window *w, uint64_t top)
{
    *w = (struct mcv_srtp_window){.top = top, .seen = {UINT64_MAX, UINT64_MAX}, .is_started = true};
}

void mcv_srtp_window_add(struct mcv_srtp_window *w, uint64_t index)
{
    if (!w->is_started) {
        *w = (struct mcv_srtp_window){.top = index, .seen = {1, 0}, .is_started = true};
        return;
    }
    if (index > w->top) {
        shift(w, index - w->top);
        w->top = index;
    }
    const uint64_t age = w->top - index;
    w->seen[age / 64] |= (uint64_t)1 << (age % 64);
}

/* The ROC that brings the index nearest to the top; never below 0 nor beyond 48 bits. */
uint64_t mcv_srtp_window_estimate(const struct mcv_srtp_window *w, uint16_t seq)
{
    const uint16_t top_seq = (uint16_t)w->top;
    uint64_t roc = w->top >> 16;

    if (top_seq < 0x8000u && seq > top_seq + 0x8000u && roc > 0) roc--;
    if (top_seq >= 0x8000u && seq < top_seq - 0x8000u && roc < UINT32_MAX) roc++;
    return roc << 16 | seq;
}
