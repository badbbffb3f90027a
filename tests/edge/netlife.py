"""The interface of a daemon goes down, is deleted and made again, and loses its addresses: within a second of
its return it is a member of its groups again and hears them, without a restart, also in a call.
usage: netlife.py MCVD MCVCTL; 77: cannot be tried here"""
import socket
import sys

from lab import Daemon, Lab, igmp_name, mld_name

FOUR, LINK, SITE = "239.20.1.5", "ff02::4d43", "ff05::4d43"
OWN4, OWN6 = "10.99.0.1", "fe80::ff:fe00:a"
MONP, VIDEO = 8809, 42002
RETURN_S = 1
MALFORMED = b"\xff\xff"

lab = Lab("a", "b")
for namespace in "ab":  # an address that is usable at once: the time is the daemon's
    lab.set(namespace, "ipv6/conf/default/accept_dad", 0)
    lab.ip(namespace, "link set lo up\n")


def make_link():
    lab.ip("a", "link add veth0 address 02:00:00:00:00:0a type veth peer name veth1 netns $b \n"
                "link set veth0 addrgenmode eui64\naddr add 10.99.0.1/24 dev veth0\n"
                "link set veth0 up\n")
    lab.ip("b", "addr add 10.99.0.2/24 dev veth1\nlink set veth1 up\n")


def counters():
    stats = daemon.ctl("stats")
    return stats["monp_malformed"], stats["rtp_malformed"]


def send(group, port):
    """From b; its interface is another one each time, and may have no address yet."""
    try:
        with lab.inside("b"):
            index = socket.if_nametoindex("veth1")
            is_v6 = ":" in group
            s = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM)
        with s:
            if is_v6:
                s.sendto(MALFORMED, (group, port, 0, index))
            else:
                s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                             socket.inet_aton("10.99.0.2"))
                s.sendto(MALFORMED, (group, port))
    except OSError:
        pass


def hears(when):
    """What b sends to each group reaches the daemon, and media reach its call."""
    for group, port, which in ((FOUR, MONP, 0), (LINK, MONP, 0), (SITE, MONP, 0), (FOUR, VIDEO, 1)):
        before = counters()[which]

        def comes():
            send(group, port)
            return counters()[which] > before

        lab.wait(f"{when}: hears {group} port {port}", comes, 5)


def joined(when):
    want = {igmp_name(FOUR), mld_name(LINK), mld_name(SITE)}
    lab.wait(f"{when}: a member of its groups", lambda: want <= daemon.memberships(), RETURN_S)


def is_state(state, when):
    lab.wait(f"{when}: status says {state}", lambda: daemon.ctl("status")["network"] == state, 5)


def returned(when):
    joined(when)
    is_state("up", when)
    hears(when)


make_link()
daemon = Daemon(lab, "a", sys.argv[1], sys.argv[2], f"""
network: {{interface: veth0, addresses: [{OWN4}, "{OWN6}"]}}
groups:
  - {{id: "sip:four@example.org", address: {FOUR}, media_port: 42000, protect_media: false,
     protect_transmission_control: false}}
  - {{id: "sip:link@example.org", address: "{LINK}"}}
  - {{id: "sip:site@example.org", address: "{SITE}"}}
""")
if "network:" in daemon.say("status"):
    lab.fail("a fault is told where there is none")
if daemon.ctl("group", "start", "sip:four@example.org") is None:
    lab.fail("no group call")
lab.wait("the call has begun", lambda: daemon.ctl("status")["calls"][0]["state"] == "S3", 10)
joined("at start")
hears("at start")

lab.ip("a", "link set veth0 down\n")
is_state("down", "link down")
if "network: down" not in daemon.say("status"):
    lab.fail("people are not told")
lab.ip("a", "link set veth0 up\n")
returned("up again")

lab.ip("a", "link del veth0\n")
is_state("down", "deleted")
make_link()
returned("made again")

for own, size in ((OWN4, 24), (OWN6, 64)):
    lab.ip("a", f"addr del {own}/{size} dev veth0\n")
    is_state("no_address", f"{own} gone")
    lab.ip("a", f"addr add {own}/{size} dev veth0\n")
    returned(f"{own} back")

lab.ip("a", f"addr del {OWN4}/24 dev veth0\naddr add 10.99.0.9/24 dev veth0\n")  # another one
is_state("no_address", "another address")
lab.ip("a", f"addr add {OWN4}/24 dev veth0\n")
returned("beside another address")
daemon.stop()
