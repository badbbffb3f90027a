/* The whole receive path of an agent in two calls. See tests/support/hearing.h. */
#include "tests/support/hearing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hearing_run(mcv_bytes_of(data, n));
    return 0;
}
