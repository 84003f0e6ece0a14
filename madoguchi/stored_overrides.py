"""What has been said over the calendar, for who renders the fallback's hours before the controller runs."""

from __future__ import annotations

import os
from contextlib import closing

import structlog

from config import Home
from ivr.override import Override

log = structlog.get_logger()


def overrides_at(home: Home) -> tuple[Override, ...]:
    """The overrides of an instance that is about to start; none when the database does not answer.

    The controller tells the fallback the truth of the coming days as soon as it has started.
    """
    if not os.environ.get("MADOGUCHI_DATABASE_URL") and not home.database.exists():
        return ()
    # Imported where they are used: a first start would pay for them with a part of a second.
    from sqlalchemy.exc import DBAPIError

    from controller.overrides import stored_overrides
    from db import DatabaseError, open_database

    try:
        with closing(open_database(home=home.path)) as database:
            return stored_overrides(database)
    except (DBAPIError, DatabaseError, OSError) as error:
        log.warning("overrides.unknown", why=type(error).__name__)
        return ()
