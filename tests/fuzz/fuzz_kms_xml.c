/* KMS documents of any kind; what decodes is written again and decodes to the same. */
#include "proto/kms_xml.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ITEMS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct mcv_kms_cert certs[MAX_ITEMS], certs_again[MAX_ITEMS];
static struct mcv_kms_key_set sets[MAX_ITEMS], sets_again[MAX_ITEMS];
static uint8_t text[1u << 18];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct mcv_bytes in = mcv_bytes_of(data, n);
    const char *what = NULL;
    size_t n_items = 0, n_again = 0;
    uint64_t num = 0;
    struct mcv_writer w = mcv_writer_of(text, sizeof text);

    const mcv_err err = mcv_kms_init_decode(&certs[0], &what, in);
    MCV_ASSERT((err == MCV_OK) == (what == NULL));
    if (mcv_kms_cert_cache_decode(certs, MAX_ITEMS, &n_items, &num, &what, in) == MCV_OK) {
        mcv_kms_cert_cache_encode(&w, certs, n_items, num);
        MCV_ASSERT(mcv_kms_cert_cache_decode(certs_again, MAX_ITEMS, &n_again, &num, NULL,
                                             mcv_wr_done(&w)) == MCV_OK);
        MCV_ASSERT(n_again == n_items);
        MCV_ASSERT(memcmp(certs, certs_again, n_items * sizeof certs[0]) == 0);
    }
    if (mcv_kms_key_prov_decode(sets, MAX_ITEMS, &n_items, &what, in) == MCV_OK) {
        mcv_kms_key_prov_encode(&w, sets, n_items);
        MCV_ASSERT(w.err == MCV_OK);
        MCV_ASSERT(mcv_kms_key_prov_decode(sets_again, MAX_ITEMS, &n_again, NULL,
                                           mcv_wr_done(&w)) == MCV_OK);
        MCV_ASSERT(n_again == n_items);
    }
    return 0;
}
