#include "agent/edge/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TTL 255 /* TS 24.281 9.3.1.1.1 */

socklen_t mcv_sock_addr(struct sockaddr_storage *out, const struct mcv_addr *a)
{
    memset(out, 0, sizeof *out);
    if (a->family == MCV_IPV4) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)out;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(a->port);
        memcpy(&v4->sin_addr, a->b, 4);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(a->port);
    v6->sin6_scope_id = a->scope;
    memcpy(&v6->sin6_addr, a->b, 16);
    return sizeof *v6;
}

struct mcv_addr mcv_sock_addr_of(const struct sockaddr_storage *in)
{
    struct mcv_addr a = {0};

    if (in->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)in;
        a.family = MCV_IPV4;
        a.port = ntohs(v4->sin_port);
        memcpy(a.b, &v4->sin_addr, 4);
    } else if (in->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)in;
        a.family = MCV_IPV6;
        a.port = ntohs(v6->sin6_port);
        a.scope = IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) ? v6->sin6_scope_id : 0;
        memcpy(a.b, &v6->sin6_addr, 16);
    }
    return a;
}

const char *mcv_sock_text(char out[static MCV_SOCK_TEXT_BYTES], const struct mcv_addr *a)
{
    char host[INET6_ADDRSTRLEN] = "?";

    if (a->family == MCV_IPV4)
        inet_ntop(AF_INET, a->b, host, sizeof host);
    else if (a->family == MCV_IPV6)
        inet_ntop(AF_INET6, a->b, host, sizeof host);
    snprintf(out, MCV_SOCK_TEXT_BYTES, a->family == MCV_IPV6 ? "[%s]:%u" : "%s:%u", host, a->port);
    return out;
}

mcv_err mcv_netif_find(struct mcv_netif *out, const char *name, struct mcv_why *why)
{
    struct ifreq request = {0};

    *out = (struct mcv_netif){.index = if_nametoindex(name)};
    if (out->index == 0)
        return mcv_why_set(why, MCV_E_NOT_FOUND,
                           "there is no such interface; `ip link` lists those of this machine");
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int failed = fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) != 0;
    if (fd >= 0) close(fd);
    if (failed) return mcv_why_set(why, MCV_E_IO, "its flags cannot be read: %s", strerror(errno));
    out->is_loopback = (request.ifr_flags & IFF_LOOPBACK) != 0;
    if ((request.ifr_flags & IFF_UP) == 0)
        return mcv_why_set(why, MCV_E_CONFIG, "is down; `ip link set %s up` starts it", name);
    out->has_multicast = out->is_loopback || (request.ifr_flags & IFF_MULTICAST) != 0;
    return MCV_OK;
}

static bool is_same_host(const struct sockaddr *sa, const struct mcv_addr *addr)
{
    struct sockaddr_storage s = {0};

    if (sa == NULL || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)) return false;
    memcpy(&s, sa,
           sa->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    const struct mcv_addr a = mcv_sock_addr_of(&s);
    return mcv_addr_same_host(&a, addr);
}

bool mcv_netif_has(const struct mcv_netif *iface, const struct mcv_addr *addr)
{
    struct ifaddrs *list = NULL;
    bool is_there = iface->is_loopback && addr->family == MCV_IPV4 && addr->b[0] == 127;

    if (is_there || getifaddrs(&list) != 0) return is_there;
    for (const struct ifaddrs *i = list; i != NULL && !is_there; i = i->ifa_next)
        is_there = if_nametoindex(i->ifa_name) == iface->index && is_same_host(i->ifa_addr, addr);
    freeifaddrs(list);
    return is_there;
}

static mcv_err refuse_bind(const struct mcv_addr *addr, struct mcv_why *why)
{
    char text[MCV_SOCK_TEXT_BYTES];

    mcv_sock_text(text, addr);
    switch (errno) {
    case EADDRINUSE:
        return mcv_why_set(why, MCV_E_BUSY,
                           "%s is in use; `ss -lunp` shows by whom, or take another port", text);
    case EADDRNOTAVAIL:
        return mcv_why_set(why, MCV_E_CONFIG, "%s is not an address of this machine", text);
    case EACCES:
    case EPERM:
        return mcv_why_set(why, MCV_E_CONFIG, "%s: not permitted to open it", text);
    default:
        return mcv_why_set(why, MCV_E_IO, "%s: %s", text, strerror(errno));
    }
}

static int set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value);
}

