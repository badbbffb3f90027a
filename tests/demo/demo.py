"""The demonstration: agents as processes on loopback addresses, real encoders and decoders.

Leaves summary.json, capture.pcap, keys.json, the log and configuration of each agent and the
recorded media in the output folder. Exit status 0 only if every expectation held."""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
from types import SimpleNamespace

import cast
import group_call
import intruders
import private_calls
from agent import Agent
from capture import Capture
from kms import Domain
from report import Report

N_FRAMES = 100  # of video in a private call: 4 s
N_FRAMES_SHORT = 50


def _programs(build):
    return SimpleNamespace(mcvd=f"{build}/bin/mcvd", mcvctl=f"{build}/bin/mcvctl",
                           mcvkms=f"{build}/bin/mcvkms", intruder=f"{build}/tests/mcv_intruder",
                           mcvd_seq65000=f"{build}/tests/mcvd_seq65000")


class Stage:
    def __init__(self, build, out):
        self.programs, self.out = _programs(build), out
        self.media = f"{out}/media"
        self.report, self.agents = Report(), {}
        self.directory = tempfile.mkdtemp(prefix="mcv-demo-")  # short: sockets are in it
        shutil.rmtree(self.media, ignore_errors=True)
        os.makedirs(self.media)
        for name in os.listdir(out):
            if name.endswith((".log", ".yaml", ".json", ".pcap")):
                os.remove(f"{out}/{name}")
        self.log = open(f"{out}/media.log", "wb")  # of encoders and decoders
        self.passphrase_file = f"{self.directory}/passphrase"
        with open(os.open(self.passphrase_file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(secrets.token_hex(16) + "\n")

    def close(self):
        for agent in self.agents.values():
            agent.stop()
        shutil.rmtree(self.directory)


# ---- keys


def make_domains(stage):
    """Three KMSs; home and other trust each other, the strange one is trusted by none."""
    home, other, strange = (
        Domain(stage.programs, stage.directory, uri, stage.passphrase_file, manager)
        for uri, manager in ((cast.HOME, cast.GROUP_MANAGER), (cast.OTHER, None),
                             (cast.STRANGE, None)))
    home.trust(other)
    other.trust(home)
    strange.trust(home)
    domains = {cast.HOME: home, cast.OTHER: other, cast.STRANGE: strange}
    for uri, domain in domains.items():
        domain.issue(*(p.uri for p in cast.PEOPLE.values() if p.kms == uri))
    return domains


def make_team(home, stage):
    """eve was a member: she has the key of the group that was, and not the one that is."""
    uris = [p.uri for p in cast.PEOPLE.values() if p.is_in_team]
    eve = cast.PEOPLE["eve"].uri
    home.run("group", "create", cast.TEAM, "--activation", "2024-01-01")
    home.run("group", "add", cast.TEAM, *uris)
    home.bundle(eve, f"{stage.directory}/eve.bundle")
    home.run("group", "remove", cast.TEAM, eve)
    home.run("group", "roll", cast.TEAM)


def make_agents(stage, domains):
    for person in cast.PEOPLE.values():
        agent = stage.agents[person.name] = Agent(stage.programs, person, stage.directory,
                                                  stage.out, stage.passphrase_file)
        bundle = f"{stage.directory}/{person.name}.bundle"
        if not os.path.exists(bundle):
            domains[person.kms].bundle(person.uri, bundle)
        agent.start()
        answer = agent.import_bundle(bundle)
        stage.report.expect(f"{person.name}.keys", "error" not in answer, answer)
    for name in ("carol", "eve", "frank", "trudy"):  # they come later, or as another program
        status = stage.agents[name].stop()
        stage.report.expect(f"{name}.stopped", status == 0, f"exit status {status}")


def export_keys(stage, domains):
    for i, domain in enumerate(domains.values()):
        domain.export(f"{stage.out}/keys.json", i == 0)


# ---- the play


def play(stage):
    alice, bob, dave = (stage.agents[n] for n in ("alice", "bob", "dave"))
    print("\n1. alice calls bob, automatic commencement")
    private_calls.automatic(stage, alice, bob, N_FRAMES)
    print("\n2. bob calls alice, manual commencement")
    private_calls.manual(stage, bob, alice, N_FRAMES_SHORT)
    print("\n3. another KMS domain: alice calls dave, dave calls back")
    private_calls.automatic(stage, alice, dave, N_FRAMES_SHORT)
    private_calls.automatic(stage, dave, alice, N_FRAMES_SHORT)
    print("\n4. callers that must not get through")
    intruders.run(stage, bob)
    print("\n5. group call; alice's agent is the build whose RTP begins with SEQ 65000")
    return play_group(stage)


def play_group(stage):
    alice = stage.agents["alice"]
    stage.report.expect("alice.stopped", alice.stop() == 0, "to start the other build")
    alice.start(stage.programs.mcvd_seq65000)
    stage.agents["eve"].start()
    call = group_call.GroupCall(stage)
    if not call.start():
        return None
    late_comer = call.send()
    call.end()
    return late_comer


def run(stage):
    domains = make_domains(stage)
    make_team(domains[cast.HOME], stage)
    capture = Capture(f"{stage.out}/capture.pcap", cast.NETWORKS, f"{stage.out}/capture.log")
    try:
        print("keys and agents")
        make_agents(stage, domains)
        export_keys(stage, domains)
        late_comer = play(stage)
        for name in ("alice", "bob", "carol", "dave", "eve"):
            status = stage.agents[name].stop()
            stage.report.expect(f"{name}.ended", status in (0, None), f"exit status {status}")
    finally:
        n_lost = capture.stop()
    stage.report.expect("capture.complete", n_lost == 0, f"{n_lost} datagrams not in capture.pcap")
    if late_comer is not None:
        late_comer.check_capture(capture.path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="where the programs were built")
    parser.add_argument("--out", required=True, help="folder for what the demonstration leaves")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    stage = Stage(os.path.abspath(args.build), os.path.abspath(args.out))
    try:
        run(stage)
    except Exception as problem:  # the summary tells what was reached, and what stopped it
        stage.report.expect("demo.completed", False, f"{type(problem).__name__}: {problem}")
    finally:
        stage.close()
        stage.report.write(f"{stage.out}/summary.json")
    stage.report.print_calls()
    stage.report.print_verdict()
    print(f"files: {stage.out}")
    return 0 if stage.report.is_ok() else 1


if __name__ == "__main__":
    sys.exit(main())
