#include "agent/core/counters.h"

#include "crypto/base/err.h"

static const struct {
    const char *name, *text;
} rows[MCV_N_COUNTERS] = {
#define MCV_COUNTER_ROW(NAME, name, text) {name, text},
    MCV_COUNTER_LIST(MCV_COUNTER_ROW)
#undef MCV_COUNTER_ROW
};

const char *mcv_counter_name(enum mcv_counter counter)
{
    MCV_ASSERT(counter < MCV_N_COUNTERS);
    return rows[counter].name;
}

const char *mcv_counter_text(enum mcv_counter counter)
{
    MCV_ASSERT(counter < MCV_N_COUNTERS);
    return rows[counter].text;
}
