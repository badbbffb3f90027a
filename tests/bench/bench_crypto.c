/* SAKKE and ECCSI against wolfSSL, for each back-end; the default one comes last. The ratio is
 * wolfSSL's time divided by ours. */
#include "crypto/rng_system.h"
#include "sim/prng.h"
#include "tests/bench/batch.h"
#include "tests/bench/round_trips.h"
#include "tests/support/wolf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_WARM 5 /* batches, 20 calls or more: wolfSSL fills its caches */

/* One KMS and one user of it, random. */
struct world {
    struct mcv_z_secret z_secret;
    struct mcv_sakke_z z;
    struct mcv_ksak ksak;
    struct mcv_kpak kpak;
    struct mcv_bytes id, msg;
    struct mcv_rsk rsk;
    struct mcv_ssk ssk;
    struct mcv_pvt pvt;
    struct mcv_ssv ssv;
    struct mcv_sed sed;
    struct mcv_eccsi_sig sig;
    struct mcv_eccsi_key eccsi_key;
    struct wolf *wolf;
    uint32_t n_new; /* identities made so far */
};

/* The objects of one back-end. */
struct ours {
    struct world *world;
    void *pub_mem, *key_mem;
    struct mcv_sakke_public *pub;
    struct mcv_sakke_key *key;
};

static void ok(mcv_err err)
{
    mcv_bench_check(err == MCV_OK, mcv_err_name(err));
}

/* backend: NULL for the default one. False: it is not compiled in, or this CPU does not run it. */
static bool open_ours(struct ours *o, struct world *w, const char *backend,
                      enum mcv_sakke_tables tables)
{
    const size_t n_pub = mcv_sakke_public_size(tables);

    if (backend != NULL)
        setenv("MCV_FP", backend, 1);
    else
        unsetenv("MCV_FP");
    *o = (struct ours){.world = w, .pub_mem = malloc(n_pub)};
    mcv_bench_check(o->pub_mem != NULL, "memory");
    const mcv_err err = mcv_sakke_public_init(&o->pub, o->pub_mem, n_pub, tables, &w->z);
    if (err == MCV_E_CONFIG && backend != NULL) {
        fprintf(stderr, "bench: no back-end %s here\n", backend);
        free(o->pub_mem);
        return false;
    }
    ok(err);
    mcv_bench_check(backend == NULL || strcmp(mcv_sakke_backend(o->pub), backend) == 0, "back-end");
    const size_t n_key = mcv_sakke_key_size(o->pub);
    o->key_mem = malloc(n_key);
    mcv_bench_check(o->key_mem != NULL, "memory");
    ok(mcv_sakke_key_install(&o->key, o->key_mem, n_key, o->pub, w->id, &w->rsk));
    return true;
}

static void close_ours(struct ours *o)
{
    mcv_sakke_key_wipe(o->key);
    free(o->key_mem);
    free(o->pub_mem);
}

static void open_world(struct world *w)
{
    struct ours o;

    *w = (struct world){.id = mcv_bytes_str("the 32 octets of an identifier.."),
                        .msg = mcv_bytes_str("a message")};
    ok(mcv_sakke_kms_generate(&w->z_secret, &w->z, &mcv_rng_system));
    ok(mcv_eccsi_kms_generate(&w->ksak, &w->kpak, &mcv_rng_system));
    ok(mcv_eccsi_issue(&w->ssk, &w->pvt, &w->ksak, &w->kpak, w->id, &mcv_rng_system));
    ok(mcv_eccsi_key_install(&w->eccsi_key, &w->kpak, w->id, &w->ssk, &w->pvt));
    ok(mcv_eccsi_sign(&w->sig, &w->eccsi_key, w->msg, &mcv_rng_system));
    ok(mcv_rng_bytes(&mcv_rng_system, w->ssv.b, sizeof w->ssv.b));
    w->wolf = wolf_open(&w->z, &w->z_secret, &w->kpak);
    wolf_sakke_issue(w->wolf, &w->rsk, w->id);
    wolf_sakke_install(w->wolf, w->id, &w->rsk);
    wolf_eccsi_install(w->wolf, w->id, &w->ssk, &w->pvt);
    (void)open_ours(&o, w, NULL, MCV_SAKKE_TABLES_FULL);
    ok(mcv_sakke_encapsulate(&w->sed, NULL, o.pub, w->id, &w->ssv));
    close_ours(&o);
}

static struct mcv_bytes new_id(struct world *w, uint8_t id[32])
{
    memset(id, 'n', 32);
    memcpy(id, &w->n_new, sizeof w->n_new);
    w->n_new++;
    return mcv_bytes_of(id, 32);
}

/* ---- Ours ---- */

