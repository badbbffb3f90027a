/* KMSs and users for I_MESSAGEs in tests. What goes wrong fails the test. */
#ifndef MCV_TESTS_SUPPORT_IMSG_FIXTURE_H
#define MCV_TESTS_SUPPORT_IMSG_FIXTURE_H

#include "proto/mikey_sakke.h"

/* z_T of another KMS; its KSAK may be any other number. */
#define FIX_OTHER_KSAK "00000000000000000000000000000000000000000000000000000000000abcde"
#define FIX_OTHER_Z_SECRET                                                                         \
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"     \
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"     \
    "0000000000000000000000000000000000000000123456789abcdef0123456789abcdef012345678"

struct fix_kms {
    struct mcv_ksak ksak;
    struct mcv_kpak kpak;
    struct mcv_z_secret z_secret;
    void *mem;
    struct mcv_sakke_public *sakke;
    struct mcv_imsg_kms kms; /* borrows from the above */
};

struct fix_user {
    struct mcv_eccsi_key eccsi;
    void *mem;
    struct mcv_sakke_key *sakke;
    struct mcv_imsg_own own; /* borrows from the above */
};

/* Periods of 30 days without offset, no bounds. uri is borrowed. */
void fix_kms_open(struct fix_kms *k, const char *uri, const char *ksak_hex,
                  const char *z_secret_hex);
void fix_kms_close(struct fix_kms *k);

/* Issued by k for the period of utc_s, and installed. v: the ECCSI secret of the issue, below
 * 2^32. uri is borrowed. */
void fix_user_open(struct fix_user *u, const struct fix_kms *k, const char *uri, uint32_t v,
                   int64_t utc_s);
void fix_user_close(struct fix_user *u);

/* The KMS and the users of tests/support/imsg_vectors.h. */
struct fix_home {
    struct fix_kms kms;
    struct fix_user alice, bob, gms;
};

void fix_home_open(struct fix_home *h);
void fix_home_close(struct fix_home *h);

/* alice to bob and gms to bob: the specs of tests/support/imsg_vectors.h. rand: 16 octets. */
struct mcv_imsg_spec fix_pck_spec(const struct fix_home *h, const uint8_t *rand);
struct mcv_imsg_spec fix_gmk_spec(const struct fix_home *h, const uint8_t *rand);

#endif
