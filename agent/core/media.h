/* The media of one call: own streams, received streams, their keys and sockets. Private to
 * agent/core.
 *
 * Spec: TS 24.281 9.3.1.1.2, 10.3.1.1.2 (ports and formats), TS 24.581 13 and TS 33.180 7.4 (keys),
 * RFC 3550 (RTP, RTCP), RFC 3711, RFC 4771, RFC 7714.
 * The agent owns the outgoing SSRC, SEQ and payload type: a fresh SSRC per start of a stream,
 * claimed on disk before its first packet for group keys; SEQ starts in 0 .. 32767 and goes on when
 * the local application starts again; timestamp increments of the application are kept.
 * Packets are read once and protected or opened once, from the octets that came into the octets
 * that leave.
 *
 * A group key that is to be sent with soon is made ready a minute before: the SSRC of the running
 * stream is claimed under it too, or a fresh one where it was used before. At its activation the
 * stream changes over between two packets, with the same SSRC, SEQ, ROC and SRTCP index (RFC 3711
 * 3.3.1, 3.4), so that an application sees nothing of it. The old key is received until it expires. */
#ifndef MCV_AGENT_CORE_MEDIA_H
#define MCV_AGENT_CORE_MEDIA_H

#include "agent/core/agent.h"
#include "agent/core/call_sdp.h"
#include "agent/core/pace.h"
#include "crypto/base/lru.h"
#include "crypto/srtp.h"
#include "proto/ntp.h"
#include "proto/rtp.h"
#include "proto/rtp_stats.h"
#include "proto/rtp_sync.h"

enum mcv_tx_state {
    MCV_TX_NONE,
    MCV_TX_WAITING,  /* no job is free, or the SSRC could not be claimed: tried again */
    MCV_TX_CLAIMING, /* a CLAIM_SSRC job is out */
    MCV_TX_READY,
};

/* One own SSRC under one key. */
struct mcv_media_send {
    enum mcv_tx_state state;
    struct mcv_srtp_mki mki; /* key_id MCV_NO_KEY_ID: not protected */
    uint32_t ssrc;           /* 0: none drawn yet */
    bool is_claimed;         /* group calls: it is on disk */
    uint64_t retry_at_us;    /* of MCV_TX_WAITING */
    struct mcv_srtp_tx srtp; /* secret; zero when the media are not protected */
};

/* One own stream. */
struct mcv_media_tx {
    struct mcv_media_send now; /* NONE or READY; packets without it are counted and dropped */
    struct mcv_media_send
        next;            /* takes its place: at the start, with a new key, after a collision */
    bool has_sent;       /* under this SSRC: RTP, */
    bool has_reported;   /* reports, */
    bool has_controlled; /* messages of transmission control */
    uint16_t seq;        /* of the last packet */
    uint32_t ts;
    uint64_t sent_at_us;
    uint32_t clock_hz;         /* of the format that is sent */
    uint64_t n_pkts, n_octets; /* for sender reports */
    uint64_t report_at_us;     /* next report; MCV_NEVER: none is due */

    bool has_source;      /* a local application has sent */
    uint32_t source_ssrc; /* of its last packet: when it changes, the stream goes on */
    uint16_t source_seq;
    uint32_t source_ts;

    uint32_t assigned_ssrc; /* the stream is to have it; 0: none */
    bool has_collided;      /* somebody else uses the SSRC. Spec: RFC 3550 8.2 */
    struct mcv_pace collisions;
};

#define MCV_MEDIA_NOBODY UINT16_MAX

/* One received stream. */
struct mcv_media_rx {
    uint32_t ssrc;           /* 0: a free slot */
    uint32_t guk_id, key_id; /* of the last packet */
    enum mcv_medium medium;
    uint16_t peer; /* of a group: index into the peers of the configuration, or MCV_MEDIA_NOBODY */
    uint64_t last_at_us;
    struct mcv_rtp_stats stats;
    struct mcv_rtp_sync sync;
    bool has_ended; /* the user was told */
    uint32_t cname; /* mcv_text_hash of the name that both media of a sender have; 0: none came */
    /* Of the last sender report: both media of a sender on one clock. Spec: RFC 3550 6.4.1 */
    uint64_t report_ntp; /* 0: none came */
    uint32_t report_ts;
    uint64_t report_at_us;
    uint64_t told_at_us; /* start, or the last MEDIA_REPORT */
};

