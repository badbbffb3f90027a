"""Real encoders and decoders: applications beside an agent, with plain RTP in between."""

import os
import re
import signal
import socket
import subprocess
import time

WIDTH, HEIGHT, FPS = 640, 360, 25
IDR_EVERY = 20  # frames: 0.8 s
FRAME_BYTES = WIDTH * HEIGHT * 3 // 2
PACKET_BYTES = 1200
RTCP_BYE = bytes.fromhex("80c9000100000000" "81cb000100000000")  # RFC 3550 6.1: after a report
TEST_PATTERN = f"testsrc=size={WIDTH}x{HEIGHT}:rate={FPS}"


class AmrWb:
    name, pt, extension = "AMR-WB", 96, "amr"
    frame_bytes = 320 * 2  # decoded: 20 ms of 16 kHz, mono
    source = "audio/x-raw,rate=16000,channels=1 ! voamrwbenc band-mode=8"
    samples, payloader, container = 320, "rtpamrpay pt=96", "identity"
    magic = b"#!AMR-WB\n"


class Opus:
    name, pt, extension = "opus", 98, "ogg"
    frame_bytes = 960 * 2 * 2  # decoded: 20 ms of 48 kHz, stereo
    source = "audio/x-raw,rate=48000,channels=2 ! opusenc"
    samples, payloader, container = 960, "rtpopuspay pt=98", "oggmux"
    magic = b""


class H264:
    name, pt, extension = "H264", 97, "h264"
    encoder = ("libx264", "-profile:v", "baseline", "-sc_threshold", "0")
    delimiter = 9  # type of the NAL unit between pictures


class H265:
    name, pt, extension = "H265", 100, "hevc"
    encoder = ("libx265", "-x265-params", "log-level=error:pools=1:scenecut=0")
    delimiter = 35


CODECS = {c.name: c for c in (AmrWb, Opus, H264, H265)}


def _start(words, log):
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


class Video:
    """testsrc, encoded: to a port as RTP, and to a file. prefix: before each command."""

    def __init__(self, codec, port, n_frames, path, log, crf=20, prefix=()):
        self.codec, self.n_frames, self.path = codec, n_frames, path
        self._process = _start(
            [*prefix, "ffmpeg", "-v", "warning", "-y", "-re", "-f", "lavfi", "-i", TEST_PATTERN,
             "-frames:v", str(n_frames), "-c:v", *codec.encoder, "-preset", "ultrafast",
             "-tune", "zerolatency", "-pix_fmt", "yuv420p",
             "-g", str(IDR_EVERY), "-keyint_min", str(IDR_EVERY),
             "-crf", str(crf), "-map", "0:v", "-f", "tee",
             f"[f=rtp:payload_type={codec.pt}]rtp://127.0.0.1:{port}?pkt_size={PACKET_BYTES}"
             f"|[f={codec.extension}]{path}"], log)

    def wait(self):
        return self._process.wait(self.n_frames / FPS + 60)


class Tone:
    """A sine tone, encoded: to a port as RTP, and to a file."""

    def __init__(self, codec, port, n_frames, path, log, prefix=()):
        self.codec, self.n_frames, self.path = codec, n_frames, path
        pipeline = (
            f"audiotestsrc wave=sine freq=440 is-live=true num-buffers={n_frames} "
            f"samplesperbuffer={codec.samples} ! {codec.source} ! tee name=t "
            f"! queue ! {codec.payloader} ! udpsink host=127.0.0.1 port={port} "
            f"t. ! queue ! {codec.container} ! filesink location={path}.part")
        self._process = _start([*prefix, "gst-launch-1.0", "-q", *pipeline.split()], log)

    def wait(self):
        status = self._process.wait(self.n_frames / 50 + 60)
        with open(f"{self.path}.part", "rb") as part, open(self.path, "wb") as whole:
            whole.write(self.codec.magic + part.read())
        os.remove(f"{self.path}.part")
        return status


def _is_bound(port):
    with open("/proc/net/udp") as f:
        return any(line.split()[1].endswith(f":{port:04X}") for line in list(f)[1:])


def _wait_bound(ports, timeout_s=10):
    deadline = time.time() + timeout_s
    while not all(map(_is_bound, ports)):
        if time.time() > deadline:
            raise TimeoutError(f"no decoder on the ports {ports}")
        time.sleep(0.02)


