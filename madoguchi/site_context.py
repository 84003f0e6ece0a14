"""What the templates of asterisk-conf/ are rendered with: one site, typed and checked.

Every text that reaches a configuration file is held to a pattern here, for a line break or a semicolon in a
password would become a line or a comment of Asterisk's configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from madoguchi.asterisk_modules import MODULES


def _address(text: str) -> str:
    ip_address(text)
    return text


def _network(text: str) -> str:
    ip_network(text)
    return text


Path = Annotated[str, Field(pattern=r"^/[^\s;,()\"$\\]*$")]
"""An absolute path as Asterisk sees it (inside its root, if it runs in one)."""
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Secret = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.~!*+/=-]{1,128}$")]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1, le=65535)]
Digits = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]


class Part(BaseModel):
    """A piece of the context: immutable, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paths(Part):
    """Directories as Asterisk sees them. All but `sounds` and `music` must be writable by its user."""

    etc: Path
    lib: Path
    spool: Path
    run: Path
    log: Path
    cache: Path
    sounds: Path
    """Where the guidance lies, as `<id>.ulaw` (8 kHz) beside `<id>.sln16`."""
    music: Path


class SipListener(Part):
    """Where SIP is spoken (UDP)."""

    host: Address
    port: Port
    tls_port: Port | None = None
    """Where seats speak SIP over TLS; None: they speak UDP."""
    external_address: Name | None = None
    """Put into SIP and SDP towards hosts outside `local_nets`."""
    local_nets: tuple[Network, ...] = ()


class RtpRange(Part):
    """UDP ports of the media; a call in talk uses four."""

    start: Port
    end: Port

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end - self.start < 7:
            raise ValueError(f"RTP ports {self.start} to {self.end}: too small a range")
        return self


class AriListener(Part):
    """Where the controller finds the Asterisk REST Interface."""

    host: Address
    port: Port
    user: Name
    password: Secret
    app: Name


class Gateway(Part):
    """A ひかり電話 gateway (HGW, OG, VG) that Asterisk registers with."""

    host: Name
    port: Port = 5060
    domain: Name
    user: Name
    password: Secret


class TrunkContext(Part):
    """The carrier. `simulated` takes calls from an address, `hikari` registers with a gateway."""

    profile: Literal["simulated", "hikari"]
    addresses: tuple[Network, ...] = Field(min_length=1)
    """Every packet from here is the carrier's."""
    number: Digits
    aliases: tuple[Digits, ...] = ()
    """Further numbers of the line: with one, To is read even where the request URI names the main number."""
    gateway: Gateway | None = None
    dtmf: Literal["auto", "rfc4733", "inband"] | None = None
    """How keys come: `auto` is RFC 4733 where both sides offer it, else tones. None: as the profile is."""
    outbound: str | None = Field(default=None, pattern=r"^[0-9a-fA-F.:\[\]]{3,60}$")
    """`simulated`: host:port that our own calls are sent to; None: none can be made."""
    rtp_timeout_s: int = Field(default=60, ge=0, le=3600)
    """A call whose caller sends no sound for so long is ended; 0 is never."""
    rtp_timeout_hold_s: int = Field(default=600, ge=0, le=7200)

    @property
    def dtmf_mode(self) -> str:
        """Asterisk's word. ひかり電話 is tones: its gateways offer no telephone-event and get none."""
        return self.dtmf or ("inband" if self.profile == "hikari" else "auto")

    @model_validator(mode="after")
    def _gateway_known(self) -> Self:
        if self.profile == "hikari" and self.gateway is None:
            raise ValueError('trunk profile "hikari" needs its gateway')
        return self


class PhoneContext(Part):
    """A seat's phone. `user` is its device name and digest user, never the extension."""

    number: int = Field(ge=0, le=200)
    """Seat number; 0 is the supervisor."""
    user: str = Field(pattern=r"^phone-[a-z0-9]{6}$")
    password: Secret
    extension: Digits

    @property
    def label(self) -> str:
        """What another seat's phone shows when this one calls."""
        return f'"Seat {self.number}"' if self.number else '"Supervisor"'


