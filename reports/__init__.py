"""The figures, their definitions, and the reports made of them. One reducer: live equals historical."""

from reports.calls import CallLine, CallStory, call_story, list_calls
from reports.definitions import DEFINITIONS_VERSION, OUTCOMES
from reports.figures import Figures, figures_of
from reports.history import figures_between
from reports.identity import Identity, ending
from reports.live import LiveFigures
from reports.period import Period, day_period, month_period, parse_day, year_period
from reports.report import DayReport, MonthReport, YearReport, day_report, month_report, year_report
from reports.rules import Rules
from reports.service_level import ServiceLevel

__all__ = [
    "DEFINITIONS_VERSION",
    "OUTCOMES",
    "CallLine",
    "CallStory",
    "DayReport",
    "Figures",
    "Identity",
    "LiveFigures",
    "MonthReport",
    "Period",
    "Rules",
    "ServiceLevel",
    "YearReport",
    "call_story",
    "day_period",
    "day_report",
    "ending",
    "figures_between",
    "figures_of",
    "list_calls",
    "month_period",
    "month_report",
    "parse_day",
    "year_period",
    "year_report",
]
