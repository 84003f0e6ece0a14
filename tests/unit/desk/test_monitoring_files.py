"""docs/monitoring: every metric that an alert or the dashboard names is one that /metrics tells."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from config import Home, Settings
from desk.measures import Measures
from desk.process_measures import ProcessMeasures
from madoguchi.alarms.measures import NAMES, HomeMeasures
from tests.unit.desk.desk_rig import Site
from tests.unit.madoguchi.test_doctor_host import certificate

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "monitoring"
NAMED = re.compile(r"\b(?:madoguchi|process|python)_[a-z_]+\b")


@pytest.fixture
def told(site: Site, tmp_path: Path) -> dict[str, set[str]]:
    """Every sample's name, and the labels that it has."""
    home = Home(tmp_path / "home")
    home.prepare()
    certificate(home.keys / "sip.crt", 100)
    held = ProcessMeasures(site.office.held)
    text = Measures(site.office, site.journal, [held, HomeMeasures(home, Settings)]).text().decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def expressions() -> list[str]:
    rules = re.findall(
        r"expr: (?:>-\n)?((?:.|\n          )+)", (FOLDER / "alerts.yml").read_text(encoding="utf-8")
    )
    panels = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    return [*rules, *(target["expr"] for panel in panels for target in panel["targets"])]


def test_given_an_alert_or_a_panel_then_every_metric_and_label_that_it_names_is_told(
    told: dict[str, set[str]],
) -> None:
    assert len(expressions()) > 40
    for expression in expressions():
        assert NAMED.search(expression) or expression.startswith("up{"), expression
        for name, labels in re.findall(r"\b((?:madoguchi|process)_[a-z_]+)(?:\{([^}]*)\})?", expression):
            assert name in told, (name, expression)
            wanted = set(re.findall(r"(\w+)=", labels)) - {"job"}
            assert wanted <= told[name], (name, expression)


def test_given_a_bucket_that_the_dashboard_names_then_it_is_one(site: Site) -> None:
    text = Measures(site.office, site.journal).text().decode()
    for expression in expressions():
        for name, edge in re.findall(r'(madoguchi_\w+_bucket)\{[^}]*le="([^"]+)"', expression):
            assert re.search(rf'{name}{{[^}}]*le="{re.escape(edge)}"', text), (name, edge)


def test_given_the_page_of_metrics_then_it_lists_each_one_and_no_other(told: dict[str, set[str]]) -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(madoguchi_[a-z_]+)`", page))
    ours = {
        re.sub(r"_(bucket|sum|count|created)$", "", name) for name in told if name.startswith("madoguchi_")
    } - {name.removesuffix("_total") for name in told if name.endswith("_total")}
    assert listed == ours
    assert {name for name in NAMES if f"| `{name}` |" in page} == set(NAMES)


def test_given_an_alarm_or_alert_then_the_manual_has_a_runbook_for_it() -> None:
    manual = (FOLDER.parent / "operations.ja.md").read_text(encoding="utf-8")
    headings = {
        re.sub(r"[ （）()・/`]+", "-", line.lstrip("# ")).strip("-")
        for line in manual.splitlines()
        if line.startswith("#")
    }
    alerts = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
    linked = set(re.findall(r"operations\.ja\.md#([^\"\s]+)", alerts))
    assert {f"警報-{name}" for name in NAMES} | linked <= headings


def test_given_the_rules_when_prometheus_own_tool_reads_them_then_it_finds_no_fault() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here (Debian package prometheus)")
    for words in ("check rules alerts.yml", "test rules alerts_test.yml", "check config prometheus.yml"):
        done = subprocess.run(
            [promtool, *words.split()], cwd=FOLDER, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
