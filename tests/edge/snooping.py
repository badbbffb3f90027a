"""A bridge that snoops, in a namespace of its own, between mcvd and a peer; its querier comes and goes.
  igmp, mld: no query comes any more, which is told once; then they are back;
  peer:      the bridge has forgotten the group: media of the peer stop, his unicast does not.
usage: snooping.py MCVD MCVCTL igmp|mld|peer; 77: cannot be tried here
Spec: RFC 3376 4.1, 8.4, RFC 3810 5.1, RFC 4541 2.1.1"""
import socket
import struct
import sys
import time

from lab import Daemon, Lab, igmp_name, mld_name

MODE = sys.argv[3]
GROUP, OWN, PEER = "239.20.1.5", "10.99.0.1", "10.99.0.2"
GROUP6, OWN6 = "ff05::4d43", "fd99::1"
MONP, VIDEO = 8809, 42002
QUERY, ALL_HOSTS = 0x11, "224.0.0.1"
SNOOPS = "link set br0 type bridge mcast_snooping 1 mcast_querier 0 mcast_membership_interval 200\n"

lab = Lab("a", "b", "s")
for namespace in "abs":
    lab.ip(namespace, "link set lo up\n")
lab.ip("s", "link add br0 type bridge\n" + SNOOPS + "link set br0 up\n")
for namespace, address in (("a", OWN), ("b", PEER)):
    lab.ip("s", f"link add p{namespace} type veth peer name veth0 netns ${namespace} \n"
                f"link set p{namespace} master br0 up\n")
    lab.ip(namespace, f"addr add {address}/24 dev veth0\nlink set veth0 up\n")
lab.ip("a", f"addr add {OWN6}/64 dev veth0 nodad\n")


def start(network):
    daemon = Daemon(lab, "a", sys.argv[1], sys.argv[2], f"""
network: {{interface: veth0, addresses: [{OWN}, "{OWN6}"], {network}}}
peers: [{{user: "sip:bob@example.org", address: {PEER}}}]
groups:
  - {{id: "sip:team@example.org", address: "{GROUP6 if MODE == 'mld' else GROUP}", media_port: 42000, protect_media: false,
     protect_transmission_control: false}}
""")
    if 'proves="the stack of this machine alone"' not in daemon.log():
        lab.fail("the probe does not say what it proves")
    multicast = daemon.ctl("status")["multicast"]
    if not multicast["probe"] or multicast["state"] != "unproven":
        lab.fail(f"at start: {multicast}")
    if "multicast: nothing of others heard yet" not in daemon.say("status"):
        lab.fail("people are not told what is not known")
    return daemon


def fault():
    return daemon.ctl("status")["multicast"].get("fault")


def becomes(want, when, seconds):
    lab.wait(f"{when}: fault is {want}", lambda: fault() == want, seconds)


def n_warnings():
    return daemon.log().count(f"no {MODE.upper()} query comes")


# ---- queries ------------------------------------------------------------------------------------


TIMEOUT_S = 3  # three times the interval of the querier, the shortest that Linux has


def querier(is_on):
    lab.ip("s", "link set br0 type bridge mcast_query_interval 100 mcast_startup_query_interval 100 "
                f"mcast_querier {int(is_on)}\n")


def queries():
    time.sleep(TIMEOUT_S + 0.2)  # nobody knows that this network snoops
    becomes(None, "no querier was ever heard", 0.1)
    querier(True)
    time.sleep(TIMEOUT_S + 0.2)
    becomes(None, "queries come", 0.1)
    querier(False)
    becomes(f"no_{MODE}_query", "the querier is gone", 4 * TIMEOUT_S)
    if "multicast: (for " not in daemon.say("status"):
        lab.fail("people are not told")
    if n_warnings() != 1 or "multicast comes again" in daemon.log():
        lab.fail(f"{n_warnings()} warnings, not one")
    querier(True)
    becomes(None, "queries come again", 4 * TIMEOUT_S)
    if daemon.log().count("multicast comes again") != 1:
        lab.fail("the end is not told")


# ---- a peer -------------------------------------------------------------------------------------


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    return ~(total + (total >> 16)) & 0xffff


def query_once():
    """From b: the bridge takes it for a querier, waits for its next query, and forgets who is in a group."""
    octets = struct.pack("!BBH4s", QUERY, 10, 0, bytes(4))  # version 2: answers within a second
    octets = octets[:2] + struct.pack("!H", checksum(octets)) + octets[4:]
    with lab.inside("b"):
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
    with s:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(PEER))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, bytes([0x94, 4, 0, 0]))  # router alert
        s.sendto(octets, (ALL_HOSTS, 0))


def udp():
    with lab.inside("b"):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(PEER))
    return s


def n_media():
    return daemon.ctl("stats")["rtp_malformed"]


def peer():
    if daemon.ctl("group", "start", "sip:team@example.org") is None:
        lab.fail("no group call")
    lab.wait("the call has begun", lambda: daemon.ctl("status")["calls"][0]["state"] == "S3", 10)
    with udp() as s:
        s.sendto(b"media", (GROUP, VIDEO))
        lab.wait("media are heard", lambda: n_media() > 0, 5)
        query_once()
        silent_s = 0.0
        n, broke_off_at = n_media(), time.monotonic()
        while time.monotonic() - broke_off_at < 45:
            s.sendto(b"media", (GROUP, VIDEO))
            s.sendto(b"private", (OWN, MONP))
            time.sleep(0.2)
            now = n_media()
            if now != n:
                n, broke_off_at = now, time.monotonic()
            silent_s = time.monotonic() - broke_off_at
            if fault() is not None:
                break
    multicast = daemon.ctl("status")["multicast"]
    if multicast.get("fault") != "peer" or multicast["user"] != "sip:bob@example.org":
        lab.fail(f"after {silent_s:.0f} s of silence: {multicast}")
    if silent_s < 28:
        lab.fail(f"told after {silent_s:.0f} s")
    if daemon.log().count("is heard by unicast and not by multicast") != 1:
        lab.fail("not told once")
    with udp() as s:
        lab.ip("s", "link set br0 type bridge mcast_snooping 0\n")  # now everything gets through
        s.sendto(b"media", (GROUP, VIDEO))
        becomes(None, "multicast comes again", 5)


daemon = start("snooping: no" if MODE == "peer" else f"snooping: auto, query_timeout: {TIMEOUT_S}s")
if (mld_name(GROUP6) if MODE == "mld" else igmp_name(GROUP)) not in daemon.memberships():
    lab.fail("not a member")
if MODE == "peer":
    peer()
else:
    queries()
daemon.stop()
