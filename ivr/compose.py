"""Sentences put together from parts, by rule: the next opening, dates, times, telephone numbers, the closed
guidance. Each function gives text ids, to be heard one after another as one; each language has its order.

Japanese: 次の受付は、| 5月8日、| 日曜日、| 午前8時 | 30分からです。
English: Our next opening time is, | Sunday, | May | eighth, | eight | thirty | a.m.
"""

from __future__ import annotations

import datetime as dt
import re

from config.clock import JST
from ivr.calendar import Kind, Moment
from ivr.numbers import e164, shown
from ivr.spoken import HOLIDAYS, MOST_MINUTES, MOST_PEOPLE

ENGLISH = "en"
LUNCH = (dt.time(11), dt.time(14))
"""Between these a pause is called 昼休み."""

_CLOSED = {
    Kind.WEEKEND: "closed.weekend",
    Kind.YEAR_END: "closed.year_end",
    Kind.BEFORE_CONTRACT: "closed.before",
    Kind.AFTER_CONTRACT: "closed.after",
    Kind.BY_HAND: "closed.by_hand",
}


def closed(moment: Moment, *, say_hours: bool, lost_card: str = "", language: str = "ja") -> tuple[str, ...]:
    """The whole guidance for a closed moment: the office, why, the next opening.

    When none comes any more, only that the call centre has closed.

    Args:
        moment: what the line is now.
        say_hours: whether the usual hours follow (text `hours`).
        lost_card: the number, national, where a lost card is reported at any hour; empty for none.
        language: one of `ivr.texts.LANGUAGES`.
    """
    why = closed_why(moment)
    said: tuple[str, ...] = ("office", why)
    if moment.next_opening is not None and why != "closed.after":
        lead = "next.first" if why == "closed.before" else "next.lead"
        said += next_opening(moment.next_opening, language, today=moment.time.date(), lead=lead)
        said += ("hours",) if say_hours else ()
    if lost_card:
        number = telephone(lost_card, language)
        said += ("lost_card.lead", *number, "lost_card.again", *number)
    return said


def closed_why(moment: Moment) -> str:
    """The text that says why the line is closed."""
    opening, today = moment.next_opening, moment.time.date()
    if opening is None:
        return "closed.after"
    if moment.kind is Kind.HOLIDAY:
        name = re.split(r"[（(]", moment.holiday or "")[0]
        return f"closed.holiday.{HOLIDAYS[name]}" if name in HOLIDAYS else "closed.holiday"
    if moment.kind is Kind.PAUSE:
        return "closed.lunch" if LUNCH[0] <= moment.time.time() < LUNCH[1] else "closed.pause"
    if moment.kind in _CLOSED:
        return _CLOSED[moment.kind]
    return "closed.early" if opening.astimezone(JST).date() == today else "closed.night"


def next_opening(
    when: dt.datetime, language: str = "ja", *, today: dt.date | None = None, lead: str = "next.lead"
) -> tuple[str, ...]:
    """When the line opens next: 次の受付は、5月8日、日曜日、午前8時30分からです.

    Args:
        when: the opening, aware.
        language: one of `ivr.texts.LANGUAGES`.
        today: the date of the call; an opening on it is said to be today.
        lead: the text in front.
    """
    local = when.astimezone(JST)
    on = ("date.today",) if local.date() == today else date_and_weekday(local.date(), language)
    return (lead, *on, *_from(local.time(), language))


def date_and_weekday(day: dt.date, language: str = "ja") -> tuple[str, ...]:
    """5月8日、日曜日; Sunday, May eighth."""
    if language == ENGLISH:
        return (*weekday(day), *date(day, language))
    return (*date(day, language), *weekday(day))


def date(day: dt.date, language: str = "ja") -> tuple[str, ...]:
    """5月8日, as one; May | eighth."""
    if language == ENGLISH:
        return (f"date.month.{day.month}", f"date.day.{day.day}")
    return (f"date.on.{day.month}.{day.day}",)


def weekday(day: dt.date) -> tuple[str, ...]:
    """日曜日."""
    return (f"date.weekday.{day.weekday()}",)


def time_of_day(at: dt.time, language: str = "ja") -> tuple[str, ...]:
    """午前8時30分; eight thirty a.m. Seconds are not said."""
    if (at.hour, at.minute) == (12, 0):
        return ("time.noon",)
    minute = (f"time.minute.{at.minute}",) if at.minute else ()
    half = (("time.pm" if at.hour >= 12 else "time.am"),) if language == ENGLISH else ()
    return (f"time.hour.{at.hour}", *minute, *half)


def telephone(number_national: str, language: str = "ja") -> tuple[str, ...]:
    """The digits of a number in groups: as its hyphens have it, else as the numbering plan has it.

    Args:
        number_national: digits, with or without hyphens: 0120-95-0178.
        language: one of `ivr.texts.LANGUAGES`; in English "の" is only a pause.

    Raises:
        ValueError: there is something else in it than digits and hyphens.
    """
    if not re.fullmatch(r"[0-9]+(?:-[0-9]+)*", number_national):
        raise ValueError(f"{number_national!r} is no telephone number of digits and hyphens")
    text, whole = number_national, e164(number_national)
    if "-" not in text and whole is not None:
        text = shown(whole)
    digits = tuple("digit.dash" if char == "-" else f"digit.{char}" for char in text)
    return digits if language == ENGLISH else (*digits, "digit.end")


def people(count: int, language: str = "ja") -> tuple[str, ...]:
    """1 to 99 persons: ひとり, ふたり, よにん; no text beyond. The same in all languages."""
    return (f"people.{count}",) if 1 <= count <= MOST_PEOPLE else ()


def minutes(count: int, language: str = "ja") -> tuple[str, ...]:
    """A length of 1 to 60 minutes: いっぷん, さんぷん; no text beyond. The same in all languages."""
    return (f"duration.{count}",) if 1 <= count <= MOST_MINUTES else ()


def whisper(line: str, need: str, waited_min: int | None, *, callback: bool = False) -> tuple[str, ...]:
    """What an operator is told before a connection; `ivr.guidance` knows which of these texts there are.

    Args:
        line: the line's id; its text is whisper.line.<line>.
        need: what the menu found out; its text is whisper.need.<need>. Empty for none.
        waited_min: whole minutes that the caller has waited; None or 0 is left unsaid.
        callback: the citizen is called back.
    """
    said: tuple[str, ...] = ("whisper.callback",) if callback else (f"whisper.line.{line}",)
    said += (f"whisper.need.{need}",) if need else ()
    if waited_min:
        over = waited_min > MOST_MINUTES
        said += ("whisper.waited.over_an_hour",) if over else (f"whisper.waited.{waited_min}",)
    return said


def _from(at: dt.time, language: str) -> tuple[str, ...]:
    """The time from which something is; in Japanese its last part takes からです with it, as one word."""
    if language == ENGLISH:
        return time_of_day(at, language)
    if (at.hour, at.minute) == (12, 0):
        return ("next.noon",)
    if at.minute == 0:
        return (f"next.hour.{at.hour}",)
    return (f"time.hour.{at.hour}", f"next.minute.{at.minute}")
