/* The media of one call: own streams, received streams, their keys and sockets. Private to
 * agent/core.
 *
 * Spec: TS 24.281 9.3.1.1.2, 10.3.1.1.2 (ports and formats), TS 24.581 13 and TS 33.180 7.4 (keys),
 * RFC 3550 (RTP, RTCP), RFC 3711, RFC 4771, RFC 7714.
 * The agent owns the outgoing SSRC, SEQ and payload type: a fresh SSRC per start of a stream,
 * claimed on disk before its first packet for group keys; SEQ starts in 0 .. 32767 and goes on when
 * the local application starts again; timestamp increments of the application are kept. */
#ifndef MCV_AGENT_CORE_MEDIA_H
#define MCV_AGENT_CORE_MEDIA_H

#include "agent/core/agent.h"
#include "agent/core/call_sdp.h"
#include "crypto/srtp.h"
#include "crypto/ssrc_record.h"
#include "proto/rtp_stats.h"

enum mcv_tx_state {
    MCV_TX_NONE,     /* no SSRC yet */
    MCV_TX_CLAIMING, /* a CLAIM_SSRC job is out; packets wait in nothing and are counted */
    MCV_TX_READY,
    MCV_TX_FAILED, /* no key, or the claim failed */
};

/* One own stream. */
struct mcv_media_tx {
    enum mcv_tx_state state;
    struct mcv_srtp_tx srtp; /* unused when the call is not protected */
    uint32_t ssrc;
    uint16_t next_seq;
    bool has_source;             /* a local application has sent */
    uint32_t source_ssrc;        /* of the application: when it changes, the stream goes on */
    uint32_t source_ts, last_ts; /* timestamps: the application's and ours of the last packet */
    uint64_t last_at_us;
    uint64_t n_pkts, n_octets; /* for sender reports */
    uint64_t report_at_us;     /* next sender report */
};

/* One received stream. */
struct mcv_media_rx {
    uint32_t ssrc; /* 0: a free slot */
    uint32_t guk_id;
    enum mcv_medium medium;
    uint64_t last_at_us;
    struct mcv_rtp_stats stats;
};

/* Where the keys of a call come from. */
struct mcv_media_keys {
    bool is_protected;         /* media */
    bool is_control_protected; /* transmission control */
    bool is_group;
    struct mcv_bytes group; /* group calls: keys come from the keyring */
    /* private calls: */
    const struct mcv_pck *pck; /* borrowed for the call of mcv_media_open */
    uint32_t pck_id;
    struct mcv_bytes rand;
    bool is_initiator;
    uint8_t roc_every; /* of the profile of the I_MESSAGE */
};

struct mcv_media {
    bool is_open;
    uint32_t call;
    uint16_t slot;
    bool is_group, is_protected, is_control_protected;
    uint8_t pppp;            /* of its packets, 1 .. 8; set by the call after mcv_media_open */
    bool is_listening;       /* set likewise: only receives, what applications send is dropped */
    struct mcv_bytes group;  /* lives in the configuration */
    struct mcv_call_sdp sdp; /* formats and ports in force */
    struct mcv_addr own;     /* socket address: own or group */
    struct mcv_addr peer;    /* where packets go: the peer's or the group's address */
    uint16_t peer_ports[MCV_N_CHANNELS];
    struct mcv_srtp_rx *rx;           /* NULL: not protected */
    struct mcv_srtp_master tx_master; /* of our own packets; secret */
    struct mcv_srtp_mki tx_mki;       /* key_id MCV_NO_KEY_ID: nothing to send with */
    uint8_t roc_every;
    struct mcv_media_tx tx[MCV_N_MEDIA];
    struct mcv_media_rx *streams; /* n_streams */
    uint16_t n_streams;
    uint64_t rx_pkts[MCV_N_MEDIA];
    uint32_t missing_key_id; /* said already */
};

/* Octets that one media object needs behind it for a private or a group call. */
size_t mcv_media_size(const struct mcv_limits *limits, bool is_group);

/* Once per slot; mem: mcv_media_size octets, kept. */
void mcv_media_init(struct mcv_agent *a, struct mcv_media *m, void *mem, bool is_group);

/* Starts the media of a call: keys, SOCKETS output. The media is closed on failure.
 * own, peer      see struct mcv_media. peer_ports: by channel.
 * MCV_E_UNKNOWN_KEY: protected, and no key to receive or send with. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_media_open(struct mcv_agent *a, struct mcv_media *m, uint32_t call,
                                    uint16_t slot, const struct mcv_media_keys *keys,
                                    const struct mcv_call_sdp *sdp, const struct mcv_addr *own,
                                    const struct mcv_addr *peer,
                                    const uint16_t peer_ports[static MCV_N_CHANNELS]);

/* Moves a running group call to other ports (two calls of a group merge); keys and streams stay.
 * Spec: TS 24.281 9.3.2 */
void mcv_media_move(struct mcv_agent *a, struct mcv_media *m, const struct mcv_call_sdp *sdp,
                    const uint16_t peer_ports[static MCV_N_CHANNELS]);

/* Sends BYE, closes the sockets, wipes keys and forgets streams; nothing when it is not open. */
void mcv_media_close(struct mcv_agent *a, struct mcv_media *m);

/* A datagram of one of its sockets. Errors of mcv_agent_receive; everything is counted.
 * is_authentic  out: an authentic RTP or RTCP packet of the other party came. */
mcv_err mcv_media_receive(struct mcv_agent *a, struct mcv_media *m, const struct mcv_datagram *d,
                          bool *is_authentic);

/* A packet of a local application. */
mcv_err mcv_media_local(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                        struct mcv_bytes rtp);

/* The CLAIM_SSRC job of a stream is back. */
void mcv_media_claimed(struct mcv_agent *a, struct mcv_media *m, const struct mcv_job *job);

/* Group keys changed or a time passed: install what is new, drop what is revoked or expired. */
void mcv_media_rekey(struct mcv_agent *a, struct mcv_media *m);

/* Sender reports that are due; the next deadline or MCV_NEVER. */
void mcv_media_run(struct mcv_agent *a, struct mcv_media *m);
uint64_t mcv_media_wake_at(const struct mcv_media *m);

#endif
