/* A network namespace of its own for a part of a test: only `lo` is there, and it is up. */
#ifndef MCV_TESTS_SUPPORT_NETNS_H
#define MCV_TESTS_SUPPORT_NETNS_H

#include <stdbool.h>
#include <stdint.h>

/* Runs it in a process in a new namespace; the test fails when it does.
 * false: namespaces are not permitted here (said on standard error); nothing ran. */
bool netns_run(void (*run)(const void *arg), const void *arg, int lo_mtu);

/* A TUN interface of this name with an IPv4 address, up: what is sent over it can be read from the
 * descriptor. -1: not possible here (said on standard error). */
int netns_tun(const char *name, const uint8_t ipv4[static 4]);

/* Takes what was sent over it so far; how many UDP packets were among it. */
unsigned netns_tun_n_udp(int fd);

#endif
