"""Media one way through a call: encoders beside the sender, decoders beside the receiver."""

import time

import media

# Drops of the receiver that a stream of his call can cause.
FAILURES = ("rtp_auth", "rtp_replay", "rtp_unknown_mki", "rtp_clear", "rtp_malformed",
            "rtp_wrong_source", "rtp_payload_type")


def n_failed(agent):
    stats = agent.ctl("stats")
    return sum(stats[name] for name in FAILURES)


class Flow:
    """sender, receiver: (Agent, handle of the call). Starts decoders, then encoders; before_sending
    is called between the two."""

    def __init__(self, sender, receiver, n_frames, directory, log, crf=20, before_sending=None):
        self.sender, self.call_out = sender
        self.receiver, self.call_in = receiver
        self.failed_before = n_failed(self.receiver)
        self.name = f"{self.sender.person.name}-{self.receiver.person.name}"
        path = f"{directory}/{self.name}-{self.call_in}"
        self.decoder = media.Receiver(self.receiver.ctl("sdp", self.call_in)["sdp"],
                                      f"{path}-received", log)
        self.codec = self.decoder.codec
        if before_sending:
            before_sending()
        ports = {m: self.sender.medium(self.call_out, m)["local_in"] for m in ("audio", "video")}
        self.video = media.Video(self.decoder.video_codec, ports["video"], n_frames,
                                 f"{path}-sent.{self.decoder.video_codec.extension}", log, crf,
                                 self.sender.prefix)
        self.tone = media.Tone(self.codec, ports["audio"], n_frames * 50 // media.FPS,
                               f"{path}-sent.{self.codec.extension}", log, self.sender.prefix)

    def finish(self):
        """Waits for the encoders and for what is under way; the two streams of the summary."""
        self.video.wait()
        self.tone.wait()
        deadline = time.time() + 3
        while any(s["received"] < s["sent"] for s in self._counts()) and time.time() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)  # the decoder has the last packet
        self.decoder.stop()
        counts = self._counts()
        counts[0]["failed"] = n_failed(self.receiver) - self.failed_before
        return [counts[0] | self._pictures(), counts[1] | self._sound()]

    def _counts(self):
        return [self._count(m) for m in ("video", "audio")]

    def _count(self, medium):
        came = self.receiver.stream(self.call_in, medium, self.sender.uri)
        return {"from": self.sender.person.name, "to": self.receiver.person.name, "media": medium,
                "sent": self.sender.medium(self.call_out, medium).get("tx_packets", 0),
                "received": came.get("received", 0), "lost": came.get("lost", 0), "failed": 0}

    def _pictures(self):
        return {"frames_sent": self.video.n_frames,
                "frames_decoded": media.n_units(self.decoder.pictures, media.FRAME_BYTES),
                "psnr_db": media.psnr_db(self.decoder.pictures)}

    def _sound(self):
        sent = media.audio_hashes(self.tone.path)
        return {"frames_sent": len(sent),
                "frames_decoded": media.n_units(self.decoder.sound, self.codec.frame_bytes),
                "psnr_db": None}

    def check(self, report, name, streams):
        """The expectations of an undisturbed stream."""
        for s in streams:
            what = f"{name}.{s['from']}_to_{s['to']}.{s['media']}"
            report.expect(f"{what}.packets", s["sent"] == s["received"] > 0 and s["lost"] == 0
                          and s["failed"] == 0, f"{s['received']} of {s['sent']}, {s['failed']} failed")
            report.expect(f"{what}.frames", s["frames_decoded"] == s["frames_sent"] > 0,
                          f"{s['frames_decoded']} decoded of {s['frames_sent']}")
        psnr = streams[0]["psnr_db"]
        what = f"{name}.{self.name.replace('-', '_to_')}"
        report.expect(f"{what}.psnr", psnr is not None and psnr >= 30, f"{psnr} dB against the source")
        video = self.video.codec
        hashes = media.video_hashes(self.video.path, video)
        report.expect(f"{what}.framemd5",
                      hashes and hashes == media.video_hashes(self.decoder.video, video),
                      f"{video.name} as the encoder made it, {len(hashes)} frames")
        hashes = media.audio_hashes(self.tone.path)
        report.expect(f"{what}.audio_framemd5",
                      hashes and hashes == media.audio_hashes(self.decoder.audio),
                      f"{self.codec.name} as the encoder made it, {len(hashes)} frames")