/* A group key that is installed for reception. */
struct mcv_media_key {
    uint32_t key_id;
    uint32_t own_guk_id; /* our own packets, which come back, have it */
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
    uint16_t roc_every; /* of the policy of the I_MESSAGE */
};

#define MCV_MEDIA_MAX_MISSING 8 /* keys of which the user is told in one call */

/* What a received packet touches comes first. */
struct mcv_media {
    bool is_open;
    bool is_group, is_protected, is_control_protected;
    bool is_keyless;      /* a group's last key is gone, or is about to be: the call is left */
    uint8_t pppp;         /* of its packets, 1 .. 8; set by the call after mcv_media_open */
    uint8_t control_pppp; /* set likewise: of transmission control */
    bool is_listening;    /* set likewise: only receives, what applications send is dropped */
    uint32_t call;
    uint16_t slot;
    uint16_t n_keys;
    struct mcv_srtp_rx *rx;     /* NULL: nothing is protected */
    struct mcv_media_key *keys; /* group calls: n_keys of limits.n_gmks_per_group */
    int64_t rekey_at_s;         /* UTC at which the keys change next; INT64_MAX: not known */
    uint64_t rekey_at_us;       /* when to look */
    struct mcv_transmission *transmission; /* set by the agent once; runs when a call started it */

    struct mcv_media_rx *streams; /* n_streams */
    struct mcv_lru stream_slots;
    uint64_t rx_pkts[MCV_N_MEDIA];

    struct mcv_call_sdp sdp;    /* formats and ports in force */
    struct mcv_fan_out fan_out; /* set likewise: packets go to each of these in place of `peer` */
    uint16_t n_streams;
    uint16_t peer_ports[MCV_N_CHANNELS];
    struct mcv_media_tx tx[MCV_N_MEDIA];

    struct mcv_bytes group;           /* lives in the configuration */
    struct mcv_addr own;              /* socket address: own or group */
    struct mcv_addr peer;             /* where packets go: the peer's or the group's address */
    struct mcv_ntp_clock clock;       /* one for all media: lip sync */
    struct mcv_srtp_master tx_master; /* private calls: of our own packets; secret */
    struct mcv_srtp_mki tx_mki;       /* key_id MCV_NO_KEY_ID: nothing to send with */
    uint16_t roc_every;               /* private calls; that of a group is in each key */
    uint8_t n_missing;
    uint32_t missing[MCV_MEDIA_MAX_MISSING];  /* said already */
    struct mcv_pace started, reported, ended; /* events of streams */
    void *mem;                                /* of mcv_media_init */
};

/* Octets that one media object needs behind it for a private or a group call. */
size_t mcv_media_size(const struct mcv_limits *limits, bool is_group);

/* Once per slot; mem: mcv_media_size octets, kept. */
void mcv_media_init(struct mcv_agent *a, struct mcv_media *m, void *mem, bool is_group);

/* Starts the media of a call: keys, SOCKETS output. The media is closed on failure. Own SSRCs are
 * claimed by the first mcv_media_run, which is due at once.
 * own, peer   see struct mcv_media. peer_ports: by channel; a medium without one is not used.
 * MCV_E_UNKNOWN_KEY: protected, and no key to receive with. MCV_E_MALFORMED: length of RAND.
 * MCV_E_FULL: no room for the output. MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_media_open(struct mcv_agent *a, struct mcv_media *m, uint32_t call,
                                    uint16_t slot, const struct mcv_media_keys *keys,
                                    const struct mcv_call_sdp *sdp, const struct mcv_addr *own,
                                    const struct mcv_addr *peer,
                                    const uint16_t peer_ports[static MCV_N_CHANNELS]);

/* Moves a running group call to other ports (two calls of a group merge); keys and streams stay.
 * The SOCKETS output replaces the sockets that are open. Spec: TS 24.281 9.3.2 */
void mcv_media_move(struct mcv_agent *a, struct mcv_media *m, const struct mcv_call_sdp *sdp,
                    const uint16_t peer_ports[static MCV_N_CHANNELS]);

/* Its sockets are at another address from now on. */
void mcv_media_readdress(struct mcv_agent *a, struct mcv_media *m, const struct mcv_addr *own);

/* Sends BYE for streams that have sent, closes the sockets, wipes keys and forgets streams; nothing
 * when it is not open. */
