#include "agent/edge/netwatch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOTICE_BYTES 8192
#define MAX_NOTICES  256 /* taken in one turn of the loop */

struct mcv_netwatch {
    uv_poll_t poll;
    mcv_netwatch_changed *changed;
    void *ctx;
    int fd;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct mcv_netwatch *w = poll->data;
    uint8_t notice[NOTICE_BYTES];

    if (status < 0 || (events & UV_READABLE) == 0) return;
    for (unsigned i = 0; i < MAX_NOTICES; i++)
        if (recv(w->fd, notice, sizeof notice, MSG_DONTWAIT) <= 0 && errno != ENOBUFS) break;
    w->changed(w->ctx);
}

static int open_socket(void)
{
    const struct sockaddr_nl at = {.nl_family = AF_NETLINK,
                                   .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
                                                RTMGRP_IPV6_IFADDR};
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) == 0) return fd;
    close(fd);
    return -1;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

mcv_err mcv_netwatch_open(struct mcv_netwatch **out, uv_loop_t *loop, mcv_netwatch_changed *changed,
                          void *ctx)
{
    struct mcv_netwatch *w = calloc(1, sizeof *w);

    *out = NULL;
    if (w == NULL) return MCV_E_FULL;
    w->changed = changed;
    w->ctx = ctx;
    w->fd = open_socket();
    if (w->fd < 0 || uv_poll_init(loop, &w->poll, w->fd) != 0) {
        if (w->fd >= 0) close(w->fd);
        free(w);
        return MCV_E_IO;
    }
    w->poll.data = w;
    if (uv_poll_start(&w->poll, UV_READABLE, on_readable) != 0) {
        mcv_netwatch_close(w);
        return MCV_E_IO;
    }
    *out = w;
    return MCV_OK;
}

void mcv_netwatch_close(struct mcv_netwatch *w)
{
    if (w == NULL) return;
    uv_poll_stop(&w->poll);
    close(w->fd);
    uv_close((uv_handle_t *)&w->poll, on_closed);
}
