#include "agent/core/event.h"

#include "crypto/base/err.h"

static const char *const event_names[MCV_N_EVENTS] = {
#define MCV_EVENT_NAME(NAME, name) name,
    MCV_EVENT_LIST(MCV_EVENT_NAME)
#undef MCV_EVENT_NAME
};

static const char *const end_names[MCV_N_ENDS] = {
#define MCV_END_NAME(NAME, name) name,
    MCV_END_LIST(MCV_END_NAME)
#undef MCV_END_NAME
};

const char *mcv_event_name(enum mcv_event_type type)
{
    MCV_ASSERT(type < MCV_N_EVENTS);
    return event_names[type];
}

const char *mcv_end_name(enum mcv_end end)
{
    MCV_ASSERT(end < MCV_N_ENDS);
    return end_names[end];
}
