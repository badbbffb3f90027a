/* Pieces of a flight record, for who writes it and who plays it back. */
#ifndef MCV_AGENT_RECORD_RECORD_PARTS_H
#define MCV_AGENT_RECORD_RECORD_PARTS_H

#include "agent/core/agent.h"
#include "agent/store/arena.h"
#include "proto/schema/record.pb-c.h"

#define MCV_RECORD_ADDR_BYTES 23 /* family | port(2) | scope(4) | address(16) */

void mcv_record_put_addr(uint8_t out[static MCV_RECORD_ADDR_BYTES], const struct mcv_addr *addr);
/* MCV_E_MALFORMED */
MCV_MUST_USE mcv_err mcv_record_get_addr(struct mcv_addr *addr, const ProtobufCBinaryData *field);

/* The keyring as a message in the arena, with GMKs or without. NULL: the arena is full. */
Mcv__RecordKeys *mcv_record_put_keys(struct mcv_arena *arena, const struct mcv_keyring *keys,
                                     bool has_secrets);

/* A keyring in the arena that answers as the recorded one did. Where the record has no GMK, its
 * identifier takes the place of the key; what only jobs use is there and empty.
 * out  NULL unless MCV_OK. MCV_E_MALFORMED, MCV_E_FULL. */
MCV_MUST_USE mcv_err mcv_record_get_keys(const struct mcv_keyring **out, struct mcv_arena *arena,
                                         const Mcv__RecordKeys *keys);

/* The message type of a MONP datagram; 0: too short to have one. */
static inline uint8_t mcv_record_monp_type(struct mcv_bytes datagram)
{
    return datagram.n > 1 ? datagram.p[1] : 0; /* after the carrier octet. Spec: TS 24.281 17.1.1 */
}

/* When the next timer is due; 0: none runs. */
static inline uint64_t mcv_record_wake_at(const struct mcv_agent *a)
{
    const uint64_t at_us = mcv_agent_wake_at(a);

    return at_us == MCV_NEVER ? 0 : at_us;
}

/* The digest of outputs, one after the other; begins with 0.
 * has_octets  false: kinds, states, events, MONP, headers of media and control, sizes and where they go;
 *             not what is protected and not the message with an I_MESSAGE: they differ without the keys. */
uint64_t mcv_record_digest(uint64_t d, const struct mcv_out *out, bool has_octets);

#endif
