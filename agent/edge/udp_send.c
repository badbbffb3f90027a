/* Bursts on their way to the system. */
#include "agent/edge/udp.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

const char *mcv_udp_path_name(enum mcv_udp_path path)
{
    static const char *const names[] = {
        [MCV_UDP_PLAIN] = "plain", [MCV_UDP_MMSG] = "sendmmsg", [MCV_UDP_GSO] = "gso"};

    return names[path];
}

/* A burst in the form of the system. */
struct sending {
    struct mcv_udp *u;
    struct mcv_burst burst;
    struct sockaddr_storage to[MCV_BURST_MAX_PKTS]; /* one flow: the first is that of all */
    socklen_t n_to;
    struct iovec vectors[MCV_BURST_MAX_PKTS];
    size_t n_done; /* of the packets: sent, or failed and counted */
};

static void *name_of(struct sending *s, size_t i)
{
    return &s->to[s->burst.is_one_flow ? 0 : i];
}

/* ---- the three paths: true when nothing is left to do -------------------------------------- */

size_t mcv_udp_segment_control(uint8_t out[static MCV_UDP_CONTROL_BYTES], uint16_t segment_bytes)
{
    struct cmsghdr header = {.cmsg_len = CMSG_LEN(sizeof segment_bytes),
                             .cmsg_level = SOL_UDP,
                             .cmsg_type = UDP_SEGMENT};

    memset(out, 0, CMSG_SPACE(sizeof segment_bytes));
    memcpy(out, &header, sizeof header);
    memcpy(out + CMSG_LEN(0), &segment_bytes, sizeof segment_bytes);
    return CMSG_SPACE(sizeof segment_bytes);
}

/* What the answer says of later bursts: this size does not go through the interface in segments, or
 * nothing goes through it so. */
static bool is_refused(struct mcv_udp *u, size_t segment_bytes, int error)
{
    switch (error) {
    case EINVAL:
    case EMSGSIZE:
        u->max_segment_bytes = segment_bytes - 1;
        return true;
    case EIO:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
        u->path = MCV_UDP_MMSG;
        return true;
    default:
        return false;
    }
}

static bool send_gso(struct sending *s)
{
    _Alignas(struct cmsghdr) uint8_t control[MCV_UDP_CONTROL_BYTES];
    const size_t segment = s->burst.packets[0].n;
    struct msghdr m = {.msg_name = name_of(s, 0),
                       .msg_namelen = s->n_to,
                       .msg_iov = s->vectors,
                       .msg_iovlen = s->burst.n};

    if (s->burst.n < 2 || !s->burst.is_one_flow || segment > s->u->max_segment_bytes) return false;
    m.msg_control = control;
    m.msg_controllen = mcv_udp_segment_control(control, (uint16_t)segment);
    if (sendmsg(s->u->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (is_refused(s->u, segment, errno)) return false;
        s->u->n_send_failed += s->burst.n;
        return true;
    }
    s->u->n_bursts[MCV_UDP_GSO]++;
    return true;
}

static bool send_mmsg(struct sending *s)
{
    struct mmsghdr messages[MCV_BURST_MAX_PKTS];

    if (s->burst.n < 2) return false;
    for (size_t i = 0; i < s->burst.n; i++) {
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = name_of(s, i),
                                                   .msg_namelen = s->n_to,
                                                   .msg_iov = &s->vectors[i],
                                                   .msg_iovlen = 1}};
    }
    while (s->n_done < s->burst.n) {
        const int n = sendmmsg(s->u->fd, messages + s->n_done, (unsigned)(s->burst.n - s->n_done),
                               MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == ENOSYS) {
            s->u->path = MCV_UDP_PLAIN;
            return false;
        }
        if (n < 0) s->u->n_send_failed++;
        if (n > 0) s->u->n_bursts[MCV_UDP_MMSG]++;
        s->n_done += n > 0 ? (size_t)n : 1u;
    }
    return true;
}

static bool send_plain(struct sending *s)
{
    for (; s->n_done < s->burst.n; s->n_done++) {
        const struct mcv_bytes p = s->burst.packets[s->n_done];
        const ssize_t n = sendto(s->u->fd, p.p, p.n, MSG_DONTWAIT | MSG_NOSIGNAL,
                                 name_of(s, s->n_done), s->n_to);
        if (n == (ssize_t)p.n)
            s->u->n_bursts[MCV_UDP_PLAIN]++;
        else
            s->u->n_send_failed++;
    }
    return true;
}

static void send_burst(struct sending *s)
{
    static bool (*const paths[])(struct sending *) = {
        [MCV_UDP_PLAIN] = send_plain, [MCV_UDP_MMSG] = send_mmsg, [MCV_UDP_GSO] = send_gso};
    struct mcv_udp *u = s->u;

    s->n_done = 0;
    for (size_t i = 0; i < (s->burst.is_one_flow ? 1u : s->burst.n); i++)
        s->n_to = mcv_sock_addr(&s->to[i], s->burst.to[i]);
    for (size_t i = 0; i < s->burst.n; i++) {
        const struct mcv_bytes p = s->burst.packets[i];
        memcpy(&s->vectors[i].iov_base, &p.p, sizeof p.p); /* the system takes no const pointer */
        s->vectors[i].iov_len = p.n;
    }
    if (s->burst.pppp != u->pppp) {
        mcv_sock_priority(u->fd, u->bound.family, u->batch->marks, s->burst.pppp);
        u->pppp = s->burst.pppp;
    }
    for (unsigned path = u->path; !paths[path](s); path--) {
    }
}

/* ---- the queue ----------------------------------------------------------------------------- */

void mcv_udp_flush(struct mcv_udp_batch *batch)
{
    struct sending s;

    while (mcv_burst_next(&s.burst, &batch->queue, &batch->sending.limits)) {
        s.u = s.burst.socket;
        send_burst(&s);
    }
}

void mcv_udp_send(struct mcv_udp *u, const struct mcv_addr *to, uint8_t pppp,
                  struct mcv_bytes bytes)
{
    const struct mcv_burst_packet p = {
        .socket = u, .to = *to, .pppp = pppp, .is_equal = u->path == MCV_UDP_GSO, .bytes = bytes};
    struct mcv_udp_batch *b = u->batch;
    const uint64_t at_us = uv_hrtime() / 1000u;

    if (mcv_burst_is_due(&b->queue, &b->sending.limits, at_us)) mcv_udp_flush(b);
    mcv_burst_add(&b->queue, &p, at_us);
}
