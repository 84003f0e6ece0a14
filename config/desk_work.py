"""`[desk]`, what an operator works with: the script to talk by, the reservation system, times to keep."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from config.section import Amount, Flag, Int, Section

PLACEHOLDERS = ("call", "line", "operator", "seat", "number")
"""What `reservation_url` may have in braces. `number` alone is personal."""
_Reason = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,40}$")]
HAND_REASONS = ("判断に迷う", "苦情", "システム", "体調", "その他")
INCIDENT_KINDS = ("暴言・大声", "長時間の拘束", "繰り返しの電話", "脅迫", "セクハラ", "不当要求", "その他")


class TalkScript(Section):
    """トークスクリプト: for a category, for who came by a key of a menu, for a line, or for all."""

    title: str = Field(min_length=1, max_length=40)
    text: str = Field(min_length=1, max_length=4000)
    category: tuple[str, ...] = Field(default=(), max_length=3)
    """分類, from the top: it is for those below it as well."""
    menu: str = Field(default="", pattern=r"^$|^[a-z][a-z0-9_-]{0,30}:[0-9*#]$")
    """A menu's name and a key of it."""
    line: str = ""


SCRIPTS = (
    TalkScript(
        title="名乗り・結び",
        text="お電話ありがとうございます。{line}、担当の{operator}でございます。\n"
        "（ご用件を復唱する。個人番号（12桁）は伺わない）\n"
        "ほかにご不明な点はございませんか。担当{operator}が承りました。お電話ありがとうございました。",
    ),
    TalkScript(
        title="受取りのご予約",
        text="お受取りのご予約ですね。お手元に交付通知書（はがき）はございますか。\n"
        "お越しになるのはご本人様ですか。（15歳未満・成年被後見人は法定代理人の同行が必要）\n"
        "ご希望の日時を第3希望まで伺います。\n"
        "当日のお持ち物は、交付通知書、本人確認書類、通知カードでございます。（案内したら「持ち物案内済」）",
        category=("受取予約",),
    ),
    TalkScript(
        title="紛失・一時停止",
        text="ご不安なことと存じます。カードの一時停止は、国の窓口で24時間365日受け付けております。\n"
        "マイナンバー総合フリーダイヤル 0120-95-0178（有料: 0570-783-578）\n"
        "警察への届出の番号は、再交付のときに伺います。",
        category=("紛失",),
    ),
    TalkScript(
        title="暗証番号",
        text="暗証番号は、こちらではお調べできません。ロックの解除と変更は、カードと本人確認書類をお持ちのうえ、\n"
        "市の窓口へご本人様がお越しください。",
        category=("暗証番号",),
    ),
)


class DeskWork(Section):
    """The part of `[desk]` that a reload changes at once."""

    reservation_url: str = Field(default="", max_length=500)
    """The city's reservation Web system; `{call}` and the others of `PLACEHOLDERS` are filled in."""
    reservation_number: Flag = False
    """Whether `{number}` may stand in it: the citizen's number then goes to that system and its logs."""
    hold_target_s: Amount = Field(default=60, gt=0, le=3600)
    """保留: longer than this is shown as an alarm."""
    earlier_contacts: Int = Field(default=5, ge=0, le=50)
    """So many earlier calls of the same number are shown to the operator who has it on the line; 0: none."""
    earlier_days: Int = Field(default=90, ge=1, le=400)
    """No older ones than that."""
    hand_reasons: tuple[_Reason, ...] = Field(default=HAND_REASONS, min_length=1, max_length=9)
    """手上げ: why an operator asks for the supervisor."""
    incident_kinds: tuple[_Reason, ...] = Field(default=INCIDENT_KINDS, min_length=1, max_length=9)
    """カスハラ: what is reported."""
    scripts: tuple[TalkScript, ...] = Field(default=SCRIPTS, max_length=200)

    @model_validator(mode="after")
    def _usable(self) -> Self:
        url = self.reservation_url
        if url and not re.match(r"https?://[^\s/]", url):
            raise ValueError("reservation_url: begin it with https:// or http://")
        for name in re.findall(r"{([^{}]*)}", url):
            if name not in PLACEHOLDERS:
                known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
                raise ValueError(f"reservation_url: there is no {{{name}}}; there are {known}")
        if "{number}" in url and not self.reservation_number:
            raise ValueError(
                "reservation_url: {number} is personal; say reservation_number = true if it may be passed on"
            )
        return self
