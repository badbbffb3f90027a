#include "agent/record/recorder.h"

#include "agent/record/recorder_private.h"
#include "agent/store/files.h"
#include "proto/h264.h"
#include "proto/rtp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define ARENA_BYTES    (8u << 20) /* of one frame; only what is used is touched */
#define LENGTH_BYTES   4
#define END_BYTES      256 /* kept free for the last frame */
#define FLUSH_EVERY_US 1000000u

/* ---- the file ------------------------------------------------------------------------------ */

static bool is_open(const struct mcv_recorder *r)
{
    return r != NULL && (r->file != NULL || r->sealed != NULL);
}

static bool put(struct mcv_recorder *r, const uint8_t *p, size_t n)
{
    if (r->has_secrets)
        memcpy(r->sealed + r->n_bytes, p, n);
    else if (fwrite(p, 1, n, r->file) != n)
        return false;
    r->n_bytes += n;
    return true;
}

/* room  how much of the bound may be used. NULL, or what is wrong. */
static const char *write_frame(struct mcv_recorder *r, size_t room)
{
    static const char too_large[] = "an input is too large to be recorded";

    if (r->is_full) return too_large;
    const size_t n = mcv__record_frame__get_packed_size(&r->frame);
    if (r->n_bytes + LENGTH_BYTES + n > room) return "the bound was reached";
    uint8_t *packed = mcv_arena_alloc(&r->arena, LENGTH_BYTES + n); /* wiped with the frame */
    if (packed == NULL) return too_large;
    mcv_store_be32(packed, (uint32_t)n);
    MCV_ASSERT(mcv__record_frame__pack(&r->frame, packed + LENGTH_BYTES) == n);
    return put(r, packed, LENGTH_BYTES + n) ? NULL : "writing failed";
}

static void new_frame(struct mcv_recorder *r, struct mcv_now now)
{
    mcv_arena_reset(&r->arena);
    mcv__record_frame__init(&r->frame);
    r->frame.mono_us = now.mono_us;
    r->frame.utc_s = now.utc_s;
    r->is_full = false;
}

/* Says why in the last frame, and how far a full record came is still sealed. */
static void end(struct mcv_recorder *r, struct mcv_now now, const char *why)
{
    char text[64];
    Mcv__RecordEnd last;

    snprintf(text, sizeof text, "%s", why);
    mcv__record_end__init(&last);
    last.why = text;
    new_frame(r, now);
    r->frame.what_case = MCV__RECORD_FRAME__WHAT_END;
    r->frame.end = &last;
    (void)write_frame(r, r->max_bytes);
    mcv__record_frame__init(&r->frame);
}

static mcv_err close_file(struct mcv_recorder *r, struct mcv_why *why)
{
    mcv_err err = MCV_OK;

    if (r->has_secrets && r->sealed != NULL)
        err = mcv_sealed_write(r->path, MCV_SEALED_RECORD, mcv_bytes_of(r->sealed, r->n_bytes),
                               &r->secret, &r->rng, why);
    if (r->file != NULL && fclose(r->file) != 0)
        err = mcv_why_set(why, MCV_E_IO, "%s: %s", r->path, strerror(errno));
    mcv_keymem_free_used(r->sealed, r->max_bytes, r->n_bytes);
    r->file = NULL;
    r->sealed = NULL;
    return err;
}

static bool is_rtp(enum mcv_channel channel)
{
    return channel == MCV_CH_AUDIO_RTP || channel == MCV_CH_VIDEO_RTP;
}

static bool is_media(const Mcv__RecordFrame *f)
{
    return f->what_case == MCV__RECORD_FRAME__WHAT_LOCAL ||
           (f->what_case == MCV__RECORD_FRAME__WHAT_DATAGRAM &&
            is_rtp((enum mcv_channel)f->datagram->channel));
}

/* What is rare is there at the end of its turn, also when mcvd is killed then; media now and then. */
static bool is_to_be_flushed(const struct mcv_recorder *r)
{
    const bool is_turn_over = r->is_rare && r->frame.what_case == MCV__RECORD_FRAME__WHAT_POLLED;

    return r->file != NULL &&
           (is_turn_over || r->frame.mono_us - r->flushed_at_us >= FLUSH_EVERY_US);
}

