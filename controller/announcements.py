"""お知らせ, live: spoken, listened to, published, over by themselves; the journal is the truth of them.

Their sounds lie in HOME/announcements, which Asterisk sees at the same path. A sound never changes under its
name, so that a call in progress hears to the end what it has begun to hear.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from ari import IdMaker
from config import JST, Clock, from_ms, to_ms
from controller.announcement_book import KINDS, AnnouncementBook, Item, State
from controller.recorder import Recorder
from controller.refused import RefusedError
from controller.speaker import Speaker
from db import Database, journal_rows
from ivr.announcement import Board, Place, Unfit, fit_text, fit_time
from ivr.speak import SpeakError
from ivr.texts import LANGUAGES
from ivr.voice_files import EXTENSIONS

log = structlog.get_logger()

MOST_AT_ONCE = 5
"""Texts that wait for the voice; whoever sends more is a program gone wrong."""
KEPT_MS = 35 * 86_400_000
"""How long the sound can still be listened to when an announcement is over. Its text stays in the journal."""


class Sounds(Protocol):
    """Who knows the sounds of texts by id (`ivr.guidance.Guidance`)."""

    def add(self, text_id: str, stem: Path, duration_ms: int) -> None:
        """Know this sound, `stem`.ulaw and `stem`.wav16, from now on."""

    def remove(self, text_id: str) -> None:
        """Know it no more."""


class Announcements:
    """Makes, publishes and withdraws; `board` says what is heard now."""

    def __init__(
        self,
        folder: Path,
        *,
        recorder: Recorder,
        clock: Clock,
        lines: Callable[[], Mapping[str, str]],
        speaker: Speaker | None = None,
    ) -> None:
        """`folder`: for the sounds. `lines`: their names by id; asked each time, for settings change."""
        self.board = Board()
        self.lines = lines
        self._folder = folder.absolute()
        self._recorder = recorder
        self._clock = clock
        self._speaker = speaker or Speaker()
        self._book = AnnouncementBook()
        self._new_id = IdMaker(clock.now_ms)
        self._sounds: Sounds | None = None
        self._speaking: dict[str, asyncio.Task[None]] = {}

    def replay(self, database: Database) -> None:
        """Know again what the journal holds. Before `start`."""
        with database.read() as connection:
            for row in journal_rows(connection, kinds=KINDS):
                self._book.take(row.entry.at_ms, row.entry.kind, row.entry.data)

    def attach(self, sounds: Sounds) -> None:
        """Let callers hear what is published, by these texts; again when others take their place."""
        self._sounds = sounds
        for item in self._book.items():
            self._let_be_heard(item)

    def start(self) -> None:
        """Take up what a former controller left: voices to be made, sounds that have been lost, old ones."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._tidy()
        now_ms = self._clock.now_ms()
        for item in self._book.items():
            over = item.state(now_ms) in (State.EXPIRED, State.WITHDRAWN, State.FAILED)
            if not over and (item.is_to_be_spoken or self.sound(item.announcement.id) is None):
                self._begin_to_speak(item)

    async def close(self) -> None:
        """Let go of voices that are being made; the next controller takes them up."""
        tasks = list(self._speaking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- what people do ------------------------------------------------------------------------------------

    def make(
        self,
        text: str,
        *,
        place: str,
        author: str,
        line: str | None = None,
        language: str = "ja",
        from_ms: int | None = None,
        until_ms: int | None = None,
        draft: bool = False,
    ) -> Item:
        """Take an announcement down and begin to speak it; `spoken` waits for that.

        Args:
            text: What is said.
            place: A `Place`.
            author: Who says so.
            line: A line's id; None for all.
            language: One of `ivr.texts.LANGUAGES`.
            from_ms: From when on (ms UTC); None: now.
            until_ms: Until before when; None: the end of the day (Japan) on which it begins.
            draft: It waits to be published; else it is, as soon as it has been spoken.

        Raises:
            Unfit: names what is wrong; nothing is taken down.
            RefusedError: `busy`.
        """
        now_ms = self._clock.now_ms()
        if language not in LANGUAGES:
            raise Unfit("language", "unknown", f"choose from {', '.join(LANGUAGES)}")
        text = fit_text(text, language)
        if place not in tuple(Place):
            raise Unfit("place", "unknown", f"choose from {', '.join(Place)}")
        if line is not None and line not in self.lines():
            raise Unfit("line", "unknown", f"there is no such line; there are {', '.join(self.lines())}")
        from_ms = now_ms if from_ms is None else from_ms
        until_ms = _end_of_day(max(from_ms, now_ms)) if until_ms is None else until_ms
        fit_time(from_ms, until_ms, now_ms)
        if len(self._speaking) >= MOST_AT_ONCE:
            raise RefusedError("busy", f"{MOST_AT_ONCE} texts are being spoken; try again in a moment.")
        self._tidy()
        made = {
            "id": self._new_id(),
            "text": text,
            "line": line,
            "place": place,
            "language": language,
            "from_ms": from_ms,
            "until_ms": until_ms,
            "author": author,
            "draft": draft,
        }
        item = self._note("announcement.made", made)
        self._begin_to_speak(item)
        return item

    async def spoken(self, announcement: str) -> Item:
        """The announcement when its voice has been made, or could not be.

        Raises:
            RefusedError: `no_such_announcement`.
        """
        if task := self._speaking.get(announcement):
            await asyncio.wait({task})
        return self._known(announcement)

    def publish(self, announcement: str, by: str) -> Item:
        """Let callers hear it in its time; as soon as it has been spoken.

        Raises:
            RefusedError: `no_such_announcement`, or its state: `published`, `over`, `withdrawn`, `failed`.
        """
        item = self._known(announcement)
        self._refuse_if_ended(item)
        if item.published_ms is not None or (item.is_to_be_spoken and not item.draft):
            raise RefusedError("published", "This announcement is published already.")
        return self._publish(item, by)

    def withdraw(self, announcement: str, by: str) -> Item:
        """Let nobody hear it any more who has not begun to hear it.

        Raises:
            RefusedError: `no_such_announcement`, or its state: `over`, `withdrawn`, `failed`.
        """
        item = self._known(announcement)
        self._refuse_if_ended(item)
        self.board.take_away(announcement)  # its sound stays known: a script may be about to play it
        return self._note("announcement.withdrawn", {"id": announcement, "by": by})

    def items(self) -> list[Item]:
        """All of them, newest first."""
        return self._book.items()[::-1]

    def item(self, announcement: str) -> Item:
        """The one of this id.

        Raises:
            RefusedError: `no_such_announcement`.
        """
        return self._known(announcement)

    def sound(self, announcement: str) -> Path | None:
        """The WAV file to listen to (16 kHz); None while there is none, or no more."""
        item = self._book.get(announcement)
        if item is None or item.duration_ms is None:
            return None
        paths = self._paths(announcement)
        return paths["wav16"] if all(path.is_file() for path in paths.values()) else None

    # --- inside --------------------------------------------------------------------------------------------

    def _known(self, announcement: str) -> Item:
        item = self._book.get(announcement)
        if item is None:
            raise RefusedError("no_such_announcement", "There is no such announcement.")
        return item

    def _refuse_if_ended(self, item: Item) -> None:
        match item.state(self._clock.now_ms()):
            case State.EXPIRED:
                raise RefusedError("over", "The time of this announcement is over.")
            case State.WITHDRAWN:
                raise RefusedError("withdrawn", "This announcement has been withdrawn.")
            case State.FAILED:
                raise RefusedError("failed", "This announcement could not be spoken; make it anew.")

    def _note(self, kind: str, data: Mapping[str, object]) -> Item:
        """One row, and the same into the book."""
        self._recorder.record(kind, data=data)
        item = self._book.take(self._clock.now_ms(), kind, data)
        if item is None:
            raise AssertionError(f"{kind} of an announcement that is not in the book")
        return item

    def _publish(self, item: Item, by: str) -> Item:
        item = self._note("announcement.published", {"id": item.announcement.id, "by": by})
        if item.duration_ms is not None and self.sound(item.announcement.id) is None:
            self._begin_to_speak(item)  # the file has been lost
        self._let_be_heard(item)
        return item

    def _let_be_heard(self, item: Item) -> None:
        announcement = item.announcement
        if not item.is_out or item.duration_ms is None or announcement.until_ms <= self._clock.now_ms():
            return
        if self._sounds is None or self.sound(announcement.id) is None:
            return  # it is being spoken again
        self._sounds.add(announcement.text_id, self._folder / announcement.id, item.duration_ms)
        self.board.put(announcement)

    def _begin_to_speak(self, item: Item) -> None:
        name = item.announcement.id
        task = asyncio.create_task(self._speak(item), name=f"speak {name}")
        self._speaking[name] = task
        task.add_done_callback(lambda _: self._speaking.pop(name, None))

    async def _speak(self, item: Item) -> None:
        announcement = item.announcement
        name = announcement.id
        try:
            said = await self._speaker.speak(announcement.text, announcement.language, self._folder / name)
        except SpeakError as error:
            log.warning("announcement.not_spoken", id=name, why=error.code)
            if item.is_to_be_spoken:
                self._note("announcement.failed", {"id": name, "why": error.code, "message": str(error)})
            return
        if item.is_to_be_spoken:
            row = {"id": name, "duration_ms": said.duration_ms, "kana": said.kana}
            self._note("announcement.ready", row)
        now = self._known(name)
        if now.published_ms is None and not now.draft and now.withdrawn_ms is None:
            self._publish(now, announcement.author)
        else:
            self._let_be_heard(now)

    def _paths(self, announcement: str) -> dict[str, Path]:
        return {extension: self._folder / f"{announcement}.{extension}" for extension in EXTENSIONS}

    def _tidy(self) -> None:
        """Delete the sounds of what has long been over."""
        now_ms = self._clock.now_ms()
        for item in self._book.items():
            name = item.announcement.id
            ended_ms = item.withdrawn_ms or item.announcement.until_ms
            if now_ms - ended_ms > KEPT_MS and self.sound(name) is not None:
                if self._sounds is not None:
                    self._sounds.remove(item.announcement.text_id)
                self.board.take_away(name)
                for path in self._paths(name).values():
                    path.unlink(missing_ok=True)


def _end_of_day(ms: int) -> int:
    """The midnight after this moment, in Japan."""
    day = from_ms(ms).astimezone(JST).date() + timedelta(days=1)
    return to_ms(datetime.combine(day, time(), JST))
