#include "agent/edge/queries.h"

#include "proto/addr.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUERY         0x11 /* Spec: RFC 3376 4.1 */
#define MESSAGE_BYTES 2048
#define MAX_MESSAGES  64 /* taken in one turn of the loop */

struct ear {
    uv_poll_t poll;
    struct mcv_queries *queries;
    uint8_t family;
    int fd; /* -1: not open */
};

enum { IGMP, MLD, N_EARS };

struct mcv_queries {
    struct ear ears[N_EARS];
    mcv_queries_heard *heard;
    void *ctx;
    unsigned n_open; /* handles of the loop */
};

/* ---- a message ----------------------------------------------------------------------------- */

static unsigned index_of(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        struct in_pktinfo v4;
        struct in6_pktinfo v6;
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            memcpy(&v4, CMSG_DATA(c), sizeof v4);
            return (unsigned)v4.ipi_ifindex;
        }
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            memcpy(&v6, CMSG_DATA(c), sizeof v6);
            return v6.ipi6_ifindex;
        }
    }
    return 0;
}

/* An IGMP socket gives the IP header too; what comes from the MLD socket is filtered already. */
static bool is_query(uint8_t family, const uint8_t *b, size_t n)
{
    const size_t header = n > 0 ? (size_t)(b[0] & 15) * 4 : 0;

    if (family == MCV_IPV6) return n > 0 && b[0] == MLD_LISTENER_QUERY;
    return header >= 20 && n > header && b[header] == QUERY;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    const struct ear *e = poll->data;
    uint8_t bytes[MESSAGE_BYTES];
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    struct iovec v = {bytes, sizeof bytes};

    if (status < 0 || (events & UV_READABLE) == 0) return;
    for (unsigned i = 0; i < MAX_MESSAGES; i++) {
        struct msghdr m = {.msg_iov = &v,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
        const ssize_t n = recvmsg(e->fd, &m, MSG_DONTWAIT);
        if (n < 0) return;
        if (is_query(e->family, bytes, (size_t)n))
            e->queries->heard(e->queries->ctx, e->family, index_of(&m));
    }
}

/* ---- opened and closed --------------------------------------------------------------------- */

static int open_igmp(void)
{
    const int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_IGMP);
    const int on = 1;

    if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0) return fd;
    close(fd);
    return -1;
}

static int open_mld(void)
{
    const int fd = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6);
    const int on = 1;
    struct icmp6_filter filter;

    if (fd < 0) return -1;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(MLD_LISTENER_QUERY, &filter);
    if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) == 0 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0)
        return fd;
    close(fd);
    return -1;
}

static mcv_err listen_with(struct mcv_queries *q, struct ear *e, uv_loop_t *loop, uint8_t family,
                           int fd)
{
    *e = (struct ear){.queries = q, .family = family, .fd = fd};
    if (fd < 0) return errno == EPERM || errno == EACCES ? MCV_E_POLICY : MCV_E_IO;
    if (uv_poll_init(loop, &e->poll, fd) != 0) {
        close(fd);
        e->fd = -1;
        return MCV_E_IO;
    }
    q->n_open++;
    e->poll.data = e;
    return uv_poll_start(&e->poll, UV_READABLE, on_readable) == 0 ? MCV_OK : MCV_E_IO;
}

mcv_err mcv_queries_open(struct mcv_queries **out, uv_loop_t *loop, mcv_queries_heard *heard,
                         void *ctx)
{
    struct mcv_queries *q = calloc(1, sizeof *q);

    *out = NULL;
    if (q == NULL) return MCV_E_FULL;
    q->heard = heard;
    q->ctx = ctx;
    q->ears[MLD].fd = -1;
    const mcv_err err = listen_with(q, &q->ears[IGMP], loop, MCV_IPV4, open_igmp());
    if (err != MCV_OK) {
        mcv_queries_close(q);
        return err;
    }
    (void)(listen_with(q, &q->ears[MLD], loop, MCV_IPV6, open_mld()) == MCV_OK);
    *out = q;
    return MCV_OK;
}

static void on_closed(uv_handle_t *handle)
{
    const struct ear *e = handle->data;

    if (--e->queries->n_open == 0) free(e->queries);
}

void mcv_queries_close(struct mcv_queries *q)
{
    if (q == NULL) return;
    if (q->n_open == 0) {
        free(q);
        return;
    }
    for (size_t i = 0; i < N_EARS; i++) {
        struct ear *e = &q->ears[i];
        if (e->fd < 0) continue;
        uv_poll_stop(&e->poll);
        close(e->fd);
        uv_close((uv_handle_t *)&e->poll, on_closed);
    }
}

/* ---- bridges ------------------------------------------------------------------------------- */

bool mcv_queries_bridge_snoops(const char *interface)
{
    static const char *const places[] = {"bridge", "brport/bridge/bridge"};
    bool snoops = false;

    for (size_t i = 0; i < sizeof places / sizeof *places && !snoops; i++) {
        char path[128];
        snprintf(path, sizeof path, "/sys/class/net/%s/%s/multicast_snooping", interface,
                 places[i]);
        FILE *f = fopen(path, "r");
        if (f == NULL) continue;
        snoops = fgetc(f) == '1';
        fclose(f);
    }
    return snoops;
}