class OpenInterval(NamedTuple):
    """Open hours, half-open, in seconds since 1970 on the machine's own clock (`--at` already taken off)."""

    start_s: int
    end_s: int
    label: str = ""

    @classmethod
    def of(cls, start_s: int, end_s: int, day: str) -> OpenInterval:
        """`day` (2026-11-24) is only a comment for whoever reads the file."""
        return cls(start_s, end_s, "".join(c for c in day if c.isalnum() or c in "-: "))


class FallbackLine(Part):
    """A line beside the main one, as the fallback knows it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")
    numbers: tuple[Digits, ...]
    open_intervals: tuple[OpenInterval, ...] = ()


class FallbackSounds(NamedTuple):
    """What the exchange says on its own: paths without the ending, for Playback()."""

    greeting: str
    please_hold: str
    closed: str
    unavailable: str
    code_failed: str


class SiteContext(Part):
    """One site: everything that the templates ask for."""

    paths: Paths
    run_user: Name | None = "asterisk"
    """Whom Asterisk becomes when it is started as root; None leaves it as it was started."""
    sip: SipListener
    rtp: RtpRange
    ari: AriListener
    trunk: TrunkContext
    seats: tuple[PhoneContext, ...]
    supervisor: PhoneContext
    leaving: tuple[PhoneContext, ...] = ()
    """Phones of seats that are no more but still talk: they stay registered to the end of the talk; nobody
    can call them, and they are in no queue.
    """
    seat_networks: tuple[Network, ...] = ()
    """Seats may register and call from here only; empty is from anywhere."""
    seat_rtp_timeout_s: int = Field(default=30, ge=0, le=3600)
    seat_rtp_timeout_hold_s: int = Field(default=600, ge=0, le=7200)
    open_intervals: tuple[OpenInterval, ...] = ()
    """Of the main line."""
    further: tuple[FallbackLine, ...] = ()
    calendar_until_s: int = 0
    """To when all `open_intervals` are complete, seconds since 1970; from then on the weekly hours count."""
    clock_offset_ms: int = 0
    """What a rehearsal's `--at` adds to the machine's time."""
    own_sounds: Mapping[str, Path] = Field(default_factory=dict)
    """Texts, by id, whose sound is the site's own: where it lies, without the ending."""
    fallback_wait_s: int = Field(default=1800, ge=10, le=7200)
    """So long a citizen waits in the fallback queue before it apologises and ends."""

    @property
    def phones(self) -> tuple[PhoneContext, ...]:
        """The seats and the supervisor."""
        return (*self.seats, self.supervisor)

    @property
    def sounds(self) -> FallbackSounds:
        """The guidance texts (prompts/texts.toml) that need no controller."""
        ids = ("fallback.busy", "please_hold", "closed", "error", "refused.not_now")
        shipped = self.paths.sounds
        return FallbackSounds(*(self.own_sounds.get(text_id, f"{shipped}/{text_id}") for text_id in ids))

    @property
    def hours(self) -> tuple[tuple[str, tuple[OpenInterval, ...]], ...]:
        """The open hours of every line, the main one first."""
        return (("main", self.open_intervals), *((line.id, line.open_intervals) for line in self.further))

    @property
    def called_numbers(self) -> tuple[tuple[str, str], ...]:
        """Every number of ours without its first 0, and the dialplan's label of the line that it leads to."""
        line_of = {number: line.id for line in self.further for number in line.numbers}
        ours = (self.trunk.number, *self.trunk.aliases)
        return tuple((number.removeprefix("0"), f"line-{line_of.get(number, 'main')}") for number in ours)

    def values(self) -> dict[str, object]:
        """The names that the templates use."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        made = ("phones", "sounds", "hours", "called_numbers")
        return {**fields, **{name: getattr(self, name) for name in made}, "modules": MODULES}

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for what in ("user", "extension"):
            named = [getattr(phone, what) for phone in self.phones]
            if len(set(named)) < len(named):
                twice = next(value for value in named if named.count(value) > 1)
                raise ValueError(f"two phones have the {what} {twice}")
        return self
