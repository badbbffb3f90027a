#include "tests/bench/round_trips.h"

#include "crypto/rng_system.h"
#include "crypto/sakke.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_RECEIVERS 100
#define N_EACH      100

struct world {
    struct mcv_z_secret z_secret;
    struct mcv_sakke_z z;
    void *pub_mem, *key_mem;
    struct mcv_sakke_public *pub;
};

static void ok(mcv_err err)
{
    mcv_bench_check(err == MCV_OK, mcv_err_name(err));
}

static void *memory(size_t n)
{
    void *p = malloc(n);

    mcv_bench_check(p != NULL, "memory");
    return p;
}

static void open_world(struct world *w)
{
    const size_t n = mcv_sakke_public_size(MCV_SAKKE_TABLES_FULL);

    ok(mcv_sakke_kms_generate(&w->z_secret, &w->z, &mcv_rng_system));
    w->pub_mem = memory(n);
    ok(mcv_sakke_public_init(&w->pub, w->pub_mem, n, MCV_SAKKE_TABLES_FULL, &w->z));
    w->key_mem = memory(mcv_sakke_key_size(w->pub));
}

static void round_trip(const struct world *w, const struct mcv_sakke_key *key, struct mcv_bytes id)
{
    struct mcv_ssv ssv, got;
    struct mcv_sed sed;

    ok(mcv_rng_bytes(&mcv_rng_system, ssv.b, sizeof ssv.b));
    ok(mcv_sakke_encapsulate(&sed, NULL, w->pub, id, &ssv));
    ok(mcv_sakke_decapsulate(&got, key, mcv_bytes_of(sed.b, sizeof sed.b), MCV_SAKKE_STRICT));
    mcv_bench_check(mcv_ssv_equal(&got, &ssv), "another SSV");
}

static void receiver(const struct world *w)
{
    uint8_t id_b[32] = {0};
    const struct mcv_bytes id = mcv_bytes_of(id_b, sizeof id_b);
    struct mcv_sakke_key *key;
    struct mcv_rsk rsk;

    ok(mcv_rng_bytes(&mcv_rng_system, id_b, sizeof id_b));
    ok(mcv_sakke_issue(&rsk, w->pub, &w->z_secret, id));
    ok(mcv_sakke_key_install(&key, w->key_mem, mcv_sakke_key_size(w->pub), w->pub, id, &rsk));
    for (int i = 0; i < N_EACH; i++) round_trip(w, key, id);
    mcv_sakke_key_wipe(key);
}

void mcv_bench_round_trips(struct mcv_bench *b)
{
    const char *asked = getenv("MCV_FP");
    struct world w;
    struct timespec from, to;

    open_world(&w);
    mcv_bench_check(asked != NULL && strcmp(mcv_sakke_backend(w.pub), asked) == 0,
                    "another back-end");
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    for (int i = 0; i < N_RECEIVERS; i++) receiver(&w);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    mcv_bench_value(b, "round_trips_10000",
                    (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
                    "s");
    free(w.key_mem);
    free(w.pub_mem);
}