void mcv_media_close(struct mcv_agent *a, struct mcv_media *m);

/* A datagram of one of its sockets. Errors of mcv_agent_receive; everything is counted.
 * is_authentic  out: an authentic RTP, RTCP or control packet of the other party came; where media
 *               are not protected, one from its address. */
mcv_err mcv_media_receive(struct mcv_agent *a, struct mcv_media *m, const struct mcv_datagram *d,
                          bool *is_authentic);

/* A packet of a local application that was read and found right. Borrows its octets. */
struct mcv_local_rtp {
    struct mcv_bytes octets;
    struct mcv_rtp h;
    size_t n_payload; /* without padding */
    bool is_start;    /* receivers can begin to decode with it */
};

/* Reads a packet of a local application. MCV_E_NOT_FOUND: no such medium in the call, or we only
 * listen. MCV_E_SPACE: too long. Errors of mcv_rtp_decode. Counted. */
mcv_err mcv_media_check_local(struct mcv_agent *a, const struct mcv_media *m,
                              enum mcv_medium medium, struct mcv_bytes rtp,
                              struct mcv_local_rtp *out);

/* Protects and sends what was read. MCV_E_EXPIRED: no key. MCV_E_FULL, MCV_E_CRYPTO. Counted. */
mcv_err mcv_media_send_local(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                             const struct mcv_local_rtp *packet);

/* Both. */
mcv_err mcv_media_local(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                        struct mcv_bytes rtp);

/* What came of a received stream so far. */
struct mcv_reception mcv_media_reception(const struct mcv_media *m, const struct mcv_media_rx *rx);

/* Who sends a received stream; empty: not known. Lives in the configuration or in the call. */
struct mcv_bytes mcv_media_user_of(const struct mcv_agent *a, const struct mcv_media *m,
                                   const struct mcv_media_rx *rx);

/* ---- for transmission control (media_control.c) ---- */

/* Is the medium part of the call on both sides? */
bool mcv_media_has(const struct mcv_media *m, enum mcv_medium medium);

/* Has the own stream a key and an SSRC? */
bool mcv_media_is_ready(const struct mcv_media *m, enum mcv_medium medium);

/* The SSRC of our control messages: that of audio, or of video where there is no audio; 0: not ready.
 * Spec: RFC 7714 8.1: control and RTCP of an SSRC share one SRTCP index */
uint32_t mcv_media_control_ssrc(const struct mcv_media *m);

/* Sends one clear message of transmission control, protected as the call wants it. MCV_E_EXPIRED: no
 * key. MCV_E_FULL, MCV_E_CRYPTO. */
MCV_MUST_USE mcv_err mcv_media_send_control(struct mcv_agent *a, struct mcv_media *m,
                                            struct mcv_bytes message);

/* Of an own stream, as it is or will be; 0: none yet. */
uint32_t mcv_media_tx_ssrc(const struct mcv_media *m, enum mcv_medium medium);

/* Of the last received stream of this sender; 0: none. */
uint32_t mcv_media_rx_ssrc(const struct mcv_media *m, enum mcv_medium medium,
                           const struct mcv_srtp_mki *mki);

/* Somebody chose the SSRC of an own stream. It changes over when the SSRC is claimed; false: refused,
 * the stream keeps its own. One that was used under this key is never taken. */
bool mcv_media_assign(struct mcv_agent *a, struct mcv_media *m, enum mcv_medium medium,
                      uint32_t ssrc);

/* The configured user whose GUK-ID this is; empty: none. Up to 256 key derivations of 2 us. */
struct mcv_bytes mcv_media_user_of_key(const struct mcv_agent *a, const struct mcv_srtp_mki *mki);

/* A CLAIM_SSRC job is back; m: NULL when its call is over. */
void mcv_media_claimed(struct mcv_agent *a, struct mcv_media *m, const struct mcv_job *job);

/* Group keys changed or a time passed: install what is new, drop what is revoked or expired. */
void mcv_media_rekey(struct mcv_agent *a, struct mcv_media *m);

/* What is due: SSRCs to claim, keys that change, sender reports, transmission control; the next
 * deadline, not that of transmission control, or MCV_NEVER. */
void mcv_media_run(struct mcv_agent *a, struct mcv_media *m);
uint64_t mcv_media_wake_at(const struct mcv_media *m);

#endif
