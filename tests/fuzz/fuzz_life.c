/* The life of an agent among strangers: messages, commands, time. See tests/support/lone_script.h. */
#include "tests/support/lone_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct lone l;

    lone_defaults(&l);
    l.groups[1].needs_user_ack = true;
    l.config.may_cancel_alert = true;
    l.config.needs_security = false;
    lone_open(&l);
    l.is_quiet = true;
    lone_script_run(&l, mcv_bytes_of(data, n));
    lone_close(&l);
    return 0;
}
