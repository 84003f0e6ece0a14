"""`[report]`: what the contract counts, and whose names stand on the reports."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from config.report_files import ReportFiles
from config.section import Amount, Flag, Int, Section, Word

Formula = Literal[
    "short_out",
    "strict",
    "answered_only",
    "callback_neutral",
    "abandons_in",
    "answered_or_abandoned",
    "removed_in_time",
    "early_abandons_out",
    "early_abandons_met",
]
"""By what the calls that were answered in time are divided (docs/figures.md, "Service level")."""


class ServiceLevelRule(Section):
    """サービスレベル as the contract has it."""

    threshold_s: Annotated[Amount, Field(ge=1, le=3600)] = 20
    """Answered within so many seconds of entering the queue is in time."""
    short_s: Annotated[Amount, Field(ge=0, le=60)] = 5
    """Who hangs up within so many seconds is a short abandon."""
    target: Annotated[Amount, Field(ge=0, le=1)] = 0.8
    formula: Formula = "short_out"


class Completion(Section):
    """業務（一部）完了届: what only the contract knows."""

    title: Annotated[str, Field(max_length=60)] = "業務（一部）完了届"
    addressee: Annotated[str, Field(max_length=60)] = ""
    """宛先. Empty: the city, with 長."""
    contract_name: Annotated[str, Field(max_length=120)] = ""
    """件名. Empty: the main line's name, with 業務委託."""
    contract_number: Annotated[str, Field(max_length=60)] = ""
    contract_date: date | None = None
    contractor_address: Annotated[str, Field(max_length=120)] = ""
    representative: Annotated[str, Field(max_length=60)] = ""
    """代表者の職・氏名."""


class Report(ReportFiles):
    """報告書."""

    city: str = Field(default="", max_length=100)
    """委託者. Empty: the name of the main line stands there alone."""
    contractor: str = Field(default="", max_length=100)
    manager: str = Field(default="", max_length=100)
    """業務管理者."""
    service_level: ServiceLevelRule = ServiceLevelRule()
    staffed_seats: Int = Field(default=7, ge=0, le=200)
    """席の配置: as many seats as the contract wants staffed in open hours; 0: none is asked for."""
    breaks_are_staffed: Flag = False
    """Whether a seat whose operator is on break (離席) counts as staffed."""
    completion: Completion = Completion()
    closed_when: dict[Word, tuple[str, ...]] = Field(default={"handling": ("完結",)})
    """完結: by field of 問合せ記録簿, the choices with which a call was closed here and not handed on."""
    recall_h: Annotated[Amount, Field(gt=0, le=720)] = 24
    """Attempts of one citizen that follow within so many hours are one chain (かけ直し)."""
