"""`madoguchi.toml`: every setting, its range and its default. What is not named here is refused."""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from config.alarms import AlarmRules
from config.backup import BackupRules
from config.calendar import Calendar, inherited
from config.callback import CallbackRules
from config.contradictions import contradictions
from config.default_toml import DEFAULT_TOML
from config.desk import Desk
from config.floor_rules import FloorRules
from config.forms import Forms
from config.guidance import GuidanceRules
from config.home import Home
from config.lines import MAIN, FurtherLine, Line, LineRules
from config.menus import Menu, unknown_texts
from config.operators import Operator
from config.overflow import OverflowRule
from config.queue_rules import NeedStep, QueueRules
from config.report import Report
from config.retention import Retention
from config.section import (
    Amount,
    ConfigError,
    Extension,
    Int,
    Port,
    Section,
    Word,
    sentences,
)
from config.slots import Slots
from config.text_ids import SHIPPED, text_ids
from config.toml_mistake import toml_mistake
from config.wallboard import Wallboard
from config.watch import Watch

__all__ = ["ConfigError", "Settings", "load_settings"]

DEFAULT_OVERFLOW = (
    OverflowRule(cause="no_seat", limit=60, to="announce"),
    OverflowRule(cause="waited", limit=600, to="choice"),
)
"""Nobody waits without being told: that no operator is there, and after ten minutes what else can be done
(the specification, clause 4-5: more callers than operators are never left with an unanswered telephone).
"""


class Seat(Section):
    """席 whose extension is not the one that counting gives."""

    number: Int = Field(ge=1, le=200)
    extension: Extension


class Seats(Section):
    """席: how many there are and how they are dialled from one another."""

    count: Int = Field(default=7, ge=1, le=200)
    first_extension: Int = Field(default=701, ge=100, le=9999)
    supervisor_extension: Extension = "700"
    seat: tuple[Seat, ...] = ()

    def extensions(self) -> dict[int, str]:
        """Extension of each seat, by seat number."""
        named = {seat.number: seat.extension for seat in self.seat}
        return {n: named.get(n, str(self.first_extension + n - 1)) for n in range(1, self.count + 1)}

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        beyond = [seat.number for seat in self.seat if seat.number > self.count]
        if beyond:
            raise ValueError(f"seat {beyond[0]} does not exist, count is {self.count}")
        used = Counter([*self.extensions().values(), self.supervisor_extension])
        twice = sorted(extension for extension, times in used.items() if times > 1)
        if twice:
            raise ValueError(f"extension {twice[0]} is given to two seats")
        return self


def _network(text: str) -> None:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(f"phone_networks: {text!r} is no network like 192.168.10.0/24") from None


class Sip(Section):
    """The telephone exchange's own addresses."""

    port: Port = 5060
    rtp_first: Port = 12000
    rtp_last: Port = 12599
    phones: Literal["udp", "tls"] = "udp"
    """`tls`: the seats' phones speak SIP over TLS and send their sound by SRTP, or not at all."""
    tls_port: Port = 5061
    certificate: str | None = None
    """PEM file with the certificate for `tls`, and `key` its key; without them one is made in keys/."""
    key: str | None = None
    phone_networks: tuple[str, ...] = ()
    """From where phones may speak at all, as 192.168.10.0/24; empty: anywhere. The carrier may always."""
    block_after: Int = Field(default=10, ge=0, le=1000)
    """Wrong passwords or users within a minute, after which an address is refused; 0: never."""
    block_min: Amount = Field(default=60, gt=0, le=10_080)
    public_address: str | None = None
    """Address put into SIP and SDP when the exchange stands behind address translation (containers)."""

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.rtp_last - self.rtp_first < 7:
            raise ValueError(f"rtp_first {self.rtp_first} to rtp_last {self.rtp_last} is too small a range")
        if (self.certificate is None) != (self.key is None):
            missing = "key" if self.key is None else "certificate"
            raise ValueError(f"{missing} is missing: certificate and key go together")
        for network in self.phone_networks:
            _network(network)
        return self


class Trunk(Section):
    """The carrier: `simulated` takes calls from an address; `hikari` is a ひかり電話 gateway."""

    profile: Literal["simulated", "hikari"] = "simulated"
    addresses: tuple[str, ...] = ("127.0.0.2",)
    port: Port = 5070
    """`simulated`: UDP port at which the carrier, at the first of `addresses`, takes our own calls."""
    gateway: str | None = None
    """`hikari`: the gateway's host or host:port."""
    user: str | None = None
    password: str | None = None
    """Better given as MADOGUCHI_TRUNK_PASSWORD or in keys/trunk-password."""
    domain: str | None = None
    outbound_per_day: Int = Field(default=500, ge=0, le=100_000)
    """Calls of ours a day, callbacks and overflow together; beyond, and with 0, none is made."""
    dtmf: Literal["auto", "rfc4733", "inband"] | None = None
    """How the carrier sends keys; not said, as its profile does (docs/menus.md)."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.profile == "hikari" and not self.gateway:
            raise ValueError('gateway is needed when profile is "hikari"')
        if not self.addresses and self.profile == "simulated":
            raise ValueError("addresses is empty: no call could come in")
        return self


class Ari(Section):
    """The controller's way to Asterisk; loopback unless they stand on two hosts (containers)."""

    host: str = "127.0.0.1"
    port: Port = 8088
    app: str = Field(default="madoguchi", pattern=r"^[a-z][a-z0-9_-]{0,30}$")


