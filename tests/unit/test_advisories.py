"""The audit of pinned packages against a copy of the advisory database."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from tests.advisories import FOUND, NOTHING, UNUSABLE, main, pinned, within
from tests.rig.world import ROOT

ADVISORY = """
id: PYSEC-2026-1
aliases: [CVE-2026-0001]
modified: 2026-11-01T00:00:00Z
affected:
- package: {ecosystem: PyPI, name: Left_Pad}
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: "1.0"
    - fixed: 1.2.1
  versions: ["1.0", "1.1", 0.1.dev-odd]
"""


def copy(tmp_path: Path, text: str = ADVISORY) -> Path:
    folder = tmp_path / "vulns" / "left-pad"
    folder.mkdir(parents=True)
    (folder / "PYSEC-2026-1.yaml").write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("0.9", NOTHING),
        ("1.0", FOUND),
        ("1.1", FOUND),
        ("1.2.0", FOUND),
        ("1.2.1", NOTHING),
        ("2.0", NOTHING),
    ],
)
def test_given_an_advisory_when_a_pinned_version_lies_within_it_then_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str, status: int
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"left-pad=={version} \\\n    --hash=sha256:00\n    # via somebody\n")
    assert main(copy(tmp_path), [lock]) == status
    said = capsys.readouterr().out
    assert "advisories up to 2026-11-01" in said
    assert (f"left-pad {version}: PYSEC-2026-1 CVE-2026-0001" in said) is (status == FOUND)


def test_given_an_advisory_that_was_withdrawn_then_it_counts_no_more(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("left-pad==1.0 \\\n")
    assert main(copy(tmp_path, ADVISORY + 'withdrawn: "2026-11-02T00:00:00Z"\n'), [lock]) == NOTHING


def test_given_a_folder_that_is_no_copy_then_it_is_said_and_is_not_nothing_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(tmp_path, []) == UNUSABLE
    assert "no copy of the advisory database" in capsys.readouterr().err


def test_given_a_fault_that_came_back_and_has_no_end_then_the_newest_version_has_it() -> None:
    events = [{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}, {"last_affected": "2.4"}]
    having = [text for text in ("0.5", "1.0", "1.5", "2.0", "2.4", "2.5") if within(events, Version(text))]
    assert having == ["0.5", "2.0", "2.4"]
    assert within([{"introduced": "2.0"}], Version("9"))


def test_given_our_own_lock_files_then_each_package_is_read_from_them() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert len(pinned(text)) == len(
            {line.split("==")[0] for line in text.splitlines() if "==" in line and line[0].isalnum()}
        )
