"""A group call with a member that comes late, and one that has lost its key. Who transmits presses
to talk; who presses meanwhile waits, and a third one is rejected."""

import time

import capture
import cast
import media
import report as reporting
from flow import Flow, n_failed

FIRST_SEQ = 65000  # of the build of the agent for tests
WRAPPED = 65536 - FIRST_SEQ + 60  # packets sent when the sequence number has wrapped
PICTURE_S = 1.0
AFTER_S = 3  # of video after the late one has joined


class GroupCall:
    def __init__(self, stage):
        self.stage, self.report = stage, stage.report
        self.calls = {}
        self.entry = None
        self.carol_mark = 0  # when alice still transmits

    # ---- the call

    def start(self):
        alice, others = self.stage.agents["alice"], [self.stage.agents[n] for n in ("bob", "eve")]
        marks = {a: a.mark() for a in (alice, *others)}
        began = time.time()
        answer = alice.ctl("group", "start", cast.TEAM)
        self.report.expect("group.probed", alice.wait(marks[alice], "group.probing")[1], answer)
        at, started = alice.wait(marks[alice], "group.started")
        self.calls["alice"] = started.get("call", 0)
        self.entry = reporting.call("group", "alice", cast.TEAM, "automatic",
                                    "established" if started else "failed",
                                    {"total": round((at - began) * 1000, 2) if at else None})
        self.report.calls.append(self.entry)
        self.report.expect("group.announced", started, "no answer to the probe, then GROUP CALL ANNOUNCEMENT")
        for agent in others:
            _, joined = agent.wait(marks[agent], "group.joined")
            self.calls[agent.person.name] = joined.get("call", 0)
            self.report.expect(f"group.{agent.person.name}_joined", joined, joined.get("user"))
        return all(self.calls.values())

    def send(self):
        """alice's media until carol has come and seen some of it."""
        alice, bob, eve = (self.stage.agents[n] for n in ("alice", "bob", "eve"))
        unknown_before = eve.ctl("stats")["rtp_unknown_mki"]
        received_before = bob.ctl("stats")["rtp_received"]
        n_frames = media.FPS * 14
        flow = Flow((alice, self.calls["alice"]), (bob, self.calls["bob"]), n_frames,
                    self.stage.media, self.stage.log, crf=6,
                    before_sending=lambda: alice.ctl("ptt", "press", "--video"))
        self._check_talks(alice, bob)
        carol = LateComer(self.stage, flow)
        if self._wait_wrapped(alice):
            carol.join()
            self._press_meanwhile(alice, bob, carol.agent)
        streams = flow.finish()
        self._next_one(alice, bob, carol.agent)
        flow.check(self.report, "group", streams)
        self.entry["streams"] += streams + carol.finish()
        self._check_eve(eve, bob, unknown_before, received_before, streams)
        return carol

    # ---- who may transmit

    def _check_talks(self, alice, bob):
        """The originator has permission from the start."""
        _, granted = alice.wait(0, "ptt.granted", group=cast.TEAM)
        self.report.expect("group.ptt.alice_granted", granted, "as the originator of the call")
        _, taken = bob.wait(0, "ptt.taken", group=cast.TEAM, user=alice.uri)
        ptt = bob.call_info(self.calls["bob"]).get("ptt", {})
        self.report.expect("group.ptt.bob_hears_alice", taken and ptt.get("arbitrator") == alice.uri,
                           f"{ptt.get('state')}, arbitrator {ptt.get('arbitrator')}")

    def _press_meanwhile(self, alice, bob, carol):
        """The queue of the group has one place."""
        ours, self.carol_mark = bob.mark(), carol.mark()
        bob.ctl("ptt", "press")
        _, queued = bob.wait(ours, "ptt.queued", user=alice.uri)
        self.report.expect("group.ptt.bob_queued", queued.get("position") == 1, queued)
        carol.ctl("ptt", "press")
        _, rejected = carol.wait(self.carol_mark, "ptt.rejected", user=alice.uri)
        self.report.expect("group.ptt.carol_rejected", rejected.get("cause") == 1, rejected)
        waiting = alice.call_info(self.calls["alice"]).get("ptt", {}).get("queue", [])
        self.report.expect("group.ptt.alice_has_bob_in_her_queue",
                           [w["user"] for w in waiting] == [bob.uri], waiting)

    def _next_one(self, alice, bob, carol):
        """alice is done, or silent for T203: bob is next. Then nobody."""
        alice.ctl("ptt", "release")
        _, granted = bob.wait(0, "ptt.granted", group=cast.TEAM, user=alice.uri)
        _, taken = carol.wait(self.carol_mark, "ptt.taken", user=bob.uri)
        self.report.expect("group.ptt.bob_is_next", granted and taken, "from the queue; carol hears it")
        bob.ctl("ptt", "release")
        _, idle = carol.wait(self.carol_mark, "ptt.idle")
        self.report.expect("group.ptt.idle", idle, "bob releases")

    def _wait_wrapped(self, alice):
        deadline = time.time() + 30
        sent = 0
        while sent < WRAPPED and time.time() < deadline:
            sent = alice.medium(self.calls["alice"], "video").get("tx_packets", 0)
            time.sleep(0.05)
        return self.report.expect("group.wrapped", sent >= WRAPPED,
                                  f"{sent} packets of video before carol comes")

    def _check_eve(self, eve, bob, unknown_before, received_before, streams):
        unknown = eve.ctl("stats")["rtp_unknown_mki"] - unknown_before
        received = bob.ctl("stats")["rtp_received"] - received_before
        call = eve.call_info(self.calls["eve"])
        decoded = sum(m["rx_packets"] for m in call.get("media", []))
        self.report.expect("group.eve_counts_what_bob_received",
                           unknown == received == sum(s["sent"] for s in streams) > 0,
                           f"unknown MKI {unknown}, received by bob {received}")
        self.report.expect("group.eve_decodes_nothing", decoded == 0 and not call.get("streams"),
                           f"{decoded} packets opened")

    def end(self):
        for name in ("alice", "bob", "carol", "eve"):
            agent = self.stage.agents[name]
            mark = agent.mark()
            agent.ctl("group", "leave", cast.TEAM)
            self.report.expect(f"group.{name}_left", agent.wait(mark, "group.left")[1], "")
        if self.entry["result"] == "established":
            self.entry["result"] = "left"


