/* Scalars of a YAML file. Private to agent/yaml. Each returns NULL, or what is expected. */
#ifndef MCV_AGENT_YAML_YAML_VALUE_H
#define MCV_AGENT_YAML_YAML_VALUE_H

#include "agent/yaml/yaml.h"

/* out is of the type that f->type says; buf holds the expectation when it is not static. */
const char *mcv_yaml_value(void *out, const struct mcv_yaml_field *f, const char *text, char *buf,
                           size_t buf_bytes);

#endif
