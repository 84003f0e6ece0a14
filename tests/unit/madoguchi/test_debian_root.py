"""A root in the cache: made once, whole or not at all, again when broken. Unpacking is stood in for."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

import pytest

from madoguchi import debian_root
from madoguchi.debian_root import Facts, Recipe, ensure
from madoguchi.steps import StepError, Steps


class Maker:
    """Stands in for mmdebstrap."""

    def __init__(self) -> None:
        self.made = 0
        self.broken = False

    def bootstrap(self, recipe: Recipe, root: Path, steps: Steps) -> None:
        self.made += 1
        (root / "etc").mkdir(parents=True)
        (root / "etc" / "version").write_text("" if self.broken else "22.10.1")

    def verify(self, root: Path) -> Facts:
        version = (root / "etc" / "version").read_text()
        if not version:
            raise StepError("it does not run")
        return {"version": version}

    def recipe(self) -> Recipe:
        return Recipe("asterisk-test", "forky", ("asterisk",), verify=self.verify)


@pytest.fixture
def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    made = Maker()
    monkeypatch.setenv("MADOGUCHI_CACHE", str(tmp_path))
    monkeypatch.setattr(debian_root, "as_root", list)
    monkeypatch.setattr(debian_root, "_need_mmdebstrap", lambda _: None)
    monkeypatch.setattr(debian_root, "_bootstrap", made.bootstrap)
    return made


def visible(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()}


def test_given_no_root_when_ensured_twice_then_it_is_made_once_and_its_facts_are_kept(
    maker: Maker, tmp_path: Path
) -> None:
    for _ in range(2):
        root, facts = ensure(maker.recipe(), Steps(1, io.StringIO()))
    assert maker.made == 1
    assert root == tmp_path / "asterisk-test" / "root"
    assert facts == {"version": "22.10.1"}
    assert json.loads((tmp_path / "asterisk-test" / "verified.json").read_text()) == facts


@pytest.mark.parametrize("harm", ["empty", "changed", "unverified"])
def test_given_a_broken_root_when_ensured_then_it_is_made_again_with_a_warning(
    maker: Maker, tmp_path: Path, harm: str
) -> None:
    root, _ = ensure(maker.recipe(), Steps(1, io.StringIO()))
    if harm == "unverified":
        (tmp_path / "asterisk-test" / "verified.json").unlink()
    else:
        (root / "etc" / "version").write_text("" if harm == "empty" else "22.9.0")
    out = io.StringIO()
    _, facts = ensure(maker.recipe(), Steps(1, out))
    assert maker.made == 2
    assert facts == {"version": "22.10.1"}
    assert "is broken and is made again" in out.getvalue()
    assert visible(tmp_path) == {"asterisk-test", "asterisk-test.lock"}


def test_given_a_root_that_never_works_when_ensured_then_nothing_is_left_in_its_place(
    maker: Maker, tmp_path: Path
) -> None:
    maker.broken = True
    with pytest.raises(StepError, match="does not run"):
        ensure(maker.recipe(), Steps(1, io.StringIO()))
    assert visible(tmp_path) == {"asterisk-test.lock"}


def test_given_a_start_that_was_killed_half_way_when_ensured_then_its_remains_are_removed(
    maker: Maker, tmp_path: Path
) -> None:
    (tmp_path / ".asterisk-test.killed" / "root").mkdir(parents=True)
    ensure(maker.recipe(), Steps(1, io.StringIO()))
    assert visible(tmp_path) == {"asterisk-test", "asterisk-test.lock"}


def test_given_two_starts_at_once_when_both_need_the_root_then_one_makes_it_and_the_other_waits(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, other_waits = threading.Event(), threading.Event()

    def slow(recipe: Recipe, root: Path, steps: Steps) -> None:
        inside.set()
        assert other_waits.wait(5)
        maker.bootstrap(recipe, root, steps)

    monkeypatch.setattr(debian_root, "_bootstrap", slow)
    found: list[Path] = []

    class Told(io.StringIO):
        def write(self, text: str) -> int:
            if "waiting for it" in text:
                other_waits.set()
            return super().write(text)

    def start(out: io.StringIO) -> None:
        found.append(ensure(maker.recipe(), Steps(1, out))[0])

    first = threading.Thread(target=start, args=(io.StringIO(),))
    first.start()
    assert inside.wait(5)
    second = threading.Thread(target=start, args=(Told(),))
    second.start()
    for thread in (first, second):
        thread.join(10)
    assert maker.made == 1
    assert len(found) == 2


def test_given_an_expired_mirror_when_bootstrapping_then_it_tries_strictly_first_and_relaxes_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    out = io.StringIO()
    steps = Steps(1, out)

    def run(what: str, command: list[str], **_: object) -> list[str]:
        commands.append(command)
        if len(commands) == 1:
            raise StepError("Debian forky root: exit status 1", tail=["E: Release file … is expired"])
        return []

    monkeypatch.setattr(steps, "run", run)
    monkeypatch.setattr(debian_root, "as_root", list)
    recipe = Recipe("r", "forky", ("asterisk",), verify=lambda _: {})
    debian_root._bootstrap(recipe, tmp_path / "root", steps)
    assert not any("Check-Valid-Until" in word for word in commands[0])
    assert any("Check-Valid-Until" in word for word in commands[1])
    assert "WARNING: THE MIRROR'S RELEASE FILE OF forky HAS EXPIRED" in out.getvalue()


def test_given_another_failure_when_bootstrapping_then_nothing_is_relaxed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps(1, io.StringIO())
    runs: list[str] = []

    def run(what: str, command: list[str], **_: object) -> list[str]:
        runs.append(what)
        raise StepError("Debian forky root: exit status 1", tail=["E: Could not resolve host"])

    monkeypatch.setattr(steps, "run", run)
    monkeypatch.setattr(debian_root, "as_root", list)
    with pytest.raises(StepError):
        debian_root._bootstrap(Recipe("r", "forky", (), verify=lambda _: {}), tmp_path / "root", steps)
    assert len(runs) == 1
