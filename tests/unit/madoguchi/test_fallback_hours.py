"""The fallback's calendar and the controller's, on every day of six years."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from config import JST, Home, Settings, load_secrets, to_ms
from controller.hours import Hours
from ivr.calendar import Calendar
from ivr.override import Override, OverrideKind
from madoguchi import site
from madoguchi.render import render
from madoguchi.site import Ports, asterisk_paths, calendars_of, fallback_hours, site_context
from tests.unit.controller.controller_rig import SetClock

FIRST, LAST = date(2022, 1, 1), date(2027, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
SETTINGS = Settings.model_validate(
    {
        "calendar": {"extra_holidays": [{"month": 4, "day": 1, "name": "市制記念日"}]},
        "lines": [
            {"id": "tax", "name": "税", "numbers": ["0261112222"]},
            {
                "id": "night",
                "name": "夜間",
                "numbers": ["0261113333"],
                "calendar": {"weekdays": ["mon"], "hours": {"fri": ["00:00-02:00", "22:00-24:00"]}},
            },
        ],
    }
)


def ms(day: date, clock: str) -> int:
    return to_ms(datetime.combine(day, time.fromisoformat(clock), JST))


def said(number: int, kind: str, line: str | None, first: date, last: date) -> Override:
    return Override(
        id=f"o{number}", kind=OverrideKind(kind), line=line, from_ms=ms(first, "12:00"),
        until_ms=ms(last, "13:30"), periods=(), reason="点検", author="山田", made_ms=number,
    )  # fmt: skip


OVERRIDES = (
    said(1, "closed", None, date(2022, 6, 1), date(2022, 6, 1)),
    said(2, "open", "tax", date(2023, 1, 1), date(2023, 1, 2)),
    said(3, "closed", "night", date(2026, 11, 23), date(2026, 11, 25)),
    said(4, "open", None, date(2027, 5, 3), date(2027, 5, 3)),
)
PORTS = Ports(sip=5060, ari=8088, desk=8080, rtp_first=12000, rtp_last=12199)


def calendar(line: str) -> Calendar:
    """As the controller has it."""
    mine = [one for one in OVERRIDES if one.concerns(line)]
    return calendars_of(SETTINGS)[line].with_overrides(mine)


@pytest.mark.parametrize("line", ["main", "tax", "night"])
def test_given_2191_days_when_rendered_then_the_fallback_is_open_exactly_when_the_controller_is(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "CALENDAR_DAYS", len(DAYS))
    home = Home(tmp_path)
    home.prepare()
    context = site_context(
        home, SETTINGS, load_secrets(home, SETTINGS), ports=PORTS, bind="127.0.0.1",
        paths=asterisk_paths(home), now_ms=ms(FIRST, "00:00"), overrides=OVERRIDES,
    )  # fmt: skip
    render(context, tmp_path / "etc")
    dialplan = (tmp_path / "etc/calendar.conf").read_text()
    part = dialplan[dialplan.index(f"exten = {line},1,") :].split("exten = ")[1]
    spans = [
        (int(begins), int(ends))
        for begins, ends in re.findall(r">= ([0-9]+) & \$\{EPOCH\} < ([0-9]+)\]\?fallback,open,1", part)
    ]
    assert len(DAYS) == 2191
    assert spans == sorted(spans)
    theirs = calendar(line)
    at = 0
    for day in DAYS:
        for clock in ("00:00", "01:59", "02:00", "08:29", "08:30", "11:59", "12:00", "13:29", "13:30",
                      "17:14", "17:15", "21:59", "22:00", "23:59"):  # fmt: skip
            now_s = ms(day, clock) // 1000
            while at < len(spans) and spans[at][1] <= now_s:
                at += 1
            is_open = at < len(spans) and spans[at][0] <= now_s
            assert is_open is theirs.at(datetime.combine(day, time.fromisoformat(clock), JST)).is_open, (
                day, clock,
            )  # fmt: skip


@pytest.mark.parametrize("line", ["main", "tax", "night"])
async def test_given_2191_days_when_the_controller_tells_its_plan_then_it_is_its_calendar(line: str) -> None:
    clock = SetClock(0)
    hours = Hours(
        calendars_of(SETTINGS), clock, lambda _event: None,
        lines=lambda: SETTINGS.line_rules(), callback=lambda: SETTINGS.callback, overrides=lambda: OVERRIDES,
    )  # fmt: skip
    theirs = calendar(line)
    for day in DAYS:
        for at in ("08:29", "12:30", "23:00"):
            clock.at_ms = ms(day, at)
            plan = hours.plan(line)
            for noon in (clock.at_ms, clock.at_ms + 3_600_000, clock.at_ms + 30 * 3_600_000):
                told = next(is_open for is_open, until_ms in plan if noon < until_ms)
                moment = datetime.fromtimestamp(noon / 1000, JST)
                assert told is theirs.at(moment).is_open, (day, at, noon)


def test_given_lines_when_the_dialplan_is_rendered_then_each_number_of_ours_leads_to_its_line(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    home.prepare()
    context = site_context(
        home, SETTINGS, load_secrets(home, SETTINGS), ports=PORTS, bind="127.0.0.1",
        paths=asterisk_paths(home), now_ms=ms(date(2026, 11, 24), "10:00"),
    )  # fmt: skip
    assert context.called_numbers == (
        ("260001234", "line-main"), ("261112222", "line-tax"), ("261113333", "line-night"),
    )  # fmt: skip
    render(context, tmp_path / "etc")
    dialplan = (tmp_path / "etc/extensions.conf").read_text()
    for digits, label in context.called_numbers:
        assert dialplan.count(f'= "{digits}"]?{label})') == 3
        assert f"({label})," in dialplan
    assert fallback_hours(calendar("tax"), date(2026, 11, 24), 1)[0].label == "2026-11-24 tue"
