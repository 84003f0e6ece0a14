"""Who guesses users and passwords, by Asterisk's security.log. Pure: lines in, addresses out.

A user's name and a Call-ID are the guesser's own words and may hold `",RemoteAddress="…`, to have somebody
else refused. So an address is believed only where nothing of his can stand behind it, or where there is one
only. A sender's address can be forged too (UDP): one from which a phone of ours has proved its password a
moment ago is never refused.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

WITHIN_S = 60.0
KNOWN_S = 900.0
"""So long an address counts as a phone's after it proved its password; phones do each minute or two."""
_REMOTE = r'RemoteAddress="IPV[46]/(?:UDP|TCP|TLS|WS|WSS)/([0-9A-Fa-f.:]+)/\d+"'
_UNKNOWN_USER = re.compile(rf'SecurityEvent="InvalidAccountID",.*,{_REMOTE}$')
"""The address stands last, behind whatever he wrote."""
_WRONG_PASSWORD = re.compile(rf'SecurityEvent="(?:ChallengeResponseFailed|InvalidPassword)",.*,{_REMOTE},')
_PROVED = re.compile(rf'SecurityEvent="SuccessfulAuth",.*,{_REMOTE},UsingPassword="1"$')
_ANY = re.compile("RemoteAddress=")

Network = IPv4Network | IPv6Network


def guesser(line: str) -> str | None:
    """The address that guessed, of a line of security.log; None: no guess, or it cannot be told for sure."""
    if found := _UNKNOWN_USER.search(line.rstrip()):
        return found[1]
    if (found := _WRONG_PASSWORD.search(line)) and len(_ANY.findall(line)) == 1:
        return found[1]
    return None


def proved(line: str) -> str | None:
    """The address from which a phone of ours proved its password; None: the line tells something else."""
    found = _PROVED.search(line.rstrip())
    return found[1] if found and len(_ANY.findall(line)) == 1 else None


class Guesses:
    """Counts by address. Those of ``never`` are not counted: the carrier, and this machine."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = {}
        self._known_s: dict[str, float] = {}

    def know(self, address: str, at_s: float) -> None:
        """A phone of ours is there."""
        self._known_s[address] = at_s

    def take(self, address: str, at_s: float, limit: int, never: Iterable[Network]) -> int | None:
        """Count one; how many they are within a minute, when that is the ``limit``, else None."""
        try:
            known = ip_address(address)
        except ValueError:
            return None
        if limit == 0 or any(known in network for network in never if network.version == known.version):
            return None
        if self._known_s.get(address, float("-inf")) > at_s - KNOWN_S:
            return None
        seen = self._seen.setdefault(address, deque(maxlen=limit))
        while seen and seen[0] <= at_s - WITHIN_S:
            seen.popleft()
        seen.append(at_s)
        if len(seen) < limit:
            return None
        del self._seen[address]
        return limit

    def forget(self, at_s: float) -> None:
        """Drop those who have stopped."""
        self._seen = {one: seen for one, seen in self._seen.items() if seen[-1] > at_s - WITHIN_S}
        self._known_s = {one: s for one, s in self._known_s.items() if s > at_s - KNOWN_S}


def never_blocked(trunk_addresses: Iterable[str]) -> list[Network]:
    """Networks whose addresses are never refused for guesses."""
    networks: list[Network] = [ip_network("127.0.0.1"), ip_network("::1")]
    for text in trunk_addresses:
        try:
            networks.append(ip_network(text))
        except ValueError:
            continue
    return networks
