"""The Python that can run a softphone (pjsua2), which has wheels for CPython 3.11 and 3.12 only.

That is this Python when it can import pjsua2, else Debian 12's in a small root of its own, made once.
`python -m tests.rig.phone_python` makes it if needed and says which it is.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import sys
import tempfile
from functools import cache
from pathlib import Path

from madoguchi.asterisk_process import ENTER
from madoguchi.debian_root import Facts, Recipe, chroot_output, ensure
from madoguchi.site import PROJECT
from madoguchi.steps import StepError, Steps, as_root, cache_directory

LOCK = PROJECT / "requirements-phone.lock"
LIBRARY = Path("/usr/lib/madoguchi-phone")
"""Inside the root, where the wheel is unpacked."""
SUITE = "bookworm"
PYTHON = "3.11"
"""Of that suite."""


@cache
def argv_prefix() -> tuple[str, ...]:
    """What to put before a script to run it with pjsua2. The script sees the project and /tmp where they are.

    Raises:
        StepError: the root cannot be made.
    """
    return _prefix(Steps(0, out=sys.stderr))


def _prefix(steps: Steps) -> tuple[str, ...]:
    if importlib.util.find_spec("pjsua2"):
        return (sys.executable,)
    root, _ = ensure(_recipe(), steps)
    view = cache_directory() / "phone-view"
    view.mkdir(exist_ok=True)
    binds = [f"ro:{PROJECT}:{PROJECT}", *(f"rw:{path}:{path}" for path in _scratch())]
    enter = ["unshare", "--mount", "--propagation", "private", "sh", str(ENTER), str(view), str(root)]
    user = f"{os.getuid()}:{os.getgid()}"
    python = ["/usr/bin/env", f"PYTHONPATH={LIBRARY}", "/usr/bin/python3"]
    return tuple(as_root([*enter, user, str(root / "etc/hosts"), *binds, "--", *python]))


def _scratch() -> list[str]:
    """Where tests put what they play and record; the outermost directories only."""
    places = {Path("/tmp"), Path("/var/tmp"), Path(tempfile.gettempdir())}
    return sorted(str(p) for p in places if not any(p != q and p.is_relative_to(q) for q in places))


def _recipe() -> Recipe:
    version = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]
    packages = ("python3-minimal", "libpython3-stdlib")
    return Recipe(f"phone-{SUITE}-{version}", SUITE, packages, verify=_verify, finish=_install)


def _verify(root: Path) -> Facts:
    code = "import pjsua2; print(pjsua2.Endpoint().libVersion().full)"
    command = ["/usr/bin/env", f"PYTHONPATH={LIBRARY}", "/usr/bin/python3", "-c", code]
    return {"pjsua2": chroot_output(root, command).splitlines()[0]}


def _install(root: Path, steps: Steps) -> None:
    """Unpack the wheel for the root's Python with this Python's pip: the root has none, and needs none."""
    with tempfile.TemporaryDirectory() as scratch:
        lock = Path(scratch) / "lock"
        lock.write_text(re.sub(r"^#.*\n", "", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE))
        target = Path(scratch) / "library"
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
        wheel = ["--no-deps", "--only-binary", ":all:", "--platform", "manylinux2014_x86_64"]
        wheel += ["--implementation", "cp", "--python-version", PYTHON, "--target", str(target)]
        advice = "check the network and PIP_INDEX_URL"
        steps.run("pjsua2", [*pip, *wheel, "-r", str(lock)], advice=advice)
        place = str(root) + str(LIBRARY)
        steps.run("pjsua2", as_root(["cp", "-r", str(target), place]), advice=f"look at {place}")


def main() -> int:
    """Make it if needed and say what it is."""
    steps = Steps(1)
    try:
        with steps.step("Python for the tests' phones"):
            prefix = _prefix(steps)
            steps.note("this one" if len(prefix) == 1 else "Debian 12's, in a root of its own")
    except StepError as error:
        sys.stderr.write(f"madoguchi: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
