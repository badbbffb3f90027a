/* Programs of the system that are run for what no system call is made for. */
#ifndef MCV_SIM_LIVE_TOOL_H
#define MCV_SIM_LIVE_TOOL_H

#include "agent/store/sealed.h"

#include <stddef.h>

/* Runs a program of PATH, or of /usr/sbin, with a script as its input, and waits for it.
 * argv  NULL at the end. output: what it wrote, both streams, cut to n - 1 octets and terminated.
 * MCV_E_NOT_FOUND: there is none. MCV_E_IO: it failed. why: its first line, for people. */
MCV_MUST_USE mcv_err mcv_live_tool_run(const char *const argv[], const char *script, char *output,
                                       size_t n, struct mcv_why *why);

#endif
