#include "proto/mikey.h"

#include "crypto/base/reader.h"

#define VERSION          1
#define DATA_TYPE_SAKKE  26
#define PRF_HMAC_SHA_256 1
#define V_FLAG           0x80u
#define S_FLAG           0x80u /* of a crypto session: ROC and SEQ are given */
#define TS_NTP_UTC       0
#define PROT_SRTP        0
#define SAKKE_PARAMS     1      /* RFC 6509 Appendix A */
#define SAKKE_ID_SCHEME  2      /* 3GPP MCX hashed UID */
#define SIGN_HEAD        0x2081 /* S type 2: ECCSI; 129 octets */

#define SRTP_ID_POLICIES 1
#define SSRC_BYTES       4
#define SSRC_ROC_SEQ     10 /* octets of an entry of the session data when S is set */

static size_t session_entry_bytes(const struct mcv_mikey_cs *cs)
{
    return cs->has_roc ? SSRC_ROC_SEQ : SSRC_BYTES;
}

static bool is_singular(uint8_t ext_type)
{
    return ext_type == MCV_EXT_SAKKE_TO_SELF || ext_type == MCV_EXT_KEY_PARAMS;
}

const struct mcv_mikey_ext *mcv_mikey_find_ext(const struct mcv_mikey_msg *m,
                                               enum mcv_mikey_ext_type type)
{
    for (size_t i = 0; i < m->n_ext; i++)
        if (m->ext[i].type == (uint8_t)type) return &m->ext[i];
    return NULL;
}

/* ---- reading ----------------------------------------------------------------------------- */

static void refuse_if(struct mcv_reader *r, bool is_bad, mcv_err err)
{
    if (is_bad) mcv_rd_fail(r, err);
}

/* Spec: RFC 3830 6.1.1. CS IDs are not on the wire: 1, 2, ... */
static void read_srtp_id(struct mcv_reader *r, struct mcv_mikey_cs *cs, size_t index)
{
    cs->cs_id = (uint8_t)(index + 1);
    cs->prot_type = PROT_SRTP;
    cs->n_policies = SRTP_ID_POLICIES;
    cs->policies[0] = mcv_rd_u8(r);
    cs->ssrc = mcv_rd_u32(r);
    cs->roc = mcv_rd_u32(r);
}

/* Spec: RFC 6043 6.1.1. */
static void read_generic_id(struct mcv_reader *r, struct mcv_mikey_cs *cs, size_t index)
{
    (void)index;
    cs->cs_id = mcv_rd_u8(r);
    cs->prot_type = mcv_rd_u8(r);
    const uint8_t flags = mcv_rd_u8(r);
    cs->has_roc = (flags & S_FLAG) != 0;
    cs->n_policies = flags & (uint8_t)~S_FLAG;
    refuse_if(r, cs->n_policies > MCV_MIKEY_MAX_POLICIES, MCV_E_MALFORMED);
    for (size_t i = 0; i < cs->n_policies && r->err == MCV_OK; i++) cs->policies[i] = mcv_rd_u8(r);
    const uint16_t session_bytes = mcv_rd_u16(r);
    cs->session = mcv_rd_bytes(r, session_bytes);
    refuse_if(r, cs->prot_type == PROT_SRTP && cs->session.n % session_entry_bytes(cs) != 0,
              MCV_E_MALFORMED);
    const uint8_t spi_bytes = mcv_rd_u8(r);
    cs->spi = mcv_rd_bytes(r, spi_bytes);
}

static const struct {
    void (*read)(struct mcv_reader *r, struct mcv_mikey_cs *cs, size_t index);
    size_t min_cs, max_cs;
} maps[] = {
    [MCV_MAP_SRTP_ID] = {read_srtp_id, 1, MCV_MIKEY_MAX_CS},
    [MCV_MAP_EMPTY] = {NULL, 0, 0}, /* no octets. Spec: RFC 4563 3 */
    [MCV_MAP_GENERIC_ID] = {read_generic_id, 1, MCV_MIKEY_MAX_CS},
};
#define N_MAPS (sizeof maps / sizeof maps[0])

