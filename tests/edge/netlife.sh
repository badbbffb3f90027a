#!/bin/sh
# The interface of a daemon goes down, is deleted and made again, and loses its addresses: it hears its
# group again within a second, without a restart. Two namespaces: "a" with mcvd, "b" that sends to the group.
# usage: netlife.sh MCVD MCVCTL; 77: cannot be tried here
set -eu
mcvd=$1 mcvctl=$2
a=mcv-life-a-$$ b=mcv-life-b-$$
skip() { echo "netlife.sh: skipped: $1"; exit 77; }
[ "$(id -u)" = 0 ] || skip "namespaces need root"
command -v ip >/dev/null || skip "no ip (package iproute2)"
command -v python3 >/dev/null || skip "no python3"
ip netns add $a 2>/dev/null || skip "no network namespaces here"
dir=$(mktemp -d)
pid=
finish() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    ip netns del $a 2>/dev/null || true
    ip netns del $b 2>/dev/null || true
    rm -rf "$dir"
}
trap finish EXIT
fail() { echo "netlife.sh: $1" >&2; cat "$dir/log" >&2; exit 1; }
ip netns add $b
umask 077

make_link() { # as fast as a driver does, so that the time below is the daemon's
    ip -n $a -batch - <<END
link add veth0 address 02:00:00:00:00:0a type veth peer name veth1 netns $b
link set veth0 addrgenmode eui64
addr add 10.99.0.1/24 dev veth0
link set veth0 up
END
    ip -n $b -batch - <<END
addr add 10.99.0.2/24 dev veth1
link set veth1 up
END
}
number_of() { "$mcvctl" --socket "$dir/sock" --json stats | python3 -c 'import json, sys
print(sum(n for name, n in json.load(sys.stdin).items() if name == "monp_malformed"))'; }
network() { "$mcvctl" --socket "$dir/sock" --json status | python3 -c 'import json, sys
print(json.load(sys.stdin)["network"])'; }
# joined GROUP6 TEXT: waits until the daemon's interface is in both groups; fails after one second.
joined() {
    i=0
    until ip -n $a maddr show dev veth0 2>/dev/null | grep -q 239.20.1.5 &&
        ip -n $a maddr show dev veth0 | grep -qi "$1"; do
        i=$((i + 1))
        [ $i -lt 50 ] || fail "$2: not a member of its groups after a second"
        sleep 0.02
    done
}
# hears TEXT: what b sends to either group reaches the daemon.
hears() {
    for family in 4 6; do
        i=0
        before=$(number_of)
        until [ "$(number_of)" -gt "$before" ]; do
            i=$((i + 1))
            [ $i -lt 20 ] || fail "$1: does not hear its IPv$family group"
            ip netns exec $b python3 - $family <<'END'
import socket, sys
v6 = sys.argv[1] == "6"
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
index = socket.if_nametoindex("veth1")
try:
    if v6:
        s.sendto(b"\xff\xff", ("ff02::4d43", 8809, 0, index))
    else:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.99.0.2"))
        s.sendto(b"\xff\xff", ("239.20.1.5", 8809))
except OSError:
    pass  # its address is not usable yet; the loop tries again
END
            sleep 0.1
        done
    done
}
is() { # STATE TEXT
    i=0
    until [ "$(network)" = "$1" ]; do
        i=$((i + 1))
        [ $i -lt 50 ] || fail "$2: status says $(network), not $1"
        sleep 0.02
    done
}

for n in $a $b; do # an address that is usable at once: the time is the daemon's
    ip netns exec $n sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad' || skip "no IPv6 here"
done
make_link
head -c 32 /dev/urandom >"$dir/key"
own6=fe80::ff:fe00:a
i=0
until ip -n $a -6 addr show dev veth0 scope link -tentative | grep -q $own6; do
    i=$((i + 1))
    [ $i -lt 100 ] || skip "no IPv6 link-local address: $(ip -n $a addr show dev veth0)"
    sleep 0.1
done
cat >"$dir/config" <<END
user: sip:alice@example.org
control_socket: $dir/sock
network: {interface: veth0, addresses: [10.99.0.1, "$own6"]}
store: {dir: $dir/store, key_file: $dir/key}
groups:
  - {id: "sip:four@example.org", address: 239.20.1.5}
  - {id: "sip:six@example.org", address: "ff02::4d43"}
END
ip netns exec $a "$mcvd" --config "$dir/config" 2>"$dir/log" &
pid=$!
i=0
until "$mcvctl" --socket "$dir/sock" status >"$dir/out" 2>/dev/null; do
    i=$((i + 1))
    [ $i -lt 200 ] || fail "mcvd does not start"
    sleep 0.05
done
grep -q '^network:' "$dir/out" && fail "a fault is told where there is none"
joined ff02::4d43 "at start"
hears "at start"

ip -n $a link set veth0 down
is down "link down"
"$mcvctl" --socket "$dir/sock" status | grep -q '^network: down' || fail "people are not told"
ip -n $a link set veth0 up
joined ff02::4d43 "up again"
is up "up again"
hears "up again"

ip -n $a link del veth0
is down "deleted"
make_link
joined ff02::4d43 "made again"
is up "made again"
hears "made again"

ip -n $a addr del 10.99.0.1/24 dev veth0
is no_address "address gone"
ip -n $a addr add 10.99.0.1/24 dev veth0
is up "address back"
joined ff02::4d43 "address back"
hears "address back"

kill -TERM $pid
wait $pid || fail "exit status $?"
pid=
