"""Network namespaces with one mcvd, for the tests of what a network does to it."""
import atexit
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
CLONE_NEWNET = 0x40000000
LOOK_S = 0.02
libc = ctypes.CDLL(None, use_errno=True)


def skip(why):
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(SKIPPED)


def run(words, **more):
    return subprocess.run(words, capture_output=True, text=True, **more)


class Lab:
    """Namespaces that are gone at exit."""

    def __init__(self, *names):
        if os.geteuid() != 0:
            skip("namespaces need root")
        if shutil.which("ip") is None:
            skip("no ip (package iproute2)")
        self.dir = tempfile.mkdtemp()
        self.names = {n: f"mcv-{n}-{os.getpid()}" for n in names}
        self.daemon = None
        atexit.register(self.close)
        for name in self.names.values():
            if run(["ip", "netns", "add", name]).returncode != 0:
                skip("no network namespaces here")

    def close(self):
        if self.daemon is not None:
            self.daemon.kill()
        for name in self.names.values():
            run(["ip", "netns", "del", name])
        shutil.rmtree(self.dir, ignore_errors=True)

    def ip(self, namespace, text, **names):
        """Lines of `ip -batch`; $x in it is namespace x."""
        for n, full in self.names.items():
            text = text.replace(f"${n} ", f"{full} ")
        done = run(["ip", "-n", self.names[namespace], "-batch", "-"], input=text)
        if done.returncode != 0:
            self.fail(f"ip: {done.stderr}")

    def set(self, namespace, path, value):
        """A number of /proc/sys/net."""
        words = ["sh", "-c", f"echo {value} >/proc/sys/net/{path}"]
        if run(["ip", "netns", "exec", self.names[namespace]] + words).returncode != 0:
            skip(f"no /proc/sys/net/{path}")

    @contextlib.contextmanager
    def inside(self, namespace):
        """This thread is in the namespace; sockets made here stay there."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/var/run/netns/{self.names[namespace]}", os.O_RDONLY)
        try:
            assert libc.setns(there, CLONE_NEWNET) == 0
            yield
        finally:
            assert libc.setns(here, CLONE_NEWNET) == 0
            os.close(here)
            os.close(there)

    def fail(self, why):
        print(why, file=sys.stderr)
        if self.daemon is not None:
            print(self.daemon.log(), file=sys.stderr)
        sys.exit(1)

    def wait(self, what, is_so, seconds):
        """Looks every 20 ms; looks are counted, so that a slow machine does not fail."""
        for _ in range(int(seconds / LOOK_S)):
            if is_so():
                return
            time.sleep(LOOK_S)
        self.fail(f"{what}: not within {seconds} s")


class Daemon:
    """mcvd in a namespace. config: what stands beside user, socket, store."""

    def __init__(self, lab, namespace, mcvd, mcvctl, config):
        self.lab, self.mcvctl = lab, mcvctl
        self.socket = f"{lab.dir}/sock"
        os.umask(0o077)
        with open(f"{lab.dir}/key", "wb") as f:
            f.write(os.urandom(32))
        with open(f"{lab.dir}/config", "w") as f:
            f.write(f"user: sip:alice@example.org\ncontrol_socket: {self.socket}\n"
                    f"store: {{dir: {lab.dir}/store, key_file: {lab.dir}/key}}\n{config}")
        self.errors = open(f"{lab.dir}/log", "w")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", lab.names[namespace], mcvd, "--config", f"{lab.dir}/config"],
            stderr=self.errors)
        lab.daemon = self
        lab.wait("mcvd starts", lambda: self.ctl("status") is not None, 10)

    def log(self):
        with open(f"{self.lab.dir}/log") as f:
            return f.read()

    def ctl(self, *words):
        done = run([self.mcvctl, "--socket", self.socket, "--json"] + list(words))
        if self.process.poll() is not None:
            self.lab.fail(f"mcvd is gone: exit status {self.process.returncode}")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def say(self, *words):
        return run([self.mcvctl, "--socket", self.socket] + list(words)).stdout

    def memberships(self):
        """Of its namespace, as /proc writes them: "050114EF", "ff02..."."""
        groups = set()
        with open(f"/proc/{self.process.pid}/net/igmp") as f:
            groups |= {line.split()[0] for line in f if line.startswith("\t")}
        with open(f"/proc/{self.process.pid}/net/igmp6") as f:
            groups |= {line.split()[2] for line in f}
        return groups

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            self.lab.fail(f"exit status {self.process.returncode}")


def igmp_name(address):
    return "%08X" % int.from_bytes(socket.inet_aton(address), sys.byteorder)


def mld_name(address):
    return socket.inet_pton(socket.AF_INET6, address).hex()
