/* Group documents. */
#include "proto/group_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool count(void *ctx, const char *uri)
{
    size_t *total = ctx;

    MCV_ASSERT(uri[0] != '\0');
    return ++*total < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct mcv_group_xml g;
    const char *what = NULL;
    size_t total = 0;

    const mcv_err err = mcv_group_xml_decode(&g, &what, mcv_bytes_of(data, n));
    MCV_ASSERT((err == MCV_OK) == (what == NULL) && (err == MCV_OK) == (g.addr.family != 0));
    (void)(mcv_group_xml_members(mcv_bytes_of(data, n), count, &total) == MCV_OK);
    return 0;
}
