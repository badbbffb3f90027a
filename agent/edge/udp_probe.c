/* What the system takes, tried once at start. */
#include "agent/edge/udp.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define DISCARD_PORT 9
#define PIECE        16 /* octets of a probe packet */
#define N_PIECES     2
#define PATIENCE_MS  200 /* what this machine sends itself is there at once */

/* The group that every host is in, so that Linux looks at the TTL; the scope of the interface alone.
 * Spec: RFC 1112 4, RFC 4291 2.7.1. */
static const struct mcv_addr targets[] = {
    {.family = MCV_IPV4, .b = {224, 0, 0, 1}, .port = DISCARD_PORT},
    {.family = MCV_IPV6, .b = {0xff, 0x01, [15] = 1}, .port = DISCARD_PORT},
};

struct probe {
    int fd;
    struct sockaddr_storage to;
    socklen_t n_to;
};

/* TTL 0: whatever is sent ends in this machine, after everything that could refuse it. */
static bool open_probe(struct probe *p, const struct mcv_addr *own, const struct mcv_netif *iface)
{
    const int off = 0, hops = 0;
    const bool is_v6 = own->family == MCV_IPV6;
    struct mcv_addr to = targets[is_v6];
    struct mcv_addr at = *own;
    struct mcv_why why;

    at.port = 0;
    if (mcv_sock_unicast(&p->fd, &at, iface, &why) != MCV_OK) return false;
    to.scope = iface->index;
    p->n_to = mcv_sock_addr(&p->to, &to);
    const int level = is_v6 ? IPPROTO_IPV6 : IPPROTO_IP;
    const int failed = setsockopt(p->fd, level, is_v6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL,
                                  &hops, sizeof hops) |
                       setsockopt(p->fd, level, is_v6 ? IPV6_MULTICAST_LOOP : IP_MULTICAST_LOOP,
                                  &off, sizeof off);
    if (failed == 0) return true;
    close(p->fd);
    return false;
}

static bool takes_gso(struct probe *p)
{
    static uint8_t bytes[N_PIECES * PIECE];
    _Alignas(struct cmsghdr) uint8_t control[MCV_UDP_CONTROL_BYTES];
    const int none = 0;
    struct iovec v = {bytes, sizeof bytes};
    struct msghdr m = {.msg_name = &p->to, .msg_namelen = p->n_to, .msg_iov = &v, .msg_iovlen = 1};

    if (setsockopt(p->fd, SOL_UDP, UDP_SEGMENT, &none, sizeof none) != 0) return false;
    m.msg_control = control;
    m.msg_controllen = mcv_udp_segment_control(control, PIECE);
    return sendmsg(p->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof bytes;
}

static bool takes_mmsg(struct probe *p)
{
    static uint8_t bytes[PIECE];
    struct iovec v = {bytes, sizeof bytes};
    struct mmsghdr m[N_PIECES];

    for (size_t i = 0; i < N_PIECES; i++)
        m[i] = (struct mmsghdr){
            .msg_hdr = {
                .msg_name = &p->to, .msg_namelen = p->n_to, .msg_iov = &v, .msg_iovlen = 1}};
    return sendmmsg(p->fd, m, N_PIECES, MSG_DONTWAIT | MSG_NOSIGNAL) == N_PIECES;
}

/* What is sent to a group comes back to a member on this machine. */
static bool takes_multicast(const struct mcv_addr *own, const struct mcv_netif *iface)
{
    const bool is_v6 = own->family == MCV_IPV6;
    const struct mcv_addr group = mcv_addr_with_port(targets[is_v6], 0);
    const int hops = 0;
    struct sockaddr_storage at;
    socklen_t n = sizeof at;
    uint8_t piece[PIECE] = {0};
    struct mcv_why why;
    int fd;

    if (mcv_sock_group(&fd, &group, own, iface, &why) != MCV_OK) return false;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    const bool is_back = setsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                                    is_v6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL, &hops,
                                    sizeof hops) == 0 &&
                         getsockname(fd, (struct sockaddr *)&at, &n) == 0 &&
                         sendto(fd, piece, sizeof piece, MSG_NOSIGNAL, (struct sockaddr *)&at, n) ==
                             PIECE &&
                         poll(&p, 1, PATIENCE_MS) == 1 && recv(fd, piece, sizeof piece, 0) == PIECE;
    close(fd);
    return is_back;
}

void mcv_udp_probe(struct mcv_udp_facts *out, const struct mcv_addr *own,
                   const struct mcv_netif *iface, enum mcv_udp_path path)
{
    const int on = 1;
    struct probe p;

    *out = (struct mcv_udp_facts){.path = MCV_UDP_PLAIN,
                                  .has_multicast = takes_multicast(own, iface)};
    if (!open_probe(&p, own, iface)) return;
    if (path >= MCV_UDP_MMSG && takes_mmsg(&p)) out->path = MCV_UDP_MMSG;
    if (path >= MCV_UDP_GSO && takes_gso(&p)) out->path = MCV_UDP_GSO;
    out->has_gro = setsockopt(p.fd, SOL_UDP, UDP_GRO, &on, sizeof on) == 0;
    out->receive_bytes = mcv_sock_receive_bytes(p.fd);
    close(p.fd);
}