class Receiver:
    """ffmpeg with the session description of the agent: records both streams and decodes them."""

    def __init__(self, sdp, path, log):
        names = re.findall(r"a=rtpmap:\d+ ([\w-]+)/", sdp)  # audio comes first
        self.codec, self.video_codec = (CODECS[name] for name in names)
        self.audio = f"{path}.{self.codec.extension}"
        self.video = f"{path}.{self.video_codec.extension}"
        self.pictures, self.sound = f"{path}.yuv", f"{path}.pcm"
        with open(f"{path}.sdp", "w") as f:
            f.write(sdp)
        self._process = _start(
            ["ffmpeg", "-v", "error", "-y", "-protocol_whitelist", "file,udp,rtp",
             "-analyzeduration", "20000000", "-fpsprobesize", "0", "-threads", "1", "-i", f"{path}.sdp",
             *self._outputs()], log)
        self._ports = [int(p) for p in re.findall(r"^m=\w+ (\d+) ", sdp, re.M)]
        _wait_bound(self._ports)

    def _outputs(self):
        return ["-map", "0:v", "-c", "copy", "-f", self.video_codec.extension, self.video,
                "-map", "0:v", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p",
                "-f", "rawvideo", self.pictures,
                "-map", "0:a", "-c", "copy", "-f", self.codec.extension, self.audio,
                "-map", "0:a", "-f", "s16le", self.sound]

    def stop(self):
        """A BYE to each stream is its end; ffmpeg sees a signal only when a packet comes."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for port in self._ports:
                s.sendto(RTCP_BYE, ("127.0.0.1", port + 1))
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class LivePicture:
    """GStreamer on a port known beforehand: writes each picture at once, to see when it comes.

    srtp: where the packets are protected, what else srtpdec has to be told."""

    def __init__(self, port, payload_type, path, log, address="127.0.0.1", srtp=None):
        self.video, self.pictures = f"{path}.h264", f"{path}.yuv"
        kind, decoder = (f"srtp,{srtp}", "! srtpdec ") if srtp else ("rtp", "")
        caps = (f"application/x-{kind},media=video,clock-rate=90000,encoding-name=H264,"
                f"payload={payload_type}")
        pipeline = (
            f"udpsrc address={address} port={port} buffer-size=4000000 caps={caps} {decoder}"
            "! rtph264depay ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au "
            f"! tee name=t ! queue ! filesink buffer-mode=unbuffered location={self.video} "
            "t. ! queue ! avdec_h264 max-threads=1 ! videoconvert ! video/x-raw,format=I420 "
            f"! filesink buffer-mode=unbuffered location={self.pictures}")
        self._process = _start(["gst-launch-1.0", "-q", "-e", *pipeline.split()], log)
        _wait_bound([port])

    def wait_picture(self, timeout_s):
        """time.time() of the first whole picture; None when none comes."""
        deadline = time.time() + timeout_s
        while time.time() < deadline:
            if os.path.exists(self.pictures) and os.path.getsize(self.pictures) >= FRAME_BYTES:
                return time.time()
            time.sleep(0.005)
        return None

    def stop(self):
        self._process.send_signal(signal.SIGINT)
        self._process.wait(20)


# ---- what came out


def n_units(path, unit_bytes):
    return os.path.getsize(path) // unit_bytes if os.path.exists(path) else 0


def framemd5(path, *options):
    """One hash per frame of a recorded stream."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", path, *options, "-f", "framemd5", "-"],
                          capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line and line[0] != "#"]
    return [line.split(",")[5].strip() for line in lines]


def video_hashes(path, codec=H264):
    """Of the elementary stream; delimiters between pictures are the container's, not the encoder's."""
    return framemd5(path, "-c", "copy", "-bsf:v", f"filter_units=remove_types={codec.delimiter}")


def audio_hashes(path):
    return framemd5(path, "-c", "copy")


def psnr_db(path, first_frame=0):
    """Mean PSNR of decoded pictures against the test pattern from this frame on; None: no pictures."""
    if n_units(path, FRAME_BYTES) == 0:
        return None
    stamps = f"settb=AVTB,setpts=N/{FPS}/TB"
    done = subprocess.run(
        ["ffmpeg", "-v", "info", "-nostats", "-f", "rawvideo", "-pix_fmt", "yuv420p",
         "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", path, "-f", "lavfi", "-i", TEST_PATTERN,
         "-lavfi", f"[0:v]{stamps}[a];[1:v]format=yuv420p,trim=start_frame={first_frame},{stamps}[b];"
         "[a][b]psnr=shortest=1", "-f", "null", "-"], capture_output=True, text=True)
    found = re.search(r"PSNR .*average:(\S+)", done.stderr)
    if found is None:
        return None
    return 100.0 if found.group(1) == "inf" else round(float(found.group(1)), 1)
