"""The journal rows of a world, read as the records read them: each fits what was written before it."""

from collections.abc import Mapping

from acd.commands import Record
from acd.types import SeatState, Toward

TALK_ROWS = {
    "offered": {"strategy"},
    "offer_ended": {"outcome", "ring_ms"},
    "connected": {"wait_ms"},
    "held": set(),
    "resumed": set(),
    "talk_ended": {"by"},
    "moved": {"why", "position", "place"},
}
OF_A_SEAT = {"offered", "offer_ended", "started", "ended", "connected", "held", "resumed", "talk_ended"}
AT_TIMES = {"abandoned_at_answer", "same_operator"}
OFFER_ROWS = {"offered": "offer.started", "offer_ended": "offer.ended"}
DATA_KEYS = {
    "call.queued": {"position", "predicted_ms", "staffed", "line", "need", "priority", "place"},
    "call.overflowed": {
        "cause", "toward", "target", "stage", "limit", "position", "waiting", "staffed", "predicted_ms",
        "waited_ms",
    },
    "call.withdrawn": {"reason"},
    "seat.state": {"from", "to", "reason"},
    "seat.login": set(),
    "seat.logout": set(),
    "seat.phone": {"state"},
    "seat.miss": {"cause", "count", "limit", "cool_down_ms"},
    "seat.wrap_up": {"until_ms", "mode"},
    "seat.break_over": {"reason", "limit_ms"},
    "line.closed": {"line"},
    "line.opened": {"line"},
    "callback.asked": {"ticket", "merged"},
    "callback.calling": {"ticket", "attempt"},
    "callback.failed": {"ticket", "cause", "attempt", "due_ms"},
    "callback.closed": {"ticket", "state", "attempts"},
    **{OFFER_ROWS.get(name, f"call.{name}"): keys for name, keys in TALK_ROWS.items()},
    **{f"callback.{name}": {"ticket", *keys} for name, keys in TALK_ROWS.items()},
}  # fmt: skip


class Rows:
    """What the rows so far say. connected: calls and callbacks. sent_away: calls that left by an overflow."""

    def __init__(self) -> None:
        self.offers: dict[str, str] = {}  # offer -> "started" or its outcome
        self.connected: set[str] = set()
        self.sent_away: set[str] = set()
        self.seats: dict[int, str] = {}
        self.operators: dict[int, str] = {}

    def read(self, row: Record) -> None:
        assert set(row.data) - AT_TIMES == DATA_KEYS[row.kind], row
        if row.seat is not None and row.kind != "seat.login":
            assert row.operator == self.operators.get(row.seat), row
        if row.kind.partition(".")[2] in OF_A_SEAT:
            assert None not in {row.seat, row.operator, row.offer, row.call}, row
        match row.kind:
            case "offer.started" | "callback.offered":
                self.offers[row.offer or ""] = "started"
            case "offer.ended" | "callback.offer_ended":
                assert self.offers[row.offer or ""] == "started", "an offer ends twice or never began"
                self.offers[row.offer or ""] = str(row.data["outcome"])
                assert row.data["ring_ms"] >= 0
            case "call.connected" | "callback.connected":
                call = row.data.get("ticket", row.call)
                assert call not in self.connected
                assert self.offers[row.offer or ""] == "answered"
                self.connected.add(call)
                assert row.data["wait_ms"] >= 0
            case "call.overflowed":
                assert row.data["waited_ms"] >= 0
                if row.data["toward"] in {Toward.HANG_UP.value, Toward.NUMBER.value}:
                    assert row.call not in self.sent_away
                    self.sent_away.add(row.call or "")
            case "call.queued" | "call.moved" | "callback.moved":
                assert row.data["position"] >= 1
            case "seat.miss":
                assert row.data["count"] >= 1
            case "seat.login":
                assert row.seat not in self.operators
                assert row.operator not in self.operators.values()
                self.operators[row.seat] = row.operator
            case "seat.logout":
                del self.operators[row.seat]
            case "seat.state":
                assert row.data["from"] == self.seats.get(row.seat, "logged_out"), row
                self.seats[row.seat] = str(row.data["to"])

    def check_seats(self, states: Mapping[int, SeatState], operators: Mapping[int, str]) -> None:
        """The floor's seats are what the rows say of them."""
        assert operators == self.operators
        for number, state in states.items():
            assert self.seats.get(number, "logged_out") == state.value
