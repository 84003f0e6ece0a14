"""How a floor is set: its seats, lines, people and times. All times are milliseconds.

Every value here is checked when it is made: ValueError names the field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from acd.types import OfferOutcome, OverflowCause, Strategy, Toward, WrapUpMode

NOTHING: Mapping[Any, Any] = MappingProxyType({})


def nothing() -> Mapping[Any, Any]:
    """An empty mapping that cannot be written to; the default of fields."""
    return NOTHING


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an overflow leads. target: the line's name or the telephone number, of LINE and NUMBER only."""

    toward: Toward
    target: str = ""

    def __post_init__(self) -> None:
        wants = self.toward in (Toward.LINE, Toward.NUMBER)
        if wants != bool(self.target):
            raise ValueError(f"target: {self.toward.value} {'needs one' if wants else 'takes none'}")

    @property
    def final(self) -> bool:
        """Whether the caller leaves the floor by it."""
        return self.toward in (Toward.HANG_UP, Toward.NUMBER)


@dataclass(frozen=True, slots=True)
class OverflowRule:
    """One limit of a line and where it leads. It acts at most once a call; rules are tried in their order.

    limit, at least 0, by cause:
        NO_SEAT         ms without a staffed seat, counted from the entry (0: at once)
        QUEUE_FULL      callers waiting on this line, the new one not counted
        CALLS_PER_SEAT  callers waiting on this line, the new one counted, for each staffed seat
        PREDICTED_WAIT  predicted wait in ms; more than this overflows
        WAITED          ms waited; only while waiting
        CLOSING         ms after the line's closing; only while waiting
    A caller for whom a seat is free never overflows on entry.
    """

    cause: OverflowCause
    limit: float
    to: Destination
    on_entry: bool = True
    while_waiting: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.limit < float("inf"):
            raise ValueError(f"limit: must be a number, not negative, got {self.limit}")
        if not (self.on_entry or self.while_waiting):
            raise ValueError("on_entry, while_waiting: one of them must be true")


@dataclass(frozen=True, slots=True)
class WrapUp:
    """後処理 of a line. ms: its time, 0 is none. most_ms: how far it can be extended, never below ms."""

    ms: int
    most_ms: int = 0
    mode: WrapUpMode = WrapUpMode.FIXED

    def __post_init__(self) -> None:
        if self.ms < 0:
            raise ValueError(f"ms: must not be negative, got {self.ms}")
        if self.most_ms and self.most_ms < self.ms:
            raise ValueError(f"most_ms: {self.most_ms} is less than ms ({self.ms})")