static void our_decapsulate(void *ctx, unsigned n)
{
    struct ours *o = ctx;
    const struct mcv_bytes sed = mcv_bytes_of(o->world->sed.b, sizeof o->world->sed.b);
    struct mcv_ssv ssv;

    for (unsigned i = 0; i < n; i++) ok(mcv_sakke_decapsulate(&ssv, o->key, sed, MCV_SAKKE_STRICT));
    mcv_bench_check(mcv_ssv_equal(&ssv, &o->world->ssv), "SSV differs");
}

static void our_encapsulate_new(void *ctx, unsigned n)
{
    struct ours *o = ctx;
    struct mcv_sed sed;
    uint8_t id[32];

    for (unsigned i = 0; i < n; i++)
        ok(mcv_sakke_encapsulate(&sed, NULL, o->pub, new_id(o->world, id), &o->world->ssv));
}

static void our_encapsulate_known(void *ctx, unsigned n)
{
    struct ours *o = ctx;
    struct mcv_sed sed;

    for (unsigned i = 0; i < n; i++)
        ok(mcv_sakke_encapsulate_own(&sed, NULL, o->key, &o->world->ssv));
}

static void our_issue(void *ctx, unsigned n)
{
    struct ours *o = ctx;
    struct mcv_rsk rsk;
    uint8_t id[32];

    for (unsigned i = 0; i < n; i++)
        ok(mcv_sakke_issue(&rsk, o->pub, &o->world->z_secret, new_id(o->world, id)));
}

#define MANY 8

/* MANY identities for each call */
static void new_ids(struct world *w, uint8_t b[MANY][32], struct mcv_bytes ids[MANY])
{
    for (size_t i = 0; i < MANY; i++) ids[i] = new_id(w, b[i]);
}

static void our_encapsulate_many(void *ctx, unsigned n)
{
    struct ours *o = ctx;
    struct mcv_bytes ids[MANY];
    struct mcv_sed seds[MANY];
    uint8_t b[MANY][32];

    for (unsigned i = 0; i < n; i += MANY) {
        new_ids(o->world, b, ids);
        ok(mcv_sakke_encapsulate_many(seds, NULL, o->pub, ids, MANY, &o->world->ssv));
    }
}

static void our_issue_many(void *ctx, unsigned n)
{
    struct ours *o = ctx;
    struct mcv_bytes ids[MANY];
    struct mcv_rsk rsks[MANY];
    uint8_t b[MANY][32];

    for (unsigned i = 0; i < n; i += MANY) {
        new_ids(o->world, b, ids);
        ok(mcv_sakke_issue_many(rsks, o->pub, &o->world->z_secret, ids, MANY));
    }
}

static void our_sign(void *ctx, unsigned n)
{
    struct ours *o = ctx;
    struct mcv_eccsi_sig sig;

    for (unsigned i = 0; i < n; i++)
        ok(mcv_eccsi_sign(&sig, &o->world->eccsi_key, o->world->msg, &mcv_rng_system));
}

static void our_verify(void *ctx, unsigned n)
{
    struct ours *o = ctx;
    struct world *w = o->world;
    const struct mcv_bytes sig = mcv_bytes_of(w->sig.b, sizeof w->sig.b);

    for (unsigned i = 0; i < n; i++) ok(mcv_eccsi_verify(&w->kpak, w->id, w->msg, sig));
}

static void our_verify_known(void *ctx, unsigned n)
{
    static struct mcv_eccsi_sender sender;
    struct ours *o = ctx;
    struct world *w = o->world;
    const struct mcv_bytes sig = mcv_bytes_of(w->sig.b, sizeof w->sig.b);

    for (unsigned i = 0; i < n; i++)
        ok(mcv_eccsi_verify_from(&sender, &w->kpak, w->id, w->msg, sig));
}

/* ---- wolfSSL ---- */

static void wolf_decapsulate(void *ctx, unsigned n)
{
    struct world *w = ctx;
    struct mcv_ssv ssv;

    for (unsigned i = 0; i < n; i++)
        mcv_bench_check(wolf_sakke_decapsulate(w->wolf, &ssv, &w->sed), "wolfSSL decapsulates");
    mcv_bench_check(mcv_ssv_equal(&ssv, &w->ssv), "SSV of wolfSSL differs");
}

static void wolf_encapsulate_new(void *ctx, unsigned n)
{
    struct world *w = ctx;
    struct mcv_sed sed;
    uint8_t id[32];

    for (unsigned i = 0; i < n; i++) wolf_sakke_encapsulate(w->wolf, &sed, new_id(w, id), &w->ssv);
}

static void know(void *ctx, unsigned n)
{
    struct world *w = ctx;

    (void)n;
    wolf_sakke_know(w->wolf, w->id);
}

