/* I_MESSAGEs as tshark reads them: each alone in a UDP datagram, in a classic pcap.
 * tshark knows no GENERIC-ID map, so the messages here have the empty one; it shows the roles of
 * TS 33.180 E.7 as numbers. Spec: RFC 3830 6, RFC 6043 6.6, RFC 6509 4.2 */
#include "tests/support/cmocka.h"
#include "tests/support/imsg_scene.h"
#include "tests/support/imsg_vectors.h"
#include "tests/support/pcap.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>
#include <stdlib.h>

#define SKIPPED      77 /* SKIP_RETURN_CODE of this test */
#define PORT         "40001"
#define IP_UDP_BYTES 28
#define OUTPUT_BYTES 65536

static char output[OUTPUT_BYTES];

/* IPv4 and UDP without checksums that anybody asks for. */
static void write_ip(struct mcv_writer *w, struct mcv_bytes payload)
{
    mcv_wr_u16(w, 0x4500);
    mcv_wr_u16(w, (uint16_t)(IP_UDP_BYTES + payload.n));
    mcv_wr_u32(w, 0);
    mcv_wr_u16(w, 0xff11); /* TTL 255, UDP */
    mcv_wr_u16(w, 0);
    mcv_wr_u32(w, 0x7f000001);
    mcv_wr_u32(w, 0x7f000002);
    mcv_wr_u16(w, 40000);
    mcv_wr_u16(w, 40001);
    mcv_wr_u16(w, (uint16_t)(8 + payload.n));
    mcv_wr_u16(w, 0);
    mcv_wr_bytes(w, payload);
}

static void write_pcap(const char *path, struct mcv_bytes message)
{
    uint8_t ip[IP_UDP_BYTES + MCV_MIKEY_MAX_BYTES];
    uint8_t room[MCV_PCAP_FILE_BYTES + MCV_PCAP_PACKET_BYTES + sizeof ip];
    struct mcv_writer packet = mcv_writer_of(ip, sizeof ip);
    struct mcv_writer w = mcv_writer_of(room, sizeof room);

    write_ip(&packet, message);
    mcv_pcap_begin(&w);
    mcv_pcap_packet(&w, IMSG_UTC_S, mcv_wr_done(&packet));
    assert_int_equal(w.err, MCV_OK);
    mcv_tmpfile_write(path, room, w.n, 0600);
}

/* What tshark says about a message, in `output`. */
static void dissect(struct mcv_bytes message)
{
    struct mcv_tmpdir dir;
    char command[512];

    mcv_tmpdir_make(&dir);
    const char *pcap = mcv_tmpdir_file(&dir, "message.pcap");
    write_pcap(pcap, message);
    snprintf(command, sizeof command, "tshark -r '%s' -d udp.port==" PORT ",mikey -V", pcap);
    mcv_shell_output(output, sizeof output, command);
    mcv_tmpdir_remove(&dir);
}

/* The texts stand in the output in this order; the last is NULL. */
static void assert_lines(const char *const *lines)
{
    const char *at = output;

    for (; *lines != NULL; lines++) {
        const char *found = strstr(at, *lines);
        if (found == NULL) {
            fprintf(stderr, "%s\n", output);
            fail_msg("tshark does not say: %s", *lines);
            return;
        }
        at = found + strlen(*lines);
    }
}

static void assert_well_formed(void)
{
    assert_null(strstr(output, "Malformed"));
    assert_null(strstr(output, "Expert Info"));
}

