#include "sim/replay_file.h"

#include "agent/store/files.h"

#include <string.h>

#define SEAL_MAGIC   "MCVSEAL1"
#define LENGTH_BYTES 4
#define ARENA_BYTES  (64u << 20) /* only what a frame needs is touched */

static bool begins_with(const uint8_t *p, size_t n, const char *magic)
{
    return n >= MCV_RECORD_MAGIC_BYTES && memcmp(p, magic, MCV_RECORD_MAGIC_BYTES) == 0;
}

static mcv_err unseal(struct mcv_replay_file *f, const char *path,
                      const struct mcv_seal_secret *secret, struct mcv_why *why)
{
    if (secret == NULL)
        return mcv_why_set(why, MCV_E_CONFIG,
                           "%s: sealed; give --key-file or --passphrase-file of the store", path);
    mcv_keymem_free(f->content, f->n);
    f->content = NULL;
    f->is_sealed = true;
    return mcv_sealed_read(&f->content, &f->n, path, MCV_SEALED_RECORD, secret, why);
}

mcv_err mcv_replay_file_open(struct mcv_replay_file *f, const char *path,
                             const struct mcv_seal_secret *secret, struct mcv_why *why)
{
    *f = (struct mcv_replay_file){0};
    mcv_err err = mcv_file_read(&f->content, &f->n, path, MCV_RECORD_MAX_BYTES + 4096,
                                MCV_FILE_PUBLIC, why);
    if (err == MCV_OK && begins_with(f->content, f->n, SEAL_MAGIC))
        err = unseal(f, path, secret, why);
    if (err == MCV_OK && !begins_with(f->content, f->n, MCV_RECORD_MAGIC))
        err = mcv_why_set(why, MCV_E_MALFORMED, "%s: not a flight record", path);
    if (err == MCV_OK && mcv_arena_init(&f->arena, ARENA_BYTES, false) != MCV_OK)
        err = mcv_why_set(why, MCV_E_IO, "no memory");
    mcv_replay_file_rewind(f);
    return err;
}

void mcv_replay_file_close(struct mcv_replay_file *f)
{
    mcv_keymem_free(f->content, f->n);
    mcv_arena_wipe(&f->arena);
    *f = (struct mcv_replay_file){0};
}

void mcv_replay_file_rewind(struct mcv_replay_file *f)
{
    f->at = MCV_RECORD_MAGIC_BYTES;
}

mcv_err mcv_replay_file_next(struct mcv_replay_file *f, Mcv__RecordFrame **frame)
{
    const size_t left = f->n - f->at;

    *frame = NULL;
    if (left == 0) return MCV_OK;
    if (left < LENGTH_BYTES) return MCV_E_TRUNCATED;
    const size_t n = mcv_load_be32(f->content + f->at);
    if (n > left - LENGTH_BYTES) return MCV_E_TRUNCATED;
    mcv_arena_reset(&f->arena);
    *frame = mcv__record_frame__unpack(&f->arena.pb, n, f->content + f->at + LENGTH_BYTES);
    f->at += LENGTH_BYTES + n;
    return *frame != NULL ? MCV_OK : MCV_E_MALFORMED;
}
