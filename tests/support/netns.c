#include "tests/support/netns.h"

#include "tests/support/cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_PERMITTED 77

static bool enter(int lo_mtu)
{
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    struct ifreq mtu = {.ifr_name = "lo", .ifr_mtu = lo_mtu};

    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const bool is_up = fd >= 0 && ioctl(fd, SIOCSIFMTU, &mtu) == 0 &&
                       ioctl(fd, SIOCSIFFLAGS, &up) == 0;
    if (fd >= 0) close(fd);
    return is_up;
}

bool netns_run(void (*run)(const void *arg), const void *arg, int lo_mtu)
{
    int status = 1;
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (!enter(lo_mtu)) _exit(NOT_PERMITTED);
        run(arg);
        _exit(0); /* an assertion that fails ends the process with another status */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_PERMITTED) {
        fprintf(stderr, "network namespaces are not permitted here\n");
        return false;
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

static bool set_address(int fd, const char *name, const uint8_t ipv4[static 4])
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    struct ifreq request = {0};

    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    memcpy(&at.sin_addr, ipv4, 4);
    memcpy(&request.ifr_addr, &at, sizeof at);
    if (ioctl(fd, SIOCSIFADDR, &request) != 0) return false;
    request.ifr_flags = IFF_UP | IFF_MULTICAST;
    return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

int netns_tun(const char *name, const uint8_t ipv4[static 4])
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    const int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    const bool is_there = tun >= 0 && fd >= 0 && ioctl(tun, TUNSETIFF, &request) == 0 &&
                          set_address(fd, name, ipv4);
    if (fd >= 0) close(fd);
    if (is_there) return tun;
    fprintf(stderr, "no TUN interface here: %s\n", strerror(errno));
    if (tun >= 0) close(tun);
    return -1;
}

unsigned netns_tun_n_udp(int fd)
{
    uint8_t packet[2048];
    unsigned n_udp = 0;
    ssize_t n;

    while ((n = read(fd, packet, sizeof packet)) > 0)
        n_udp += n >= 20 && packet[0] >> 4 == 4 && packet[9] == IPPROTO_UDP;
    return n_udp;
}
