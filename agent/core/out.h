/* The queue of outputs and the buffers behind it. Private to agent/core. */
#ifndef MCV_AGENT_CORE_OUT_H
#define MCV_AGENT_CORE_OUT_H

#include "agent/core/agent.h"
#include "crypto/base/writer.h"

/* In the caller's memory (mcv_scratch_init). Everything queued is gone when polling is over. */
struct mcv_scratch {
    struct mcv_out *queue; /* ring of n_queue */
    uint16_t n_queue, head, n_queued;
    uint8_t *packets; /* n_packets of MCV_MAX_PACKET_BYTES, for media and control */
    uint16_t n_packets, n_packets_used;
    uint8_t *monp; /* MCV_OUT_N_MONP of MCV_MAX_MONP_BYTES */
    uint8_t n_monp_used;
    uint8_t *texts; /* of events: MCV_OUT_TEXT_BYTES */
    uint16_t n_texts_used;
    struct mcv_job *jobs;
    uint8_t *job_state; /* 0 free, 1 taken */
    uint16_t n_jobs;
};

#define MCV_OUT_N_MONP     8
#define MCV_OUT_TEXT_BYTES 16384

/* A buffer for one packet of media or control, MCV_MAX_PACKET_BYTES; NULL: none left (counted). */
uint8_t *mcv_out_packet_room(struct mcv_agent *a);

/* Gives the packet room that was taken last back: nothing in it leaves. */
void mcv_out_packet_return(struct mcv_agent *a);

/* A buffer for one MONP message, MCV_MAX_MONP_BYTES; NULL: none left (counted). */
uint8_t *mcv_out_monp_room(struct mcv_agent *a);

/* Appends; false: the queue is full (counted). What it points to was taken from the rooms above, or
 * lives in the agent until the next input. */
bool mcv_out_push(struct mcv_agent *a, const struct mcv_out *out);

/* The same for what every packet of media brings: an output is large, and most of it is of events. */
void mcv_out_local(struct mcv_agent *a, const struct mcv_out_local *local);

/* Is there room for what a packet of media may bring? */
bool mcv_out_has_room(const struct mcv_scratch *s);

/* Empties queue and rooms; at every input of an agent whose queue is empty. */
void mcv_out_reset(struct mcv_agent *a);

/* Copies the texts of the event: what they come from may be gone when it is polled. */
void mcv_out_event(struct mcv_agent *a, const struct mcv_event *event);
void mcv_out_trace(struct mcv_agent *a, enum mcv_machine machine, uint32_t call, uint8_t from,
                   uint8_t to, uint8_t event);

/* A job of the pool, zero but for kind and token; NULL: all are out. */
struct mcv_job *mcv_job_take(struct mcv_agent *a, enum mcv_job_kind kind, uint32_t token);
/* Hands it out (sets at_us). */
bool mcv_job_hand_out(struct mcv_agent *a, struct mcv_job *job);
/* Wipes it and gives it back to the pool. */
void mcv_job_free(struct mcv_agent *a, struct mcv_job *job);

#endif
