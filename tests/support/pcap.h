/* Classic pcap of IP packets, for tshark to read. */
#ifndef MCV_TESTS_SUPPORT_PCAP_H
#define MCV_TESTS_SUPPORT_PCAP_H

#include "crypto/base/writer.h"

#define MCV_PCAP_FILE_BYTES   24 /* before the first packet */
#define MCV_PCAP_PACKET_BYTES 16 /* before each */

void mcv_pcap_begin(struct mcv_writer *w);
void mcv_pcap_packet(struct mcv_writer *w, uint32_t utc_s, struct mcv_bytes ip);

/* The standard output of a command, terminated; what it writes to standard error is lost. Fails the
 * test when it does not fit or the status is not 0. */
void mcv_shell_output(char *out, size_t cap, const char *command);

#endif
