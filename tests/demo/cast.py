"""Who takes part in the demonstration, and the configuration of each agent."""

from dataclasses import dataclass, field

HOME = "kms.home.example"
OTHER = "kms.other.example"
STRANGE = "kms.strange.example"  # trusted by nobody
GROUP_MANAGER = "sip:gms@home.example"
TEAM = "sip:team@home.example"
TEAM_ADDRESS = "239.88.0.1"
TEAM_MEDIA_PORT = 42000
TEAM_VIDEO_PORT = TEAM_MEDIA_PORT + 2
NETWORKS = ("127.88.0.0/16", "239.88.0.0/16")  # everything that is captured

AMR_WB = '{pt: 96, name: AMR-WB, clock: 16000, fmtp: octet-align=1}'
OPUS = '{pt: 98, name: opus, clock: 48000, channels: 2}'
H264 = '{pt: 97, name: H264, clock: 90000, fmtp: "profile-level-id=42e01f;packetization-mode=1"}'
H264_PT = 97
H265 = '{pt: 100, name: H265, clock: 90000}'

# Ports of local applications, per call slot: see agent/edge/mcvd.example.yaml.
PRIVATE_SLOTS = 4
PORTS_PER_SLOT = 8


@dataclass
class Person:
    name: str
    uri: str
    kms: str
    address: str
    local_port: int
    audio: tuple = (AMR_WB, OPUS)
    video: tuple = (H264,)
    knows: list = field(default_factory=list)  # names of others
    is_in_team: bool = False
    interface: str = "lo"
    media: str = ""  # further lines of configuration: in "media"
    more: str = ""  # and at the end

    def local_out(self, slot, medium):
        """Where the agent sends plain RTP of a call for local applications."""
        return self.local_port + PORTS_PER_SLOT * slot + {"audio": 4, "video": 6}[medium]


PEOPLE = {
    p.name: p
    for p in (
        Person("alice", "sip:alice@home.example", HOME, "127.88.0.1", 25000, knows=["bob", "dave"],
               is_in_team=True),
        Person("bob", "sip:bob@home.example", HOME, "127.88.0.2", 25100, knows=["alice"],
               is_in_team=True),
        Person("carol", "sip:carol@home.example", HOME, "127.88.0.3", 25200, is_in_team=True),
        Person("dave", "sip:dave@other.example", OTHER, "127.88.0.4", 25300, audio=(OPUS,),
               knows=["alice"]),
        Person("eve", "sip:eve@home.example", HOME, "127.88.0.5", 25400, is_in_team=True),
        Person("frank", "sip:frank@home.example", HOME, "127.88.0.6", 25500, knows=["bob"]),
        Person("trudy", "sip:trudy@strange.example", STRANGE, "127.88.0.7", 25600, knows=["bob"]),
    )
}


def _peer(person):
    return f'  - {{user: "{person.uri}", address: {person.address}, kms: {person.kms}}}\n'


def configuration(person, socket, store, passphrase_file):
    """The YAML text for mcvd; what is left out keeps its default."""
    peers = "".join(_peer(PEOPLE[name]) for name in person.knows)
    groups = (f"  - {{id: \"{TEAM}\", address: {TEAM_ADDRESS}, media_port: {TEAM_MEDIA_PORT},\n"
              "     transmission: {ptt: manual, queue: 1}}\n")  # one transmits, one may wait
    return (
        f"user: {person.uri}\n"
        f"gms: {GROUP_MANAGER}\n"
        f"kms: {person.kms}\n"
        f"control_socket: {socket}\n"
        "log_level: debug\n"
        f"network: {{interface: {person.interface}, addresses: [{person.address}]}}\n"
        f"store: {{dir: {store}, passphrase_file: {passphrase_file}}}\n"
        "media:\n"
        f"  audio: [{', '.join(person.audio)}]\n"
        f"  video: [{', '.join(person.video)}]\n"
        "  rtcp_interval: 1s\n"
        f"  local: {{address: 127.0.0.1, port: {person.local_port}}}\n"
        f"{person.media}"
        f"limits: {{private_calls: {PRIVATE_SLOTS}}}\n"
        + (f"peers:\n{peers}" if peers else "")
        + (f"groups:\n{groups}" if person.is_in_team else "")
        + person.more
    )
