/* Every back-end that runs here gives the same octets. */
#include "crypto/cpu.h"
#include "crypto/sakke.h"
#include "sim/prng.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>

#define N_ROUNDS 40

struct made {
    struct mcv_sakke_z z;
    struct mcv_rsk rsk[N_ROUNDS];
    struct mcv_sed sed[N_ROUNDS];
};

/* Everything that one seed gives. */
static void make(struct made *m, const char *backend)
{
    const size_t n = mcv_sakke_public_size(MCV_SAKKE_TABLES_FULL);
    struct mcv_prng prng;
    const struct mcv_rng rng = mcv_prng_rng(&prng);
    struct mcv_z_secret z_secret;
    struct mcv_sakke_public *pub;
    void *mem = malloc(n);

    mcv_prng_init(&prng, 6508, 4);
    setenv("MCV_FP", backend, 1);
    assert_int_equal(mcv_sakke_kms_generate(&z_secret, &m->z, &rng), MCV_OK);
    assert_int_equal(mcv_sakke_public_init(&pub, mem, n, MCV_SAKKE_TABLES_FULL, &m->z), MCV_OK);
    assert_string_equal(mcv_sakke_backend(pub), backend);
    print_message("back-end %s\n", backend);
    for (int i = 0; i < N_ROUNDS; i++) {
        struct mcv_ssv ssv;
        uint8_t id_b[32];
        const struct mcv_bytes id = mcv_bytes_of(id_b, sizeof id_b);
        assert_int_equal(mcv_rng_bytes(&rng, id_b, sizeof id_b), MCV_OK);
        assert_int_equal(mcv_rng_bytes(&rng, ssv.b, sizeof ssv.b), MCV_OK);
        assert_int_equal(mcv_sakke_issue(&m->rsk[i], pub, &z_secret, id), MCV_OK);
        assert_int_equal(mcv_sakke_encapsulate(&m->sed[i], NULL, pub, id, &ssv), MCV_OK);
    }
    free(mem);
}

static void same_octets(void **state)
{
    (void)state;
    static struct made portable, other;

    make(&portable, "portable");
    if (mcv_cpu_has_adx()) {
        make(&other, "adx");
        assert_memory_equal(&other, &portable, sizeof other);
    }
    if (mcv_cpu_has_ifma()) {
        make(&other, "ifma");
        assert_memory_equal(&other, &portable, sizeof other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
