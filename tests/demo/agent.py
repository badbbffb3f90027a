"""One agent: its mcvd process, its mcvctl commands and its events."""

import json
import subprocess
import threading
import time

import cast

START_S = 15


class Timeout(Exception):
    pass


class Agent:
    def __init__(self, programs, person, directory, out, passphrase_file, prefix=()):
        """prefix: what enters the network namespace of this agent and its encoders."""
        self.person = person
        self.uri = person.uri
        self.prefix = prefix
        self._programs = programs
        self._socket = f"{directory}/{person.name}.sock"
        self._log = open(f"{out}/{person.name}.log", "ab")
        self.config = f"{out}/{person.name}.yaml"
        self._passphrase_file = passphrase_file
        self._changed = threading.Condition()
        self._events = []  # (time.time(), event), oldest first
        self._process = None
        with open(self.config, "w") as f:
            f.write(cast.configuration(person, self._socket, f"{directory}/{person.name}",
                                       passphrase_file))

    # ---- the process

    def start(self, program=None):
        self._process = subprocess.Popen([*self.prefix, program or self._programs.mcvd, "--config",
                                          self.config], stderr=self._log)
        deadline = time.time() + START_S
        while self._call("status").returncode != 0:
            if self._process.poll() is not None or time.time() > deadline:
                raise Timeout(f"{self.person.name} does not start: see {self._log.name}")
            time.sleep(0.02)
        self._follow()

    def stop(self):
        """The exit status; None when it was not running."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(START_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process = None

    # ---- commands

    def _call(self, *words):
        return subprocess.run([self._programs.mcvctl, "--socket", self._socket, "--json", *words],
                              capture_output=True, text=True)

    def ctl(self, *words):
        """The answer of mcvctl; a refusal is an answer with "error"."""
        done = self._call(*map(str, words))
        return json.loads(done.stdout) if done.stdout else {"error": done.stderr.strip()}

    def import_bundle(self, path):
        return self.ctl("import", path, "--passphrase-file", self._passphrase_file)

    def call_info(self, handle):
        """What `status` says of a call; {} when it is not there."""
        calls = self.ctl("status").get("calls", [])
        return next((c for c in calls if c["call"] == handle), {})

    def medium(self, handle, medium):
        media = self.call_info(handle).get("media", [])
        return next((m for m in media if m["medium"] == medium), {})

    def stream(self, handle, medium, user):
        """Reception of a medium of a user (or of somebody unknown); empty when nothing came."""
        streams = self.call_info(handle).get("streams", [])
        return next((s for s in streams if s["medium"] == medium and s["user"] in ("", user)), {})

    # ---- events

    def _follow(self):
        follower = subprocess.Popen([self._programs.mcvctl, "--socket", self._socket, "--json",
                                     "events"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    text=True)
        threading.Thread(target=self._read, args=(follower,), daemon=True).start()
        deadline = time.time() + START_S  # only what happens from now on is told
        while self.ctl("stats").get("control_clients", 0) < 2 and time.time() < deadline:
            time.sleep(0.01)

    def _read(self, follower):
        for line in follower.stdout:
            with self._changed:
                self._events.append((time.time(), json.loads(line)))
                self._changed.notify_all()
        follower.wait()

    def mark(self):
        """A place in the list of events, to wait from."""
        with self._changed:
            return len(self._events)

    def seen(self, since, name):
        with self._changed:
            return [e for _, e in self._events[since:] if e["event"] == name]

    def wait(self, since, name, timeout_s=5, **fields):
        """(time, event) of the first such event after the mark; (None, {}) when none comes."""
        deadline = time.time() + timeout_s
        with self._changed:
            while True:
                for at, event in self._events[since:]:
                    if event["event"] == name and fields.items() <= event.items():
                        return at, event
                if not self._changed.wait(max(0, deadline - time.time())):
                    return None, {}
