"""`[guidance]`: what a caller hears on the way."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.section import Amount, Flag, Int, Section

LOST_CARD = "0120950178"
"""マイナンバー総合フリーダイヤル: a lost card is suspended there at any hour (デジタル庁・J-LIS)."""


class GuidanceRules(Section):
    """ガイダンス."""

    greeting: Flag = True
    recording_notice: Flag = False
    """Behind the greeting: that the call is recorded, and that nobody needs to say his My Number."""
    closing_soon_min: Amount = Field(default=0, ge=0, le=120)
    """Behind the greeting, when the line closes within so many minutes: that it does. 0: never."""
    busy: Flag = True
    please_hold_every_s: float = Field(default=30, ge=5, le=600)
    say_position: Flag = False
    """Tell those who wait how many are before them."""
    say_wait: Flag = True
    """Tell those who wait how long it will take, when that can be told honestly."""
    say_wait_every_s: Amount = Field(default=60, ge=15, le=3600)
    """At most so often, behind the busy text and behind "please hold"."""
    say_hours: Flag = True
    """Behind the closed guidance: the usual hours, in words."""
    lost_card: Flag = True
    """Behind the closed guidance: where a lost card can be reported at any hour."""
    lost_card_number: Annotated[str, Field(pattern=r"^0\d{8,10}$")] = LOST_CARD
    whisper: Flag = False
    """Tell the operator, before the connection, which line or menu choice it is and how long was waited."""
    whisper_wait_min: Int = Field(default=1, ge=0, le=60)
    """The wait is whispered from so many minutes."""
