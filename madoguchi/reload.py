"""Reading `madoguchi.toml` anew while calls go on: checked whole, brought to Asterisk, then to the floor.

A mistake changes nothing. Asterisk comes first, so that a new seat's phone is known when the floor gets the
seat; a removed seat's phone goes last, when its talk is over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

import structlog

from ari import AriError
from config import ConfigError, Home, RunFile, Secrets, Settings, load_secrets, load_settings
from config.changes import Reloaded, changes, in_force
from config.kept import keep
from controller.controller import Controller
from controller.office import RefusedError
from controller.people import People
from ivr.holiday_file import holidays_in
from ivr.texts import TextsError
from madoguchi.placement import Placement
from madoguchi.reach import with_settings
from madoguchi.render import render
from madoguchi.site import calendars_of, trunk_context
from madoguchi.steps import StepError

log = structlog.get_logger()

READ_BY = {
    "pjsip.conf": "res_pjsip.so",
    "extensions.conf": "pbx_config.so",
    "calendar.conf": "pbx_config.so",
    "queues.conf": "app_queue.so",
}
"""Which module of Asterisk reads a file that the settings can change."""
ORDER = ("res_pjsip.so", "pbx_config.so", "app_queue.so")
"""Phones before those who ring them."""


def people_of(settings: Settings, secrets: Secrets) -> People:
    """Who may log in. PINs of former operators are kept, for when they come back, but open nothing."""
    return People(
        names={one.id: one.name for one in settings.operators},
        pins={one.id: secrets.pins[one.id] for one in settings.operators},
    )


class Reloader:
    """Brings other settings into force; one reload at a time."""

    def __init__(self, home: Home, controller: Controller) -> None:
        self._home = home
        self._controller = controller
        self._lock = asyncio.Lock()
        self._stale: set[str] = set()
        """Modules that have not read yet what stands in their files."""
        self._leaving: dict[int, str] = {}
        """Extensions of seats that the settings have no more but that still talk."""
        self._tidying: asyncio.Task[None] | None = None
        controller.dispatcher.watch(self._look)

    async def reload(self) -> Reloaded:
        """Read the settings and bring them into force.

        Raises:
            ConfigError: a mistake in the file; nothing is changed.
            RefusedError: `asterisk_away` or `not_written`: nothing is changed, and it can be tried again.
        """
        async with self._lock:
            return await self._reload()

    async def _reload(self) -> Reloaded:
        controller = self._controller
        if not controller.ready.is_set():
            raise RefusedError("asterisk_away", "Asterisk is away or being taken over: try again.")
        running = controller.settings
        read = await asyncio.to_thread(load_settings, self._home)
        trunk_context(self._home, read)  # what the next start would refuse is named now
        new = in_force(running, read)
        holidays = await asyncio.to_thread(holidays_in, self._home)
        await asyncio.to_thread(_read_texts, controller)
        told = Reloaded(changes(running, new), changes(new, read))
        secrets = await asyncio.to_thread(load_secrets, self._home, new)
        before, after = running.seats.extensions(), new.seats.extensions()
        gone = {seat: extension for seat, extension in before.items() if seat not in after}
        still = {seat: extension for seat, extension in self._leaving.items() if seat not in after}
        leaving = {**still, **gone}
        try:
            await self._bring_to_asterisk(new, secrets, leaving)
        except (AriError, StepError) as error:
            await self._take_back(running, secrets)
            code = "asterisk_away" if isinstance(error, AriError) else "not_written"
            raise RefusedError(code, f"Nothing is changed: {error}") from None
        fresh = controller.reconfigure(
            new,
            people_of(new, secrets),
            calendars_of(new, holidays),
            {seat: secrets.phones[seat].user for seat in (*after, *leaving)},
        )
        self._leaving = leaving
        await self._drop_who_left(new, secrets)
        await self._meet(fresh)
        await asyncio.to_thread(self._write_down, new, secrets)
        controller.recorder.record(
            "system.reloaded",
            data={
                "changed": [change.key for change in told.changed],
                "restart": [change.key for change in told.restart],
                "seats": sorted(after),
            },
        )
        return told

    async def _bring_to_asterisk(
        self, settings: Settings, secrets: Secrets, leaving: Mapping[int, str]
    ) -> None:
        """Render the configuration, and let the modules read what is new in it."""
        await asyncio.to_thread(self._render, settings, secrets, leaving)
        for module in ORDER:
            if module in self._stale:
                await self._controller.client.asterisk.reload_module(module)
                self._stale.discard(module)

    def _render(self, settings: Settings, secrets: Secrets, leaving: Mapping[int, str]) -> None:
        etc = self._home.asterisk / "etc"
        before = {name: _text(etc / name) for name in READ_BY}
        now_ms = time.time_ns() // 1_000_000
        context = Placement.read(self._home).context(
            self._home,
            settings,
            secrets,
            now_ms=now_ms,
            leaving=leaving,
            overrides=self._controller.overrides.book.in_effect(),
        )
        render(context, etc)
        self._stale |= {READ_BY[name] for name in READ_BY if _text(etc / name) != before[name]}

    async def _take_back(self, running: Settings, secrets: Secrets) -> None:
        """The files again as the floor is; Asterisk reads them when it can."""
        try:
            await self._bring_to_asterisk(running, secrets, self._leaving)
        except (AriError, StepError, ConfigError) as error:
            log.warning("reload.not_taken_back", error=str(error))

    async def _drop_who_left(self, settings: Settings, secrets: Secrets) -> None:
        """Take the phones of seats that are gone from the floor out of Asterisk."""
        controller = self._controller
        staying = {seat: extension for seat, extension in self._leaving.items() if self._stays(seat)}
        if staying == self._leaving:
            return
        named = (*settings.seats.extensions(), *staying)
        controller.phones.serve({seat: secrets.phones[seat].user for seat in named})
        self._leaving = staying
        try:
            await self._bring_to_asterisk(settings, secrets, staying)
        except (AriError, StepError) as error:  # a phone that nobody can reach stays a while longer
            log.warning("reload.phone_not_removed", error=str(error))

    def _stays(self, seat: int) -> bool:
        """Whether a removed seat is still in a talk, or its phone in a call of its own."""
        controller = self._controller
        return controller.dispatcher.floor.seat(seat) is not None or controller.phones.own_call(seat)

    def _look(self) -> None:
        """After each change of the floor: has a removed seat finished?"""
        if not self._leaving or (self._tidying and not self._tidying.done()):
            return
        if not all(self._stays(seat) for seat in self._leaving):
            self._tidying = asyncio.create_task(self._tidy(), name="remove phones")

    async def _tidy(self) -> None:
        async with self._lock:
            settings = self._controller.settings
            secrets = await asyncio.to_thread(load_secrets, self._home, settings)
            while not all(self._stays(seat) for seat in self._leaving):
                await self._drop_who_left(settings, secrets)

    async def _meet(self, fresh: tuple[str, ...]) -> None:
        """Get to know new phones: hear of them from now on, and whether they are registered already."""
        if not fresh:
            return
        controller = self._controller
        try:
            await controller.exchange.subscribe([f"endpoint:PJSIP/{name}" for name in fresh])
            for endpoint in await controller.client.endpoints.list_by_tech("PJSIP"):
                data = endpoint.data
                if data.resource in fresh:
                    controller.phones.found(data.resource, data.state == "online", tuple(data.channel_ids))
        except AriError as error:  # the connection broke: the next one reconciles, these phones too
            log.warning("reload.phones_not_met", error=str(error))

    def _write_down(self, settings: Settings, secrets: Secrets) -> None:
        """For whoever asks how to reach us, and for a controller that has to be started again."""
        path = self._home.run_json
        try:
            keep(self._home, settings)
            with_settings(RunFile.read(path), settings, secrets).write(path)
        except (OSError, ValueError) as error:  # they are told less; the calls go on
            log.warning("reload.not_written_down", error=str(error))


def _read_texts(controller: Controller) -> None:
    try:
        controller.guidance.reload()
    except TextsError as error:
        raise ConfigError(str(error)) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
