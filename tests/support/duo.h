/* Alice, bob, carol and dave with real keys in a virtual network, for tests of private calls.
 * alice, bob and carol are of the home KMS; dave is of another one that bob and carol trust. Keys
 * are issued once per program. */
#ifndef MCV_TESTS_SUPPORT_DUO_H
#define MCV_TESTS_SUPPORT_DUO_H

#include "proto/mikey.h"
#include "sim/keys.h"
#include "sim/world.h"

#define DUO_UTC_S 1767225600

enum duo_agent { DUO_ALICE, DUO_BOB, DUO_CAROL, DUO_DAVE, DUO_N };

struct duo_sent {
    unsigned n[256]; /* MONP messages by type */
    uint8_t last_reason;
    uint8_t setup[MCV_MAX_MONP_BYTES]; /* the last SETUP REQUEST */
    size_t n_setup;
};

struct duo {
    struct mcv_world *w;
    struct mcv_world_params params; /* may be changed before duo_open */
    struct mcv_agent_config config[DUO_N];
    struct mcv_peer_config peers[DUO_N];
    const struct mcv_keyring *keys[DUO_N];
    int64_t skew_us[DUO_N];
    struct duo_sent sent[DUO_N];
    unsigned n_jobs[DUO_N][MCV_N_JOB_KINDS];
    uint32_t call[DUO_N]; /* of the last event that has one */
    unsigned n_events[DUO_N][MCV_N_EVENTS];
    enum mcv_end end[DUO_N]; /* of the last CALL_ENDED */

    /* Changes the I_MESSAGE in SETUP REQUESTs on their way; the length stays. NULL: none. */
    void (*tamper)(uint8_t *imsg, size_t n);
    /* false: the datagram is lost */
    bool (*tap)(struct duo *d, struct mcv_world_packet *p);
};

/* Everybody knows everybody's address; automatic and manual calls, security needed. */
void duo_defaults(struct duo *d);
/* The same, with jobs of sim/costed.h in place of public-key cryptography: for many calls of which it is
 * not the subject. */
void duo_defaults_costed(struct duo *d);
void duo_open(struct duo *d);
void duo_close(struct duo *d);
/* At the end of the program. */
void duo_forget_keys(void);

/* His keys; they live until duo_forget_keys. */
const struct mcv_keyring *duo_keys(enum duo_agent who);

const char *duo_uri(enum duo_agent who);
struct mcv_addr duo_addr(enum duo_agent who);

mcv_err duo_call(struct duo *d, enum duo_agent from, enum duo_agent to, bool is_manual);
/* Of the last call of this agent. */
mcv_err duo_command(struct duo *d, enum duo_agent who, enum mcv_command_type type);

/* A packet of audio of a local application, for the call in slot 0. */
void duo_speak(struct duo *d, enum duo_agent who, uint16_t seq);

void duo_run_ms(struct duo *d, uint64_t ms);

/* A datagram on the MONP port. */
mcv_err duo_inject(struct duo *d, enum duo_agent to, const struct mcv_addr *from,
                   struct mcv_bytes bytes);

/* The SETUP REQUEST that this agent sent last, as another call. buf: MCV_MAX_MONP_BYTES. */
struct mcv_bytes duo_setup_again(const struct duo *d, enum duo_agent from, uint8_t *buf,
                                 uint16_t call_id);

uint64_t duo_count(const struct duo *d, enum duo_agent who, enum mcv_counter counter);

/* State of the first call; P0 when there is none. */
uint8_t duo_state(const struct duo *d, enum duo_agent who);

#endif
