/* Timing of single steps on secrets, for a fixed and for random secrets in random order: Welch's t test
 * on a million traces of each step and back-end. |t| above 4.5 is evidence that the time depends on the
 * secret. Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?" (2017).
 * The static functions of the comb are measured too, so its source is included. */
#include "crypto/comb.c"

#include "crypto/cpu.h"
#include "crypto/rng_system.h"
#include "tests/bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <x86intrin.h>

#define N_TRACES 1000000
#define N_BATCH  500
#define KEPT     0.9 /* the slowest tenth, with interrupts in it, is left out */

/* One input: what is secret in the step. */
union input {
    struct {
        struct mcv_fp2 f, line;
    } miller;
    struct {
        uint8_t index[MCV_FP_LANES];
        mcv_limb minus[MCV_FP_LANES];
    } digits;
    struct mcv_ec_point point;
};

struct stage {
    struct mcv_field f;
    struct mcv_comb comb;
    struct mcv_ec_affine base;
    struct mcv_ec_point base_point;
    struct point8 acc;
    struct mcv_fp8 niels[COORDS];
    mcv_limb sink;
};

struct step {
    const char *name;
    void (*draw)(struct stage *s, union input *in);
    void (*run)(struct stage *s, union input *in);
};

static void random_octets(void *out, size_t n)
{
    mcv_bench_check(mcv_rng_bytes(&mcv_rng_system, out, n) == MCV_OK, "random numbers");
}

static struct mcv_fp random_element(const struct mcv_field *f)
{
    uint8_t be[128];
    struct mcv_fp r;

    random_octets(be, sizeof be);
    be[0] &= 0x7f; /* below p */
    mcv_bench_check(mcv_fp_decode(f, &r, be) == 1, "element");
    return r;
}

/* ---- Steps ---- */

static void draw_miller(struct stage *s, union input *in)
{
    const struct mcv_fp a = random_element(&s->f), b = random_element(&s->f);

    s->f.k->fp2_set(&in->miller.f, &a, &b);
    s->f.k->fp2_set(&in->miller.line, &b, &a);
}

static void run_miller(struct stage *s, union input *in)
{
    s->f.k->fp2_step(&in->miller.f, &in->miller.line);
}

static void draw_digits(struct stage *s, union input *in)
{
    uint8_t b[2 * MCV_FP_LANES];

    (void)s;
    random_octets(b, sizeof b);
    for (size_t l = 0; l < MCV_FP_LANES; l++) {
        in->digits.index[l] = b[l] & 31u;
        in->digits.minus[l] = mcv_mp_mask(b[MCV_FP_LANES + l] & 1u);
    }
}

static void run_look_up(struct stage *s, union input *in)
{
    const size_t limbs = table_limbs(s->comb.shape);

    s->f.k->table_get(&s->niels[0], s->comb.mem, n_entries(s->comb.shape), s->comb.shape->digits,
                      COORDS * limbs, in->digits.index);
}

static void run_comb_round(struct stage *s, union input *in)
{
    struct digits d;

    memcpy(d.index, in->digits.index, sizeof in->digits.index);
    look_up(&s->f, s->niels, COORDS, &s->comb, &d, 0);
    point8_add_niels(&s->f, &s->acc, s->niels, in->digits.minus);
}

/* The fixed class is the point that is equal. */
static void draw_point(struct stage *s, union input *in)
{
    in->point = (struct mcv_ec_point){random_element(&s->f), random_element(&s->f),
                                      random_element(&s->f), random_element(&s->f)};
}

static void draw_equal(struct stage *s, union input *in)
{
    in->point = s->base_point;
}

static void run_compare(struct stage *s, union input *in)
{
    s->sink += mcv_ec_equals(&s->f, &in->point, &s->base);
}

static const struct step steps[] = {
    {"ct_miller_step", draw_miller, run_miller},
    {"ct_comb_round", draw_digits, run_comb_round},
    {"ct_table_look_up", draw_digits, run_look_up},
    {"ct_compare", draw_point, run_compare},
};

