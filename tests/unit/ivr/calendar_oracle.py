"""The city's calendar written down a second time, from the contract and the law, as plainly as possible.

Nothing here comes from ivr/: holidays are those of the `holidays` package, an override is looked up anew for
every moment. Slow, and easy to read.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache

import holidays as reference

JAPAN = timezone(timedelta(hours=9))
DAY = timedelta(days=1)
NINE_TO_FIVE = ((time(8, 30), time(17, 15)),)


@cache
def public_holidays():
    """Of 2021 to 2032, by the `holidays` package."""
    return reference.country_holidays("JP", years=range(2021, 2033), categories=("public",))


def is_second_sunday(day):
    """The 8th to the 14th hold exactly one Sunday, and it is the second."""
    return day.isoweekday() == 7 and 8 <= day.day <= 14


def is_last_of_its_weekday(day):
    """Whether a week later is another month."""
    return (day + 7 * DAY).month != day.month


def is_year_end(day):
    """12月29日から1月3日まで (地方自治法第4条の2)."""
    return f"{day:%m%d}" in ("1229", "1230", "1231", "0101", "0102", "0103")


def is_city_day(day):
    """Whether the town hall's line is open that day: weekdays and 2nd Sundays, by the specification §4 ③."""
    if is_year_end(day):
        return False
    if is_second_sunday(day):
        return True
    return day.isoweekday() <= 5 and day not in public_holidays()


@dataclass
class Said:
    """What a person said: `what` is closed, open or hours; from and until are aware, until may be None."""

    what: str
    since: datetime
    until: datetime | None
    made: int
    periods: tuple = ()


@dataclass
class Town:
    """A line's rules in the oracle's words: hours by ISO weekday, last Saturday if wanted, contract days."""

    hours: dict
    last_saturday: tuple = ()
    first: date | None = None
    last: date | None = None
    said: tuple = ()

    def hours_of(self, day):
        """Open periods by the rules alone."""
        if is_year_end(day):
            return ()
        if is_second_sunday(day):
            return self.hours.get(7, NINE_TO_FIVE)
        if self.last_saturday and day.isoweekday() == 6 and is_last_of_its_weekday(day):
            return self.last_saturday
        if day in public_holidays():
            return ()
        return self.hours.get(day.isoweekday(), ())

    def is_open(self, moment):
        """Whether a caller at this aware moment is let in."""
        return self.state(moment) == "open"

    def state(self, moment):
        """The contract's word for the moment."""
        local = moment.astimezone(JAPAN)
        word = self.word_of(local)
        outside = self.outside(local.date())
        if word is not None and not (word == "closed" and outside):
            return word
        if outside:
            return outside
        return "open" if within(self.hours_of(local.date()), local) else "closed"

    def outside(self, day):
        """ "before" or "after" the contract, or None."""
        if self.first and day < self.first:
            return "before"
        return "after" if self.last and day > self.last else None

    def word_of(self, local):
        """What the newest override that covers the moment makes of it; None without any."""
        for said in sorted(self.said, key=lambda one: one.made, reverse=True):
            until = said.until
            if until is None and self.last:
                end = datetime.combine(self.last + DAY, time(), JAPAN)
                until = end if said.since < end else None
            if said.since <= local and (until is None or local < until):
                if said.what != "hours":
                    return said.what
                return "open" if within(said.periods, local) else "closed"
        return None

    def turns(self, first, days):
        """Every moment of these days at which anything could change, in order."""
        found = set()
        for offset in range(days):
            day = first + offset * DAY
            clocks = {time(), *(at for period in self.hours_of(day) for at in period)}
            clocks |= {at for said in self.said for period in said.periods for at in period}
            found |= {datetime.combine(day, at, JAPAN) for at in clocks}
        found |= {at for said in self.said for at in (said.since, said.until) if at}
        return sorted(found)


def within(periods, local):
    """Whether a period holds the local time; one that ends at 00:00 ends with the day."""
    return any(begins <= local.time() and (ends == time() or local.time() < ends) for begins, ends in periods)


def ms(moment):
    """Of an aware moment, UTC."""
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