static void wolf_encapsulate_known(void *ctx, unsigned n)
{
    struct world *w = ctx;
    struct mcv_sed sed;

    for (unsigned i = 0; i < n; i++) wolf_sakke_encapsulate(w->wolf, &sed, w->id, &w->ssv);
}

static void wolf_issue(void *ctx, unsigned n)
{
    struct world *w = ctx;
    struct mcv_rsk rsk;
    uint8_t id[32];

    for (unsigned i = 0; i < n; i++) wolf_sakke_issue(w->wolf, &rsk, new_id(w, id));
}

static void wolf_sign(void *ctx, unsigned n)
{
    struct world *w = ctx;
    struct mcv_eccsi_sig sig;

    for (unsigned i = 0; i < n; i++) wolf_eccsi_sign(w->wolf, &sig, w->msg);
}

static void wolf_verify(void *ctx, unsigned n)
{
    struct world *w = ctx;

    for (unsigned i = 0; i < n; i++)
        mcv_bench_check(wolf_eccsi_verify(w->wolf, w->id, w->msg, &w->sig), "wolfSSL verifies");
}

/* ---- Rows ---- */

struct row {
    const char *name;
    unsigned n_ops;
    void (*ours)(void *ctx, unsigned n);
    void (*prepare_wolf)(void *ctx, unsigned n);
    void (*wolf)(void *ctx, unsigned n);
};

static const struct row sakke_rows[] = {
    {"sakke_decapsulate", 4, our_decapsulate, NULL, wolf_decapsulate},
    {"sakke_encapsulate_new", 4, our_encapsulate_new, NULL, wolf_encapsulate_new},
    {"sakke_encapsulate_known", 4, our_encapsulate_known, know, wolf_encapsulate_known},
    {"rsk_generate", 4, our_issue, NULL, wolf_issue},
    {"sakke_encapsulate_many", MANY, our_encapsulate_many, NULL, wolf_encapsulate_new},
    {"rsk_generate_many", MANY, our_issue_many, NULL, wolf_issue},
};

/* With tables below 300 kB. */
static const struct row small_rows[] = {
    {"sakke_decapsulate_small", 4, our_decapsulate, NULL, wolf_decapsulate},
    {"sakke_encapsulate_small", 4, our_encapsulate_new, NULL, wolf_encapsulate_new},
};

static const struct row eccsi_rows[] = {
    {"eccsi_verify", 8, our_verify, NULL, wolf_verify},
    {"eccsi_verify_known", 8, our_verify_known, NULL, wolf_verify},
    {"eccsi_sign", 32, our_sign, NULL, wolf_sign},
};

static void compare(struct mcv_bench *b, struct ours *o, const struct row *r)
{
    const struct mcv_bench_side ours = {NULL, r->ours, o};
    const struct mcv_bench_side wolf = {r->prepare_wolf, r->wolf, o->world};

    mcv_bench_compare(b, r->name, r->n_ops, &ours, "wolfssl", &wolf);
}

static void compare_small(struct mcv_bench *b, struct world *w, const char *backend)
{
    struct ours o;

    (void)open_ours(&o, w, backend, MCV_SAKKE_TABLES_SMALL);
    for (size_t r = 0; r < sizeof small_rows / sizeof small_rows[0]; r++)
        compare(b, &o, &small_rows[r]);
    close_ours(&o);
}

#define N_ROWS(rows) (sizeof(rows) / sizeof(rows)[0])

int main(int argc, char **argv)
{
    static const char *const backends[] = {"portable", "adx", "ifma", NULL};
    struct mcv_bench b;
    struct world w;

    mcv_bench_start(&b, argc, argv);
    b.n_warm = N_WARM;
    open_world(&w);
    for (size_t i = 0; i < N_ROWS(backends); i++) {
        struct ours o;
        if (!open_ours(&o, &w, backends[i], MCV_SAKKE_TABLES_FULL)) continue;
        mcv_bench_set_backend(&b, mcv_sakke_backend(o.pub));
        for (size_t r = 0; r < N_ROWS(sakke_rows); r++) compare(&b, &o, &sakke_rows[r]);
        compare_small(&b, &w, backends[i]);
        if (backends[i] != NULL) {
            mcv_bench_round_trips(&b);
        } else {
            mcv_bench_batch(&b);
            mcv_bench_set_backend(&b, "openssl");
            for (size_t r = 0; r < N_ROWS(eccsi_rows); r++) compare(&b, &o, &eccsi_rows[r]);
        }
        close_ours(&o);
    }
    wolf_close(w.wolf);
    mcv_bench_finish(&b);
    return 0;
}
