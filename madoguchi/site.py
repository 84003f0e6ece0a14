"""From the settings of a home to the context that Asterisk's configuration is rendered with."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from config import JST, ConfigError, Home, Settings, from_ms, to_ms
from config.lines import MAIN
from config.secrets import PhoneSecret, Secrets
from ivr.calendar import Calendar, rules_of
from ivr.guidance import Guidance
from ivr.holiday_file import holidays_in
from ivr.holidays import Holidays
from ivr.override import Override
from ivr.texts import TextsError
from madoguchi.site_context import (
    AriListener,
    FallbackLine,
    Gateway,
    OpenInterval,
    Paths,
    PhoneContext,
    RtpRange,
    SipListener,
    SiteContext,
    TrunkContext,
)

PROJECT = Path(__file__).resolve().parent.parent
PROMPTS = PROJECT / "prompts"
SOUNDS = PROMPTS / "voice" / "ja"
MUSIC = PROMPTS / "music"
TEMPLATES = PROJECT / "asterisk-conf"

CALENDAR_DAYS = 400
"""How far ahead the fallback knows the calendar: a run may last so long before it is started again."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Ports:
    """The ports of one run: the settings' own, or free ones (`--free-ports`)."""

    sip: int
    ari: int
    desk: int
    rtp_first: int
    rtp_last: int
    tls: int = 5061
    trunk: int = 5070
    """The simulated carrier's, at its own address."""


def calendar_of(settings: Settings, line: str = MAIN, holidays: Holidays | None = None) -> Calendar:
    """The calendar that the settings describe for a line; an unknown line keeps the main line's.

    `holidays`: the table in use (`ivr.holiday_file.holidays_in`); None: the one that is shipped.
    """
    return Calendar(rules_of(settings.calendars().get(line, settings.calendar)), holidays)


def calendars_of(settings: Settings, holidays: Holidays | None = None) -> dict[str, Calendar]:
    """The calendar of every line, by its id; `holidays` as for `calendar_of`."""
    return {line: calendar_of(settings, line, holidays) for line in settings.line_rules()}


def asterisk_paths(home: Home, run: Path | None = None) -> Paths:
    """Where Asterisk finds its directories; `run` when its socket stands elsewhere than outside.

    Raises:
        ConfigError: the path of the home cannot be written into Asterisk's configuration.
    """
    base = home.asterisk
    try:
        return Paths(
            etc=str(base / "etc"),
            lib=str(base / "lib"),
            spool=str(base / "spool"),
            run=str(run or base / "run"),
            log=str(base / "log"),
            cache=str(base / "cache"),
            sounds=str(SOUNDS),
            music=str(MUSIC),
        )
    except ValidationError as error:
        given = error.errors()[0]["input"]
        raise ConfigError(
            f"{given}: Asterisk's configuration takes no path with spaces, quotes, commas or semicolons; "
            "use another --home or another place for the project"
        ) from None


def site_context(
    home: Home,
    settings: Settings,
    secrets: Secrets,
    *,
    ports: Ports,
    bind: str,
    ari_bind: str | None = None,
    paths: Paths,
    now_ms: int,
    offset_ms: int = 0,
    leaving: Mapping[int, str] = MappingProxyType({}),
    overrides: Sequence[Override] = (),
) -> SiteContext:
    """Everything that the templates ask for.

    Args:
        home: For `keys/trunk-password`.
        settings: What the site is.
        secrets: Its passwords.
        ports: The ports of this run.
        bind: Address that SIP listens on.
        ari_bind: Address that the Asterisk REST Interface listens on, when it is not the settings' host.
        paths: See `asterisk_paths`.
        now_ms: The machine's own time, ms since 1970 UTC.
        offset_ms: What `--at` adds to it.
        leaving: Extensions, by number, of seats that the settings have no more but that still talk.
        overrides: What has been said over the calendar, for the fallback.

    Raises:
        ConfigError: something cannot be written into Asterisk's configuration; says what.
    """
    today = from_ms(now_ms + offset_ms).astimezone(JST).date()
    table = holidays_in(home)

    def open_of(line: str) -> tuple[OpenInterval, ...]:
        said = [override for override in overrides if override.concerns(line)]
        hours = calendar_of(settings, line, table).with_overrides(said)
        return fallback_hours(hours, today, CALENDAR_DAYS, offset_ms)

    known_until = datetime.combine(today + timedelta(days=CALENDAR_DAYS), time(), JST)
    named = settings.seats.extensions()
    try:
        return SiteContext(
            paths=paths,
            run_user=None,  # it is started as the user that it shall be
            sip=SipListener(
                host=bind,
                port=ports.sip,
                tls_port=ports.tls if settings.sip.phones == "tls" else None,
                external_address=settings.sip.public_address or None,
            ),
            seat_networks=settings.sip.phone_networks,
            rtp=RtpRange(start=ports.rtp_first, end=ports.rtp_last),
            ari=AriListener(
                host=ari_bind or settings.ari.host,
                port=ports.ari,
                user=secrets.ari_user,
                password=secrets.ari_password,
                app=settings.ari.app,
            ),
            trunk=trunk_context(home, settings, ports.trunk),
            seats=tuple(_phone(seat, secrets.phones[seat], named[seat]) for seat in named),
            leaving=tuple(_phone(seat, secrets.phones[seat], leaving[seat]) for seat in leaving),
            supervisor=_phone(0, secrets.supervisor_phone, settings.seats.supervisor_extension),
            own_sounds=_own_sounds(home),
            open_intervals=open_of(MAIN),
            further=tuple(
                FallbackLine(id=line.id, numbers=line.numbers, open_intervals=open_of(line.id))
                for line in settings.lines
            ),
            clock_offset_ms=offset_ms,
            calendar_until_s=(to_ms(known_until) - offset_ms) // 1000,
        )
    except ValidationError as error:
        detail = error.errors()[0]
        key = ".".join(str(part) for part in detail["loc"])
        raise ConfigError(f"madoguchi.toml: {key}: {detail['msg']}") from None


