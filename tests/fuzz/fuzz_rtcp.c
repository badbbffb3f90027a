/* Any octets as RTCP: each packet by each reader; reports are written again as they were. */
#include "proto/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct mcv_reader r = mcv_reader_of(mcv_bytes_of(data, n));
    const bool is_good = mcv_rtcp_check(mcv_bytes_of(data, n)) == MCV_OK;
    uint8_t again[1024];
    struct mcv_rtcp_reports s;
    struct mcv_rtcp_app app;
    struct mcv_bytes cname;
    bool is_named;

    for (struct mcv_rtcp p; mcv_rtcp_next(&p, &r);) {
        struct mcv_writer w = mcv_writer_of(again, sizeof again);
        if (mcv_rtcp_cname(&cname, &p, 0x11111111) == MCV_OK) MCV_ASSERT(cname.n <= p.body.n);
        if (mcv_rtcp_bye_names(&is_named, &p, 0x11111111) != MCV_OK) MCV_ASSERT(!is_named);
        if (mcv_rtcp_app_decode(&app, &p) == MCV_OK) MCV_ASSERT(app.data.n + 8 == p.body.n);
        if (mcv_rtcp_reports_decode(&s, &p) != MCV_OK) continue;
        mcv_rtcp_reports_encode(&w, &s);
        MCV_ASSERT(w.n <= p.body.n + 4 && memcmp(again + 4, p.body.p, w.n - 4) == 0);
    }
    MCV_ASSERT(!is_good || mcv_rd_finish(&r) == MCV_OK);
    return 0;
}
