"""What Asterisk knows of the seats' phones: registered, reachable, busy with a call of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from acd.events import Event, OwnCallEnded, OwnCallStarted, PhoneChanged
from acd.types import Phone
from controller.legs import CHANNEL_PREFIX

AT_CONNECT = "(as found)"
"""Stands for a contact whose address we have not been told yet: the endpoint was online when we connected."""
REACHABLE = {"Reachable", "NonQualified"}
GONE = {"Removed", "Unknown"}


@dataclass(slots=True)
class SeatPhone:
    """One seat's phone."""

    seat: int
    contacts: dict[str, str] = field(default_factory=dict)
    """Contact address → contact status. A phone that registers anew has two for a moment."""
    state: Phone = Phone.UNREGISTERED
    own_channels: frozenset[str] = frozenset()

    def judged(self) -> Phone:
        """One reachable contact makes a registered phone; only dead ones an unreachable one."""
        if any(status in REACHABLE for status in self.contacts.values()):
            return Phone.REGISTERED
        return Phone.UNREACHABLE if self.contacts else Phone.UNREGISTERED


class Phones:
    """Turns endpoint and contact events into floor events, only when something changed."""

    def __init__(self, endpoints: Mapping[int, str], submit: Callable[[Event], object]) -> None:
        self.endpoints = dict(endpoints)
        """Endpoint name by seat."""
        self._submit = submit
        self._by_endpoint = {name: SeatPhone(seat) for seat, name in endpoints.items()}

    def serve(self, endpoints: Mapping[int, str]) -> tuple[str, ...]:
        """Know these phones, by seat, from now on; returns the new ones. The others stay as they are."""
        new = tuple(name for name in endpoints.values() if name not in self._by_endpoint)
        for phone in [
            old for name, old in self._by_endpoint.items() if endpoints.get(old.seat, name) != name
        ]:
            phone.contacts.clear()  # the seat has another phone now
            self._judge(phone)
            self._channels(phone, ())
        self._by_endpoint = {
            name: self._by_endpoint.get(name) or SeatPhone(seat) for seat, name in endpoints.items()
        }
        self.endpoints = dict(endpoints)
        return new

    def own_call(self, seat: int) -> bool:
        """Whether the seat's phone is in a call that is none of ours."""
        phone = self._by_endpoint.get(self.endpoints.get(seat, ""))
        return phone is not None and bool(phone.own_channels)

    def seat_of(self, endpoint: str) -> int | None:
        """The seat whose phone this is."""
        phone = self._by_endpoint.get(endpoint)
        return phone.seat if phone else None

    def seat_on(self, channel_name: str) -> int | None:
        """The seat whose phone is on this channel, by Asterisk's name of it: `PJSIP/<endpoint>-<number>`."""
        return self.seat_of(channel_name.removeprefix("PJSIP/").rpartition("-")[0])

    def found(self, endpoint: str, online: bool, channels: tuple[str, ...]) -> None:
        """Take the state that Asterisk told on connecting; it replaces what was known."""
        phone = self._by_endpoint.get(endpoint)
        if phone is None:
            return
        phone.contacts = {AT_CONNECT: "Reachable"} if online else {}
        self._judge(phone)
        self._channels(phone, channels)

    def contact(self, endpoint: str, uri: str, status: str) -> None:
        """ContactStatusChange: qualify found the phone, or lost it, or it registered or left."""
        phone = self._by_endpoint.get(endpoint)
        if phone is None:
            return
        phone.contacts.pop(AT_CONNECT, None)
        if status in GONE:
            phone.contacts.pop(uri, None)
        else:
            phone.contacts[uri] = status
        self._judge(phone)

    def endpoint_state(self, endpoint: str, online: bool, channels: tuple[str, ...]) -> None:
        """EndpointStateChange: also comes when the phone's channels change."""
        phone = self._by_endpoint.get(endpoint)
        if phone is None:
            return
        if not online and AT_CONNECT in phone.contacts:
            phone.contacts.pop(AT_CONNECT)
            self._judge(phone)
        self._channels(phone, channels)

    def lost(self, seat: int) -> None:
        """Asterisk could not even begin to ring the phone."""
        phone = self._by_endpoint.get(self.endpoints.get(seat, ""))
        if phone is None:
            return
        phone.contacts.clear()
        self._judge(phone)

    def _judge(self, phone: SeatPhone) -> None:
        state = phone.judged()
        if state is not phone.state:
            phone.state = state
            self._submit(PhoneChanged(phone.seat, state))

    def _channels(self, phone: SeatPhone, channels: tuple[str, ...]) -> None:
        own = frozenset(channel for channel in channels if not channel.startswith(CHANNEL_PREFIX))
        before, phone.own_channels = phone.own_channels, own
        if own and not before:
            self._submit(OwnCallStarted(phone.seat))
        elif before and not own:
            self._submit(OwnCallEnded(phone.seat))