/* Interface and hops of what is sent, unicast and multicast. */
static int set_sending(int fd, const struct mcv_addr *own, const struct mcv_netif *iface)
{
    if (own->family == MCV_IPV6) {
        const int index = (int)iface->index;
        int failed = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        failed |= set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
        failed |= set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, TTL);
        failed |= set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, TTL);
        return failed;
    }
    struct ip_mreqn from = {.imr_ifindex = (int)iface->index};
    memcpy(&from.imr_address, own->b, 4);
    int failed = setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from);
    failed |= set(fd, IPPROTO_IP, IP_MULTICAST_TTL, TTL);
    failed |= set(fd, IPPROTO_IP, IP_TTL, TTL);
    failed |= set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    failed |= set(fd, IPPROTO_IP, IP_MTU_DISCOVER,
                  IP_PMTUDISC_DONT); /* no DF: long MONP messages */
    return failed;
}

static void set_receive_buffer(int fd)
{
    if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, MCV_SOCK_RECEIVE_BYTES) != 0)
        set(fd, SOL_SOCKET, SO_RCVBUF, MCV_SOCK_RECEIVE_BYTES);
}

/* Linux counts double: half of what it says is for packets. */
int mcv_sock_receive_bytes(int fd)
{
    int n = 0;
    socklen_t size = sizeof n;

    return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, &size) == 0 ? n / 2 : 0;
}

uint32_t mcv_sock_n_dropped(int fd)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof info;

    return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) == 0 ? info[SK_MEMINFO_DROPS] : 0;
}

static int udp_socket(const struct mcv_addr *addr)
{
    return socket(addr->family == MCV_IPV6 ? AF_INET6 : AF_INET,
                  SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int bind_to(int fd, const struct mcv_addr *addr)
{
    struct sockaddr_storage sa;
    const socklen_t n = mcv_sock_addr(&sa, addr);

    return bind(fd, (const struct sockaddr *)&sa, n);
}

static mcv_err finish(int *fd, int opened, int failed, const struct mcv_addr *addr,
                      struct mcv_why *why)
{
    if (!failed) {
        *fd = opened;
        return MCV_OK;
    }
    const mcv_err err = refuse_bind(addr, why);
    if (opened >= 0) close(opened);
    return err;
}

mcv_err mcv_sock_unicast(int *fd, const struct mcv_addr *addr, const struct mcv_netif *iface,
                         struct mcv_why *why)
{
    const int s = udp_socket(addr);

    *fd = -1;
    const int failed = s < 0 || set_sending(s, addr, iface) != 0 || bind_to(s, addr) != 0;
    if (!failed) set_receive_buffer(s);
    return finish(fd, s, failed, addr, why);
}

static int join(int fd, const struct mcv_addr *group, const struct mcv_netif *iface)
{
    struct group_req request = {.gr_interface = iface->index};
    struct sockaddr_storage sa;

    mcv_sock_addr(&sa, group);
    memcpy(&request.gr_group, &sa, sizeof sa);
    return setsockopt(fd, group->family == MCV_IPV6 ? IPPROTO_IPV6 : IPPROTO_IP, MCAST_JOIN_GROUP,
                      &request, sizeof request);
}

mcv_err mcv_sock_group(int *fd, const struct mcv_addr *group, const struct mcv_addr *own,
                       const struct mcv_netif *iface, struct mcv_why *why)
{
    struct mcv_addr at = *group;

    *fd = -1;
    if (!iface->has_multicast)
        return mcv_why_set(
            why, MCV_E_CONFIG,
            "the interface has no multicast; `ip link` can switch it on, or give the "
            "group a fan_out");
    const int s = udp_socket(group);
    if (at.family == MCV_IPV6) at.scope = iface->index;
    const int failed = s < 0 || set(s, SOL_SOCKET, SO_REUSEADDR, 1) != 0 ||
                       set_sending(s, own, iface) != 0 || bind_to(s, &at) != 0 ||
                       join(s, &at, iface) != 0;
    if (!failed) set_receive_buffer(s);
    return finish(fd, s, failed, group, why);
}

mcv_err mcv_sock_local(int *fd, const struct mcv_addr *addr, struct mcv_why *why)
{
    const int s = udp_socket(addr);

    *fd = -1;
    const int failed = s < 0 || bind_to(s, addr) != 0;
    if (!failed) set_receive_buffer(s);
    return finish(fd, s, failed, addr, why);
}

const struct mcv_marks mcv_marks_default = {
    .of = {{48, 6}, {40, 6}, {46, 6}, {34, 5}, {26, 4}, {18, 3}, {0, 0}, {8, 1}},
};

void mcv_sock_priority(int fd, uint8_t family, const struct mcv_marks *marks, uint8_t pppp)
{
    const struct mcv_mark *m = &marks->of[pppp >= 1 && pppp <= MCV_N_PPPP ? pppp - 1u : 6u];
    const int tos = m->dscp << 2;

    if (family == MCV_IPV6)
        set(fd, IPPROTO_IPV6, IPV6_TCLASS, tos);
    else
        set(fd, IPPROTO_IP, IP_TOS, tos); /* sets a priority of its own, so the other comes after */
    set(fd, SOL_SOCKET, SO_PRIORITY, m->priority);
}