static void pck_message(void **state)
{
    static const char *const lines[] = {
        "Multimedia Internet KEYing: SAKKE",
        "Version: 1\n",
        "Data Type: SAKKE (26)",
        "Next Payload: Timestamp (T) (5)",
        "V: Not set",
        ".000 0001 = PRF func:",
        "CSB ID: 0x1abcdef1",
        "#CS: 0\n",
        "CS ID map type: Unknown (1)", /* the empty map */
        "Next Payload: RAND (11)",
        "TS type: NTP-UTC (0)",
        "NTP timestamp: Feb 23, 2014 08:39:14.000000000 UTC",
        "Next Payload: IDR (14)",
        "RAND len: 16\n",
        "RAND: " IMSG_PCK_RAND,
        "ID role: Initiator (IDRi) (1)",
        "ID type: URI (1)",
        "ID len: 21\n",
        "ID: " IMSG_ALICE "\n",
        "ID role: Responder (IDRr) (2)",
        "ID: " IMSG_BOB "\n",
        "ID role: Initiator's KMS (IDRkmsi) (6)",
        "ID: " IMSG_KMS "\n",
        "Next Payload: SAKKE Encapsulated Data (SAKKE) (26)",
        "ID role: Responder's KMS (IDRkmsr) (7)",
        "ID: " IMSG_KMS "\n",
        "Next Payload: Signature (SIGN) (4)",
        "SAKKE params: 1\n",
        "ID scheme: 2\n",
        "SAKKE data length: 273\n",
        "SAKKE data: 0427c52c9f2f49e2d42492fe4713982a",
        "Signature type: ECCSI (2)",
        "Signature len: 129\n",
        NULL,
    };
    static struct scene s;
    (void)state;

    scene_open(&s);
    scene_build(&s);
    dissect(mcv_bytes_of(s.octets, s.n));
    assert_lines(lines);
    assert_well_formed();
}

/* Hidden identities, SAKKE-to-self and key parameters. Spec: TS 33.180 E.5 to E.7 */
static void message_with_everything(void **state)
{
    static const struct mcv_key_params params = {.type = MCV_KEY_PCK,
                                                 .status = MCV_KEY_STATUS_VALID};
    static const char *const lines[] = {
        "Multimedia Internet KEYing: SAKKE",
        "CSB ID: 0x1abcdef1",
        "ID role:",
        "(8)\n",
        "ID type: URI (1)",
        "ID len: 32\n",
        "ID role:",
        "(9)\n",
        "ID len: 32\n",
        "ID role: Initiator's KMS (IDRkmsi) (6)",
        "ID role: Responder's KMS (IDRkmsr) (7)",
        "SAKKE data length: 273\n",
        "General Extension (EXT)",
        "Next Payload: General Extension (EXT) (21)",
        "Extension type:",
        "(6)\n",
        "Length: 278\n",
        "Next Payload: Signature (SIGN) (4)",
        "Extension type:",
        "(7)\n",
        "Length: 68\n", /* 35 around 17 of key parameters and a tag */
        "Signature len: 129\n",
        NULL,
    };
    static struct scene s;
    (void)state;

    scene_open(&s);
    s.spec.hide_initiator = s.spec.hide_responder = s.spec.to_self = true;
    s.spec.params = &params;
    scene_build(&s);
    dissect(mcv_bytes_of(s.octets, s.n));
    assert_lines(lines);
    assert_well_formed();
}

/* The policy of a group call. Spec: TS 33.180 E.2.2, RFC 3830 6.10 */
static void message_with_a_policy(void **state)
{
    static const char *const lines[] = {
        "CSB ID: 0x1abcdef1",        "Security Policy (SP)",     "Policy No: 0\n",
        "Policy param length: 30\n", "SAKKE data length: 273\n", NULL,
    };
    static struct scene s;
    struct mcv_mikey_msg m;
    (void)state;

    scene_open(&s);
    scene_build(&s);
    assert_int_equal(mcv_mikey_decode(&m, mcv_bytes_of(s.octets, s.n)), MCV_OK);
    m.n_sp = 1;
    m.sp[0] = (struct mcv_mikey_sp){0, mcv_mikey_params_of(MCV_PROFILE_GROUP)};
    scene_sign(&s, &m);
    dissect(mcv_bytes_of(s.octets, s.n));
    assert_lines(lines);
    assert_well_formed();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pck_message),
        cmocka_unit_test(message_with_everything),
        cmocka_unit_test(message_with_a_policy),
    };

    if (system("tshark --version >/dev/null 2>&1") != 0) {
        fprintf(stderr, "no tshark\n");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, scene_users_open, scene_users_close);
}
