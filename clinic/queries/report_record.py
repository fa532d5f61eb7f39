"""How the record is kept: reasons at checks, drafts, doses copied as they were, corrections; counted by the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import case, distinct, func, select
from sqlalchemy.orm import aliased

from clinic.domain.clinic_reports import Link, ReportTable, share
from clinic.domain.findings import Severity
from clinic.domain.periods import Period
from clinic.domain.safety_table import CHECKS
from clinic.domain.visits import Disposition, VisitState
from clinic.models import Addendum, FindingOverride, InjectionSite, Signature, Visit, VisitVoid
from clinic.queries.report_base import standing_version, told, told_sites
from clinic.queries.together import together
from clinic.unit_of_work import UnitOfWork

DRAFTS: Final = Link("Drafts on Today", "pages.today")
_OLD: Final = (1, 7)
"""Days after which an unsigned draft is asked about. This program's own preset."""


def reason_tables(uow: UnitOfWork, period: Period) -> tuple[ReportTable, ...]:
    """The checks that were passed with a reason in the sessions of a period; one statement."""
    sessions = told(uow, period, standing_version(uow))
    f = FindingOverride
    columns = (f.code, func.count(), func.count(distinct(f.visit_id)), func.count(distinct(sessions.c.patient_id)))
    rows = together(
        uow,
        {
            "visits": select(func.count()).where(sessions.c.transcribed == 0),
            "reasons": select(*columns)
            .join(sessions, (f.clinic_id == uow.clinic_id) & (f.visit_id == sessions.c.visit_id))
            .where(sessions.c.transcribed == 0)
            .group_by(f.code),
        },
    )
    visits = rows["visits"][0][0]
    passed = [row for row in rows["reasons"] if not _only_asks(row[0])]
    asked = [row for row in rows["reasons"] if _only_asks(row[0])]
    return (
        _reasons("reasons", "Passed with a typed reason", _PASSED, passed, visits),
        _reasons("asked", "Asked, and answered or confirmed", _ASKED, asked, visits),
    )


_PASSED: Final = "A check that spoke and was passed because somebody typed a reason. Often passed means: look at the check, or at the habit."
_ASKED: Final = "A check that only asks: whether anything adverse happened, or whether an unusual dose is meant."


def _only_asks(code: str) -> bool:
    return code in CHECKS and CHECKS[code][0] is Severity.ASK


def _reasons(key: str, title: str, about: str, rows: list[tuple[Any, ...]], visits: int) -> ReportTable:
    ordered = sorted(rows, key=lambda row: (-row[1], row[0]))
    return ReportTable(
        key,
        title,
        about,
        f"Share of the {visits} signed sittings of the period, touch-ups included, transcribed ones not.",
        ("Check", "What it asks", "Times", "Sittings", "Share of sittings, %", "Patients"),
        tuple((code, _title(code), n, sat, share(sat, visits), patients) for code, n, sat, patients in ordered),
        empty="None in this period.",
    )


def _title(code: str) -> str:
    return CHECKS[code][1] if code in CHECKS else "a check of an earlier version"


def record_tables(uow: UnitOfWork, period: Period, zone: str) -> tuple[ReportTable, ...]:
    """Drafts as they stand now, copied doses and corrections of the period; one statement."""
    names = ("muscle", "sub_site", "side", "x", "y", "units", "dose_product", "from_previous_site")
    sites = told_sites(uow, told(uow, period, standing_version(uow)), "given_by", "transcribed", *names)
    begin, end = _moments(period, zone)
    signed = (Signature.clinic_id == uow.clinic_id, Signature.signed_at >= begin, Signature.signed_at < end)
    v, a = VisitVoid, Addendum
    signature = select(Signature.signer_name, _is(Visit.amends_id.is_not(None)), func.count()).join(
        Visit, (Visit.clinic_id == Signature.clinic_id) & (Visit.id == Signature.visit_id)
    )
    rows = together(
        uow,
        {
            "drafts": _drafts(uow),
            "copies": _copies(uow, sites),
            "signed": signature.where(*signed).group_by(Signature.signer_name, Visit.amends_id.is_not(None)),
            "voids": select(v.disposition, func.count())
            .where(v.clinic_id == uow.clinic_id, v.at >= begin, v.at < end)
            .group_by(v.disposition),
            "addenda": select(func.count()).where(
                a.clinic_id == uow.clinic_id, a.signed_at >= begin, a.signed_at < end
            ),
        },
    )
    return (_draft_table(rows["drafts"]), _copy_table(rows["copies"]), _corrections(rows), _signers(rows["signed"]))


