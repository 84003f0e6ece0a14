"""What the moves of the seat's table do."""

from typing import Unpack

from acd.commands import CancelRing
from acd.events import (
    Break,
    EndWrapUp,
    EntryWritten,
    ExtendWrapUp,
    LogIn,
    LogOut,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    Ready,
)
from acd.offer_end import end_offer, miss, wait_again
from acd.seat import SEAT_TABLE, Seat, SeatChange, SeatMove, Standing, standing
from acd.settings import NOTHING
from acd.settle import settle
from acd.tables import Tables
from acd.types import CancelCause, Declared, OfferOutcome, Phone, Refusal, TimerPurpose, WrapUpMode

Request = LogIn | LogOut | Ready | Break | EndWrapUp | ExtendWrapUp
Fact = PhoneChanged | OwnCallStarted | OwnCallEnded | EntryWritten


def request(floor: Tables, event: Request) -> None:
    """What an operator (or somebody for them) asks."""
    seat = floor.seats.get(event.seat)
    if seat is None:
        floor.refuse(event, Refusal.NO_SUCH_SEAT, f"There is no seat {event.seat}.")
        return
    move = SEAT_TABLE[standing(seat)][type(event)]
    if isinstance(event, LogIn):
        log_in = _log_in if move is SeatMove.LOG_IN else _log_in_again
        log_in(floor, seat, event)
        return
    match move:
        case SeatMove.DECLARE:
            floor.stop_timer(seat.wrap_up_token)
            settle(floor, seat, **_declared(event))
        case SeatMove.DECLARE_AFTER:
            floor.change_seat(seat, **_declared(event))
        case SeatMove.WITHDRAW_AND_DECLARE:
            withdraw(floor, seat, **_declared(event))
        case SeatMove.END_WRAP_UP:
            floor.stop_timer(seat.wrap_up_token)
            settle(floor, seat)
        case SeatMove.EXTEND_WRAP_UP:
            _extend(floor, seat, event)
        case SeatMove.REFUSE_NOT_LOGGED_IN:
            floor.refuse(event, Refusal.NOT_LOGGED_IN, f"Nobody is logged in at seat {seat.number}.")
        case SeatMove.REFUSE_NOT_IN_WRAP_UP:
            floor.refuse(event, Refusal.NOT_IN_WRAP_UP, f"Seat {seat.number} is not in wrap-up.")
        case _:
            pass


def fact(floor: Tables, event: Fact) -> None:
    """What the seat's phone does. Of a seat that is gone, it is late and means nothing."""
    seat = floor.seats.get(event.seat)
    if seat is None:
        return
    move = SEAT_TABLE[standing(seat)][type(event)]
    match event:
        case PhoneChanged():
            _phone_changed(floor, seat, event.phone, move)
        case EntryWritten():
            mode = floor.settings.wrap_up(seat.line or "", seat.operator).mode
            if move is SeatMove.NOTE_ENTRY and event.call == seat.call and mode is WrapUpMode.UNTIL_ENTRY:
                floor.stop_timer(seat.wrap_up_token)
                settle(floor, seat)
        case _:
            own_call = isinstance(event, OwnCallStarted)
            if move is SeatMove.WITHDRAW_AND_NOTE_OWN_CALL:
                withdraw(floor, seat, own_call=own_call)
            else:
                floor.change_seat(seat, own_call=own_call)


def withdraw(floor: Tables, seat: Seat, **fields: Unpack[SeatChange]) -> None:
    """Take the ringing offer from the seat, which is not to blame; the caller keeps its place."""
    offer = floor.offers[seat.offer or ""]
    floor.emit(CancelRing(offer.id, CancelCause.WITHDRAWN))
    end_offer(floor, offer, OfferOutcome.WITHDRAWN)
    wait_again(floor, offer)
    settle(floor, seat, **fields)


def break_over(floor: Tables, number: int) -> None:
    """The break has lasted as long as its reason allows: operator and supervisor are told."""
    seat = floor.seats[number]
    seat.break_token, seat.over = None, True
    limit_ms = floor.settings.break_limits_ms.get(seat.reason or "", 0)
    floor.record("seat.break_over", {"reason": seat.reason, "limit_ms": limit_ms}, seat=number)


