"""A small Debian system in a directory, made by mmdebstrap once and shared by all clones of the project."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from madoguchi.steps import StepError, Steps, as_root, cache_directory

Facts = dict[str, str]
"""What was found when a root was verified; kept beside it and compared at every start."""


@dataclass(frozen=True)
class Recipe:
    """How a root is made. `name` is its directory in the cache: another recipe takes another name."""

    name: str
    suite: str
    packages: tuple[str, ...]
    verify: Callable[[Path], Facts]
    """Looks whether the root works. Takes milliseconds. Raises StepError when it does not."""
    finish: Callable[[Path, Steps], None] | None = None
    """What is still to be done in a root that was just unpacked (the root is not yet in its place)."""


def ensure(recipe: Recipe, steps: Steps) -> tuple[Path, Facts]:
    """The root of `recipe`, verified; made when missing and remade when broken.

    Two processes at once: the second waits for the first and finds its work. A root appears in its place
    whole or not at all.

    Raises:
        StepError: it cannot be made, or does not work even when made anew.
    """
    place = cache_directory() / recipe.name
    with _locked(place, steps):
        if place.exists():
            broken = _trouble(recipe, place)
            if broken is None:
                return place / "root", json.loads((place / "verified.json").read_text())
            steps.warn(f"{place} is broken and is made again: {broken}")
            _remove(place, steps)
        _make(recipe, place, steps)
        return place / "root", json.loads((place / "verified.json").read_text())


def _trouble(recipe: Recipe, place: Path) -> str | None:
    """Why the root there cannot be used; None when it can."""
    try:
        recorded = json.loads((place / "verified.json").read_text())
    except (OSError, ValueError):
        return "it was never verified"
    try:
        found = recipe.verify(place / "root")
    except (StepError, OSError) as error:
        return str(error).splitlines()[0]
    changed = [key for key in found if recorded.get(key) != found[key]]
    return f"{changed[0]} was {recorded.get(changed[0])}, is {found[changed[0]]}" if changed else None


def _make(recipe: Recipe, place: Path, steps: Steps) -> None:
    _need_mmdebstrap(steps)
    for leftover in [*place.parent.glob(f".{recipe.name}.*"), *place.parent.glob(f".old.{recipe.name}.*")]:
        _remove(leftover, steps)  # of a start that was killed: we hold the lock, nobody works there
    draft = Path(tempfile.mkdtemp(prefix=f".{recipe.name}.", dir=place.parent))
    draft.chmod(0o755)
    root = draft / "root"
    steps.note(f"making a Debian {recipe.suite} root in {place}, once (about a minute)")
    try:
        _bootstrap(recipe, root, steps)
        _isolate(root)
        if recipe.finish:
            recipe.finish(root, steps)
        facts = recipe.verify(root)
        (draft / "verified.json").write_text(json.dumps(facts, indent=1) + "\n")
        draft.rename(place)
    except BaseException:
        _remove(draft, steps)
        raise


def _bootstrap(recipe: Recipe, root: Path, steps: Steps) -> None:
    # In namespaces of its own: when it is killed, its mounts and its processes go with it.
    alone = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]
    command = [
        *alone,
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        f"--include={','.join(recipe.packages)}",
    ]
    target = [recipe.suite, str(root), *_mirror()]
    advice = (
        "check the network and the name of the suite; MADOGUCHI_DEBIAN_MIRROR names another mirror; "
        "an asterisk of 22.8 or newer on the PATH needs none of this"
    )
    what = f"Debian {recipe.suite} root"
    try:
        steps.run(what, as_root([*command, *target]), advice=advice)
    except StepError as error:
        if not any("is expired" in line for line in error.tail):
            raise
    else:
        return
    # A mirror that is no longer updated (a closed network's copy) is signed, but its signature has run out.
    steps.warn(
        f"THE MIRROR'S RELEASE FILE OF {recipe.suite} HAS EXPIRED: its packages are still checked by "
        "signature, but security updates are missing. Making the root from it all the same."
    )
    _remove(root, steps)
    relaxed = ['--aptopt=Acquire::Check-Valid-Until "false"']
    steps.run(what, as_root([*command, *relaxed, *target]), advice=advice)


def _mirror() -> list[str]:
    mirror = os.environ.get("MADOGUCHI_DEBIAN_MIRROR")
    return [mirror] if mirror else []


def _isolate(root: Path) -> None:
    """No name server and no name but our own: with an unreachable one Asterisk blocks 5 s a look-up."""
    script = "rm -f etc/resolv.conf && : >etc/resolv.conf && echo 127.0.0.1 localhost >etc/hosts"
    quiet = Steps(0)
    quiet.run("Root's names", as_root(["sh", "-c", f'cd "$1" && {script}', "sh", str(root)]), advice="")


def _need_mmdebstrap(steps: Steps) -> None:
    if shutil.which("mmdebstrap"):
        return
    if shutil.which("apt-get") is None:
        raise StepError(
            "neither mmdebstrap nor apt-get is here, so no Debian root can be made",
            advice="put an asterisk of 22.8 or newer on the PATH, or use docker-compose.yml",
        )
    advice = "run it by hand and read what apt says: apt-get install mmdebstrap"
    install = [
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "install",
        "-y",
        "-q",
        "--no-install-recommends",
    ]
    steps.note("installing Debian package mmdebstrap")
    steps.run("apt-get update", as_root(["apt-get", "update", "-q"]), advice="check /etc/apt/sources.list")
    packages = ["mmdebstrap", "debian-archive-keyring"]
    steps.run("apt-get install mmdebstrap", as_root([*install, *packages]), advice=advice)


def _remove(path: Path, steps: Steps) -> None:
    if not path.exists():
        return
    # Aside first: from here on nobody finds it, even when removing it is interrupted.
    aside = path
    if not path.name.startswith("."):
        aside = path.with_name(f".old.{path.name}.{os.getpid()}")
        steps.run("Moving aside", as_root(["mv", str(path), str(aside)]), advice=f"remove {path} by hand")
    remove = as_root(["rm", "-rf", "--one-file-system", str(aside)])
    steps.run("Removing", remove, advice=f"remove {aside} by hand")


@contextmanager
def _locked(place: Path, steps: Steps) -> Iterator[None]:
    with place.with_name(place.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            steps.note(f"another start is making {place.name}: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def chroot_output(root: Path, command: Sequence[str], timeout_s: float = 20) -> str:
    """What a command prints inside `root`.

    Raises:
        StepError: it cannot be run or fails.
    """
    quiet = Steps(0)
    inside = as_root(["chroot", str(root), *command])
    return "\n".join(quiet.run(f"{command[0]} inside {root}", inside, advice="", timeout_s=timeout_s))
