"""Plays with real encoders and decoders through two agents, as the demonstration has them.

The sending agent and its encoders are in the network namespace "sender", everybody else is in ours;
clients.sh makes both. Exit status 0 only if every expectation held."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../demo")

import cast  # noqa: E402
import media  # noqa: E402
from agent import Agent  # noqa: E402
from flow import Flow  # noqa: E402
from kms import Domain  # noqa: E402
from report import Report  # noqa: E402

SENDER = ("nsenter", "--net=/run/netns/sender")
PATIENT = "timers: {TFP1_ms: 2000, CFP1_count: 10}\n"  # nothing depends on the speed of the machine
N_FRAMES = 75  # 3 s
N_FRAMES_LOSSY = 200
MAX_GAP_MS = 2500  # a busy machine delays encoders, and sender reports say so
LOSS = """
add table netdev lossy
add chain netdev lossy in { type filter hook ingress device "veth0" priority 0; }
add rule netdev lossy in ip saddr 10.99.0.1 numgen random mod 100 < 5 counter drop
"""


def person(name, host, port, **more):
    return cast.Person(name, f"sip:{name}@home.example", cast.HOME, f"10.99.0.{host}", port,
                       interface="veth0", more=PATIENT, **more)


cast.PEOPLE = {p.name: p for p in (
    person("anna", 1, 5000, audio=(cast.AMR_WB, cast.OPUS), video=(cast.H264, cast.H265),
           knows=["ben", "cleo", "dora"]),
    person("ben", 2, 5000, audio=(cast.AMR_WB,), video=(cast.H264,)),
    person("cleo", 3, 5100, audio=(cast.OPUS,), video=(cast.H265,), media="  gso: off\n"),
    person("dora", 4, 5200, audio=(cast.AMR_WB,), video=(cast.H264,)),
)}


class Stage:
    def __init__(self, build, directory):
        self.report, self.agents = Report(), {}
        self.build, self.directory = build, directory
        self.programs = SimpleNamespace(mcvd=f"{build}/bin/mcvd", mcvctl=f"{build}/bin/mcvctl",
                                        mcvkms=f"{build}/bin/mcvkms", callee=f"{build}/tests/mcv_callee")
        self.log = open(f"{directory}/media.log", "wb")  # of encoders and decoders
        self.passphrase_file = f"{directory}/passphrase"
        with open(os.open(self.passphrase_file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write("only for this test\n")
        self.domain = Domain(self.programs, directory, cast.HOME, self.passphrase_file,
                             cast.GROUP_MANAGER)

    def start(self, *names):
        """Agents with their keys."""
        self.domain.issue(*(cast.PEOPLE[n].uri for n in names))
        for name in names:
            bundle = f"{self.directory}/{name}.bundle"
            self.domain.bundle(cast.PEOPLE[name].uri, bundle)
            agent = self.agents[name] = Agent(self.programs, cast.PEOPLE[name], self.directory,
                                              self.directory, self.passphrase_file,
                                              SENDER if name == "anna" else ())
            agent.start()
            answer = agent.import_bundle(bundle)
            self.report.expect(f"{name}.keys", "error" not in answer, answer)
        return [self.agents[name] for name in names]

    def close(self):
        for name, agent in self.agents.items():
            status = agent.stop()
            self.report.expect(f"{name}.ended", status in (0, None), f"exit status {status}")
        self.log.close()

    def show_logs(self):
        for name in sorted(os.listdir(self.directory)):
            if name.endswith(".log"):
                with open(f"{self.directory}/{name}", errors="replace") as f:
                    print(f"---- {name}\n{f.read()[-4000:]}")


def call(stage, caller, callee):
    """Handles of both sides."""
    ours, theirs = caller.mark(), callee.mark()
    answer = caller.ctl("call", callee.uri)
    made = caller.wait(ours, "call.established", 30)[1]
    taken = callee.wait(theirs, "call.established", 30)[1]
    if not stage.report.expect(f"{callee.person.name}.called", made and taken, answer):
        raise RuntimeError("no call")
    return made["call"], taken["call"]


# ---- codecs: what is decoded is what was sent


def decode(path, *options):
    """The octets that a decoder makes of the encoder's own file; all that Opus has, as from RTP."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-flags2", "+skip_manual", "-i", path, *options,
                           "-"], capture_output=True)
    return done.stdout


