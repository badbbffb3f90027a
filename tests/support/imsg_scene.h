/* One I_MESSAGE from alice (or dave of another domain) to bob, and everything that decides whether
 * bob opens it. A row changes one thing and says which step stops. */
#ifndef MCV_TESTS_SUPPORT_IMSG_SCENE_H
#define MCV_TESTS_SUPPORT_IMSG_SCENE_H

#include "tests/support/imsg_fixture.h"

#define SCENE_CALL 7
#define SCENE_SKEW 600
#define SCENE_CAP  2

/* In the order of TS 33.180 E.1.2 and RFC 3830 5.4. */
enum scene_step { PARSE, RESOLVE, VERIFY, AUTHORISE, DECAPSULATE, ACCEPT, OPENED };

struct scene {
    struct mcv_imsg_spec spec;
    struct mcv_ssv key;
    const struct mcv_eccsi_key *signer;

    uint8_t octets[MCV_MIKEY_MAX_BYTES];
    size_t n;

    struct mcv_imsg_kms kms[2]; /* home, other */
    struct mcv_imsg_own own[1]; /* bob */
    struct mcv_imsg_trust trust;
    struct mcv_replay_entry entries[SCENE_CAP];
    struct mcv_replay replay;
    struct mcv_imsg_context context;
    enum mcv_key_type want;  /* purpose */
    struct mcv_bytes caller; /* whom the signalling names */

    enum mcv_replay_verdict verdict; /* of the last run */
    struct mcv_imsg_job job;
    struct mcv_imsg_key opened;
};

struct scene_row {
    const char *why;
    void (*spec)(struct scene *s);        /* before the message is built */
    void (*msg)(struct mcv_mikey_msg *m); /* before it is written and signed again */
    void (*rest)(struct scene *s);        /* once it is there */
    enum scene_step step;                 /* which stops; OPENED: none */
    mcv_err want;
};

/* Group set-up and tear-down of the test programs: the users. */
int scene_users_open(void **state);
int scene_users_close(void **state);

extern struct fix_home scene_home;
extern struct fix_kms scene_other_kms;
extern struct fix_user scene_dave; /* of the other KMS */

/* alice to bob, PCK, a call being set up, no row yet. */
void scene_open(struct scene *s);

/* Writes the message of s->spec. */
void scene_build(struct scene *s);

/* Replaces the message: m is written, and signed by s->signer. */
void scene_sign(struct scene *s, const struct mcv_mikey_msg *m);

/* All steps until one fails; which one, and why. */
enum scene_step scene_run(struct scene *s, mcv_err *err);

/* Each row in a scene of its own. Before DECAPSULATE bob's SAKKE key is an address that nobody
 * can read: a row that stops earlier shows that it was not touched. */
void scene_check_rows(const struct scene_row *rows, size_t n_rows);

#endif
