"""A minimal Asterisk for the ARI client's tests and bench.

ARI on loopback, Local channels, one phone that never registers; nothing of Madoguchi's own configuration.
"""

from __future__ import annotations

import math
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import wave
from base64 import b64encode
from pathlib import Path

from madoguchi.asterisk_root import Asterisk, find_asterisk
from madoguchi.steps import Steps

ROOT_VARIABLE = "MADOGUCHI_ASTERISK_ROOT"
START_WITHIN_S = 30.0
_ENTER = Path(__file__).parents[2] / "madoguchi" / "enter-root.sh"

_MODULES = (
    "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_timing_timerfd", "res_pjproject",
    "res_pjsip", "res_pjsip_pubsub", "res_pjsip_session", "res_pjsip_sdp_rtp", "res_pjsip_registrar",
    "res_rtp_asterisk", "chan_pjsip", "codec_ulaw", "format_pcm", "format_wav", "res_musiconhold",
    "bridge_simple", "bridge_softmix", "bridge_holding", "res_http_websocket", "res_websocket_client",
    "res_stasis", "res_stasis_answer", "res_stasis_playback", "res_stasis_recording", "res_stasis_snoop",
    "res_stasis_device_state", "res_ari", "res_ari_model", "res_ari_applications", "res_ari_asterisk",
    "res_ari_bridges", "res_ari_channels", "res_ari_device_states", "res_ari_endpoints", "res_ari_events",
    "res_ari_playbacks", "res_ari_recordings", "res_ari_sounds", "app_stasis", "pbx_config",
)  # fmt: skip

_FILES = {
    "asterisk.conf": """[directories]
astetcdir = {home}/etc
astmoddir = {modules}
astdatadir = {data}
astvarlibdir = {home}/var
astdbdir = {home}/var
astkeydir = {home}/var
astspooldir = {home}/var
astrundir = {home}/var
astlogdir = {home}/var
astcachedir = {home}/var
[options]
entityid = 02:00:00:00:00:02
""",
    "http.conf": "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {port}\n",
    "ari.conf": """[general]
enabled = yes
websocket_write_timeout = 5000
[tester]
type = user
password = {password}
password_format = plain
""",
    "logger.conf": "[logfiles]\nmessages = notice,warning,error\n",
    "musiconhold.conf": "[default]\nmode = files\ndirectory = {home}/sounds\n",
    "pjsip.conf": """[transport]
type = transport
protocol = udp
bind = 127.0.0.1:{sip_port}
[phone-away]
type = aor
max_contacts = 1
[phone-away]
type = endpoint
context = nowhere
disallow = all
allow = ulaw
aors = phone-away
""",
    "extensions.conf": """[peer]
exten = answer,1,Answer()
 same = n,Wait(120)
exten = ring,1,Ringing()
 same = n,Wait(120)
exten = busy,1,Busy(1)
exten = answering,1,Stasis(answering)
 same = n,Hangup()
[after]
exten = s,1,NoOp(${{STASISSTATUS}})
 same = n,Hangup()
[nowhere]
exten = none,1,Hangup()
""",
    "acl.conf": "",
    "indications.conf": "[general]\ncountry = jp\n[jp]\nringcadence = 1000,2000\n",
    "cdr.conf": "[general]\nenable = no\n",
}  # fmt: skip
_EMPTY = ("stasis.conf", "rtp.conf", "udptl.conf", "features.conf", "ccss.conf", "cel.conf",
          "pjproject.conf", "websocket_client.conf", "manager.conf", "calendar.conf")  # fmt: skip