/* Writes the frame under way, if there is one. */
static void finish_frame(struct mcv_recorder *r)
{
    struct mcv_why why = {0};

    if (r->frame.what_case == MCV__RECORD_FRAME__WHAT__NOT_SET) return;
    const char *trouble = write_frame(r, r->max_bytes - END_BYTES);
    const struct mcv_now now = {.mono_us = r->frame.mono_us, .utc_s = r->frame.utc_s};
    if (r->frame.what_case != MCV__RECORD_FRAME__WHAT_POLLED && !is_media(&r->frame))
        r->is_rare = true;
    if (trouble == NULL && is_to_be_flushed(r)) {
        r->flushed_at_us = now.mono_us;
        r->is_rare = false;
        if (fflush(r->file) != 0) trouble = "writing failed";
    }
    if (trouble != NULL) {
        end(r, now, trouble);
        if (close_file(r, &why) != MCV_OK) trouble = why.text;
        if (r->ended != NULL) r->ended(r->ctx, trouble);
    }
    r->frame.what_case = MCV__RECORD_FRAME__WHAT__NOT_SET;
}

/* A new frame; false: nothing is recorded (any more). */
static bool begin(struct mcv_recorder *r, struct mcv_now now)
{
    if (!is_open(r)) return false;
    finish_frame(r);
    if (!is_open(r)) return false;
    new_frame(r, now);
    return true;
}

/* The frame is one of this kind; without memory for what is in it, the record ends with it. */
static void set(struct mcv_recorder *r, Mcv__RecordFrame__WhatCase what, void *message)
{
    r->is_full = r->is_full || message == NULL;
    r->frame.what_case = what;
    r->frame.start = message; /* of the union: every message is behind a pointer */
}

static void *take(struct mcv_recorder *r, size_t n)
{
    void *p = mcv_arena_alloc(&r->arena, n);

    r->is_full = r->is_full || p == NULL;
    return p;
}

static ProtobufCBinaryData octets(struct mcv_recorder *r, struct mcv_bytes b)
{
    const ProtobufCBinaryData field = mcv_arena_bytes(&r->arena, b.p, b.n);

    r->is_full = r->is_full || field.data == NULL;
    return field;
}

static ProtobufCBinaryData addr(struct mcv_recorder *r, const struct mcv_addr *a)
{
    uint8_t b[MCV_RECORD_ADDR_BYTES];

    mcv_record_put_addr(b, a);
    return octets(r, mcv_bytes_of(b, sizeof b));
}

bool mcv_recorder_is_taking(const struct mcv_recorder *r)
{
    return is_open(r) && r->frame.what_case != MCV__RECORD_FRAME__WHAT__NOT_SET;
}

/* A full array has a power of two of items; it grows to twice as many. */
void mcv_recorder_add(struct mcv_recorder *r, void *array_field, size_t *n_field, void *item)
{
    const size_t n = *n_field;
    void **items;

    memcpy(&items, array_field, sizeof items); /* the field is T **: read it as what it is */
    if ((n & (n - 1)) == 0) {
        void **grown = mcv_arena_alloc(&r->arena, (n == 0 ? 1 : 2 * n) * sizeof *grown);
        r->is_full = r->is_full || grown == NULL;
        if (grown != NULL && n > 0) memcpy(grown, items, n * sizeof *grown);
        items = grown;
    }
    r->is_full = r->is_full || item == NULL;
    if (r->is_full) return;
    items[n] = item;
    memcpy(array_field, &items, sizeof items);
    ++*n_field;
}

/* ---- open and close ------------------------------------------------------------------------ */

static mcv_err open_file(struct mcv_recorder *r, struct mcv_why *why)
{
    const int fd = open(r->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0) return mcv_why_set(why, MCV_E_IO, "%s: %s", r->path, strerror(errno));
    if (r->has_secrets) {
        r->sealed = mcv_keymem_alloc(r->max_bytes, false);
        close(fd); /* the name is ours, and the record takes its place when it ends */
    } else {
        r->file = fdopen(fd, "wb");
        if (r->file == NULL) close(fd);
    }
    if (is_open(r)) return MCV_OK;
    (void)unlink(r->path); /* ours: it did not exist before */
    return mcv_why_set(why, MCV_E_IO, "%s: no memory", r->path);
}