def hashes(octets, unit_bytes):
    """Of each picture or piece of sound."""
    return [hashlib.md5(octets[i:i + unit_bytes]).hexdigest()
            for i in range(0, len(octets), unit_bytes)]


def content(path):
    with open(path, "rb") as f:
        return f.read()


def expect_same(report, codec, n, unit_bytes, sent, came):
    sent, came = hashes(sent, unit_bytes), hashes(came, unit_bytes)
    report.expect(f"{codec.name}.decoded", came == sent and len(came) == n,
                  f"{len(came)} frames with the hashes of the {len(sent)} that were sent")


def pictures_sent(video):
    return decode(video.path, "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo")


def codecs(stage):
    anna, *others = stage.start("anna", "ben", "cleo")
    for agent, path in ((anna, "gso"), (others[1], "sendmmsg")):
        sends = agent.ctl("status")["path"]["sends"]
        stage.report.expect(f"{agent.person.name}.sends", sends == path, sends)
    for callee in others:
        out, into = call(stage, anna, callee)
        flow = Flow((anna, out), (callee, into), N_FRAMES, stage.directory, stage.log)
        streams = flow.finish()
        flow.check(stage.report, "codecs", streams)
        expect_same(stage.report, flow.video.codec, N_FRAMES, media.FRAME_BYTES,
                    pictures_sent(flow.video), content(flow.decoder.pictures))
        expect_same(stage.report, flow.codec, streams[1]["frames_sent"], flow.codec.frame_bytes,
                    decode(flow.tone.path, "-f", "s16le"), content(flow.decoder.sound))
        mark = callee.mark()
        anna.ctl("release", out)
        callee.wait(mark, "call.ended")


# ---- srtpdec: another implementation of SRTP opens what our agent sealed


