/* One page that shows a run: no request leaves it. The page is sim/report.html with the result in it. */
#ifndef MCV_SIM_REPORT_H
#define MCV_SIM_REPORT_H

#include "sim/result.h"

/* result: what mcv_result_json made. false: errno. */
bool mcv_report_write(const struct mcv_result *r, json_t *result, FILE *to);

#endif
