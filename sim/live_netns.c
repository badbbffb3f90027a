#include "sim/live_netns.h"

#include "sim/live_tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_BYTES 160

struct mcv_live_netns {
    int home, bridge; /* descriptors of namespaces; home -1: no way back */
    int *fds;
    uint32_t n, n_agents;
    bool has_loss;
};

/* ---- namespaces ---------------------------------------------------------------------------- */

static bool write_file(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const bool is_good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0) close(fd);
    return is_good;
}

/* Without privileges: root of a user namespace of our own. */
static bool become_root(void)
{
    const uid_t uid = getuid();
    const gid_t gid = getgid();
    char text[40];

    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    snprintf(text, sizeof text, "0 %u 1", (unsigned)uid);
    if (!write_file("/proc/self/uid_map", text)) return false;
    snprintf(text, sizeof text, "0 %u 1", (unsigned)gid);
    return write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/gid_map", text);
}

/* The thread is in a new one then; its descriptor, or -1. */
static int new_one(void)
{
    return unshare(CLONE_NEWNET) == 0 ? open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC) : -1;
}

static mcv_err make_all(struct mcv_live_netns *ns, struct mcv_why *why)
{
    ns->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    ns->bridge = new_one();
    const int denied = errno;
    if (ns->bridge < 0 && become_root()) {
        close(ns->home);
        ns->home = -1;
        ns->bridge = new_one();
    }
    if (ns->bridge < 0)
        return mcv_why_set(why, MCV_E_CONFIG,
                           "network namespaces: %s; run it as root, or where user namespaces are "
                           "for everybody",
                           strerror(denied));
    for (; ns->n < ns->n_agents && ns->n < MCV_LIVE_NETNS_MAX; ns->n++) {
        ns->fds[ns->n] = new_one();
        if (ns->fds[ns->n] < 0)
            return mcv_why_set(why, MCV_E_CONFIG, "network namespace %" PRIu32 ": %s", ns->n + 1,
                               strerror(errno));
    }
    MCV_ASSERT(setns(ns->bridge, CLONE_NEWNET) == 0);
    return MCV_OK;
}

void mcv_live_netns_enter(const struct mcv_live_netns *ns, uint32_t agent)
{
    if (ns != NULL) MCV_ASSERT(setns(ns->fds[agent % ns->n], CLONE_NEWNET) == 0);
}

void mcv_live_netns_leave(const struct mcv_live_netns *ns)
{
    if (ns != NULL) MCV_ASSERT(setns(ns->home >= 0 ? ns->home : ns->bridge, CLONE_NEWNET) == 0);
}

/* ---- interfaces ---------------------------------------------------------------------------- */

/* A bridge, and a pair of interfaces for each namespace, one end of it in there. */
static mcv_err make_links(const struct mcv_live_netns *ns, struct mcv_why *why)
{
    static const char *const argv[] = {"ip", "-batch", "-", NULL};
    const size_t n_bytes = (ns->n + 1) * (size_t)LINE_BYTES;
    char *script = malloc(n_bytes), output[512];
    size_t n = 0;

    if (script == NULL) return MCV_E_IO;
#define ADD(...) n += (size_t)snprintf(script + n, n_bytes - n, __VA_ARGS__)
    ADD("link add br0 type bridge mcast_snooping 0\nlink set br0 up\n");
    for (uint32_t i = 0; i < ns->n; i++)
        ADD("link add p%" PRIu32 " type veth peer name " MCV_LIVE_NETNS_INTERFACE
            " netns /proc/%ld/fd/%d\nlink set p%" PRIu32 " master br0 up\n",
            i, (long)getpid(), ns->fds[i], i);
#undef ADD
    const mcv_err err = mcv_live_tool_run(argv, script, output, sizeof output, why);
    free(script);
    return err;
}

static bool set_up(int fd, const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_UP | IFF_MULTICAST};

    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

/* The k-th address of the interface; 10.0.0.0/8 follows from its class. */
static bool add_address(int fd, uint32_t k, uint32_t ipv4)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(ipv4)};
    struct ifreq request = {0};

    snprintf(request.ifr_name, sizeof request.ifr_name,
             k > 0 ? MCV_LIVE_NETNS_INTERFACE ":%" PRIu32 : MCV_LIVE_NETNS_INTERFACE, k);
    memcpy(&request.ifr_addr, &at, sizeof at);
    return ioctl(fd, SIOCSIFADDR, &request) == 0;
}