static bool has_cs_twice(const struct mcv_mikey_msg *m)
{
    for (size_t i = 0; i < m->n_cs; i++)
        for (size_t k = 0; k < i; k++)
            if (m->cs[i].cs_id == m->cs[k].cs_id) return true;
    return false;
}

/* Spec: RFC 3830 6.1. Gives the next payload. */
static uint8_t read_header(struct mcv_reader *r, struct mcv_mikey_msg *m)
{
    const uint8_t version = mcv_rd_u8(r);
    const uint8_t data_type = mcv_rd_u8(r);
    const uint8_t next = mcv_rd_u8(r);
    const uint8_t flags = mcv_rd_u8(r);
    m->csb_id = mcv_rd_u32(r);
    m->n_cs = mcv_rd_u8(r);
    const uint8_t map = mcv_rd_u8(r);

    m->wants_response = (flags & V_FLAG) != 0;
    m->map = (enum mcv_mikey_map)map;
    refuse_if(r, version != VERSION || data_type != DATA_TYPE_SAKKE, MCV_E_UNSUPPORTED);
    refuse_if(r, (flags & ~V_FLAG) != PRF_HMAC_SHA_256 || map >= N_MAPS, MCV_E_UNSUPPORTED);
    if (r->err != MCV_OK) return MCV_MIKEY_LAST;
    refuse_if(r, m->n_cs < maps[map].min_cs || m->n_cs > maps[map].max_cs, MCV_E_MALFORMED);
    for (size_t i = 0; i < m->n_cs && r->err == MCV_OK; i++) maps[map].read(r, &m->cs[i], i);
    refuse_if(r, r->err == MCV_OK && has_cs_twice(m), MCV_E_MALFORMED);
    return next;
}

static void read_t(struct mcv_reader *r, struct mcv_mikey_msg *m)
{
    refuse_if(r, m->has_t, MCV_E_MALFORMED);
    const uint8_t type = mcv_rd_u8(r);
    refuse_if(r, type != TS_NTP_UTC, MCV_E_UNSUPPORTED);
    m->t = mcv_rd_u64(r);
    m->has_t = true;
}

static void read_rand(struct mcv_reader *r, struct mcv_mikey_msg *m)
{
    refuse_if(r, m->rand.n != 0, MCV_E_MALFORMED);
    const uint8_t n = mcv_rd_u8(r);
    refuse_if(r, n < MCV_MIKEY_RAND_BYTES, MCV_E_MALFORMED);
    m->rand = mcv_rd_bytes(r, n);
}

static void read_idr(struct mcv_reader *r, struct mcv_mikey_msg *m)
{
    const uint8_t role = mcv_rd_u8(r);
    const uint8_t type = mcv_rd_u8(r);
    const uint16_t n = mcv_rd_u16(r);

    refuse_if(r, role < MCV_ROLE_INITIATOR || role >= MCV_N_ROLES, MCV_E_UNSUPPORTED);
    refuse_if(r, type > MCV_ID_BYTES, MCV_E_UNSUPPORTED);
    if (r->err != MCV_OK) return;
    refuse_if(r, n == 0 || m->ids[role].data.n != 0, MCV_E_MALFORMED);
    m->ids[role].type = type;
    m->ids[role].data = mcv_rd_bytes(r, n);
}

/* Among the first n. */
static bool has_sp(const struct mcv_mikey_msg *m, size_t n, uint8_t policy_no)
{
    for (size_t i = 0; i < n; i++)
        if (m->sp[i].policy_no == policy_no) return true;
    return false;
}

static void read_sp(struct mcv_reader *r, struct mcv_mikey_msg *m)
{
    struct mcv_mikey_sp sp = {0};

    sp.policy_no = mcv_rd_u8(r);
    const uint8_t prot_type = mcv_rd_u8(r);
    const uint16_t n = mcv_rd_u16(r);
    refuse_if(r, prot_type != PROT_SRTP, MCV_E_UNSUPPORTED);
    sp.params = mcv_rd_bytes(r, n);
    refuse_if(r, m->n_sp == MCV_MIKEY_MAX_SP || has_sp(m, m->n_sp, sp.policy_no), MCV_E_MALFORMED);

    struct mcv_reader tlvs = mcv_reader_of(sp.params);
    while (mcv_rd_left(&tlvs) > 0) {
        mcv_rd_skip(&tlvs, 1);
        const uint8_t value_bytes = mcv_rd_u8(&tlvs);
        mcv_rd_skip(&tlvs, value_bytes);
    }
    refuse_if(r, mcv_rd_finish(&tlvs) != MCV_OK, MCV_E_MALFORMED);
    if (r->err == MCV_OK) m->sp[m->n_sp++] = sp;
}

