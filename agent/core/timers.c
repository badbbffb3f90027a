#include "agent/core/timers.h"

const struct mcv_timer_row mcv_timer_rows[] = {
#define MCV_TIMER_ROW(NAME, field, unit, def, min, max, clause)                                    \
    {#NAME, #unit, clause, offsetof(struct mcv_timers, field##_##unit), def, min, max},
    MCV_TIMER_LIST(MCV_TIMER_ROW)
#undef MCV_TIMER_ROW
};

const size_t mcv_n_timer_rows = sizeof mcv_timer_rows / sizeof *mcv_timer_rows;

struct mcv_timers mcv_timers_default(void)
{
    return (struct mcv_timers){
#define MCV_TIMER_DEFAULT(NAME, field, unit, def, min, max, clause) .field##_##unit = (def),
        MCV_TIMER_LIST(MCV_TIMER_DEFAULT)
#undef MCV_TIMER_DEFAULT
    };
}
