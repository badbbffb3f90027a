/* Any datagram on any socket of an agent in a call. First octet: the state (3 bits), the channel (3
 * bits), and whether it came to the group. Jobs succeed, whatever they were given. */
#include "tests/support/bob.h"
#include "tests/support/duo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static step *const states[] = {step_to_p0,       step_to_p2_auto, step_to_p5_ringing,
                                   step_to_p4_in,    step_to_p3,      step_to_p5_accepted,
                                   step_start_group, step_hear_group};
    struct lone l;

    if (n == 0 || (data[0] >> 3 & 7) >= MCV_N_CHANNELS) return 0;
    bob_defaults(&l);
    l.keys = *duo_keys(DUO_ALICE);
    l.is_quiet = true;
    lone_open(&l);
    states[data[0] & 7](&l);
    bob_sends_octets(&l, (enum mcv_channel)(data[0] >> 3 & 7), (data[0] & 0x40) != 0,
                     mcv_bytes_of(data + 1, n - 1));
    lone_run_ms(&l, 2000);
    lone_close(&l);
    return 0;
}