static mcv_err prepare(struct mcv_recorder *r, const struct mcv_recorder_params *params,
                       struct mcv_why *why)
{
    r->path = strdup(params->path);
    r->srtp = params->srtp;
    r->rng = params->rng;
    r->has_secrets = params->has_secrets;
    r->max_bytes = params->max_bytes;
    r->ended = params->ended;
    r->ctx = params->ctx;
    if (params->has_secrets) r->secret = *params->secret;
    mcv_recorder_tap(r);
    mcv__record_frame__init(&r->frame);
    if (r->path == NULL) return mcv_why_set(why, MCV_E_IO, "no memory");
    if (mcv_arena_init(&r->arena, ARENA_BYTES, false) != MCV_OK)
        return mcv_why_set(why, MCV_E_IO, "%s: no memory", r->path);
    const mcv_err err = open_file(r, why);
    if (err != MCV_OK) return err;
    if (put(r, (const uint8_t *)MCV_RECORD_MAGIC, MCV_RECORD_MAGIC_BYTES)) return MCV_OK;
    return mcv_why_set(why, MCV_E_IO, "%s: writing failed", r->path);
}

mcv_err mcv_recorder_open(struct mcv_recorder **out, const struct mcv_recorder_params *params,
                          struct mcv_why *why)
{
    struct mcv_recorder *r = calloc(1, sizeof *r);

    *out = NULL;
    if (r == NULL) return mcv_why_set(why, MCV_E_IO, "no memory");
    MCV_ASSERT(params->max_bytes >= MCV_RECORD_MIN_BYTES &&
               params->max_bytes <= MCV_RECORD_MAX_BYTES);
    const mcv_err err = prepare(r, params, why);
    if (err == MCV_OK)
        *out = r;
    else
        (void)mcv_recorder_close(r, (struct mcv_now){0}, NULL);
    return err;
}

mcv_err mcv_recorder_close(struct mcv_recorder *r, struct mcv_now now, struct mcv_why *why)
{
    if (r == NULL) return MCV_OK;
    if (is_open(r)) finish_frame(r);
    if (is_open(r) && r->n_bytes > 0) end(r, now, "stopped");
    const mcv_err err = close_file(r, why);
    mcv_arena_wipe(&r->arena);
    mcv_seal_secret_wipe(&r->secret);
    free(r->path);
    free(r);
    return err;
}

/* ---- inputs -------------------------------------------------------------------------------- */

static Mcv__RecordConfig *put_config(struct mcv_recorder *r, const struct mcv_record_config *c)
{
    const size_t n = c->agent->n_own + c->agent->n_peers;
    Mcv__RecordConfig *p = take(r, sizeof *p);
    ProtobufCBinaryData *documents = take(r, (c->n_documents + 1) * sizeof *documents);
    uint32_t *scopes = take(r, (n + 1) * sizeof *scopes);

    if (r->is_full) return NULL;
    mcv__record_config__init(p);
    p->text = octets(r, c->text);
    p->documents = documents;
    p->n_documents = c->n_documents;
    for (size_t i = 0; i < c->n_documents; i++) documents[i] = octets(r, c->documents[i]);
    p->scopes = scopes;
    p->n_scopes = n;
    for (size_t i = 0; i < c->agent->n_own; i++) scopes[i] = c->agent->own[i].scope;
    for (size_t i = 0; i < c->agent->n_peers; i++)
        scopes[c->agent->n_own + i] = c->agent->peers[i].addr.scope;
    return p;
}

