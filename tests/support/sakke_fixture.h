/* Two users of one KMS, on the back-end that MCV_FP names; one also without tables; another KMS. */
#ifndef MCV_TESTS_SUPPORT_SAKKE_FIXTURE_H
#define MCV_TESTS_SUPPORT_SAKKE_FIXTURE_H

#include "crypto/sakke.h"

struct sakke_user {
    uint8_t id_b[32];
    struct mcv_bytes id;
    struct mcv_rsk rsk;
    void *mem;
    struct mcv_sakke_key *key;
};

struct sakke_kms {
    struct mcv_z_secret secret;
    struct mcv_sakke_z z;
    void *mem;
    struct mcv_sakke_public *pub;
};

extern struct sakke_kms full, small, other; /* small: the KMS of full, small tables */
extern struct sakke_user alice, bob, alice_small;

/* Set up and tear down of a group; opens the oracle too. */
int sakke_open_all(void **state);
int sakke_close_all(void **state);

struct mcv_ssv random_ssv(void);
struct mcv_sed encapsulate(const struct sakke_user *to, const struct mcv_ssv *ssv);
struct mcv_bytes octets(const struct mcv_sed *sed);

/* Fails unless the result is `want`, and the SSV is zero where there is none. */
void expect_open(const struct mcv_sakke_key *key, struct mcv_bytes sed, enum mcv_sakke_mode mode,
                 mcv_err want, const char *why);
void expect_ssv(const struct sakke_user *u, struct mcv_bytes sed, const struct mcv_ssv *want);

#endif
