/* The group manager's side of a GMK I_MESSAGE. Spec: TS 33.180 5.7.1, E.2. Private to the KMS. */
#ifndef MCV_AGENT_CLI_KMS_GMK_H
#define MCV_AGENT_CLI_KMS_GMK_H

#include "agent/cli/kms.h"
#include "crypto/base/writer.h"
#include "crypto/eccsi.h"
#include "proto/mikey_sakke.h"

#include <stdbool.h>

#define MCV_KMS_GMK_MAX_BYTES 4096

/* The identity that signs, at one T. Secret: wipe it. Threads may share it. */
struct mcv_kms_gmk_sender {
    bool is_ready;
    struct mcv_kms *kms;
    int64_t utc_s;
    struct mcv_eccsi_key key;
    struct mcv_kpak kpak;
    struct mcv_imsg_own own;  /* with key: it must not move */
    struct mcv_imsg_kms home; /* with kpak */
};

/* Issues the key set of the GMS for the period of utc_s when it is missing. */
MCV_MUST_USE mcv_err mcv_kms_gmk_sender_begin(struct mcv_kms_gmk_sender *sender,
                                              struct mcv_kms *kms, int64_t utc_s);
void mcv_kms_gmk_sender_wipe(struct mcv_kms_gmk_sender *sender);

/* Is the key used at or after the T of the sender? */
bool mcv_kms_gmk_is_sent(const struct mcv_kms_gmk_sender *sender, const Mcv__GroupKey *key);

/* One message for one member, with the key parameters (group, activation, expiry, status). */
MCV_MUST_USE mcv_err mcv_kms_gmk_write(struct mcv_writer *w,
                                       const struct mcv_kms_gmk_sender *sender, const char *user,
                                       const Mcv__Group *group, const Mcv__GroupKey *key);

/* The same for n members; outcomes: n of them, as of mcv_imsg_build_many. */
void mcv_kms_gmk_write_many(struct mcv_writer *w, mcv_err *outcomes,
                            const struct mcv_kms_gmk_sender *sender, const struct mcv_bytes *users,
                            size_t n, const Mcv__Group *group, const Mcv__GroupKey *key);

#endif