void mcv_recorder_start(struct mcv_recorder *r, struct mcv_now now,
                        const struct mcv_record_config *config, const struct mcv_keyring *keys,
                        int64_t refuse_until_s)
{
    static char program[] = "mcvd " MCV_VERSION;

    if (!begin(r, now)) return;
    Mcv__RecordStart *p = take(r, sizeof *p);
    set(r, MCV__RECORD_FRAME__WHAT_START, p);
    if (p == NULL) return;
    mcv__record_start__init(p);
    p->version = MCV_RECORD_VERSION;
    p->program = program;
    p->has_secrets = r->has_secrets;
    p->config = put_config(r, config);
    p->keys = mcv_record_put_keys(&r->arena, keys, r->has_secrets);
    p->refuse_until_s = refuse_until_s;
    r->is_full = r->is_full || p->keys == NULL;
}

void mcv_recorder_ssrc(struct mcv_recorder *r, uint32_t gmk_id, uint32_t guk_id, uint32_t ssrc)
{
    if (!is_open(r) || r->frame.what_case != MCV__RECORD_FRAME__WHAT_START) return;
    Mcv__RecordSsrc *p = take(r, sizeof *p);
    if (p != NULL) {
        mcv__record_ssrc__init(p);
        p->gmk_id = gmk_id;
        p->guk_id = guk_id;
        p->ssrc = ssrc;
    }
    mcv_recorder_add(r, &r->frame.start->ssrcs, &r->frame.start->n_ssrcs, p);
}

/* How many octets at the beginning and at the end of a packet are kept; the rest becomes zeros. A full
 * record keeps all, and so does one of a packet without a header. */
static void ends_of(const struct mcv_recorder *r, struct mcv_bytes packet, size_t tail,
                    size_t *n_head, size_t *n_tail)
{
    struct mcv_rtp h;

    *n_head = packet.n;
    *n_tail = 0;
    if (r->has_secrets || mcv_rtp_decode(&h, packet) != MCV_OK) return;
    *n_head = h.header_bytes;
    *n_tail = packet.n - h.header_bytes < tail ? packet.n - h.header_bytes : tail;
}

void mcv_recorder_datagram(struct mcv_recorder *r, struct mcv_now now, const struct mcv_datagram *d)
{
    size_t n_head = d->bytes.n, n_tail = 0;

    if (!begin(r, now)) return;
    Mcv__RecordDatagram *p = take(r, sizeof *p);
    set(r, MCV__RECORD_FRAME__WHAT_DATAGRAM, p);
    if (p == NULL) return;
    if (is_rtp(d->channel)) ends_of(r, d->bytes, MCV_RECORD_TAIL_BYTES, &n_head, &n_tail);
    mcv__record_datagram__init(p);
    p->channel = (uint32_t)d->channel;
    p->call = d->call;
    p->from = addr(r, &d->from);
    p->to = addr(r, &d->to);
    p->n = (uint32_t)d->bytes.n;
    p->head = octets(r, mcv_bytes_of(d->bytes.p, n_head));
    p->tail = octets(r, mcv_bytes_of(d->bytes.p + d->bytes.n - n_tail, n_tail));
}

void mcv_recorder_local(struct mcv_recorder *r, struct mcv_now now, uint16_t slot,
                        enum mcv_medium medium, struct mcv_bytes rtp)
{
    struct mcv_rtp h;
    size_t n_head, n_tail;

    if (!begin(r, now)) return;
    Mcv__RecordLocal *p = take(r, sizeof *p);
    set(r, MCV__RECORD_FRAME__WHAT_LOCAL, p);
    if (p == NULL) return;
    ends_of(r, rtp, 1, &n_head, &n_tail); /* the last octet counts those of padding */
    mcv__record_local__init(p);
    p->slot = slot;
    p->medium = (uint32_t)medium;
    p->n = (uint32_t)rtp.n;
    p->head = octets(r, mcv_bytes_of(rtp.p, n_head));
    p->tail = octets(r, mcv_bytes_of(rtp.p + rtp.n - n_tail, n_tail));
    p->is_start = mcv_rtp_decode(&h, rtp) == MCV_OK && mcv_h264_is_start(h.payload);
}

