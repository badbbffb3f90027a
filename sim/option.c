#include "sim/option.h"

#include <errno.h>
#include <stdlib.h>

bool mcv_option_number(uint64_t *out, const char *text, uint64_t max)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *out <= max;
}
