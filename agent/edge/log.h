/* The text log: one line per event, "level text key=value ...", on standard error.
 *
 * Never a key, never peer octets: texts of peers are printed with mcv_log_text, which escapes what
 * is not printable. What peers cause again and again is counted, not logged. One thread. */
#ifndef MCV_AGENT_EDGE_LOG_H
#define MCV_AGENT_EDGE_LOG_H

#include "agent/edge/config.h"
#include "crypto/base/bytes.h"

void mcv_log_level_set(enum mcv_log_level level);

#if defined(__GNUC__)
#define MCV_LOG_PRINTF __attribute__((format(printf, 1, 2)))
#else
#define MCV_LOG_PRINTF
#endif

MCV_LOG_PRINTF void mcv_log_error(const char *format, ...);
MCV_LOG_PRINTF void mcv_log_warning(const char *format, ...);
MCV_LOG_PRINTF void mcv_log_notice(const char *format, ...);
MCV_LOG_PRINTF void mcv_log_info(const char *format, ...);
MCV_LOG_PRINTF void mcv_log_debug(const char *format, ...);

/* Printable form of a text from outside, cut at 255 octets; in a static buffer of one of four
 * turns: valid until the fifth call. */
const char *mcv_log_text(struct mcv_bytes text);

#endif