def _moments(period: Period, zone: str) -> tuple[datetime, datetime]:
    """The first moment of the period in the clinic's time, and the first after it."""

    def start(day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)

    return start(period.first), start(period.last + timedelta(days=1))


def _is(condition: Any) -> Any:
    return case((condition, 1), else_=0)


def _drafts(uow: UnitOfWork) -> Any:
    older = (func.sum(_is(Visit.created_at < uow.now - timedelta(days=days))) for days in _OLD)
    return (
        select(Visit.author_name, func.count(), *older)
        .where(Visit.clinic_id == uow.clinic_id, Visit.state == VisitState.DRAFT)
        .group_by(Visit.author_name)
    )


def _draft_table(rows: list[tuple[Any, ...]]) -> ReportTable:
    ordered = sorted(rows, key=lambda row: (-row[1], row[0]))
    total = ("All", *(sum(row[n] for row in rows) for n in (1, 2, 3)))
    return ReportTable(
        "drafts",
        "Unsigned drafts, now",
        "Drafts that are open at this moment, whenever they were begun; the period does not count here.",
        "Counts; the columns are parts of the first number, older than a day and older than 7 days since they were begun.",
        ("Begun by", "Open", "Over 1 day", "Over 7 days"),
        (*ordered, total) if rows else (),
        link=DRAFTS,
        empty="No draft is open.",
    )


def _copies(uow: UnitOfWork, sites: Any) -> Any:
    """Sites by who gave them: in all, with a site that they came from, and those that were left just as they were."""
    c, source = sites.c, aliased(InjectionSite, name="source")
    same = [c[name] == getattr(source, name) for name in ("muscle", "side", "x", "y", "units")]
    like = [c[name].is_not_distinct_from(getattr(source, name)) for name in ("sub_site", "dose_product")]
    unchanged = same[0]
    for condition in (*same[1:], *like):
        unchanged = unchanged & condition
    return (
        select(c.given_by, func.count(), func.sum(_is(source.id.is_not(None))), func.sum(_is(unchanged)))
        .outerjoin(source, (source.clinic_id == uow.clinic_id) & (source.id == c.from_previous_site))
        .where(c.transcribed == 0)
        .group_by(c.given_by)
    )


def _copy_table(rows: list[tuple[Any, ...]]) -> ReportTable:
    named = [(row[0] or "not recorded", *row[1:]) for row in sorted(rows, key=lambda row: (-row[1], row[0]))]
    total = ("All", *(sum(row[n] for row in rows) for n in (1, 2, 3)))
    return ReportTable(
        "copies",
        "Copied and left unchanged",
        "Sites brought in from an earlier session, and those of them given with the very dose and place of the site they came from."
        " Each was confirmed by hand; a high share can be a steady patient or a habit.",
        "Share of all sites that the person gave in sessions of the period, transcribed ones not counted.",
        ("Given by", "Sites", "Brought in", "Left unchanged", "Unchanged, %"),
        tuple((name, n, copied, same, share(same, n)) for name, n, copied, same in (*named, total)) if rows else (),
    )


def _corrections(rows: dict[str, list[tuple[Any, ...]]]) -> ReportTable:
    first = sum(count for _, amended, count in rows["signed"] if not amended)
    amended = sum(count for _, amended, count in rows["signed"] if amended)
    voids = {Disposition(kind): count for kind, count in rows["voids"]}
    counted = (
        ("Visits signed for the first time", first),
        ("Amendments signed", amended),
        ("Addenda signed", rows["addenda"][0][0]),
        ("Voided, as not given", voids.get(Disposition.NOT_GIVEN, 0)),
        ("Voided, as given", voids.get(Disposition.GIVEN, 0)),
    )
    return ReportTable(
        "corrections",
        "Corrections",
        "What was signed, amended, added to or voided on the days of the period, whatever the day of the visit; voided visits are counted here only.",
        f"For each 100 of the {first} visits that were signed for the first time in the period.",
        ("What", "Number", "For 100 visits signed"),
        tuple((words, count, share(count, first)) for words, count in counted) if any(n for _, n in counted) else (),
    )


def _signers(rows: list[tuple[Any, ...]]) -> ReportTable:
    people = sorted({row[0] for row in rows})

    def of(person: str, amended: int) -> int:
        return sum(count for name, one, count in rows if name == person and one == amended)

    return ReportTable(
        "signers",
        "Amendments by signer",
        "Who signed visits and amendments on the days of the period.",
        "For each 100 visits that the person signed for the first time.",
        ("Signer", "Visits", "Amendments", "For 100 visits"),
        tuple((name, of(name, 0), of(name, 1), share(of(name, 1), of(name, 0))) for name in people),
    )
