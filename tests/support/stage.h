/* A small world for tests: users of one KMS who know each other, one group, everything recorded. */
#ifndef MCV_TESTS_SUPPORT_STAGE_H
#define MCV_TESTS_SUPPORT_STAGE_H

#include "sim/cast.h"

#include <stdbool.h>

#define STAGE_MAX_USERS    8
#define STAGE_MAX_MESSAGES 256
#define STAGE_S            UINT64_C(1000000)
#define STAGE_MS           UINT64_C(1000)

/* A MONP message that an agent sent. */
struct stage_message {
    uint64_t at_us;
    uint32_t from;
    uint8_t type;
};

struct stage {
    struct mcv_cast *cast;
    struct mcv_world *w; /* after stage_start */
    size_t kms, group;
    struct stage_message messages[STAGE_MAX_MESSAGES];
    size_t n_messages;
    uint64_t heard[STAGE_MAX_USERS][MCV_N_MEDIA]; /* plain packets of media */
    uint8_t last_payload[STAGE_MAX_USERS];        /* last octet of the last one */
    /* may be set before stage_start: see struct mcv_world_hooks */
    bool (*tap)(void *ctx, struct mcv_world_packet *packet);
    uint16_t seq[STAGE_MAX_USERS];
    uint32_t ts[STAGE_MAX_USERS];
};

enum stage_crypto { STAGE_COSTED, STAGE_REAL };

/* Users 0 .. n_users-1 (alice, bob, carol, ...), all in one group whose keys they have. Everything
 * fails the test when it does not succeed. */
void stage_open(struct stage *s, unsigned n_users, enum stage_crypto crypto);

struct stage_options {
    uint64_t seed;
    struct mcv_link_model link;
    struct mcv_radio_model radio;
    const struct mcv_world_transport *transport;
};
void stage_open_with(struct stage *s, unsigned n_users, enum stage_crypto crypto,
                     const struct stage_options *options);

void stage_start(struct stage *s);
void stage_close(struct stage *s);

/* Runs this long from now. */
void stage_run(struct stage *s, uint64_t for_us);

/* Commands that must succeed: for the group, or for the ongoing private call. */
void stage_call(struct stage *s, uint32_t from, uint32_t to, bool is_manual);
void stage_command(struct stage *s, uint32_t user, enum mcv_command_type type);
mcv_err stage_try(struct stage *s, uint32_t user, enum mcv_command_type type);

/* The next event of this type within 40 s (longer than every timer of a set-up); the test fails when it does not come. */
const struct mcv_event *stage_wait(struct stage *s, uint32_t user, enum mcv_event_type type);

/* How many events of this type the user has had. */
size_t stage_count(const struct stage *s, uint32_t user, enum mcv_event_type type);

/* The call of this kind of a user; false: he has none. */
bool stage_info(const struct stage *s, uint32_t user, enum mcv_call_kind kind,
                struct mcv_call_info *out);

/* Voice: n packets, gap_us apart, into the call of this kind; the payload ends with `mark`. */
void stage_talk(struct stage *s, uint32_t user, enum mcv_call_kind kind, unsigned n,
                uint64_t gap_us, uint8_t mark);

uint64_t stage_counter(const struct stage *s, uint32_t user, enum mcv_counter counter);

/* Drops the k-th MONP message (0, 1, ...) that `from` sends, of any type, to anybody. */
void stage_drop(struct stage *s, struct mcv_fault *fault, uint32_t from, unsigned k);

#endif
