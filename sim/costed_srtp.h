/* An SRTP back-end without encryption, for worlds of thousands: packets have the form and length of
 * real ones, a wrong key or a changed octet is noticed, replay windows and roll-over counters are
 * those of every back-end. It protects nothing: the payload is in clear. */
#ifndef MCV_SIM_COSTED_SRTP_H
#define MCV_SIM_COSTED_SRTP_H

#include "crypto/srtp.h"

extern const struct mcv_srtp_backend mcv_srtp_costed;

#endif