@dataclass(frozen=True, slots=True)
class MissRule:
    """What a missed offer of one cause costs.

    strikes: misses of this cause in a row before the seat is put on break, at least 1.
    cool_down_ms: for so long the seat is not offered the same call again, at least 1 (it is what keeps a
        broken phone from being rung in a tight loop).
    """

    strikes: int = 2
    cool_down_ms: int = 10_000

    def __post_init__(self) -> None:
        for name in ("strikes", "cool_down_ms"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class NeedStep:
    """What a caller demands after waiting `after_ms`: for each skill the lowest level that will do."""

    after_ms: int
    skills: Mapping[str, int] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """What an operator can do. Nobody named in the settings has no skills and serves every line.

    skills: level by skill, 1 or more. lines: the lines served, None is all. wrap_up_ms: not the line's.
    """

    skills: Mapping[str, int] = field(default_factory=nothing)
    lines: frozenset[str] | None = None
    wrap_up_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LineSettings:
    """回線, as the floor sees it.

    strategy: None is the floor's. priority: higher is served first. weight_ms: how much earlier than they
    did this line's callers count as having come, among callers of the same priority.
    wrap_up: None is the floor's. overflow: tried in their order.
    """

    strategy: Strategy | None = None
    priority: int = 0
    weight_ms: int = 0
    wrap_up: WrapUp | None = None
    overflow: tuple[OverflowRule, ...] = ()


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """折り返し. attempts: at least 1. retry_ms: between attempts. expiry_ms: from the request.

    callout_ms: how long the citizen's phone is rung, at least 1.
    """

    attempts: int = 3
    retry_ms: int = 900_000
    expiry_ms: int = 28_800_000
    callout_ms: int = 45_000

    def __post_init__(self) -> None:
        for name in ("attempts", "retry_ms", "expiry_ms", "callout_ms"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """The settings of a floor. All times are milliseconds.

    seats: seat numbers, each at least 1, none twice; may be empty; their order is that of LINEAR.
    ring_time_ms: how long one phone rings before the next seat is tried, at least 1.
    wrap_up_ms: work after a talk where neither line nor operator says otherwise; 0 means none.
    max_misses, cool_down_ms: the `MissRule` of the causes that `misses` does not name.
    connect_time_ms: both legs must be in the bridge this long after the answer, at least 1.
    strategy: of the lines that name none. round_ms: RING_PROGRESSIVELY adds a seat after so long.
    lines: by name; a line that is not named has the defaults. needs: demands on skills by name, the steps in
        the order of `after_ms`, the first at 0.
    break_limits_ms: how long a break of a reason may last before it is reported; no entry, no limit.
    login_moves: a log-in elsewhere moves an operator whose seat is at rest; else it is refused.
    same_operator_ms: a caller who comes again so soon is given to the same operator, if free; 0 is off.
    keep_place_ms: a caller who hung up and comes again so soon has the old place; 0 is off.
    fair_after_ms: a caller who has waited so long comes before every priority; 0 is never. It is what keeps
        a low priority from waiting for ever.
    review_ms: how often the callers who wait are held against the overflow rules whose moment is not known,
        at least 1.
    handling_ms: taken as the time of a call until calls of the last hour tell.
    seed: of RANDOM.
    """

    seats: tuple[int, ...]
    ring_time_ms: int = 20_000
    wrap_up_ms: int = 30_000
    max_misses: int = 2
    connect_time_ms: int = 2_000
    cool_down_ms: int = 10_000
    strategy: Strategy = Strategy.LONGEST_IDLE
    round_ms: int = 5_000
    lines: Mapping[str, LineSettings] = field(default_factory=nothing)
    needs: Mapping[str, tuple[NeedStep, ...]] = field(default_factory=nothing)
    operators: Mapping[str, OperatorSettings] = field(default_factory=nothing)
    misses: Mapping[OfferOutcome, MissRule] = field(default_factory=nothing)
    break_limits_ms: Mapping[str, int] = field(default_factory=nothing)
    login_moves: bool = False
    same_operator_ms: int = 0
    keep_place_ms: int = 0
    fair_after_ms: int = 0
    review_ms: int = 5_000
    handling_ms: int = 90_000
    seed: int = 0
    callback: CallbackSettings = field(default_factory=CallbackSettings)
    usual_wrap_up: WrapUp = field(init=False, repr=False, compare=False)
    """`wrap_up_ms` as the wrap-up of lines that name none."""

    def __post_init__(self) -> None:
        if len(set(self.seats)) != len(self.seats):
            raise ValueError(f"seats: a number occurs twice in {self.seats}")
        if any(number < 1 for number in self.seats):
            raise ValueError(f"seats: numbers begin at 1, got {self.seats}")
        for name in _AT_LEAST_1:
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: must be at least 1, got {getattr(self, name)}")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: must not be negative, got {getattr(self, name)}")
        for name, steps in self.needs.items():
            times = [step.after_ms for step in steps]
            if not times or times[0] != 0 or sorted(set(times)) != times:
                raise ValueError(f"needs: {name} must begin at 0 and go on in rising after_ms, got {times}")
        for name, line in self.lines.items():
            for rule in line.overflow:
                if rule.to.toward is Toward.LINE and rule.to.target not in self.lines:
                    raise ValueError(f"lines: {name} overflows to {rule.to.target}, which is no line")
        object.__setattr__(self, "usual_wrap_up", WrapUp(self.wrap_up_ms))  # frozen for all others

    def line(self, name: str) -> LineSettings:
        """The settings of a line."""
        return self.lines.get(name, _DEFAULT_LINE)

    def operator(self, name: str | None) -> OperatorSettings:
        """The settings of an operator."""
        return self.operators.get(name or "", _DEFAULT_OPERATOR)

    def miss(self, cause: OfferOutcome) -> MissRule:
        """What a miss of this cause costs."""
        return self.misses.get(cause) or MissRule(self.max_misses, self.cool_down_ms)

    def wrap_up(self, line: str, operator: str | None) -> WrapUp:
        """The wrap-up after a call of this line by this operator."""
        of_line = self.line(line).wrap_up or self.usual_wrap_up
        own_ms = self.operator(operator).wrap_up_ms
        if own_ms is None:
            return of_line
        return WrapUp(own_ms, max(own_ms, of_line.most_ms) if of_line.most_ms else 0, of_line.mode)


_DEFAULT_LINE = LineSettings()
_DEFAULT_OPERATOR = OperatorSettings()
_AT_LEAST_1 = (
    "ring_time_ms", "max_misses", "connect_time_ms", "cool_down_ms", "round_ms", "review_ms", "handling_ms",
)  # fmt: skip
_NOT_NEGATIVE = ("wrap_up_ms", "same_operator_ms", "keep_place_ms", "fair_after_ms")
