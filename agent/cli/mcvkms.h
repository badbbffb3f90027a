/* The command line of mcvkms. Private to agent/cli. */
#ifndef MCV_AGENT_CLI_MCVKMS_H
#define MCV_AGENT_CLI_MCVKMS_H

#include "agent/cli/kms.h"

#include <stdbool.h>
#include <stdint.h>

/* Options and operands, as they were given. NULL or 0: not given. */
struct mcvkms_args {
    const char *dir;
    const char *passphrase_file, *key_file;               /* of the KMS */
    const char *device_passphrase_file, *device_key_file; /* of a bundle */
    const char *kms_uri, *gms_uri, *name, *out, *document;
    uint64_t period_s, offset_s;
    unsigned ahead; /* periods to issue after the current one */
    struct mcv_kms_validity validity;
    uint32_t gmk_id; /* MCV_NO_KEY_ID: all */
    bool is_json, is_reveal, is_append;
    char **operands;
    int n_operands;
};

struct mcvkms_command {
    const char *name; /* one or two words */
    int min_operands, max_operands;
    bool is_change; /* save afterwards */
    mcv_err (*run)(struct mcv_kms *kms, const struct mcvkms_args *args, struct mcv_why *why);
};

/* Everything but init, which has no KMS to open yet. NULL: no such command. */
const struct mcvkms_command *mcvkms_find(const char *first, const char *second);

/* Reads the secret of the KMS, or of a bundle. */
MCV_MUST_USE mcv_err mcvkms_secret(struct mcv_seal_secret *secret, const char *passphrase_file,
                                   const char *key_file, const char *what, struct mcv_why *why);

/* Everything that the KMS knows, secrets too, as JSON: for tools that check captures.
 * out  NULL: standard output. append: keeps what is in the file. */
MCV_MUST_USE mcv_err mcvkms_export(const struct mcv_kms *kms, const char *out, bool append,
                                   struct mcv_why *why);

/* What the KMS knows, without secrets. */
MCV_MUST_USE mcv_err mcvkms_show(const struct mcv_kms *kms, bool is_json, struct mcv_why *why);

#endif