class MinimalAsterisk:
    """Use as a context manager: started and answering inside, gone after."""

    user = "tester"
    password = "only-for-tests"

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="ari-asterisk-"))
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}/ari"
        self.asterisk = _asterisk()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def tone(self) -> str:
        """A media URI of one second of sound."""
        return f"sound:{self.home}/sounds/tone"

    def __enter__(self) -> MinimalAsterisk:
        self._write_files()
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self) -> None:
        """Starts it and waits until it answers. Raises RuntimeError with its last words when it does not."""
        asterisk = self.asterisk
        log = (self.home / "output").open("wb")
        with log:
            self.process = subprocess.Popen(
                [
                    "unshare", "--mount", "--propagation", "private",
                    "sh", str(_ENTER), str(self.home / "stage"),
                    str(asterisk.root), _owner(asterisk.root), str(self.home / "hosts"),
                    f"rw:{self.home}:{self.home}", "--",
                    asterisk.binary, "-f", "-C", f"{self.home}/etc/asterisk.conf",
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + START_WITHIN_S
        while not self._answers():
            if time.monotonic() > deadline or _ended(self.process, 0.05):
                raise RuntimeError(f"the minimal Asterisk did not start:\n{self.last_words()}")

    def kill(self) -> None:
        """Ends it at once."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)

    def stand_still(self) -> None:
        """Stops it as a debugger does: alive, but doing nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Ends a standstill."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def last_words(self) -> str:
        """The end of what it said."""
        paths = (self.home / "output", self.home / "var/messages")
        texts = [path.read_text(errors="replace") for path in paths if path.is_file()]
        return "\n".join(texts)[-4000:]

    def _answers(self) -> bool:
        request = urllib.request.Request(self.url + "/asterisk/ping")
        token = b64encode(f"{self.user}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        try:
            with urllib.request.urlopen(request, timeout=1) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _write_files(self) -> None:
        for name in ("etc", "var", "var/recording", "sounds", "stage"):
            (self.home / name).mkdir()
        facts = {
            "home": self.home, "port": self.port, "sip_port": _free_port(socket.SOCK_DGRAM),
            "password": self.password, "modules": self.asterisk.modules,
            "data": self.asterisk.data,
        }  # fmt: skip
        for name, text in _FILES.items():
            (self.home / "etc" / name).write_text(text.format(**facts))
        for name in _EMPTY:
            (self.home / "etc" / name).write_text("[general]\n")
        modules = "".join(f"require = {name}.so\n" for name in _MODULES)
        (self.home / "etc/modules.conf").write_text(f"[modules]\nautoload = no\n{modules}")
        # Names that are not here would be asked of a name server, 5 s each.
        hosts = f"127.0.0.1 localhost {socket.gethostname()} A.ROOT-SERVERS.NET\n"
        (self.home / "hosts").write_text(hosts)
        _write_tone(self.home / "sounds/tone.wav")
        uid, gid = (int(part) for part in _owner(self.asterisk.root).split(":"))
        self.home.chmod(0o755)
        for path in (self.home, *self.home.rglob("*")):
            os.chown(path, uid, gid)


def _ended(process: subprocess.Popen[bytes], within_s: float) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _asterisk() -> Asterisk:
    named = os.environ.get(ROOT_VARIABLE)
    if not named:
        return find_asterisk(Steps(0))
    root = Path(named)
    modules = next(iter(root.glob("usr/lib/*/asterisk/modules")), None)
    if modules is None:
        raise RuntimeError(f"{ROOT_VARIABLE}: no Asterisk in {root}")
    return Asterisk(
        version="", root=root, binary="/usr/sbin/asterisk", modules=Path("/") / modules.relative_to(root),
        data=Path("/usr/share/asterisk"),
    )  # fmt: skip


def rest_api_directory() -> Path:
    """Where the Asterisk that the tests use keeps the description of its REST interface."""
    named = os.environ.get("MADOGUCHI_REST_API")
    if named:
        return Path(named)
    asterisk = _asterisk()
    for data in (asterisk.data, Path("/usr/share/asterisk"), Path("/var/lib/asterisk")):
        found = asterisk.root / data.relative_to("/") / "rest-api"
        if found.is_dir():
            return found
    raise RuntimeError(
        f"no rest-api directory with the Asterisk in {asterisk.root}; name it in MADOGUCHI_REST_API"
    )


def _owner(root: Path) -> str:
    """uid:gid that Asterisk runs as: the package's user if the root has one."""
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == "asterisk":
            return f"{uid}:{gid}"
    nobody = pwd.getpwnam("nobody")
    return f"{nobody.pw_uid}:{nobody.pw_gid}"


def _free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_tone(path: Path) -> None:
    samples = (int(8000 * math.sin(2 * math.pi * 440 * n / 8000)) for n in range(8000))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