void mcv_recorder_command(struct mcv_recorder *r, struct mcv_now now, const struct mcv_command *c)
{
    if (!begin(r, now)) return;
    Mcv__RecordCommand *p = take(r, sizeof *p);
    set(r, MCV__RECORD_FRAME__WHAT_COMMAND, p);
    if (p == NULL) return;
    mcv__record_command__init(p);
    p->type = (uint32_t)c->type;
    p->target = octets(r, c->target);
    p->location = octets(r, c->location);
    p->source = octets(r, c->source);
    p->video = octets(r, c->video);
    p->call = c->call;
    p->manual = c->is_manual;
    p->emergency = c->is_emergency;
    p->is_video = c->is_video;
    p->has_priority = c->has_priority;
    p->priority = c->priority;
}

static void put_key(struct mcv_recorder *r, Mcv__RecordJob *p, const struct mcv_imsg_key *k)
{
    p->key_type = (uint32_t)k->type;
    p->key_id = k->key_id;
    p->csb_id = k->csb_id;
    p->revoked = k->is_revoked;
    p->n_rand = (uint32_t)k->n_rand;
    p->t_utc_s = k->t_utc_s;
    if (!r->has_secrets) return;
    p->key = octets(r, mcv_bytes_of(k->key.b, sizeof k->key.b));
    p->rand = octets(r, mcv_bytes_of(k->rand, k->n_rand));
    p->params = octets(r, mcv_bytes_of(k->params, k->n_params));
}

void mcv_recorder_job(struct mcv_recorder *r, struct mcv_now now, const struct mcv_job *job)
{
    if (!begin(r, now)) return;
    Mcv__RecordJob *p = take(r, sizeof *p);
    set(r, MCV__RECORD_FRAME__WHAT_JOB, p);
    if (p == NULL) return;
    mcv__record_job__init(p);
    p->kind = (uint32_t)job->kind;
    p->token = job->token;
    p->err = (int32_t)job->err;
    if (job->kind == MCV_JOB_DECAPSULATE) put_key(r, p, &job->key);
    if (job->kind != MCV_JOB_BUILD_PCK) return;
    p->n_message = (uint32_t)job->build.n_message;
    if (!r->has_secrets) return;
    p->message = octets(r, mcv_bytes_of(job->build.message, job->build.n_message));
    p->pck = octets(r, mcv_bytes_of(job->pck.b, sizeof job->pck.b));
}

void mcv_recorder_sockets_failed(struct mcv_recorder *r, struct mcv_now now, uint32_t call)
{
    if (!begin(r, now)) return;
    r->frame.what_case = MCV__RECORD_FRAME__WHAT_SOCKETS_FAILED;
    r->frame.sockets_failed = call;
}

void mcv_recorder_keys(struct mcv_recorder *r, struct mcv_now now, const struct mcv_keyring *keys)
{
    if (begin(r, now))
        set(r, MCV__RECORD_FRAME__WHAT_KEYS, mcv_record_put_keys(&r->arena, keys, r->has_secrets));
}

void mcv_recorder_config(struct mcv_recorder *r, struct mcv_now now,
                         const struct mcv_record_config *config)
{
    if (begin(r, now)) set(r, MCV__RECORD_FRAME__WHAT_CONFIG, put_config(r, config));
}

/* ---- polling ------------------------------------------------------------------------------- */

void mcv_recorder_poll(struct mcv_recorder *r, struct mcv_now now)
{
    if (!is_open(r)) return;
    if (r->frame.what_case == MCV__RECORD_FRAME__WHAT_POLLED && !r->frame.polled->is_end) return;
    if (!begin(r, now)) return;
    Mcv__RecordPolled *p = take(r, sizeof *p);
    set(r, MCV__RECORD_FRAME__WHAT_POLLED, p);
    if (p == NULL) return;
    mcv__record_polled__init(p);
    p->digest = r->digest;
}

void mcv_recorder_polled(struct mcv_recorder *r, const struct mcv_agent *a,
                         const struct mcv_out *out)
{
    if (!is_open(r) || r->frame.what_case != MCV__RECORD_FRAME__WHAT_POLLED) return;
    Mcv__RecordPolled *p = r->frame.polled;
    if (p == NULL) return;
    if (out == NULL) {
        p->is_end = true;
        p->wake_at_us = mcv_record_wake_at(a);
        finish_frame(r);
        return;
    }
    p->n++;
    r->digest = p->digest = mcv_record_digest(r->digest, out, r->has_secrets);
}
