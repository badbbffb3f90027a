#include "proto/replay.h"

#include "crypto/base/reader.h"
#include "crypto/hash.h"

#define EXPORT_VERSION     1
#define EXPORT_HEAD_BYTES  5  /* version(1) count(4) */
#define EXPORT_ENTRY_BYTES 72 /* message(32) content(32) until(8) */

#define ID_BYTES MCV_SHA256_BYTES

void mcv_replay_init(struct mcv_replay *c, struct mcv_replay_entry *entries, size_t cap,
                     uint32_t skew_s, int64_t refuse_until_s)
{
    *c = (struct mcv_replay){
        .entries = entries, .cap = cap, .skew_s = skew_s, .refuse_until_s = refuse_until_s};
    for (size_t i = 0; i < cap; i++) entries[i] = (struct mcv_replay_entry){0};
}

mcv_err mcv_replay_id_of(struct mcv_replay_id *out, struct mcv_bytes message,
                         const struct mcv_uid *uid, uint64_t t, uint32_t csb_id,
                         struct mcv_bytes rand)
{
    uint8_t numbers[12];
    const struct mcv_bytes content[] = {mcv_bytes_of(uid->b, sizeof uid->b),
                                        mcv_bytes_of(numbers, sizeof numbers), rand};

    mcv_store_be32(numbers, (uint32_t)(t >> 32));
    mcv_store_be32(numbers + 4, (uint32_t)t);
    mcv_store_be32(numbers + 8, csb_id);
    mcv_err err = mcv_sha256(out->message, &message, 1);
    if (err == MCV_OK) err = mcv_sha256(out->content, content, 3);
    if (err != MCV_OK) *out = (struct mcv_replay_id){0};
    return err;
}

mcv_err mcv_replay_check_time(const struct mcv_replay *c, int64_t t_utc_s, int64_t utc_s)
{
    const uint64_t apart = t_utc_s > utc_s ? (uint64_t)t_utc_s - (uint64_t)utc_s
                                           : (uint64_t)utc_s - (uint64_t)t_utc_s;

    return apart <= c->skew_s && t_utc_s > c->refuse_until_s ? MCV_OK : MCV_E_TIME;
}

static bool is_used(const struct mcv_replay_entry *e)
{
    return e->until_s != 0;
}

static bool is_needed(const struct mcv_replay_entry *e, int64_t utc_s)
{
    return is_used(e) && e->until_s >= utc_s;
}

static bool is_message(const struct mcv_replay_entry *e, const struct mcv_replay_id *id)
{
    return is_used(e) && memcmp(e->id.message, id->message, ID_BYTES) == 0;
}

static bool is_content(const struct mcv_replay_entry *e, const struct mcv_replay_id *id)
{
    return is_used(e) && memcmp(e->id.content, id->content, ID_BYTES) == 0;
}

/* Also entries that are no longer needed: our clock may go back. */
static const struct mcv_replay_entry *find_same(const struct mcv_replay *c,
                                                const struct mcv_replay_id *id)
{
    for (size_t i = 0; i < c->cap; i++)
        if (is_message(&c->entries[i], id) || is_content(&c->entries[i], id)) return &c->entries[i];
    return NULL;
}

static struct mcv_replay_entry *find_free(const struct mcv_replay *c, int64_t utc_s)
{
    for (size_t i = 0; i < c->cap; i++)
        if (!is_needed(&c->entries[i], utc_s)) return &c->entries[i];
    return NULL;
}

enum mcv_replay_verdict mcv_replay_find(const struct mcv_replay *c, const struct mcv_replay_id *id,
                                        uint32_t call_id, int64_t utc_s)
{
    const struct mcv_replay_entry *e = find_same(c, id);

    if (e == NULL) return find_free(c, utc_s) != NULL ? MCV_REPLAY_NEW : MCV_REPLAY_FULL;
    const bool is_same_call = call_id != MCV_REPLAY_NO_CALL && call_id == e->call_id;
    return is_same_call && is_message(e, id) ? MCV_REPLAY_AGAIN : MCV_REPLAY_SEEN;
}

static void enter(struct mcv_replay *c, const struct mcv_replay_id *id, uint32_t call_id,
                  int64_t until_s, int64_t utc_s)
{
    struct mcv_replay_entry *e = find_free(c, utc_s);

    MCV_ASSERT(e != NULL);
    *e = (struct mcv_replay_entry){.id = *id, .until_s = until_s, .call_id = call_id};
}

