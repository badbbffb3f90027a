/* Members of a group who press and release, with what their applications send, in virtual time.
 *
 * Media are protected, control messages are not: the log shows them. Everybody is in manual mode and
 * knows the others; a member who sends does so every every_us, whether he may or not. */
#ifndef MCV_TESTS_SUPPORT_TALK_H
#define MCV_TESTS_SUPPORT_TALK_H

#include "proto/tc.h"
#include "tests/support/party.h"

#define TALK_MS UINT64_C(1000)

struct talk {
    struct party p; /* may be changed before talk_open */
    struct mcv_limits limits;
    uint64_t every_us;
    bool is_sending[PARTY_MAX];
    uint16_t seq[PARTY_MAX];
    unsigned heard[PARTY_MAX][PARTY_MAX]; /* plain packets: by whom, of whom */
    uint64_t last_heard_us[PARTY_MAX][PARTY_MAX], longest_gap_us[PARTY_MAX][PARTY_MAX];

    /* Control messages that were sent: "1:Request 0:Granted(1) 0:Revoked#4(2)". */
    size_t n_log;
    char log[8192];
    unsigned n_messages[MCV_N_TC_TYPES];

    /* true: the message is lost on its way to `to` */
    bool (*loses)(struct talk *s, uint32_t from, uint32_t to, const struct mcv_tc *m);
    bool is_deaf[PARTY_MAX]; /* to control messages */
};

/* n members, at most n_max of whom transmit. */
void talk_defaults(struct talk *s, size_t n, uint16_t n_max);
void talk_open(struct talk *s);
void talk_close(struct talk *s);

/* Opens, member 0 starts the call and sends; everybody is in it, 1 s has passed. */
void talk_begin(struct talk *s);

void talk_run_ms(struct talk *s, uint64_t ms); /* from now */
void talk_forget(struct talk *s);              /* what was logged and heard */

void talk_press(struct talk *s, uint32_t who); /* and sends */
void talk_press_as(struct talk *s, uint32_t who, uint8_t priority, bool is_emergency);
void talk_release(struct talk *s, uint32_t who);
mcv_err talk_command(struct talk *s, uint32_t who, enum mcv_command_type type, const char *target);

uint8_t talk_state(const struct talk *s, uint32_t who); /* enum mcv_transmission_state */
struct mcv_ptt_info talk_info(const struct talk *s, uint32_t who);
unsigned talk_n_transmitting(const struct talk *s); /* who have permission */
unsigned talk_n_arbitrators(const struct talk *s);
size_t talk_n_events(const struct talk *s, uint32_t who, enum mcv_event_type type);
const struct mcv_event *talk_last_event(const struct talk *s, uint32_t who,
                                        enum mcv_event_type type); /* NULL: none */
uint64_t talk_count(const struct talk *s, uint32_t who, enum mcv_counter counter);

/* Everybody is in the state of the list: TALK_STATES(MCV_O_SILENCE, ...). */
void talk_expect_states(const struct talk *s, const char *why, const uint8_t *states);
#define TALK_STATES(...) ((const uint8_t[]){__VA_ARGS__})

/* The log is this; "why" names the case when it is not. */
void talk_expect_log(const struct talk *s, const char *why, const char *log);

#endif