def srtpdec(stage):
    """dora takes the call without an agent; what comes at her address goes to GStreamer."""
    anna, dora = stage.start("anna", "dora")
    stage.report.expect("dora.stopped", dora.stop() == 0, "her keys are in her store")
    callee = subprocess.Popen([stage.programs.callee, dora.config], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stage.report.expect("callee.ready", "ready" in callee.stderr.readline(), "on the MONP port")
    mark = anna.mark()
    anna.ctl("call", dora.uri)
    _, made = anna.wait(mark, "call.established", 30)
    told, problem = callee.communicate(timeout=30)
    if not stage.report.expect("dora.called", made and told, problem or "PCK taken from the I_MESSAGE"):
        return
    keys, medium = json.loads(told), anna.medium(made["call"], "video")
    stage.report.expect("ssrc", medium["tx_ssrc"], medium["tx_ssrc"])
    decoder = media.LivePicture(
        keys["video_port"], cast.H264_PT, f"{stage.directory}/srtpdec", stage.log, "10.99.0.4",
        f"ssrc=(uint){int(medium['tx_ssrc'], 16)},roc=(uint)0,srtp-key=(buffer){keys['key']}{keys['salt']},"
        f"mki=(buffer){keys['mki']},srtp-cipher=aes-128-gcm,srtp-auth=null,"
        "srtcp-cipher=aes-128-gcm,srtcp-auth=null")
    video = media.Video(media.H264, medium["local_in"], N_FRAMES, f"{stage.directory}/sent.h264",
                        stage.log, prefix=SENDER)
    video.wait()
    deadline = time.time() + 10
    while media.n_units(decoder.pictures, media.FRAME_BYTES) < N_FRAMES and time.time() < deadline:
        time.sleep(0.05)
    decoder.stop()
    encoded = media.video_hashes(video.path)
    stage.report.expect("srtpdec.framemd5", encoded and encoded == media.video_hashes(decoder.video),
                        f"H264 as the encoder made it, {len(encoded)} frames")
    expect_same(stage.report, media.H264, N_FRAMES, media.FRAME_BYTES, pictures_sent(video),
                content(decoder.pictures))


# ---- loss: one of twenty packets does not arrive


class Stamps(media.Receiver):
    """Only when each decoded frame belongs, by the clock of RTP: no matter how fast we are."""

    def _outputs(self):
        self.of_video, self.of_audio = (f"{self.pictures}.stamps", f"{self.sound}.stamps")
        return ["-map", "0:v", "-fps_mode", "passthrough", "-enc_time_base", "1:1000",
                "-f", "framecrc", self.of_video,
                "-map", "0:a", "-enc_time_base", "1:1000", "-f", "framecrc", self.of_audio]


def stamps_ms(path):
    with open(path) as f:
        return [int(line.split(",")[2]) for line in f if line[0] != "#"]


def expect_going_on(report, codec, n_sent, total_s, path):
    """Until the end. Parameter sets may be lost four times before decoding begins, not five times."""
    at_ms = stamps_ms(path)
    gap_ms = max((b - a for a, b in zip(at_ms, at_ms[1:])), default=None)
    first_s, last_s = (at_ms[i] / 1000 for i in (0, -1)) if at_ms else (total_s, 0)
    report.expect(f"{codec.name}.goes_on", len(at_ms) >= n_sent // 2 and gap_ms <= MAX_GAP_MS and
                  first_s < 4.5 * media.IDR_EVERY / media.FPS and last_s > total_s - 1,
                  f"{len(at_ms)} of {n_sent} frames decoded, from {first_s} to {last_s} of "
                  f"{total_s} s, longest gap {gap_ms} ms")


def loss(stage):
    subprocess.run(["nft", "-f", "-"], input=LOSS, text=True, check=True)
    anna, ben = stage.start("anna", "ben")
    out, into = call(stage, anna, ben)
    decoder = Stamps(ben.ctl("sdp", into)["sdp"], f"{stage.directory}/received", stage.log)
    ports = {m: anna.medium(out, m)["local_in"] for m in ("audio", "video")}
    video = media.Video(media.H264, ports["video"], N_FRAMES_LOSSY, f"{stage.directory}/sent.h264",
                        stage.log, prefix=SENDER)
    tone = media.Tone(media.AmrWb, ports["audio"], N_FRAMES_LOSSY * 50 // media.FPS,
                      f"{stage.directory}/sent.amr", stage.log, prefix=SENDER)
    video.wait()
    tone.wait()
    time.sleep(1)  # the decoder has the last packet
    decoder.stop()
    total_s = N_FRAMES_LOSSY / media.FPS
    for medium in ("video", "audio"):
        sent = anna.medium(out, medium)["tx_packets"]
        came = ben.stream(into, medium, anna.uri)
        stage.report.expect(f"{medium}.lost", 0 < came["lost"] < sent / 5 and
                            sent - came["received"] - came["lost"] < 5,
                            f"{came['lost']} of {sent} packets, {came['received']} received")
    expect_going_on(stage.report, media.H264, N_FRAMES_LOSSY, total_s, decoder.of_video)
    expect_going_on(stage.report, media.AmrWb, tone.n_frames, total_s, decoder.of_audio)


PLAYS = {"codecs": codecs, "srtpdec": srtpdec, "loss": loss}


def main():
    build, play = os.path.abspath(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="mcv-clients-") as directory:
        stage = Stage(build, directory)
        try:
            PLAYS[play](stage)
        except Exception as problem:  # also a failure; what was expected until then is told
            stage.report.expect("play.completed", False, f"{type(problem).__name__}: {problem}")
        finally:
            stage.close()
        if not stage.report.is_ok():
            stage.show_logs()
        stage.report.print_verdict()
    return 0 if stage.report.is_ok() else 1


if __name__ == "__main__":
    sys.exit(main())
