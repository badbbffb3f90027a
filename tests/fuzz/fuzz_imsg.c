/* I_MESSAGEs up to the signature, which no input can give. The SAKKE key cannot be read. */
#include "proto/mikey_sakke.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct mcv_kpak no_kpak;
static const struct mcv_imsg_kms kms = {
    .uri = {(const uint8_t *)"kms.example.org", 15}, .period = {2592000, 0}, .kpak = &no_kpak};
static const struct mcv_imsg_own bob = {.uri = {(const uint8_t *)"sip:bob@example.org", 19},
                                        .kms_uri = {(const uint8_t *)"kms.example.org", 15},
                                        .period_no = 1389};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct mcv_imsg_own own = bob;
    const struct mcv_imsg_trust trust = {.kms = &kms, .n_kms = 1, .own = &own, .n_own = 1};
    struct mcv_replay_entry entry;
    struct mcv_replay replay;
    struct mcv_imsg_context context = {.trust = &trust, .replay = &replay, .utc_s = 1393144754};
    struct mcv_imsg m;
    static struct mcv_imsg_job job;

    mcv_replay_init(&replay, &entry, 1, 600, 0);
    own.sakke = (const struct mcv_sakke_key *)(uintptr_t)16;
    for (int type = MCV_KEY_GMK; type < MCV_N_KEY_TYPES; type++) {
        if (mcv_imsg_parse(&m, mcv_bytes_of(data, n), (enum mcv_key_type)type) != MCV_OK) continue;
        context.as = (data[n - 1] & 1) != 0 ? MCV_IMSG_AS_INITIATOR : MCV_IMSG_AS_RESPONDER;
        if (mcv_imsg_resolve(&job, NULL, &m, &context) != MCV_OK) continue;
        for (unsigned id = 0; id < 256; id++) (void)mcv_imsg_profile(&job, (uint8_t)id);
        (void)!mcv_imsg_authorise(&job, kms.uri);
        MCV_ASSERT(mcv_imsg_verify(&job) != MCV_OK);
    }
    return 0;
}
