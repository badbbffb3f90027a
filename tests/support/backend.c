#include "tests/support/backend.h"

#include "crypto/cpu.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>

void backend_or_skip(void)
{
    const char *asked = getenv("MCV_FP");

    if (asked == NULL) return;
    if ((strcmp(asked, "adx") == 0 && !mcv_cpu_has_adx()) ||
        (strcmp(asked, "ifma") == 0 && !mcv_cpu_has_ifma())) {
        printf("this CPU does not run %s\n", asked);
        exit(MCV_TEST_SKIPPED);
    }
}

void backend_ran(const char *name)
{
    const char *asked = getenv("MCV_FP");

    print_message("back-end %s\n", name);
    if (asked != NULL) assert_string_equal(name, asked);
}