class Stop(Section):
    """Stopping an instance."""

    drain_s: float = Field(default=0, ge=0, le=3600)
    """How long calls in progress may go on after Ctrl-C or SIGTERM."""


class Settings(Section):
    """The whole of `madoguchi.toml`."""

    line: Line = Line()
    lines: tuple[FurtherLine, ...] = ()
    calendar: Calendar = Calendar()
    seats: Seats = Seats()
    operators: tuple[Operator, ...] = tuple(
        Operator(id=str(100 + n), name=f"オペレーター{n}") for n in range(1, 8)
    )
    skills: dict[Word, str] = Field(default_factory=dict)
    """技能: their names, by the word that operators and needs use."""
    needs: dict[Word, tuple[NeedStep, ...]] = Field(default_factory=dict)
    """What callers may demand of an operator, relaxed step by step as they wait."""
    queue: QueueRules = QueueRules()
    floor: FloorRules = FloorRules()
    overflow: tuple[OverflowRule, ...] = DEFAULT_OVERFLOW
    """Tried in this order."""
    callback: CallbackRules = CallbackRules()
    guidance: GuidanceRules = GuidanceRules()
    menus: dict[Word, Menu] = Field(default_factory=dict)
    """音声メニュー, by the name that lines and other menus use."""
    forms: Forms = Forms()
    slots: Slots = Slots()
    sip: Sip = Sip()
    trunk: Trunk = Trunk()
    ari: Ari = Ari()
    desk: Desk = Desk()
    stop: Stop = Stop()
    watch: Watch = Watch()
    retention: Retention = Retention()
    report: Report = Report()
    backup: BackupRules = BackupRules()
    wallboard: Wallboard = Wallboard()
    alarms: AlarmRules = AlarmRules()

    def call_limit(self) -> int:
        """Citizens on the line at once. Each leg takes two media ports, and operators' legs must find some:
        a line full of waiting callers that no phone can be rung for would never empty.
        """
        legs = (self.sip.rtp_last - self.sip.rtp_first + 1) // 2
        return max(1, min(self.line.max_calls, legs - 2 * self.seats.count))

    def line_rules(self) -> dict[str, LineRules]:
        """The rules of every line, by its id; `main` comes first."""
        return {MAIN: self.line, **{line.id: line for line in self.lines}}

    def calendars(self) -> dict[str, Calendar]:
        """The hours of every line, by its id; a line without its own keeps those of `main`."""
        return {MAIN: self.calendar, **{line.id: line.calendar or self.calendar for line in self.lines}}

    def line_names(self) -> dict[str, str]:
        """What people call the lines, by id."""
        return {MAIN: self.line.name, **{line.id: line.name for line in self.lines}}

    def numbers(self) -> tuple[str, ...]:
        """All numbers of ours, the main one first."""
        return (*self.line.numbers, *(number for line in self.lines for number in line.numbers))

    def line_of(self, number: str) -> str:
        """The id of the line that this number of ours (as it is configured) leads to; else `main`."""
        return next((line.id for line in self.lines if number in line.numbers), MAIN)

    @model_validator(mode="before")
    @classmethod
    def _lines_calendars(cls, raw: object) -> object:
        return inherited(raw)

    @model_validator(mode="after")
    def _without_contradictions(self) -> Self:
        if found := contradictions(self):
            raise ValueError("\n".join(found))
        return self


def load_settings(home: Home, *, make: bool = True) -> Settings:
    """Read the settings of `home`; a missing file is made from the commented default, if `make`.

    `MADOGUCHI_TOML` names another file; `MADOGUCHI_TRUNK_ADDRESSES` (comma-separated),
    `MADOGUCHI_PUBLIC_ADDRESS`, `MADOGUCHI_ARI_HOST` and `MADOGUCHI_RTP_RANGE` (first-last) stand above
    the file, for containers.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or a key is wrong; names file and key.
    """
    path = Path(os.environ.get("MADOGUCHI_TOML") or home.toml)
    try:
        if make and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(DEFAULT_TOML, encoding="utf-8")
        toml = path.read_text(encoding="utf-8") if path.exists() else ""
        raw = tomllib.loads(toml)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {toml_mistake(str(error), toml)}") from None
    try:
        settings = Settings.model_validate(_with_environment(raw))
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {line}" for line in sentences(error))) from None
    if settings.menus:
        missing = unknown_texts(settings.menus, text_ids(SHIPPED, home.path / "prompts"))
        if missing:
            raise ConfigError("\n".join(f"{path}: {line}" for line in missing))
    return settings


def _with_environment(raw: dict[str, object]) -> dict[str, object]:
    """Lay the few variables that containers need over the file's values."""

    def put(section: str, key: str, value: object) -> None:
        table = raw.setdefault(section, {})
        if isinstance(table, dict):
            table[key] = value

    if text := os.environ.get("MADOGUCHI_TRUNK_ADDRESSES"):
        put("trunk", "addresses", [a.strip() for a in text.split(",") if a.strip()])
    if text := os.environ.get("MADOGUCHI_PUBLIC_ADDRESS"):
        put("sip", "public_address", text)
    if text := os.environ.get("MADOGUCHI_ARI_HOST"):
        put("ari", "host", text)
    if text := os.environ.get("MADOGUCHI_RTP_RANGE"):
        first, _, last = text.partition("-")
        put("sip", "rtp_first", int(first) if first.isdigit() else first)
        put("sip", "rtp_last", int(last) if last.isdigit() else last)
    return raw
