"""Importing a table of patients or past sessions: checked without a write, then all of exactly that file, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.csv_imports import Asked, Kind, Problems, Report, Told, column_named, untold
from clinic.domain.csv_reading import Survey, survey
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.quantities import format_number
from clinic.domain.wording import plural
from clinic.models import Clinic
from clinic.services.authority import require
from clinic.services.csv_import_patients import PatientsPlan, plan_patients, write_patients
from clinic.services.csv_import_sessions import SessionsPlan, plan_sessions, write_sessions
from clinic.services.drafts import clinic_of
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Checked:
    """A file as it was found, with what an import of it would enter."""

    report: Report
    plan: PatientsPlan | SessionsPlan


def begin_import(uow: UnitOfWork, asked: Asked) -> str:
    """Note that somebody brings a file and give the id of the import. Raises NotPermitted."""
    require(uow, Permission.RECORD_IMPORT)
    run_id = uow.new_id()
    new = {"file": asked.name, "kind": asked.kind.value, "days": asked.order.value}
    uow.record(Event(Action.IMPORT_BEGUN, f"import:{run_id}", new=new))
    return run_id


def note_import(uow: UnitOfWork, run_id: str, how: str) -> None:
    """Note that somebody lets an import go on, cancels or deletes it."""
    require(uow, Permission.RECORD_IMPORT)
    uow.record(Event(Action.IMPORT_CHANGED, f"import:{run_id}", new={"import": how}))


def check_file(uow: UnitOfWork, file: BinaryIO, asked: Asked, told: Told = untold) -> Checked:
    """Say what a file holds, what is wrong with it and what an import would do; nothing is written.

    Raises NotPermitted, and Unreadable for a file that is no table.
    """
    require(uow, Permission.RECORD_IMPORT)
    found = survey(file, lambda cell: column_named(asked.kind, cell) is not None)
    problems = Problems()
    plan: PatientsPlan | SessionsPlan
    if asked.kind is Kind.PATIENTS:
        plan = plan_patients(uow, file, found, asked, problems, told)
    else:
        plan = plan_sessions(uow, file, found, asked, problems, told)
    return Checked(_report(found, plan, problems), plan)


def note_check(uow: UnitOfWork, run_id: str, report: Report) -> None:
    """Note that a file was compared with the record."""
    new = {"sha256": report.sha256, "problems": report.problem_count, "new": report.new}
    uow.record(Event(Action.IMPORT_CHECKED, f"import:{run_id}", new=new))


def import_file(
    uow: UnitOfWork,
    file: BinaryIO,
    asked: Asked,
    sha256: str,
    told: Told = untold,
    *,
    run_id: str = "",
) -> Report:
    """Check a file again and enter all of it. Raises Invalid, and nothing is entered, when it is not the file that was
    checked (``sha256``), has a problem by now, or holds nothing new.
    """
    require(uow, Permission.RECORD_IMPORT)
    _one_import_at_a_time(uow)
    checked = check_file(uow, file, asked, told)
    report = checked.report
    if report.sha256 != sha256:
        raise Invalid({"": "This is not the file that was checked. Check it first. Nothing was imported."})
    if report.problem_count:
        raise Invalid({"": f"{_problems_text(report)} Check the file again. Nothing was imported."})
    if not report.new:
        raise Invalid({"": "All of this file is on record already. Nothing was imported."})
    if isinstance(checked.plan, PatientsPlan):
        counts = write_patients(uow, checked.plan, told, synthetic=clinic_of(uow).is_demo)
    else:
        counts = write_sessions(uow, checked.plan, told, name=asked.name)
    new = {"file": asked.name, "kind": asked.kind.value, "sha256": sha256, "bytes": report.size, **counts}
    uow.record(Event(Action.RECORDS_IMPORTED, f"import:{run_id or sha256[:16]}", new=new))
    return report


def _one_import_at_a_time(uow: UnitOfWork) -> None:
    """Let a second import of the clinic wait for the first: it then finds what that one brought. Charting goes on."""
    uow.session.execute(select(Clinic.id).where(Clinic.id == uow.clinic_id).with_for_update(key_share=True))


def _problems_text(report: Report) -> str:
    first = report.problems[0]
    return f"{plural(report.problem_count, 'problem')} by now, the first in line {first.line}: {first.reason}"


def _report(found: Survey, plan: PatientsPlan | SessionsPlan, problems: Problems) -> Report:
    notices = list(plan.notices)
    if found.is_fallback:
        notices.insert(
            0,
            "Read as Windows-1252, because it is no UTF-8. Look at letters with accents below: if one is wrong, save the file as “CSV UTF-8”.",
        )
    if not plan.new and not plan.here and not problems.count:
        notices.append("There is no row below the headings.")
    return Report(
        sha256=found.sha256,
        size=found.size,
        encoding=found.encoding_text,
        delimiter=found.delimiter_text,
        lines=found.lines,
        new=len(plan.new),
        problem_count=problems.count,
        problems=tuple(problems.listed),
        notices=tuple(notices),
        summary=(*plan.summary, ("Lines of the file", format_number(found.lines))),
        headings=plan.headings,
        first=plan.first,
    )
