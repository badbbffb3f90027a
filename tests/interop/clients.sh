#!/bin/sh
# Real encoders and decoders beside two agents, in network namespaces of their own; see clients.py.
# usage: clients.sh BUILD PLAY; 77: namespaces cannot be made here
set -eu
if [ -z "${MCV_CLIENTS_INSIDE:-}" ]; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root=--map-root-user
    unshare $as_root --net --mount true 2>/dev/null ||
        { echo "clients.sh: skipped: network namespaces are not permitted here"; exit 77; }
    export MCV_CLIENTS_INSIDE=1 # what is started ends with this shell, and the namespaces with it
    exec unshare $as_root --net --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi
mount -t tmpfs tmpfs /run
ip netns add sender
ip link add veth0 type veth peer name veth0 netns sender
ip -n sender addr add 10.99.0.1/24 dev veth0
for host in 2 3 4; do ip addr add 10.99.0.$host/24 dev veth0; done
for n in "" "-n sender"; do
    ip $n link set lo up
    ip $n link set veth0 up
done
exec python3 "$(dirname "$0")/clients.py" "$@"