/* What follows the next-payload octet. Spec: RFC 6509 4.2. */
static struct mcv_bytes read_sakke_body(struct mcv_reader *r)
{
    const uint8_t params = mcv_rd_u8(r);
    const uint8_t scheme = mcv_rd_u8(r);
    const uint16_t n = mcv_rd_u16(r);

    refuse_if(r, params != SAKKE_PARAMS || scheme != SAKKE_ID_SCHEME, MCV_E_UNSUPPORTED);
    refuse_if(r, n < MCV_MIKEY_SED_MIN_BYTES || n > MCV_MIKEY_SED_BYTES, MCV_E_MALFORMED);
    return mcv_rd_bytes(r, n);
}

static void read_sakke(struct mcv_reader *r, struct mcv_mikey_msg *m)
{
    refuse_if(r, m->sed.n != 0, MCV_E_MALFORMED);
    m->sed = read_sakke_body(r);
}

static void read_ext(struct mcv_reader *r, struct mcv_mikey_msg *m)
{
    struct mcv_mikey_ext ext = {0};

    ext.type = mcv_rd_u8(r);
    const uint16_t n = mcv_rd_u16(r);
    ext.data = mcv_rd_bytes(r, n);
    const bool is_second = mcv_mikey_find_ext(m, (enum mcv_mikey_ext_type)ext.type) != NULL;
    refuse_if(r, m->n_ext == MCV_MIKEY_MAX_EXT || (is_singular(ext.type) && is_second),
              MCV_E_MALFORMED);
    if (r->err == MCV_OK) m->ext[m->n_ext++] = ext;
}

/* SIGN has no next payload: it ends the message. Spec: RFC 3830 6.5. */
static void read_sign(struct mcv_reader *r, struct mcv_mikey_msg *m, const uint8_t *start)
{
    const uint16_t head = mcv_rd_u16(r);

    refuse_if(r, head >> 12 != SIGN_HEAD >> 12, MCV_E_UNSUPPORTED);
    refuse_if(r, head != SIGN_HEAD, MCV_E_MALFORMED);
    if (r->err != MCV_OK) return;
    m->covered = mcv_bytes_of(start, (size_t)(r->p - start));
    m->signature = mcv_rd_bytes(r, MCV_MIKEY_SIGN_BYTES);
}

static void (*const payloads[])(struct mcv_reader *r, struct mcv_mikey_msg *m) = {
    [MCV_MIKEY_T] = read_t,     [MCV_MIKEY_SP] = read_sp,   [MCV_MIKEY_RAND] = read_rand,
    [MCV_MIKEY_IDR] = read_idr, [MCV_MIKEY_EXT] = read_ext, [MCV_MIKEY_SAKKE] = read_sakke,
};
#define N_PAYLOADS (sizeof payloads / sizeof payloads[0])

mcv_err mcv_mikey_decode(struct mcv_mikey_msg *out, struct mcv_bytes in)
{
    struct mcv_reader r = mcv_reader_of(in);
    struct mcv_mikey_msg m = {0};

    *out = (struct mcv_mikey_msg){0};
    if (in.n > MCV_MIKEY_MAX_BYTES) return MCV_E_MALFORMED;
    uint8_t next = read_header(&r, &m);
    while (r.err == MCV_OK && next != MCV_MIKEY_SIGN) {
        refuse_if(&r, next == MCV_MIKEY_LAST, MCV_E_MALFORMED);
        refuse_if(&r, next >= N_PAYLOADS || payloads[next] == NULL, MCV_E_UNSUPPORTED);
        if (r.err != MCV_OK) break;
        const uint8_t kind = next;
        next = mcv_rd_u8(&r);
        payloads[kind](&r, &m);
    }
    if (r.err == MCV_OK) read_sign(&r, &m, in.p);
    const mcv_err err = mcv_rd_finish(&r);
    if (err == MCV_OK) *out = m;
    return err;
}

