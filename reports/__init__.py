"""The figures, their definitions, and the reports made of them. One reducer: live equals historical."""

from reports.calls import CallLine, CallStory, call_story, list_calls
from reports.definitions import DEFINITIONS_VERSION, OUTCOMES
from reports.figures import Figures, figures_of
from reports.history import figures_between
from reports.identity import Identity, ending
from reports.live import LiveFigures
from reports.period import Period, day_period, month_period, parse_day
from reports.report import DayReport, MonthReport, day_report, month_report

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
]
