#include "crypto/base/lru.h"

#include "sim/prng.h"
#include "tests/support/cmocka.h"

#include <stdlib.h>

static uint16_t find(const struct mcv_lru *t, const uint32_t *held, uint32_t key)
{
    uint16_t i = mcv_lru_first(t, key & 7);

    while (i != MCV_LRU_NIL && held[i] != key) i = mcv_lru_next(t, i);
    return i;
}

static void full_table_names_the_oldest(void **state)
{
    (void)state;
    uint32_t mem[64];
    struct mcv_lru t;

    assert_true(mcv_lru_size(3) <= sizeof mem);
    mcv_lru_init(&t, mem, 3);
    assert_int_equal(mcv_lru_oldest(&t), MCV_LRU_NIL);
    const uint16_t a = mcv_lru_take(&t, 1), b = mcv_lru_take(&t, 1), c = mcv_lru_take(&t, 2);
    assert_int_equal(mcv_lru_take(&t, 3), MCV_LRU_NIL);
    assert_int_equal(mcv_lru_oldest(&t), a);
    mcv_lru_touch(&t, a);
    assert_int_equal(mcv_lru_oldest(&t), b);
    mcv_lru_touch(&t, c);
    mcv_lru_release(&t, b);
    assert_int_equal(mcv_lru_oldest(&t), a);
    assert_int_equal(mcv_lru_take(&t, 9), b);
    assert_int_equal(mcv_lru_first(&t, 1), a);
    assert_int_equal(mcv_lru_next(&t, a), MCV_LRU_NIL);
    assert_int_equal(mcv_lru_first(&t, 5), MCV_LRU_NIL);
}

/* Against a plain array with time stamps. Eight hashes for 200 keys: long chains. */
static void behaves_as_a_plain_list(void **state)
{
    enum { CAPACITY = 50, KEYS = 200, STEPS = 20000 };
    (void)state;
    void *mem = malloc(mcv_lru_size(CAPACITY));
    uint32_t held[CAPACITY];
    unsigned used_at[KEYS] = {0}; /* 0: not in the table */
    size_t n = 0;
    struct mcv_lru t;
    struct mcv_prng g;

    assert_non_null(mem);
    mcv_lru_init(&t, mem, CAPACITY);
    mcv_prng_init(&g, 3, 0);
    for (unsigned step = 1; step <= STEPS; step++) {
        const uint32_t key = (uint32_t)mcv_prng_below(&g, KEYS);
        uint16_t slot = find(&t, held, key);
        assert_int_equal(slot != MCV_LRU_NIL, used_at[key] != 0);
        if (slot != MCV_LRU_NIL && mcv_prng_below(&g, 4) == 0) {
            mcv_lru_release(&t, slot);
            used_at[key] = 0;
            n--;
            continue;
        }
        if (slot != MCV_LRU_NIL) mcv_lru_touch(&t, slot);
        if (slot == MCV_LRU_NIL && n == CAPACITY) {
            const uint16_t oldest = mcv_lru_oldest(&t);
            for (int k = 0; k < KEYS; k++) {
                assert_false(used_at[k] != 0 && used_at[k] < used_at[held[oldest]]);
            }
            used_at[held[oldest]] = 0;
            mcv_lru_release(&t, oldest);
            n--;
        }
        if (slot == MCV_LRU_NIL) {
            slot = mcv_lru_take(&t, key & 7);
            assert_int_not_equal(slot, MCV_LRU_NIL);
            held[slot] = key;
            n++;
        }
        used_at[key] = step;
        assert_int_equal(t.n_used, n);
    }
    free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_table_names_the_oldest),
        cmocka_unit_test(behaves_as_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