class LateComer:
    """carol: her decoder waits at the port that her agent will use; then the agent starts."""

    def __init__(self, stage, flow):
        self.stage, self.report, self.flow = stage, stage.report, flow
        self.agent = stage.agents["carol"]
        self.port = self.agent.person.local_out(cast.PRIVATE_SLOTS, "video")
        self.decoder = media.LivePicture(self.port, cast.H264_PT, f"{stage.media}/carol-received",
                                         stage.log)
        self.call, self.first_at, self.n_received = 0, None, 0

    def join(self):
        mark = self.agent.mark()  # an announcement may bring her in as soon as she is there
        self.agent.start()
        self.agent.ctl("group", "join", cast.TEAM)
        _, joined = self.agent.wait(mark, "group.joined")
        self.call = joined.get("call", 0)
        self.report.expect("group.carol_joined", joined, joined.get("user"))
        self.first_at, _ = self.agent.wait(mark, "media.started", medium="video")
        shown_at = self.decoder.wait_picture(3)
        took = shown_at - self.first_at if shown_at and self.first_at else None
        self.report.expect("group.carol_sees_a_picture", took is not None and took <= PICTURE_S,
                           f"{took:.2f} s after the first packet" if took is not None else "none")
        self.report.expect("group.carol_port", self.agent.medium(self.call, "video")
                           .get("local_out") == self.port, f"local port {self.port}")

    def finish(self):
        time.sleep(0.3)
        self.decoder.stop()
        if self.call == 0:
            return []
        video = self.agent.stream(self.call, "video", self.flow.sender.uri)
        self.n_received = video.get("received", 0)
        failed = n_failed(self.agent)
        self.report.expect("group.carol_opens_every_packet", self.n_received > 0
                           and video.get("lost") == 0 and failed == 0,
                           f"{self.n_received} opened, {failed} failed")
        self._check_pictures()
        shown = media.n_units(self.decoder.pictures, media.FRAME_BYTES)
        return [{"from": "alice", "to": "carol", "media": "video",
                 "sent": self.flow.sender.medium(self.flow.call_out, "video")["tx_packets"],
                 "received": self.n_received, "lost": video.get("lost", 0),
                 "failed": failed, "frames_sent": self.flow.video.n_frames,
                 "frames_decoded": shown,
                 "psnr_db": media.psnr_db(self.decoder.pictures, self.flow.video.n_frames - shown)}]

    def _check_pictures(self):
        sent = media.video_hashes(self.flow.video.path)
        came = media.video_hashes(self.decoder.video)
        shown = media.n_units(self.decoder.pictures, media.FRAME_BYTES)
        self.report.expect("group.carol_framemd5", came and shown == len(came)
                           and came == sent[-len(came):],
                           f"the last {len(came)} frames of the encoder, {shown} decoded")

    def check_capture(self, path):
        """The sequence number had wrapped when the first packet reached her, and that one counts."""
        alice = self.flow.sender.person.address
        packets = [d for d in capture.read(path) if d.source == alice and
                   d.to == cast.TEAM_ADDRESS and d.to_port == cast.TEAM_VIDEO_PORT]
        sequence = [int.from_bytes(d.payload[2:4], "big") for d in packets]
        report = self.report
        report.expect("group.first_seq", sequence and sequence[0] == FIRST_SEQ,
                      f"alice's video begins with SEQ {sequence[0] if sequence else None}")
        if self.n_received == 0 or self.first_at is None:
            return
        seq = sequence[-self.n_received]
        report.expect("group.carol_first_packet", seq < FIRST_SEQ and
                      packets[-self.n_received].at <= self.first_at,
                      f"SEQ {seq}, {self.first_at - packets[-self.n_received].at:.3f} s before the agent said so")
