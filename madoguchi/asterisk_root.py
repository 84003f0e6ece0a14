"""Where Asterisk comes from: one on the PATH that is new enough, else a Debian root of our own.

`python -m madoguchi.asterisk_root` makes it if needed and prints what it is.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from madoguchi.debian_root import Facts, Recipe, chroot_output, ensure
from madoguchi.steps import StepError, Steps, as_root

SUITE_VARIABLE = "MADOGUCHI_ASTERISK_SUITE"
VERSION_VARIABLE = "MADOGUCHI_ASTERISK_VERSION"
DEFAULT_SUITE = "forky"
"""The Debian that was testing when this was written; by its name, so that it does not move underfoot."""

LOWEST = (22, 8)
"""Attended and blind transfers through ARI are usable from here (ChannelTransfer; asterisk#1467, #1469)."""
DOUBTFUL = {
    (22, 9): "22.9 can deadlock under load (asterisk#1962, #1907, #1936); 22.10.1 or newer is better",
    (22, 11, 0): "22.11.0 can loop on whispered channels (asterisk#2134); 22.10.1 is better",
}
PACKAGES = ("asterisk", "asterisk-modules", "asterisk-config")
BASE_PACKAGES = ("tzdata",)
ASTERISK_ID = 61735
"""uid and gid of `asterisk` in a root of ours. The package's own (101) is another service's on many machines,
which could then read the passwords in Asterisk's files; this one lies where none is allotted for good."""
RECIPE = 2
"""To be raised when a root is to be made differently: old ones are then left alone and no longer used."""
NEEDED_MODULES = (
    "app_queue", "app_stasis", "chan_pjsip", "codec_ulaw", "format_wav", "func_callerid", "pbx_config",
    "res_ari", "res_ari_channels", "res_http_websocket", "res_musiconhold", "res_pjsip",
    "res_pjsip_authenticator_digest", "res_rtp_asterisk", "res_stasis", "res_websocket_client",
)  # fmt: skip
"""Without these no call is served; what else is loaded is asterisk-conf's choice."""


@dataclass(frozen=True)
class Asterisk:
    """An Asterisk that can be started."""

    version: str
    root: Path
    """The system it stands in; `/` when it is this machine's own."""
    binary: str
    modules: Path
    data: Path
    """Sounds and documentation of the package. All three as seen from inside `root`."""

    @property
    def own_root(self) -> bool:
        """Whether it stands in a Debian root that we made."""
        return self.root != Path("/")


def find_asterisk(steps: Steps) -> Asterisk:
    """The Asterisk to start; makes or remakes the Debian root when there is none on the PATH.

    Raises:
        StepError: none can be had, or the one that was pinned is older than 22.8.
    """
    asterisk = _on_path(steps) or _in_root(steps)
    check_version(asterisk.version, steps)
    return asterisk


def parse_version(text: str) -> tuple[int, ...] | None:
    """(22, 10, 1) of "Asterisk 22.10.1+dfsg"; None of a development build without a number."""
    found = re.search(r"(?:^|[\s/])(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in found.groups() if part is not None) if found else None


def check_version(version: str, steps: Steps) -> None:
    """Warn of versions with known faults.

    Raises:
        StepError: the version is below 22.8, or cannot be told.
    """
    numbers = parse_version(version)
    if numbers is None or numbers < LOWEST:
        raise StepError(
            f"{version or 'this Asterisk'} is too old: 22.8 or newer is needed",
            advice=f"unset {VERSION_VARIABLE}, or set it to 22.10.1",
        )
    for length in (2, 3):
        if trouble := DOUBTFUL.get(numbers[:length]):
            steps.warn(f"Asterisk {trouble}")


def _on_path(steps: Steps) -> Asterisk | None:
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])
    binary = shutil.which("asterisk", path=search)
    if binary is None:
        return None
    try:
        version = _number(Steps(0).run("asterisk -V", [binary, "-V"], advice="", timeout_s=20))
    except StepError as error:
        steps.note(f"{binary} cannot be used ({error.what}); using one of our own")
        return None
    if (parse_version(version) or (0,)) < LOWEST:
        steps.note(f"{binary} is {version}, older than 22.8; using one of our own")
        return None
    if (pin := os.environ.get(VERSION_VARIABLE)) and not version.startswith(pin):
        steps.note(f"{binary} is {version}, not {pin} ({VERSION_VARIABLE}); using one of our own")
        return None
    named = _directories(Path("/etc/asterisk/asterisk.conf"))
    patterns = ("lib/*/asterisk/modules", "lib/asterisk/modules", "lib64/asterisk/modules")
    guesses = [path for base in ("/usr", "/usr/local") for p in patterns for path in Path(base).glob(p)]
    modules = next((p for p in [named.get("astmoddir"), *guesses] if p and p.is_dir()), None)
    data = named.get("astdatadir") or named.get("astvarlibdir") or Path("/usr/share/asterisk")
    missing = _missing_modules(modules) if modules else ["all modules"]
    if modules is None or missing:
        steps.note(f"{binary} lacks {', '.join(missing)}; using one of our own")
        return None
    return Asterisk(version=version, root=Path("/"), binary=binary, modules=modules, data=data)


