"""The picture of what Asterisk has, while reconciliation looks through it."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from controller.legs import BRIDGE_PREFIX, CHANNEL_PREFIX
from controller.onward import AWAY_PREFIX


class Found:
    """What Asterisk has, kept true while it is being looked through: people hang up and call meanwhile.

    Asterisk's answer is a picture of one moment. What its events tell afterwards is of a later one: a caller
    who hung up must not be taken up again from the picture, and one who is not in it yet has not gone.
    """

    def __init__(self) -> None:
        self.channels: dict[str, Any] = {}
        self.members: dict[str, set[str]] = {}
        """Who is in which of our bridges."""
        self._gone: set[str] = set()

    def pictured(self, channels: Iterable[Any], bridges: Iterable[Any]) -> None:
        """Asterisk has answered. Channels that have come by event meanwhile stay."""
        listed = {one.id: one for one in channels if one.id not in self._gone}
        self.channels = {**listed, **self.channels}
        self.members = {
            one.id: set(one.data.channels) - self._gone
            for one in bridges
            if one.id.startswith((BRIDGE_PREFIX, AWAY_PREFIX))
        }

    def came(self, channel: Any) -> None:
        """An event: a channel has entered the application."""
        if channel.id not in self._gone:
            self.channels[channel.id] = SimpleNamespace(id=channel.id, data=channel)

    def gone(self, channel: str) -> None:
        """An event: a channel is at its end."""
        self._gone.add(channel)
        self.channels.pop(channel, None)
        for inside in self.members.values():
            inside.discard(channel)

    # --- what it shows -------------------------------------------------------------------------------------

    def talk_of(self, channel: str) -> str | None:
        """The offer of the bridge in which this citizen is with an operator's leg; None: there is none."""
        for bridge, inside in self.members.items():
            offer = bridge.removeprefix(BRIDGE_PREFIX)
            if {channel, CHANNEL_PREFIX + offer} <= inside:
                return offer
        return None

    def leg_name(self, offer: str) -> str:
        """Asterisk's own name of an operator's leg, which tells the phone."""
        return str(self.channels[CHANNEL_PREFIX + offer].data.name)

    def citizen(self, channel: str, app: str) -> list[str] | None:
        """What the dialplan told of a citizen whom it passed to the application; None: no citizen."""
        found = self.channels.get(channel)
        arguments = found.data.dialplan.app_data.split(",") if found else []
        return arguments[2:] if arguments[:2] == [app, "call"] else None
