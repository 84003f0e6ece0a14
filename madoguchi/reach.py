"""How to reach a run: the contents of `run.json`."""

from __future__ import annotations

from config import RunFile, Secrets, Settings
from config.runfile import AriAccess, OperatorEntry, Phone, SipAddress, TrunkAddress
from config.secrets import PhoneSecret


def run_file(
    settings: Settings,
    secrets: Secrets,
    *,
    processes: tuple[int, int, int],
    desk_url: str,
    sip: tuple[str, int],
    ari_url: str,
    trunk_port: int = 0,
    tls_port: int = 0,
    offset_ms: int = 0,
    asterisk_version: str = "",
    desk_certificate: str = "",
) -> RunFile:
    """The run file of the contract.

    Args:
        settings: What the site is.
        secrets: Its passwords.
        processes: Numbers of bin/up, of the controller and of Asterisk; 0 where one does not run (here).
        desk_url: Where the pages and the API are.
        sip: Host and port that phones and the carrier speak to.
        ari_url: Where the controller finds Asterisk.
        tls_port: Where phones speak TLS, when they do.
        trunk_port: Where the simulated carrier takes our calls.
        offset_ms: What `--at` adds to the machine's time.
        asterisk_version: As Asterisk says it; empty when it runs elsewhere.
        desk_certificate: The file of the desk's certificate; empty: without TLS.
    """
    pid, controller_pid, asterisk_pid = processes
    return RunFile(
        pid=pid,
        controller_pid=controller_pid,
        asterisk_pid=asterisk_pid,
        desk_url=desk_url,
        api_token=secrets.api_token,
        sip=SipAddress(host=sip[0], port=sip[1], tls_port=tls_port if settings.sip.phones == "tls" else 0),
        trunk=TrunkAddress(
            host=settings.trunk.addresses[0] if settings.trunk.addresses else "",
            port=trunk_port if settings.trunk.profile == "simulated" else 0,
        ),
        number=settings.line.number,
        phones=_phones(settings, secrets),
        supervisor_phone=_phone(0, secrets.supervisor_phone, settings.seats.supervisor_extension),
        operators=_operators(settings, secrets),
        ari=AriAccess(
            url=ari_url, user=secrets.ari_user, password=secrets.ari_password, app=settings.ari.app
        ),
        clock_offset_ms=offset_ms,
        asterisk_version=asterisk_version,
        desk_certificate=desk_certificate,
    )


def with_settings(run: RunFile, settings: Settings, secrets: Secrets) -> RunFile:
    """The run file after the settings were read anew: other phones, people and number, the same processes."""
    return run.model_copy(
        update={
            "number": settings.line.number,
            "phones": _phones(settings, secrets),
            "supervisor_phone": _phone(0, secrets.supervisor_phone, settings.seats.supervisor_extension),
            "operators": _operators(settings, secrets),
        }
    )


def _phones(settings: Settings, secrets: Secrets) -> list[Phone]:
    named = settings.seats.extensions()
    return [_phone(seat, secrets.phones[seat], named[seat]) for seat in named]


def _operators(settings: Settings, secrets: Secrets) -> list[OperatorEntry]:
    return [OperatorEntry(id=one.id, name=one.name, pin=secrets.pins[one.id]) for one in settings.operators]


def _phone(seat: int, secret: PhoneSecret, extension: str) -> Phone:
    return Phone(seat=seat, user=secret.user, password=secret.password, extension=extension)
