#include "agent/store/sealed.h"

#include <stdarg.h>
#include <stdio.h>

mcv_err mcv_why_set(struct mcv_why *why, mcv_err err, const char *format, ...)
{
    va_list args;

    if (why == NULL) return err;
    va_start(args, format);
    int n = vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    if (n < 0) why->text[0] = '\0';
    /* Names come from files too: nothing in a line for a terminal but what prints. */
    for (char *c = why->text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    return err;
}
