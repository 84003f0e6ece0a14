"""What the moves of the seat's table do, and how a seat comes to rest."""

from typing import Unpack

from acd.commands import CancelRing, Refused
from acd.events import (
    Break,
    EndWrapUp,
    LogIn,
    LogOut,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    Ready,
)
from acd.offer_end import end_offer, miss, wait_again
from acd.seat import SEAT_TABLE, Seat, SeatChange, SeatMove, Standing, standing
from acd.settle import settle
from acd.turn import Turn
from acd.types import CancelCause, Declared, OfferOutcome, Phone, Refusal

Request = LogIn | LogOut | Ready | Break | EndWrapUp
Fact = PhoneChanged | OwnCallStarted | OwnCallEnded


def request(turn: Turn, event: Request) -> None:
    """What an operator (or somebody for them) asks."""
    seat = turn.seats.get(event.seat)
    if seat is None:
        turn.emit(Refused(event, Refusal.NO_SUCH_SEAT, f"There is no seat {event.seat}."))
        return
    move = SEAT_TABLE[standing(seat)][type(event)]
    if isinstance(event, LogIn):
        log_in = _log_in if move is SeatMove.LOG_IN else _log_in_again
        log_in(turn, seat, event)
        return
    match move:
        case SeatMove.DECLARE:
            turn.stop_timer(seat.wrap_up_token)
            settle(turn, seat, **_declared(event))
        case SeatMove.DECLARE_AFTER:
            turn.change_seat(seat, **_declared(event))
        case SeatMove.WITHDRAW_AND_DECLARE:
            withdraw(turn, seat, **_declared(event))
        case SeatMove.END_WRAP_UP:
            turn.stop_timer(seat.wrap_up_token)
            settle(turn, seat)
        case SeatMove.REFUSE_NOT_LOGGED_IN:
            turn.emit(Refused(event, Refusal.NOT_LOGGED_IN, f"Nobody is logged in at seat {seat.number}."))
        case SeatMove.REFUSE_NOT_IN_WRAP_UP:
            turn.emit(Refused(event, Refusal.NOT_IN_WRAP_UP, f"Seat {seat.number} is not in wrap-up."))
        case _:
            pass


def fact(turn: Turn, event: Fact) -> None:
    """What the seat's phone does. Of a seat that is gone, it is late and means nothing."""
    seat = turn.seats.get(event.seat)
    if seat is None:
        return
    move = SEAT_TABLE[standing(seat)][type(event)]
    if isinstance(event, PhoneChanged):
        if event.phone is seat.phone:
            return
        turn.record("seat.phone", {"state": event.phone.value}, seat=seat.number)
        if move is SeatMove.NOTE_PHONE_OR_MISS and event.phone is not Phone.REGISTERED:
            offer = turn.offers[seat.offer or ""]
            turn.emit(CancelRing(offer.id, CancelCause.WITHDRAWN))
            miss(turn, offer, OfferOutcome.UNREACHABLE, phone=event.phone)
        else:
            turn.change_seat(seat, phone=event.phone)
        return
    own_call = isinstance(event, OwnCallStarted)
    if move is SeatMove.WITHDRAW_AND_NOTE_OWN_CALL:
        withdraw(turn, seat, own_call=own_call)
    else:
        turn.change_seat(seat, own_call=own_call)


def withdraw(turn: Turn, seat: Seat, **fields: Unpack[SeatChange]) -> None:
    """Take the ringing offer from the seat, which is not to blame; the caller keeps its place."""
    offer = turn.offers[seat.offer or ""]
    turn.emit(CancelRing(offer.id, CancelCause.WITHDRAWN))
    end_offer(turn, offer, OfferOutcome.WITHDRAWN)
    wait_again(turn, offer, failed=False)
    settle(turn, seat, keep_place=True, **fields)


def reconfigure(turn: Turn, seats: tuple[int, ...]) -> None:
    """Bring the floor's seats to the settings' seats."""
    for number, seat in list(turn.seats.items()):
        if number in seats:
            if seat.leaving:
                turn.change_seat(seat, leaving=False)
            continue
        match standing(seat):
            case Standing.RINGING:
                withdraw(turn, seat, leaving=True)
            case Standing.CONNECTING | Standing.TALKING | Standing.HOLD:
                turn.change_seat(seat, leaving=True)
            case _:
                turn.stop_timer(seat.wrap_up_token)
                settle(turn, seat, leaving=True)
    for number in seats:
        if number not in turn.seats:
            turn.add_seat(Seat(number, since_ms=turn.now_ms))


def _log_in(turn: Turn, seat: Seat, event: LogIn) -> None:
    if not event.operator:
        turn.emit(Refused(event, Refusal.NO_OPERATOR, "The operator's id is empty."))
        return
    elsewhere = turn.operators_seat(event.operator)
    if elsewhere is not None:
        why = f"Operator {event.operator} is logged in at seat {elsewhere.number}."
        turn.emit(Refused(event, Refusal.OPERATOR_ELSEWHERE, why))
        return
    turn.record("seat.login", {}, seat=seat.number, operator=event.operator)
    turn.change_seat(seat, operator=event.operator, declared=Declared.READY, misses=0)


def _log_in_again(turn: Turn, seat: Seat, event: LogIn) -> None:
    if event.operator != seat.operator:
        why = f"Seat {seat.number} is taken by operator {seat.operator}."
        turn.emit(Refused(event, Refusal.SEAT_TAKEN, why))
    elif seat.declared is Declared.LOGGED_OUT:
        turn.change_seat(seat, declared=Declared.READY)


def _declared(event: Request) -> SeatChange:
    match event:
        case LogOut():
            return {"declared": Declared.LOGGED_OUT, "break_reason": None}
        case Break(reason=reason):
            return {"declared": Declared.BREAK, "break_reason": reason, "misses": 0}
        case _:
            return {"declared": Declared.READY, "break_reason": None}
