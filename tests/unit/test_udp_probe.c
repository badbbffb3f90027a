/* The probe at start on the families and interfaces there are: what a machine's own stack does with
 * multicast. Each in a network namespace of its own. */
#include "agent/edge/udp.h"
#include "tests/support/cmocka.h"
#include "tests/support/netns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LO_MTU 65536

static const struct mcv_addr own4 = {.family = MCV_IPV4, .b = {127, 0, 0, 1}};
static const struct mcv_addr own6 = {.family = MCV_IPV6, .b = {[15] = 1}};

static struct mcv_udp_facts probe(const char *interface, const struct mcv_addr *own)
{
    struct mcv_udp_facts facts;
    struct mcv_netif iface;
    struct mcv_why why;

    assert_int_equal(mcv_netif_find(&iface, interface, &why), MCV_OK);
    mcv_udp_probe(&facts, own, &iface, MCV_UDP_GSO);
    return facts;
}

static void run_ipv4(const void *arg)
{
    (void)arg;
    const struct mcv_udp_facts facts = probe("lo", &own4);
    assert_true(facts.has_multicast);
    assert_true(facts.path >= MCV_UDP_MMSG);
}

static void on_ipv4(void **state)
{
    (void)state;
    if (!netns_run(run_ipv4, NULL, LO_MTU)) skip();
}

/* Linux has no route for IPv6 multicast on the loopback. */
static void run_ipv6(const void *arg)
{
    (void)arg;
    struct mcv_udp_facts facts = probe("lo", &own6);
    assert_false(facts.has_multicast);
    assert_int_equal(facts.path, MCV_UDP_PLAIN);
    if (system("ip -6 route add local ff00::/8 dev lo table local") != 0) return;
    facts = probe("lo", &own6);
    assert_true(facts.has_multicast);
    assert_int_equal(facts.path, probe("lo", &own4).path);
}

static void on_ipv6_with_and_without_a_route(void **state)
{
    (void)state;
    if (!netns_run(run_ipv6, NULL, LO_MTU)) skip();
}

/* Such as a VPN: private calls work, a group needs a fan-out. */
static void run_no_multicast(const void *arg)
{
    const struct mcv_addr own = {.family = MCV_IPV4, .b = {10, 31, 4, 1}, .port = 9};
    const struct mcv_addr group = {.family = MCV_IPV4, .b = {239, 31, 4, 4}, .port = 9};
    struct mcv_netif vpn;
    struct mcv_why why = {0};
    int fd;

    (void)arg;
    const int medium = netns_tun("vpn0", own.b);
    if (medium < 0 || system("ip link set vpn0 multicast off") != 0) return;
    assert_int_equal(mcv_netif_find(&vpn, "vpn0", &why), MCV_OK);
    assert_false(vpn.has_multicast);
    assert_int_equal(mcv_sock_group(&fd, &group, &own, &vpn, &why), MCV_E_CONFIG);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(why.text, "fan_out"));
    assert_int_equal(mcv_sock_unicast(&fd, &own, &vpn, &why), MCV_OK);
    close(fd);
    assert_false(probe("vpn0", &own).has_multicast);
    close(medium);
}

static void on_an_interface_without_multicast(void **state)
{
    (void)state;
    if (!netns_run(run_no_multicast, NULL, LO_MTU)) skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_ipv4),
        cmocka_unit_test(on_ipv6_with_and_without_a_route),
        cmocka_unit_test(on_an_interface_without_multicast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
