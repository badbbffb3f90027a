/* The SDP of our calls: what we offer, answer and announce, and what of another's we can use.
 *
 * Spec: TS 24.281 9.3.1.1.2 (group), 10.3.1.1.2 (private); RFC 3264. Private to agent/core. */
#ifndef MCV_AGENT_CORE_CALL_SDP_H
#define MCV_AGENT_CORE_CALL_SDP_H

#include "agent/core/agent.h"
#include "crypto/base/writer.h"

/* What was agreed, without borrowed texts: formats that are not in our configuration are never
 * used, so an index into it says everything but the payload type. */
struct mcv_call_sdp {
    struct {
        bool is_used;
        bool is_refused; /* in the body, but not used: port 0 in an answer */
        uint8_t n_formats;
        uint8_t pt[MCV_MAX_FORMATS];           /* on the wire of this call; refused: pt[0] */
        uint8_t config_index[MCV_MAX_FORMATS]; /* into formats of the configuration */
    } medium[MCV_N_MEDIA];
    struct mcv_addr addr;           /* c= of the body; port 0 */
    uint16_t ports[MCV_N_CHANNELS]; /* of the body; 0: refused or not there */
    uint8_t direction; /* enum mcv_sdp_direction of all media; SENDONLY: a video push. Or 0 */
    bool has_control;
    bool has_queueing;
    uint8_t priority, reception_priority;
};

/* Ours: every configured format, ports from first_port on in the order of enum mcv_channel, used or
 * not. first_port <= 65535 - MCV_N_CHANNELS. */
void mcv_call_sdp_ours(struct mcv_call_sdp *out, const struct mcv_agent_config *config,
                       const struct mcv_addr *addr, uint16_t first_port);

/* Writes it. key_mgmt  the I_MESSAGE in octets, at most MCV_MIKEY_MAX_BYTES (base64 is made here);
 * empty: none. session_id of o=, version 1, with our own address: that of a group call is one of
 * the group. Multicast addresses get "/255". */
void mcv_call_sdp_write(struct mcv_writer *w, const struct mcv_call_sdp *sdp,
                        const struct mcv_agent_config *config, struct mcv_bytes key_mgmt,
                        uint32_t session_id);

/* Reads another's body and keeps what our configuration has, in the order of the body. The session
 * has one address, that of its first medium in use; a medium elsewhere is refused.
 * key_mgmt  out, may be NULL: the base64 text, borrowed; empty: none.
 * Both are filled in with MCV_E_POLICY too; otherwise zero unless MCV_OK.
 * MCV_E_MALFORMED, MCV_E_TRUNCATED, MCV_E_UNSUPPORTED: not usable SDP, or its key management is
 * empty or of several kinds. MCV_E_POLICY: no common audio
 * and no common video, or no m=application: the media session cannot be established. */
MCV_MUST_USE mcv_err mcv_call_sdp_read(struct mcv_call_sdp *out, struct mcv_bytes *key_mgmt,
                                       struct mcv_bytes body,
                                       const struct mcv_agent_config *config);

/* The answer to an offer that was read: its media and payload types (refused ones with port 0), our
 * address and ports as above; priorities above neither ours nor the offered ones. Spec: RFC 3264 6,
 * TS 24.581 12.1.2. Of an answer it makes what the side that offered uses. */
void mcv_call_sdp_answer(struct mcv_call_sdp *out, const struct mcv_call_sdp *offer,
                         const struct mcv_agent_config *config, const struct mcv_addr *addr,
                         uint16_t first_port);

#endif
