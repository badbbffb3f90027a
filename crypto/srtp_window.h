/* Private: replay window over packet indices. Spec: RFC 3711 3.3.1, 3.3.2. */
#ifndef MCV_CRYPTO_SRTP_WINDOW_H
#define MCV_CRYPTO_SRTP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct mcv_srtp_window {
    uint64_t top;     /* highest index that authenticated */
    uint64_t seen[2]; /* bit i: index top - i did */
    bool is_started;
};

/* Neither seen nor older than MCV_SRTP_WINDOW_PKTS. */
bool mcv_srtp_window_is_fresh(const struct mcv_srtp_window *w, uint64_t index);

/* Starts it as if every index up to top had authenticated. */
void mcv_srtp_window_begin_after(struct mcv_srtp_window *w, uint64_t top);

/* Notes an index that is fresh and has authenticated. */
void mcv_srtp_window_add(struct mcv_srtp_window *w, uint64_t index);

/* The 48-bit index that a SEQ most likely has. The window is started. */
uint64_t mcv_srtp_window_estimate(const struct mcv_srtp_window *w, uint16_t seq);

#endif
