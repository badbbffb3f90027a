#include "sim/kpi.h"

#include <stdlib.h>
#include <string.h>

const struct mcv_kpi_row mcv_kpi_rows[MCV_N_KPIS] = {
#define MCV_KPI_ROW(NAME, name, limit, share, text) {name, text, limit, share},
    MCV_KPI_LIST(MCV_KPI_ROW)
#undef MCV_KPI_ROW
};

const struct mcv_total_row mcv_total_rows[MCV_N_TOTALS] = {
#define MCV_TOTAL_ROW(NAME, name, text) {name, text},
    MCV_TOTAL_LIST(MCV_TOTAL_ROW)
#undef MCV_TOTAL_ROW
};

const struct mcv_total_row mcv_load_rows[MCV_N_LOADS] = {
#define MCV_LOAD_ROW(NAME, name, text) {name, text},
    MCV_LOAD_LIST(MCV_LOAD_ROW)
#undef MCV_LOAD_ROW
};

unsigned mcv_kpi_of(const char *name)
{
    unsigned i = 0;

    while (i < MCV_N_KPIS && strcmp(mcv_kpi_rows[i].name, name) != 0) i++;
    return i;
}

unsigned mcv_total_of(const char *name)
{
    unsigned i = 0;

    while (i < MCV_N_TOTALS && strcmp(mcv_total_rows[i].name, name) != 0) i++;
    return i;
}

void mcv_kpis_init(struct mcv_kpis *k, size_t max_samples)
{
    memset(k, 0, sizeof *k);
    k->max_samples = max_samples;
}

void mcv_kpis_wipe(struct mcv_kpis *k)
{
    free(k->samples);
    memset(k, 0, sizeof *k);
}

static bool has_room(struct mcv_kpis *k)
{
    if (k->n_samples < k->cap_samples) return true;
    if (k->n_samples >= k->max_samples) return false;
    const size_t cap = k->cap_samples > 0 ? 2 * k->cap_samples : 256;
    struct mcv_sample *samples = realloc(k->samples, cap * sizeof *samples);

    if (samples == NULL) return false;
    k->samples = samples;
    k->cap_samples = cap < k->max_samples ? cap : k->max_samples;
    return true;
}

void mcv_kpis_time(struct mcv_kpis *k, enum mcv_kpi_id id, const struct mcv_sample *sample,
                   bool is_sample)
{
    mcv_histogram_add(&k->times[id], sample->value_us);
    k->n_within[id] += sample->value_us <= mcv_kpi_rows[id].limit_us;
    if (!is_sample) return;
    if (!has_room(k)) {
        k->n_left_out++;
        return;
    }
    k->samples[k->n_samples] = *sample;
    k->samples[k->n_samples++].kpi = (uint8_t)id;
}

bool mcv_kpis_pass(const struct mcv_kpis *k, enum mcv_kpi_id id)
{
    const struct mcv_kpi_row *row = &mcv_kpi_rows[id];

    return row->limit_us == 0 || k->n_within[id] * 1000000u >= k->times[id].n * row->share_ppm;
}
