"""What the reports need besides the records, for a command: from the home's settings and its database."""

from __future__ import annotations

from pathlib import Path

from config import ConfigError, Home, load_settings
from config.lines import MAIN
from controller.overrides import stored_overrides
from db import Database
from ivr.holiday_file import holidays_in
from madoguchi.records import fail
from madoguchi.site import calendar_of
from reports import Rules


def report_rules(home: Path, database: Database) -> Rules:
    """The contract's terms, the names, and the main line's hours with all that was said over them.

    A mistake in the settings ends the command with a sentence that names it.
    """
    place = Home(home)
    try:
        settings = load_settings(place, make=False)
        calendar = calendar_of(settings, MAIN, holidays_in(place))
    except ConfigError as error:
        fail(str(error))
    said = [one for one in stored_overrides(database) if one.concerns(MAIN)]
    return Rules.of(settings, calendar.with_overrides(said), place.templates)
