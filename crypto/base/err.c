#include "crypto/base/err.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    const char *text;
    enum mcv_err_class class;
} rows[MCV_N_ERRS] = {
#define MCV_ERR_ROW(name, class, text) {"MCV_" #name, text, MCV_CLASS_##class},
    MCV_ERR_LIST(MCV_ERR_ROW)
#undef MCV_ERR_ROW
};

static mcv_err known(mcv_err err)
{
    return (unsigned)err < MCV_N_ERRS ? err : MCV_E_MISUSE;
}

enum mcv_err_class mcv_err_class(mcv_err err)
{
    return rows[known(err)].class;
}

const char *mcv_err_name(mcv_err err)
{
    return rows[known(err)].name;
}

const char *mcv_err_text(mcv_err err)
{
    return rows[known(err)].text;
}

/* write() and not printf(): the state of the program is not to be trusted here. */
static void say(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));
    (void)n;
}

void mcv_assert_failed(const char *cond, const char *file, int line)
{
    char digits[12] = {0};
    size_t at = sizeof digits - 1;
    unsigned rest = line < 0 ? 0u : (unsigned)line;

    do {
        digits[--at] = (char)('0' + rest % 10u);
        rest /= 10u;
    } while (rest != 0);

    say(file);
    say(":");
    say(digits + at);
    say(": assertion failed: ");
    say(cond);
    say("\n");
    abort();
}