def reconfigure(floor: Tables, seats: tuple[int, ...]) -> None:
    """Bring the floor's seats to the settings' seats."""
    for number, seat in list(floor.seats.items()):
        if number in seats:
            if seat.leaving:
                floor.change_seat(seat, leaving=False)
            continue
        match standing(seat):
            case Standing.RINGING:
                withdraw(floor, seat, leaving=True)
            case Standing.CALLING | Standing.CONNECTING | Standing.TALKING | Standing.HOLD:
                floor.change_seat(seat, leaving=True)
            case _:
                floor.stop_timer(seat.wrap_up_token)
                settle(floor, seat, leaving=True)
    for number in seats:
        if number not in floor.seats:
            floor.seats[number] = Seat(number, since_ms=floor.now_ms)


def _phone_changed(floor: Tables, seat: Seat, phone: Phone, move: SeatMove) -> None:
    if phone is seat.phone:
        return
    floor.record("seat.phone", {"state": phone.value}, seat=seat.number)
    if move is SeatMove.NOTE_PHONE_OR_MISS and phone is not Phone.REGISTERED:
        offer = floor.offers[seat.offer or ""]
        floor.emit(CancelRing(offer.id, CancelCause.WITHDRAWN))
        miss(floor, offer, OfferOutcome.UNREACHABLE, phone=phone)
    else:
        floor.change_seat(seat, phone=phone)


def _log_in(floor: Tables, seat: Seat, event: LogIn) -> None:
    if not event.operator:
        floor.refuse(event, Refusal.NO_OPERATOR, "The operator's id is empty.")
        return
    elsewhere = floor.operators.get(event.operator)
    if elsewhere is not None:
        other = floor.seats[elsewhere]
        rests = standing(other) in (Standing.FREE, Standing.WRAP_UP)
        if not (floor.settings.login_moves and rests):
            why = f"Operator {event.operator} is logged in at seat {elsewhere}."
            floor.refuse(event, Refusal.OPERATOR_ELSEWHERE, why)
            return
        floor.stop_timer(other.wrap_up_token)
        settle(floor, other, declared=Declared.LOGGED_OUT, break_reason=None)
    floor.operators[event.operator] = seat.number
    seat.operator = event.operator
    floor.record("seat.login", seat=seat.number)
    floor.change_seat(seat, declared=Declared.READY)


def _log_in_again(floor: Tables, seat: Seat, event: LogIn) -> None:
    if event.operator != seat.operator:
        why = f"Seat {seat.number} is taken by operator {seat.operator}."
        floor.refuse(event, Refusal.SEAT_TAKEN, why)
    elif seat.declared is Declared.LOGGED_OUT:
        floor.change_seat(seat, declared=Declared.READY)


def _extend(floor: Tables, seat: Seat, event: Request) -> None:
    assert isinstance(event, ExtendWrapUp)  # noqa: S101  # the seat's table sends no other
    by_ms = event.by_ms
    if by_ms < 1:
        floor.refuse(event, Refusal.OUT_OF_RANGE, f"A wrap-up is extended by 1 ms or more, got {by_ms}.")
        return
    rule = floor.settings.wrap_up(seat.line or "", seat.operator)
    until_ms = seat.wrap_up_until_ms or floor.now_ms
    most_ms = (seat.wrap_up_from_ms or floor.now_ms) + max(rule.most_ms, rule.ms)
    if until_ms >= most_ms:
        why = f"The wrap-up of seat {seat.number} lasts at most {max(rule.most_ms, rule.ms) // 1000} s."
        floor.refuse(event, Refusal.WRAP_UP_TOO_LONG, why)
        return
    until_ms = min(until_ms + by_ms, most_ms)
    floor.stop_timer(seat.wrap_up_token)
    token = floor.start_timer(TimerPurpose.WRAP_UP, until_ms - floor.now_ms, seat=seat.number)
    floor.change_seat(seat, wrap_up_token=token, wrap_up_until_ms=until_ms)
    data = {"until_ms": until_ms, "mode": rule.mode.value}
    floor.record("seat.wrap_up", data, seat=seat.number, offer=seat.offer)


def _declared(event: Request) -> SeatChange:
    match event:
        case LogOut():
            return {"declared": Declared.LOGGED_OUT, "break_reason": None}
        case Break(reason=reason):
            return {"declared": Declared.BREAK, "break_reason": reason, "misses": NOTHING}
        case _:
            return {"declared": Declared.READY, "break_reason": None}
