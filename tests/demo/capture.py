"""What crosses the network between the agents, as a classic pcap file."""

import os
import socket
import struct
import subprocess
import time
from collections import namedtuple

Datagram = namedtuple("Datagram", "at source source_port to to_port payload")


class Capture:
    def __init__(self, path, networks, log_path):
        self.path, self._log_path = path, log_path
        self._file, self._log = open(path, "wb"), open(log_path, "wb")
        is_root = os.geteuid() == 0
        expression = "udp and (" + " or ".join(f"net {n}" for n in networks) + ")"
        # With sudo, too, the file belongs to whoever runs this: tcpdump only writes to it.
        self._process = subprocess.Popen(
            [*([] if is_root else ["sudo"]), "tcpdump", "-i", "lo", "-n", "-B", "16384", "-U",
             "-Z", "root", "-w", "-", expression],
            stdin=subprocess.DEVNULL, stdout=self._file, stderr=self._log)
        deadline = time.time() + 10
        while "listening on" not in self._said():
            if time.time() > deadline or self._process.poll() is not None:
                raise TimeoutError(f"tcpdump does not capture: {self._said().strip()}")
            time.sleep(0.02)

    def _said(self):
        with open(self._log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self):
        """Datagrams that were lost on the way into the file."""
        time.sleep(0.5)  # what is in the buffer of the kernel
        if os.geteuid() == 0:
            self._process.terminate()
        else:
            subprocess.run(["sudo", "kill", str(self._process.pid)], check=False)
        self._process.wait(10)
        self._file.close()
        self._log.close()
        words = next((line.split() for line in self._said().splitlines()
                      if "dropped by kernel" in line), ["-1"])
        return int(words[0])


def read(path):
    """The UDP datagrams of a pcap file of Ethernet frames with IPv4."""
    with open(path, "rb") as f:
        data = f.read()
    magic, = struct.unpack_from("<I", data)
    if magic != 0xA1B2C3D4:
        raise ValueError(f"{path} is not a classic pcap file")
    at = 24
    while at + 16 <= len(data):
        seconds, micros, n, n_wire = struct.unpack_from("<IIII", data, at)
        packet, at = data[at + 16:at + 16 + n], at + 16 + n
        if n != n_wire or packet[12:14] != b"\x08\x00":
            raise ValueError(f"{path}: a packet that is cut, or not IPv4")
        header = (packet[14] & 15) * 4
        udp = 14 + header
        ports = struct.unpack_from("!HH", packet, udp)
        yield Datagram(seconds + micros / 1e6, socket.inet_ntoa(packet[26:30]), ports[0],
                       socket.inet_ntoa(packet[30:34]), ports[1], packet[udp + 8:])
