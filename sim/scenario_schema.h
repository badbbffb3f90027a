/* The table of the keys of a scenario file. Private to sim/scenario*.c. */
#ifndef MCV_SIM_SCENARIO_SCHEMA_H
#define MCV_SIM_SCENARIO_SCHEMA_H

#include "agent/yaml/yaml.h"

extern const struct mcv_yaml_schema mcv_scenario_schema;

#endif
