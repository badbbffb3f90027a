/* What the security policies say. Spec: RFC 3830 6.10.1, RFC 4771 4, RFC 7714 14. */
#include "proto/mikey.h"

#include "crypto/base/reader.h"

#define TYPE_ENCRYPTION     0
#define TYPE_AUTHENTICATION 2
#define TYPE_ROC_RATE       13
#define TYPE_SRTP_TAG       18
#define N_TYPES             21

#define AES_GCM 6
#define RCCM3   4 /* the ROC is the authentication tag, not itself authenticated */

#define PROT_SRTP 0

#define ABSENT UINT32_MAX

/* The values of a parameter that we can follow; n 0: a type that we do not know, or one that says
 * nothing when the cipher is AES-GCM. */
static const struct {
    uint8_t n;
    uint8_t allowed[2];
} rules[N_TYPES] = {
    [TYPE_ENCRYPTION] = {1, {AES_GCM}},
    [1] = {1, {16}}, /* session key */
    [TYPE_AUTHENTICATION] = {2, {0, RCCM3}},
    [4] = {1, {12}}, /* salt */
    [5] = {1, {0}},  /* AES-CM PRF */
    [6] = {1, {0}},  /* key derivation rate: once */
    [7] = {1, {1}},  /* SRTP encryption on */
    [8] = {1, {1}},  /* SRTCP encryption on */
    [9] = {1, {0}},  /* FEC, then SRTP */
    [12] = {1, {0}}, /* no prefix */
    [TYPE_SRTP_TAG] = {2, {0, 4}},
    [19] = {1, {0}},  /* no ROC with SRTCP */
    [20] = {1, {16}}, /* AEAD tag */
};

static bool is_allowed(uint8_t type, struct mcv_bytes value)
{
    if (type == TYPE_ROC_RATE) /* one octet or two */
        return value.n >= 1 && value.n <= 2 && (value.p[0] | value.p[value.n - 1]) != 0;
    if (rules[type].n == 0) return true;
    if (value.n != 1) return false;
    return value.p[0] == rules[type].allowed[0] ||
           value.p[0] == rules[type].allowed[rules[type].n - 1];
}

static uint32_t number_of(struct mcv_bytes value)
{
    uint32_t v = 0;

    for (size_t i = 0; i < value.n && i < 2; i++) v = v << 8 | value.p[i];
    return v;
}

mcv_err mcv_mikey_profile_of(struct mcv_mikey_profile *out, struct mcv_bytes params)
{
    struct mcv_reader r = mcv_reader_of(params);
    uint32_t values[N_TYPES];

    *out = (struct mcv_mikey_profile){0};
    for (size_t i = 0; i < N_TYPES; i++) values[i] = ABSENT;
    while (mcv_rd_left(&r) > 0) {
        const uint8_t type = mcv_rd_u8(&r);
        const uint8_t n = mcv_rd_u8(&r);
        const struct mcv_bytes value = mcv_rd_bytes(&r, n);
        if (type >= N_TYPES || r.err != MCV_OK) continue;
        if (values[type] != ABSENT || !is_allowed(type, value)) mcv_rd_fail(&r, MCV_E_UNSUPPORTED);
        values[type] = number_of(value);
    }
    const mcv_err err = mcv_rd_finish(&r);
    if (err != MCV_OK) return err;

    /* Left out, the cipher would be AES-CM, and a tag length that of the authentication. */
    const bool has_roc = values[TYPE_AUTHENTICATION] == RCCM3;
    const uint32_t tag = values[TYPE_SRTP_TAG];
    if (values[TYPE_ENCRYPTION] == ABSENT) return MCV_E_UNSUPPORTED;
    if (tag != ABSENT && (tag != 0) != has_roc) return MCV_E_UNSUPPORTED;
    if (!has_roc) return MCV_OK;
    out->roc_rate = values[TYPE_ROC_RATE] == ABSENT ? 1 : (uint16_t)values[TYPE_ROC_RATE];
    return MCV_OK;
}

struct mcv_bytes mcv_mikey_params_of(struct mcv_mikey_profile profile)
{
    static const uint8_t private_call[] = {0, 1, AES_GCM, 1, 1, 16, 4,  1, 12,
                                           5, 1, 0,       6, 1, 0,  20, 1, 16};
    static const uint8_t group_call[] = {0, 1, AES_GCM, 1, 1, 16, 2, 1, RCCM3, 4, 1, 12, 5, 1, 0, 6,
                                         1, 0, 13,      1, 1, 18, 1, 4, 19,    1, 0, 20, 1, 16};

    MCV_ASSERT(profile.roc_rate <= 1);
    return profile.roc_rate == 0 ? mcv_bytes_of(private_call, sizeof private_call)
                                 : mcv_bytes_of(group_call, sizeof group_call);
}

static const struct mcv_mikey_sp *find_sp(const struct mcv_mikey_msg *m, uint8_t policy_no)
{
    for (size_t i = 0; i < m->n_sp; i++)
        if (m->sp[i].policy_no == policy_no) return &m->sp[i];
    return NULL;
}

static const struct mcv_mikey_cs *find_cs(const struct mcv_mikey_msg *m, uint8_t cs_id)
{
    for (size_t i = 0; i < m->n_cs; i++)
        if (m->cs[i].cs_id == cs_id) return &m->cs[i];
    return NULL;
}

mcv_err mcv_mikey_profile_for(struct mcv_mikey_profile *out, const struct mcv_mikey_msg *m,
                              uint8_t cs_id, struct mcv_mikey_profile fallback)
{
    const struct mcv_mikey_cs *cs = find_cs(m, cs_id);
    const struct mcv_mikey_sp *sp = NULL;

    *out = (struct mcv_mikey_profile){0};
    if (m->map == MCV_MAP_EMPTY && m->n_sp > 1) return MCV_E_MALFORMED;
    if (m->map == MCV_MAP_EMPTY && m->n_sp == 1) sp = &m->sp[0];
    if (cs != NULL && cs->prot_type != PROT_SRTP) return MCV_E_UNSUPPORTED;
    if (cs != NULL && cs->n_policies > 0) {
        sp = find_sp(m, cs->policies[0]); /* there is no response that would choose among several */
        if (sp == NULL) return MCV_E_MALFORMED;
    }
    if (sp != NULL) return mcv_mikey_profile_of(out, sp->params);
    *out = fallback;
    return MCV_OK;
}
