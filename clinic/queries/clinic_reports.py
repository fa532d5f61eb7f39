"""A report of the clinic over a period; each costs two statements, however large the clinic is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain.clinic_reports import Report, ReportContent, ReportTable
from clinic.domain.periods import Period
from clinic.models import Clinic
from clinic.queries.report_outcomes import event_tables, response_tables
from clinic.queries.report_record import reason_tables, record_tables
from clinic.queries.report_sessions import dose_tables, interval_tables, session_tables
from clinic.unit_of_work import UnitOfWork

NOTE: Final = "Counted from signed visits in force. Drafts and voided visits are left out; an amended visit counts once, as amended."
_TABLES: Final[Mapping[Report, Callable[[UnitOfWork, Period], tuple[ReportTable, ...]]]] = MappingProxyType(
    {
        Report.SESSIONS: session_tables,
        Report.DOSES: dose_tables,
        Report.INTERVALS: interval_tables,
        Report.RESPONSE: response_tables,
        Report.EVENTS: event_tables,
        Report.REASONS: reason_tables,
    }
)


def clinic_zone(uow: UnitOfWork) -> str:
    """The clinic's time zone."""
    return uow.session.scalar(select(Clinic.time_zone).where(Clinic.id == uow.clinic_id)) or "UTC"


def today_in(uow: UnitOfWork, zone: str) -> date:
    """The clinic's day."""
    return uow.now.astimezone(ZoneInfo(zone)).date()


def clinic_report(uow: UnitOfWork, report: Report, period: Period, zone: str) -> ReportContent:
    """One report with its tables."""
    if report is Report.RECORD:
        tables = record_tables(uow, period, zone)
    else:
        tables = _TABLES[report](uow, period)
    return ReportContent(report, period, (NOTE,), tables)
