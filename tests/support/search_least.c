/* The least that still fails of a case that fails, and its trace. */
#include "tests/support/search_parts.h"

#include <string.h>

static bool fails(struct search *s, const struct search_case *c)
{
    return search_run(s, c, NULL) != NULL;
}

static struct search_case with_fewer_losses(struct search *s, const struct search_case *c)
{
    struct search_case best = *c, less = *c;

    less.loss_ppm = 0;
    if (fails(s, &less)) best = less;
    for (unsigned i = 0; i < 64; i++) {
        less = best;
        less.lost &= ~(UINT64_C(1) << i);
        if (less.lost != best.lost && fails(s, &less)) best = less;
    }
    less = best;
    less.late = -1;
    if (best.late >= 0 && fails(s, &less)) best = less;
    return best;
}

static void drop_steps(struct search *s, const struct search_case *c)
{
    for (size_t i = s->situation.n_steps; i-- > 0;) {
        const struct search_situation before = s->situation;
        struct search_step *step = &s->situation.script[i];
        s->situation.n_steps--;
        memmove(step, step + 1, (s->situation.n_steps - i) * sizeof *step);
        if (!fails(s, c)) s->situation = before;
    }
}

void search_explain(struct search *s, const struct search_case *c, const char *what, FILE *out)
{
    const struct search_situation whole = s->situation;

    drop_steps(s, c);
    const struct search_case least = with_fewer_losses(s, c);
    fprintf(out, "%s, %zu participants, at most %u transmit: %s\n", s->situation.name, s->n,
            s->situation.n_max, what);
    fprintf(out, "lost %#llx, late %d by %u ms, seed %llu, random losses %u ppm\n",
            (unsigned long long)least.lost, least.late, least.late_ms,
            (unsigned long long)least.seed, least.loss_ppm);
    (void)search_run(s, &least, out);
    s->situation = whole;
}