def _in_root(steps: Steps) -> Asterisk:
    suite = os.environ.get(SUITE_VARIABLE) or DEFAULT_SUITE
    pin = os.environ.get(VERSION_VARIABLE) or ""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", suite):
        raise StepError(f"{SUITE_VARIABLE}: {suite!r} is not the name of a Debian suite")
    if not re.fullmatch(r"[0-9A-Za-z.+~:-]*", pin):
        raise StepError(f"{VERSION_VARIABLE}: {pin!r} is not a package version like 22.10.1")
    if pin:
        check_version(pin.partition(":")[2] or pin, Steps(0, out=sys.stderr))
    packages = (*(_pinned(package, pin) for package in PACKAGES), *BASE_PACKAGES)
    recipe_hash = hashlib.sha256(" ".join((str(RECIPE), suite, *packages)).encode()).hexdigest()[:8]
    recipe = Recipe(
        name=f"asterisk-{suite}-{recipe_hash}",
        suite=suite,
        packages=packages,
        verify=verify_root,
        finish=_renumber,
    )
    root, facts = ensure(recipe, steps)
    modules = _modules_of(root)
    return Asterisk(
        version=facts["version"],
        root=root,
        binary="/usr/sbin/asterisk",
        modules=Path("/") / modules.relative_to(root),
        data=Path("/usr/share/asterisk"),
    )


def verify_root(root: Path) -> Facts:
    """Start the binary inside `root` for its version, and look at its modules and at what each start binds.

    Raises:
        StepError: something is missing or does not run.
    """
    for needed in ("etc/hosts", "etc/resolv.conf", "etc/passwd", "usr/share/zoneinfo/Asia/Tokyo"):
        if not (root / needed).is_file():
            raise StepError(f"/{needed} is missing")
    version = _number(chroot_output(root, ["/usr/sbin/asterisk", "-V"]).splitlines())
    modules = _modules_of(root)
    if missing := _missing_modules(modules):
        raise StepError(f"modules are missing: {', '.join(missing)}")
    files = sorted(modules.glob("*.so"))
    listing = " ".join(f"{file.name}:{file.stat().st_size}" for file in files)
    return {
        "version": version,
        "modules": str(len(files)),
        "listing": hashlib.sha256(listing.encode()).hexdigest()[:16],
    }


def _renumber(root: Path, steps: Steps) -> None:
    """Give the user `asterisk` the number that is nobody's outside."""
    script = f"groupmod -g {ASTERISK_ID} asterisk && usermod -u {ASTERISK_ID} -g {ASTERISK_ID} -G '' asterisk"
    steps.run("User asterisk", as_root(["chroot", str(root), "sh", "-c", script]), advice="")


def _pinned(package: str, pin: str) -> str:
    if not pin:
        return package
    # apt takes a shell pattern: "22.10.1" stands for any Debian build of it, "1:22.10.1+dfsg-1" for that one.
    return f"{package}={pin}" if ":" in pin else f"{package}=1:{pin}*"


def _modules_of(root: Path) -> Path:
    found = next(iter(sorted((root / "usr/lib").glob("*/asterisk/modules"))), None)
    if found is None:
        raise StepError("its module directory is missing")
    return found


def _missing_modules(modules: Path) -> list[str]:
    return [name for name in NEEDED_MODULES if not (modules / f"{name}.so").is_file()]


def _directories(conf: Path) -> dict[str, Path]:
    """The `astmoddir => /usr/lib/…` lines of an asterisk.conf; empty when it cannot be read."""
    try:
        text = conf.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    found = re.findall(r"^\s*(ast\w+dir)\s*=>?\s*(/\S+)", text, re.MULTILINE)
    return {key: Path(value) for key, value in found}


def _number(output: list[str]) -> str:
    """What follows the name in the line `Asterisk 22.10.1+dfsg`."""
    line = next((line for line in reversed(output) if line.startswith("Asterisk")), "")
    return line.removeprefix("Asterisk").strip()


def main() -> int:
    """Make it if needed and say what it is."""
    steps = Steps(1)
    try:
        with steps.step("Asterisk"):
            asterisk = find_asterisk(steps)
            steps.note(f"{asterisk.version} in {asterisk.root}")
    except StepError as error:
        print(f"madoguchi: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