/* The next payload of the nested one says nothing. Spec: TS 33.180 E.5. */
mcv_err mcv_mikey_to_self_decode(struct mcv_bytes *sed, struct mcv_bytes ext_data)
{
    struct mcv_reader r = mcv_reader_of(ext_data);

    mcv_rd_skip(&r, 1);
    const struct mcv_bytes read = read_sakke_body(&r);
    const mcv_err err = mcv_rd_finish(&r);
    *sed = err == MCV_OK ? read : (struct mcv_bytes){0};
    return err;
}

/* ---- writing ----------------------------------------------------------------------------- */

static void write_if(struct mcv_writer *w, bool is_good)
{
    if (!is_good) mcv_wr_fail(w, MCV_E_MALFORMED);
}

static void write_len8_bytes(struct mcv_writer *w, struct mcv_bytes b)
{
    write_if(w, b.n <= UINT8_MAX);
    mcv_wr_u8(w, (uint8_t)b.n);
    mcv_wr_bytes(w, b);
}

static void write_len16_bytes(struct mcv_writer *w, struct mcv_bytes b)
{
    write_if(w, b.n <= UINT16_MAX);
    mcv_wr_u16(w, (uint16_t)b.n);
    mcv_wr_bytes(w, b);
}

/* Where the number of the next payload goes. */
struct chain {
    struct mcv_writer *w;
    size_t next_at;
};

static void chain_to(struct chain *c, enum mcv_mikey_payload kind)
{
    if (c->w->err == MCV_OK) c->w->p[c->next_at] = (uint8_t)kind;
}

static void begin_payload(struct chain *c, enum mcv_mikey_payload kind)
{
    chain_to(c, kind);
    c->next_at = c->w->n;
    mcv_wr_u8(c->w, MCV_MIKEY_LAST);
}

static void write_cs(struct mcv_writer *w, const struct mcv_mikey_msg *m,
                     const struct mcv_mikey_cs *cs)
{
    write_if(w, cs->n_policies <= MCV_MIKEY_MAX_POLICIES);
    if (w->err != MCV_OK) return;
    if (m->map == MCV_MAP_SRTP_ID) {
        mcv_wr_u8(w, cs->policies[0]);
        mcv_wr_u32(w, cs->ssrc);
        mcv_wr_u32(w, cs->roc);
        return;
    }
    mcv_wr_u8(w, cs->cs_id);
    mcv_wr_u8(w, cs->prot_type);
    mcv_wr_u8(w, (uint8_t)((cs->has_roc ? S_FLAG : 0u) | cs->n_policies));
    mcv_wr_bytes(w, mcv_bytes_of(cs->policies, cs->n_policies));
    write_len16_bytes(w, cs->session);
    write_len8_bytes(w, cs->spi);
}

static void write_header(struct chain *c, const struct mcv_mikey_msg *m)
{
    struct mcv_writer *w = c->w;

    mcv_wr_u8(w, VERSION);
    mcv_wr_u8(w, DATA_TYPE_SAKKE);
    c->next_at = w->n;
    mcv_wr_u8(w, MCV_MIKEY_LAST);
    mcv_wr_u8(w, (uint8_t)((m->wants_response ? V_FLAG : 0u) | PRF_HMAC_SHA_256));
    mcv_wr_u32(w, m->csb_id);
    mcv_wr_u8(w, (uint8_t)m->n_cs);
    mcv_wr_u8(w, (uint8_t)m->map);
    for (size_t i = 0; i < m->n_cs && w->err == MCV_OK; i++) write_cs(w, m, &m->cs[i]);
}

static void write_time_and_rand(struct chain *c, const struct mcv_mikey_msg *m)
{
    if (m->has_t) {
        begin_payload(c, MCV_MIKEY_T);
        mcv_wr_u8(c->w, TS_NTP_UTC);
        mcv_wr_u64(c->w, m->t);
    }
    if (m->rand.n == 0) return;
    write_if(c->w, m->rand.n >= MCV_MIKEY_RAND_BYTES);
    begin_payload(c, MCV_MIKEY_RAND);
    write_len8_bytes(c->w, m->rand);
}