/* ---- Traces ---- */

struct traces {
    uint32_t ticks[N_TRACES];
    uint8_t is_random[N_TRACES];
};

static uint64_t ticks_of(struct stage *s, const struct step *step, union input *in)
{
    unsigned cpu;

    _mm_lfence();
    const uint64_t from = __rdtsc();
    _mm_lfence();
    step->run(s, in);
    const uint64_t to = __rdtscp(&cpu);
    _mm_lfence();
    return to - from;
}

/* Inputs of a batch lie in a row, so that both classes are read alike. */
static void trace(struct stage *s, const struct step *step, struct traces *t)
{
    static union input in[N_BATCH], fixed;

    if (step->run == run_compare)
        draw_equal(s, &fixed);
    else
        step->draw(s, &fixed);
    for (size_t at = 0; at < N_TRACES; at += N_BATCH) {
        random_octets(t->is_random + at, N_BATCH);
        for (size_t i = 0; i < N_BATCH; i++) {
            t->is_random[at + i] &= 1u;
            step->draw(s, &in[i]);
            if (!t->is_random[at + i]) in[i] = fixed;
        }
        for (size_t i = 0; i < N_BATCH; i++) {
            const uint64_t n = ticks_of(s, step, &in[i]);
            t->ticks[at + i] = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
        }
    }
}

static int by_ticks(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static double welch(const struct traces *t)
{
    static uint32_t sorted[N_TRACES];
    double n[2] = {0, 0}, mean[2] = {0, 0}, m2[2] = {0, 0};

    memcpy(sorted, t->ticks, sizeof sorted);
    qsort(sorted, N_TRACES, sizeof sorted[0], by_ticks);
    const uint32_t limit = sorted[(size_t)(KEPT * N_TRACES)];
    for (size_t i = 0; i < N_TRACES; i++) {
        const int c = t->is_random[i];
        if (t->ticks[i] > limit) continue;
        const double d = t->ticks[i] - mean[c];
        n[c]++;
        mean[c] += d / n[c];
        m2[c] += d * (t->ticks[i] - mean[c]);
    }
    const double v0 = m2[0] / (n[0] - 1) / n[0], v1 = m2[1] / (n[1] - 1) / n[1];
    return fabs(mean[0] - mean[1]) / sqrt(v0 + v1);
}

static void open_stage(struct stage *s, const char *backend)
{
    setenv("MCV_FP", backend, 1);
    mcv_bench_check(mcv_field_init(&s->f) == MCV_OK && strcmp(s->f.k->name, backend) == 0,
                    "back-end");
    s->comb = (struct mcv_comb){.shape = &mcv_comb_full};
    s->comb.mem = aligned_alloc(64, mcv_comb_point_limbs(s->comb.shape) * sizeof(mcv_limb));
    mcv_bench_check(s->comb.mem != NULL, "memory");
    mcv_ec_base(&s->f, &s->base);
    mcv_ec_from_affine(&s->f, &s->base_point, &s->base);
    mcv_comb_point_build(&s->f, &s->comb, &s->base_point);
    for (size_t l = 0; l < MCV_FP_LANES; l++) set_lane(&s->f, &s->acc, l, &s->base_point);
}

static void run(struct mcv_bench *b, const char *backend)
{
    static struct stage s;
    static struct traces t;

    open_stage(&s, backend);
    mcv_bench_set_backend(b, backend);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        trace(&s, &steps[i], &t);
        mcv_bench_value(b, steps[i].name, welch(&t), "|t|");
    }
    free(s.comb.mem);
}

int main(int argc, char **argv)
{
    struct mcv_bench b;

    mcv_bench_start(&b, argc, argv);
    mcv_bench_value(&b, "ct_traces", N_TRACES, "count");
    if (mcv_cpu_has_adx()) run(&b, "adx");
    if (mcv_cpu_has_ifma()) run(&b, "ifma");
    mcv_bench_finish(&b);
    return 0;
}
