/* A flight record: every input of an agent with its time, and what it needs to be played back.
 *
 * A file begins with MCV_RECORD_MAGIC; frames follow (proto/schema/record.proto), each behind a 4-octet
 * length, big endian. A frame is one input, or one turn of polling, with what the agent chose meanwhile.
 *
 * Redacted: no key is in it. Left out are group keys, what jobs made, every draw (RAND; jobs draw keys
 * and nonces from a generator of their own, which is not recorded) and the payload of media; in their
 * place stand verdicts: what opening a packet or running a job came to, the RTCP in an SRTCP packet, the
 * User Salts that were asked for. Choices are in it (mcv_rng_u32, mcv_rng_below): identifiers, SSRCs and
 * first numbers of streams, which are sent in clear, and times to wait. So are received messages as they
 * came, I_MESSAGEs too, identities, addresses and what transmission control says.
 * Full: with all of that, in a sealed file (agent/store/sealed.h) that is written when the record ends.
 *
 * Every input of the agent is recorded before it is given, by the function of its name; NULL is a
 * recorder that records nothing. A turn with more than media is in the file when it is over. A recorder
 * that reaches its bound or cannot write ends; the agent goes on. One thread: that of the agent. */
#ifndef MCV_AGENT_RECORD_RECORDER_H
#define MCV_AGENT_RECORD_RECORDER_H

#include "agent/core/agent.h"
#include "agent/store/sealed.h"

#define MCV_RECORD_MAGIC       "MCVRECD1"
#define MCV_RECORD_MAGIC_BYTES 8
#define MCV_RECORD_VERSION     2
#define MCV_RECORD_MIN_BYTES   (1u << 20)
#define MCV_RECORD_MAX_BYTES   MCV_SEALED_MAX_BYTES
#define MCV_RECORD_TAIL_BYTES  16 /* of a packet of media: MKI and ROC */

struct mcv_recorder;

struct mcv_recorder_params {
    const char *path; /* of a file that does not exist yet; copied */
    bool has_secrets;
    size_t max_bytes;                          /* MCV_RECORD_MIN_BYTES .. MCV_RECORD_MAX_BYTES */
    const struct mcv_seal_secret *secret;      /* full record; copied */
    struct mcv_rng rng;                        /* of the agent's own thread; also of the seal */
    const struct mcv_srtp_backend *srtp;       /* of the agent */
    void (*ended)(void *ctx, const char *why); /* the bound, or an error; may be NULL */
    void *ctx;
};

/* Creates the file, mode 0600.
 * out  NULL unless MCV_OK; close it. MCV_E_IO: no such folder, there is such a file, no memory. */
MCV_MUST_USE mcv_err mcv_recorder_open(struct mcv_recorder **out,
                                       const struct mcv_recorder_params *params,
                                       struct mcv_why *why);

/* Writes what is left, wipes and frees; after the agent was wiped. NULL is allowed.
 * MCV_E_IO: a full record could not be written. */
mcv_err mcv_recorder_close(struct mcv_recorder *r, struct mcv_now now, struct mcv_why *why);

/* What the agent gets in place of its own. With NULL, and for a back-end that is not the one of the
 * parameters: what was given. */
const struct mcv_srtp_backend *mcv_recorder_srtp(struct mcv_recorder *r,
                                                 const struct mcv_srtp_backend *srtp);
struct mcv_rng mcv_recorder_rng(struct mcv_recorder *r, struct mcv_rng rng);

/* Where a configuration came from. */
struct mcv_record_config {
    struct mcv_bytes text; /* the file */
    const struct mcv_bytes *documents;
    size_t n_documents;
    const struct mcv_agent_config *agent; /* its addresses have the scopes of their interface */
};

void mcv_recorder_start(struct mcv_recorder *r, struct mcv_now now,
                        const struct mcv_record_config *config, const struct mcv_keyring *keys,
                        int64_t refuse_until_s);
void mcv_recorder_ssrc(struct mcv_recorder *r, uint32_t gmk_id, uint32_t guk_id, uint32_t ssrc);
void mcv_recorder_datagram(struct mcv_recorder *r, struct mcv_now now,
                           const struct mcv_datagram *d);
void mcv_recorder_local(struct mcv_recorder *r, struct mcv_now now, uint16_t slot,
                        enum mcv_medium medium, struct mcv_bytes rtp);
void mcv_recorder_command(struct mcv_recorder *r, struct mcv_now now,
                          const struct mcv_command *command);
void mcv_recorder_job(struct mcv_recorder *r, struct mcv_now now, const struct mcv_job *job);
void mcv_recorder_sockets_failed(struct mcv_recorder *r, struct mcv_now now, uint32_t call);
void mcv_recorder_keys(struct mcv_recorder *r, struct mcv_now now, const struct mcv_keyring *keys);
void mcv_recorder_config(struct mcv_recorder *r, struct mcv_now now,
                         const struct mcv_record_config *config);

/* Before every mcv_agent_poll, and after it with what it gave: NULL when nothing was left. */
void mcv_recorder_poll(struct mcv_recorder *r, struct mcv_now now);
void mcv_recorder_polled(struct mcv_recorder *r, const struct mcv_agent *a,
                         const struct mcv_out *out);

#endif