mcv_err mcv_replay_add(struct mcv_replay *c, const struct mcv_replay_id *id, uint32_t call_id,
                       int64_t t_utc_s, int64_t utc_s)
{
    const int64_t later_s = t_utc_s > utc_s ? t_utc_s : utc_s;
    const int64_t until_s = later_s + 2 * (int64_t)c->skew_s;
    const enum mcv_replay_verdict verdict = mcv_replay_find(c, id, call_id, utc_s);

    if (verdict == MCV_REPLAY_FULL) return MCV_E_FULL;
    if (verdict != MCV_REPLAY_NEW) return MCV_E_REPLAY;
    enter(c, id, call_id, until_s > 0 ? until_s : 1, utc_s);
    return MCV_OK;
}

void mcv_replay_close(struct mcv_replay *c, const struct mcv_replay_id *id)
{
    for (size_t i = 0; i < c->cap; i++)
        if (is_message(&c->entries[i], id)) c->entries[i].call_id = MCV_REPLAY_NO_CALL;
}

/* ---- the next run -------------------------------------------------------------------------- */

static size_t count_needed(const struct mcv_replay *c, int64_t utc_s)
{
    size_t n = 0;

    for (size_t i = 0; i < c->cap; i++) n += is_needed(&c->entries[i], utc_s) ? 1 : 0;
    return n;
}

size_t mcv_replay_export_bytes(size_t cap)
{
    return EXPORT_HEAD_BYTES + cap * EXPORT_ENTRY_BYTES;
}

void mcv_replay_export(struct mcv_writer *w, const struct mcv_replay *c, int64_t utc_s)
{
    mcv_wr_u8(w, EXPORT_VERSION);
    mcv_wr_u32(w, (uint32_t)count_needed(c, utc_s));
    for (size_t i = 0; i < c->cap; i++) {
        const struct mcv_replay_entry *e = &c->entries[i];
        if (!is_needed(e, utc_s)) continue;
        mcv_wr_bytes(w, mcv_bytes_of(e->id.message, ID_BYTES));
        mcv_wr_bytes(w, mcv_bytes_of(e->id.content, ID_BYTES));
        mcv_wr_u64(w, (uint64_t)e->until_s);
    }
}

static struct mcv_replay_entry read_entry(struct mcv_reader *r)
{
    struct mcv_replay_entry e = {.call_id = MCV_REPLAY_NO_CALL};

    mcv_rd_copy(r, e.id.message, ID_BYTES);
    mcv_rd_copy(r, e.id.content, ID_BYTES);
    const uint64_t until_s = mcv_rd_u64(r);
    if (until_s == 0 || until_s > INT64_MAX) mcv_rd_fail(r, MCV_E_MALFORMED);
    e.until_s = (int64_t)until_s;
    return e;
}

static bool is_wanted(const struct mcv_replay *c, const struct mcv_replay_entry *e, int64_t utc_s)
{
    if (!is_needed(e, utc_s)) return false;
    for (size_t i = 0; i < c->cap; i++)
        if (is_needed(&c->entries[i], utc_s) &&
            (is_message(&c->entries[i], &e->id) || is_content(&c->entries[i], &e->id)))
            return false;
    return true;
}

mcv_err mcv_replay_import(struct mcv_replay *c, struct mcv_bytes state, int64_t utc_s)
{
    struct mcv_reader r = mcv_reader_of(state);
    size_t n_wanted = 0;

    const uint8_t version = mcv_rd_u8(&r);
    const uint32_t n = mcv_rd_u32(&r);
    if (r.err == MCV_OK && version != EXPORT_VERSION) return MCV_E_UNSUPPORTED;
    struct mcv_reader again = r;
    for (uint32_t i = 0; i < n && r.err == MCV_OK; i++) {
        const struct mcv_replay_entry e = read_entry(&r);
        n_wanted += r.err == MCV_OK && is_wanted(c, &e, utc_s) ? 1 : 0;
    }
    const mcv_err err = mcv_rd_finish(&r);
    if (err != MCV_OK) return err;
    if (n_wanted > c->cap - count_needed(c, utc_s)) return MCV_E_FULL;
    for (uint32_t i = 0; i < n; i++) {
        const struct mcv_replay_entry e = read_entry(&again);
        if (is_wanted(c, &e, utc_s)) enter(c, &e.id, e.call_id, e.until_s, utc_s);
    }
    return MCV_OK;
}