static mcv_err set_addresses(const struct mcv_live_netns *ns, uint32_t first_user,
                             struct mcv_why *why)
{
    bool is_good = true;

    for (uint32_t i = 0; i < ns->n && is_good; i++) {
        mcv_live_netns_enter(ns, i);
        const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        is_good = fd >= 0 && set_up(fd, "lo") && set_up(fd, MCV_LIVE_NETNS_INTERFACE);
        for (uint32_t k = 0; i + k * ns->n < ns->n_agents && is_good; k++)
            is_good = add_address(fd, k, first_user + i + k * ns->n);
        if (!is_good) (void)mcv_why_set(why, MCV_E_IO, "addresses: %s", strerror(errno));
        if (fd >= 0) close(fd);
    }
    mcv_live_netns_leave(ns);
    return is_good ? MCV_OK : MCV_E_IO;
}

/* ---- loss ---------------------------------------------------------------------------------- */

/* On the way from the bridge to one receiver: each has draws of its own. */
static mcv_err lose(uint32_t loss_ppm, struct mcv_why *why)
{
    static const char *const argv[] = {"nft", "-f", "-", NULL};
    char script[400], output[512];

    snprintf(script, sizeof script,
             "add table bridge air\n"
             "add chain bridge air out { type filter hook forward priority 0; }\n"
             "add rule bridge air out ip protocol udp counter\n"
             "add rule bridge air out ip protocol udp numgen random mod 1000000 < %" PRIu32
             " counter drop\n",
             loss_ppm);
    return mcv_live_tool_run(argv, script, output, sizeof output, why);
}

/* Packets of the first counter among the parts of a rule. */
static uint64_t counted(const json_t *item)
{
    const json_t *parts = json_object_get(json_object_get(item, "rule"), "expr");
    const json_t *part;
    size_t i;

    json_array_foreach(parts, i, part)
    {
        const json_t *counter = json_object_get(part, "counter");

        if (counter != NULL)
            return (uint64_t)json_integer_value(json_object_get(counter, "packets"));
    }
    return 0;
}

void mcv_live_netns_count(const struct mcv_live_netns *ns, uint64_t *n_air, uint64_t *n_lost)
{
    static const char *const argv[] = {"nft", "-j", "list", "table", "bridge", "air", NULL};
    char output[4096];
    struct mcv_why why;
    const json_t *item;
    size_t i;

    *n_air = *n_lost = 0;
    if (ns == NULL || !ns->has_loss) return;
    MCV_ASSERT(setns(ns->bridge, CLONE_NEWNET) == 0);
    const mcv_err err = mcv_live_tool_run(argv, "", output, sizeof output, &why);
    mcv_live_netns_leave(ns);
    json_t *all = err == MCV_OK ? json_loads(output, 0, NULL) : NULL;
    json_array_foreach(json_object_get(all, "nftables"), i, item)
    {
        if (json_object_get(item, "rule") == NULL) continue;
        *n_air = *n_lost; /* the first rule counts all */
        *n_lost = counted(item);
    }
    json_decref(all);
}

/* ---- all of it ----------------------------------------------------------------------------- */

mcv_err mcv_live_netns_open(struct mcv_live_netns **out, uint32_t n_agents, uint32_t first_user,
                            uint32_t loss_ppm, struct mcv_why *why)
{
    struct mcv_live_netns *ns = calloc(1, sizeof *ns);

    *out = ns;
    if (ns == NULL) return MCV_E_IO;
    *ns = (struct mcv_live_netns){.home = -1, .bridge = -1, .n_agents = n_agents};
    ns->fds = calloc(MCV_LIVE_NETNS_MAX, sizeof *ns->fds);
    mcv_err err = ns->fds != NULL ? make_all(ns, why) : MCV_E_IO;
    if (err == MCV_OK) err = make_links(ns, why);
    if (err == MCV_OK && loss_ppm > 0) err = lose(loss_ppm, why);
    if (err == MCV_OK) err = set_addresses(ns, first_user, why);
    ns->has_loss = loss_ppm > 0;
    return err;
}

void mcv_live_netns_close(struct mcv_live_netns *ns)
{
    if (ns == NULL) return;
    if (ns->home >= 0) {
        (void)setns(ns->home, CLONE_NEWNET); /* not from within a user namespace */
        close(ns->home);
    }
    for (uint32_t i = 0; i < ns->n; i++)
        if (ns->fds[i] >= 0) close(ns->fds[i]);
    if (ns->bridge >= 0) close(ns->bridge);
    free(ns->fds);
    free(ns);
}