/* Spec: TS 33.180 E.1.2; the roles without a place there come last. */
static void write_ids(struct chain *c, const struct mcv_mikey_msg *m)
{
    static const uint8_t order[] = {
        MCV_ROLE_INITIATOR,     MCV_ROLE_INITIATOR_UID, MCV_ROLE_RESPONDER,
        MCV_ROLE_RESPONDER_UID, MCV_ROLE_INITIATOR_KMS, MCV_ROLE_RESPONDER_KMS,
        MCV_ROLE_KMS,           MCV_ROLE_PSK,           MCV_ROLE_APPLICATION,
    };

    for (size_t i = 0; i < sizeof order; i++) {
        const struct mcv_mikey_id *id = &m->ids[order[i]];
        if (id->data.n == 0) continue;
        begin_payload(c, MCV_MIKEY_IDR);
        mcv_wr_u8(c->w, order[i]);
        mcv_wr_u8(c->w, id->type);
        write_len16_bytes(c->w, id->data);
    }
}

static void write_policies(struct chain *c, const struct mcv_mikey_msg *m)
{
    for (size_t i = 0; i < m->n_sp; i++) {
        begin_payload(c, MCV_MIKEY_SP);
        mcv_wr_u8(c->w, m->sp[i].policy_no);
        mcv_wr_u8(c->w, PROT_SRTP);
        write_len16_bytes(c->w, m->sp[i].params);
    }
}

static void write_sakke_body(struct mcv_writer *w, struct mcv_bytes sed)
{
    write_if(w, sed.n >= MCV_MIKEY_SED_MIN_BYTES && sed.n <= MCV_MIKEY_SED_BYTES);
    mcv_wr_u8(w, SAKKE_PARAMS);
    mcv_wr_u8(w, SAKKE_ID_SCHEME);
    write_len16_bytes(w, sed);
}

static void write_sakke_and_extensions(struct chain *c, const struct mcv_mikey_msg *m)
{
    if (m->sed.n > 0) {
        begin_payload(c, MCV_MIKEY_SAKKE);
        write_sakke_body(c->w, m->sed);
    }
    for (size_t i = 0; i < m->n_ext; i++) {
        begin_payload(c, MCV_MIKEY_EXT);
        mcv_wr_u8(c->w, m->ext[i].type);
        write_len16_bytes(c->w, m->ext[i].data);
    }
}

/* What decode would refuse for the number of its items. */
static bool is_writable(const struct mcv_mikey_msg *m)
{
    if ((size_t)m->map >= N_MAPS || m->n_cs < maps[m->map].min_cs || m->n_cs > maps[m->map].max_cs)
        return false;
    if (m->n_sp > MCV_MIKEY_MAX_SP || m->n_ext > MCV_MIKEY_MAX_EXT) return false;
    if (m->map == MCV_MAP_GENERIC_ID && has_cs_twice(m)) return false;
    for (size_t i = 0; i < m->n_sp; i++)
        if (has_sp(m, i, m->sp[i].policy_no)) return false;
    for (size_t i = 0; i < m->n_ext; i++) {
        const uint8_t type = m->ext[i].type;
        if (is_singular(type) && mcv_mikey_find_ext(m, (enum mcv_mikey_ext_type)type) != &m->ext[i])
            return false;
    }
    return true;
}

void mcv_mikey_encode(struct mcv_writer *w, const struct mcv_mikey_msg *m)
{
    struct chain c = {.w = w};
    const size_t start = w->n;

    write_if(w, is_writable(m));
    if (w->err != MCV_OK) return;
    write_header(&c, m);
    write_time_and_rand(&c, m);
    write_ids(&c, m);
    write_policies(&c, m);
    write_sakke_and_extensions(&c, m);
    chain_to(&c, MCV_MIKEY_SIGN);
    mcv_wr_u16(w, SIGN_HEAD);
    write_if(w, w->n - start + MCV_MIKEY_SIGN_BYTES <= MCV_MIKEY_MAX_BYTES);
}

void mcv_mikey_to_self_encode(struct mcv_writer *w, struct mcv_bytes sed)
{
    mcv_wr_u8(w, MCV_MIKEY_LAST);
    write_sakke_body(w, sed);
}
