/* Answers of mcvd for people and for scripts. Private to mcvctl. */
#ifndef MCV_AGENT_CLI_CTL_PRINT_H
#define MCV_AGENT_CLI_CTL_PRINT_H

#include "proto/schema/control.pb-c.h"

#include <stdbool.h>

/* One answer on standard output: words, or one line of JSON. */
void mcvctl_print(const Mcv__ControlReply *reply, Mcv__ControlVerb verb, bool is_json);

#endif