def fallback_hours(hours: Calendar, first: date, days: int, offset_ms: int = 0) -> tuple[OpenInterval, ...]:
    """The open hours of so many days from `first` as the dialplan is told them, on the machine's clock."""
    return tuple(
        OpenInterval.of(
            (to_ms(start) - offset_ms) // 1000,
            (to_ms(end) - offset_ms) // 1000,
            f"{start:%Y-%m-%d} {WEEKDAYS[start.weekday()]}",
        )
        for start, end in hours.open_intervals(first, days)
    )


def _own_sounds(home: Home) -> dict[str, str]:
    """The site's own sounds of those texts that the exchange plays alone; none when its list is broken."""
    try:
        guidance = Guidance([PROMPTS, home.prompts])
    except TextsError:
        return {}
    return {
        text: guidance.media(text).removeprefix("sound:") for text in guidance.texts if guidance.is_own(text)
    }


def _phone(number: int, secret: PhoneSecret, extension: str) -> PhoneContext:
    return PhoneContext(number=number, user=secret.user, password=secret.password, extension=extension)


def trunk_context(home: Home, settings: Settings, port: int | None = None) -> TrunkContext:
    """The carrier, as the templates ask for it. `port`: where the simulated one takes our calls (UDP).

    Raises:
        ConfigError: what its profile needs is missing; names the key.
    """
    trunk = settings.trunk
    gateway = None
    if trunk.profile == "hikari":
        host, _, at = (trunk.gateway or "").partition(":")
        password = _trunk_password(home, settings)
        if not trunk.user or not password:
            missing = "user" if not trunk.user else "password"
            raise ConfigError(
                f'madoguchi.toml: [trunk] {missing} is needed when profile is "hikari" '
                "(the password may stand in keys/trunk-password or MADOGUCHI_TRUNK_PASSWORD)"
            )
        gateway = Gateway(
            host=host,
            port=int(at) if at.isdigit() else 5060,
            domain=trunk.domain or host,
            user=trunk.user,
            password=password,
        )
    addresses = trunk.addresses
    if gateway and addresses == type(trunk)().addresses:
        addresses = (gateway.host,)  # nobody named others: the gateway itself is the carrier
    return TrunkContext(
        profile=trunk.profile,
        addresses=addresses,
        number=settings.line.number,
        aliases=settings.numbers()[1:],
        gateway=gateway,
        dtmf=trunk.dtmf,
        outbound=None if gateway else _takes_calls(addresses, port or trunk.port),
    )


def _takes_calls(addresses: tuple[str, ...], port: int) -> str | None:
    """Where the simulated carrier takes calls; None when its first address is a whole network."""
    try:
        network = ip_network(addresses[0])
    except (ValueError, IndexError):
        return None  # named as a mistake where the addresses are checked
    if network.num_addresses > 1:
        return None
    host = str(network.network_address)
    return f"[{host}]:{port}" if network.version == 6 else f"{host}:{port}"


def _trunk_password(home: Home, settings: Settings) -> str | None:
    if given := os.environ.get("MADOGUCHI_TRUNK_PASSWORD"):
        return given
    file = home.keys / "trunk-password"
    return file.read_text(encoding="utf-8").strip() if file.is_file() else settings.trunk.password
