#include "tests/support/pcap.h"

#include "tests/support/cmocka.h"

#include <stdio.h>

#define MAGIC        0xa1b2c3d4u /* written big endian: so is the file */
#define LINKTYPE_RAW 101

void mcv_pcap_begin(struct mcv_writer *w)
{
    mcv_wr_u32(w, MAGIC);
    mcv_wr_u16(w, 2);
    mcv_wr_u16(w, 4);
    mcv_wr_zeros(w, 8);
    mcv_wr_u32(w, 65535);
    mcv_wr_u32(w, LINKTYPE_RAW);
}

void mcv_pcap_packet(struct mcv_writer *w, uint32_t utc_s, struct mcv_bytes ip)
{
    mcv_wr_u32(w, utc_s);
    mcv_wr_u32(w, 0);
    mcv_wr_u32(w, (uint32_t)ip.n); /* captured, and on the wire */
    mcv_wr_u32(w, (uint32_t)ip.n);
    mcv_wr_bytes(w, ip);
}

void mcv_shell_output(char *out, size_t cap, const char *command)
{
    char line[1024];

    assert_true((size_t)snprintf(line, sizeof line, "%s 2>/dev/null", command) < sizeof line);
    FILE *f = popen(line, "r");
    assert_non_null(f);
    const size_t n = fread(out, 1, cap, f);
    assert_true(n < cap);
    out[n] = '\0';
    assert_int_equal(pclose(f), 0);
}
