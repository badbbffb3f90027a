/* Sockets on loopback: what is in use, whom a group socket hears, and how packets are marked. */
#include "agent/edge/sock.h"
#include "tests/support/cmocka.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#ifndef SO_RCVPRIORITY
#define SO_RCVPRIORITY 82 /* Linux 6.14 */
#endif

static struct mcv_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
    return (struct mcv_addr){.family = MCV_IPV4, .b = {a, b, c, d}, .port = port};
}

static struct mcv_netif loopback(void)
{
    struct mcv_netif lo;
    struct mcv_why why = {0};

    if (mcv_netif_find(&lo, "lo", &why) != MCV_OK) fail_msg("%s", why.text);
    assert_true(lo.is_loopback);
    return lo;
}

static void test_a_port_in_use_is_seen(void **state)
{
    const struct mcv_netif lo = loopback();
    const struct mcv_addr at = v4(127, 31, 1, 1, 18809);
    struct mcv_why why = {0};
    int first, second;

    (void)state;
    assert_int_equal(mcv_sock_unicast(&first, &at, &lo, &why), MCV_OK);
    assert_int_equal(mcv_sock_unicast(&second, &at, &lo, &why), MCV_E_BUSY);
    assert_int_equal(second, -1);
    assert_non_null(strstr(why.text, "127.31.1.1:18809 is in use"));
    close(first);
}

static void test_what_cannot_be_used_says_why(void **state)
{
    const struct mcv_netif lo = loopback();
    const struct mcv_addr foreign = v4(192, 0, 2, 1, 18809);
    struct mcv_netif none;
    struct mcv_why why = {0};
    int fd;

    (void)state;
    assert_int_equal(mcv_netif_find(&none, "no-such-if", &why), MCV_E_NOT_FOUND);
    assert_non_null(strstr(why.text, "no such interface"));
    assert_int_equal(mcv_sock_unicast(&fd, &foreign, &lo, &why), MCV_E_CONFIG);
    assert_non_null(strstr(why.text, "192.0.2.1:18809 is not an address of this machine"));
    assert_false(mcv_netif_has(&lo, &foreign));
}

static void send_to(int fd, const struct mcv_addr *to, const char *text)
{
    struct sockaddr_storage sa;
    const socklen_t n = mcv_sock_addr(&sa, to);

    assert_int_equal(sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&sa, n),
                     strlen(text));
}

/* Loopback delivers before sendto returns. */
static void test_a_group_socket_hears_its_group_alone(void **state)
{
    const struct mcv_netif lo = loopback();
    const struct mcv_addr alice = v4(127, 31, 2, 1, 0), bob = v4(127, 31, 2, 2, 0);
    const struct mcv_addr one = v4(239, 31, 2, 1, 18810), other = v4(239, 31, 2, 2, 18810);
    struct mcv_why why = {0};
    struct sockaddr_storage from;
    socklen_t n_from = sizeof from;
    char text[16] = {0};
    int tx_one, tx_other, rx;

    (void)state;
    assert_int_equal(mcv_sock_group(&tx_one, &one, &alice, &lo, &why), MCV_OK);
    assert_int_equal(mcv_sock_group(&tx_other, &other, &alice, &lo, &why), MCV_OK);
    assert_int_equal(mcv_sock_group(&rx, &one, &bob, &lo, &why), MCV_OK);
    send_to(tx_other, &other, "other");
    send_to(tx_one, &one, "one");
    assert_int_equal(recvfrom(rx, text, sizeof text, 0, (struct sockaddr *)&from, &n_from), 3);
    assert_string_equal(text, "one");
    const struct mcv_addr sender = mcv_sock_addr_of(&from);
    assert_true(mcv_addr_same_host(&sender, &alice));
    assert_int_equal(recv(rx, text, sizeof text, 0), -1);
    close(tx_one);
    close(tx_other);
    close(rx);
}

struct marks_seen {
    int tos, priority; /* -1: the kernel does not tell */
};

static struct marks_seen receive_marks(int fd)
{
    struct marks_seen seen = {-1, -1};
    char text[16];
    union {
        struct cmsghdr header;
        char bytes[256];
    } control;
    struct iovec v = {text, sizeof text};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};

    assert_true(recvmsg(fd, &m, 0) > 0);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) seen.tos = *CMSG_DATA(c);
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_PRIORITY)
            memcpy(&seen.priority, CMSG_DATA(c), sizeof seen.priority);
    }
    return seen;
}

static void test_each_priority_is_marked(void **state)
{
    const struct mcv_netif lo = loopback();
    const struct mcv_addr alice = v4(127, 31, 3, 1, 18811), bob = v4(127, 31, 3, 2, 18811);
    const int on = 1;
    struct mcv_why why = {0};
    int tx, rx;

    (void)state;
    assert_int_equal(mcv_sock_unicast(&tx, &alice, &lo, &why), MCV_OK);
    assert_int_equal(mcv_sock_unicast(&rx, &bob, &lo, &why), MCV_OK);
    assert_int_equal(setsockopt(rx, IPPROTO_IP, IP_RECVTOS, &on, sizeof on), 0);
    const bool tells_priority = setsockopt(rx, SOL_SOCKET, SO_RCVPRIORITY, &on, sizeof on) == 0;
    for (uint8_t pppp = 1; pppp <= MCV_N_PPPP; pppp++) {
        const struct mcv_mark *want = &mcv_marks_default.of[pppp - 1];
        int priority = -1;
        socklen_t n = sizeof priority;
        mcv_sock_priority(tx, MCV_IPV4, &mcv_marks_default, pppp);
        send_to(tx, &bob, "x");
        const struct marks_seen seen = receive_marks(rx);
        assert_int_equal(seen.tos >> 2, want->dscp);
        if (tells_priority) assert_int_equal(seen.priority, want->priority);
        assert_int_equal(getsockopt(tx, SOL_SOCKET, SO_PRIORITY, &priority, &n), 0);
        assert_int_equal(priority, want->priority);
    }
    close(tx);
    close(rx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_port_in_use_is_seen),
        cmocka_unit_test(test_what_cannot_be_used_says_why),
        cmocka_unit_test(test_a_group_socket_hears_its_group_alone),
        cmocka_unit_test(test_each_priority_is_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
