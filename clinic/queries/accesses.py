"""Who saw one patient's record, and to whom something of it was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from clinic.domain.accesses import Access, AccessPage, Asked, Disclosure, Subject
from clinic.domain.emergencies import MARK
from clinic.domain.errors import NotFound
from clinic.domain.events import READS, Action
from clinic.models import AuditEvent, Clinic, IssuedDocument, Patient, PatientMerge, User
from clinic.unit_of_work import UnitOfWork

USUAL = timedelta(days=365)
"""What is looked at unless another period is asked for: lists are read one by one, so all years take longer (A-10)."""
_EXPORTS = (Action.EXPORT_BEGUN, Action.RECORD_EXPORTED, Action.EXPORT_TAKEN)
_DOCUMENTS = (Action.DOCUMENT_READ, Action.DOCUMENT_ISSUED, Action.DOCUMENT_HANDED_OVER)
_LISTS = tuple(READS - {Action.PATIENT_VIEWED, Action.VISIT_VIEWED, Action.DOCUMENT_READ})


def clinic_zone(uow: UnitOfWork) -> str:
    """The time zone of the actor's clinic."""
    return uow.session.scalar(select(Clinic.time_zone).where(Clinic.id == uow.clinic_id)) or "UTC"


def usual_since(uow: UnitOfWork) -> date:
    """The first day of the usual period, a year before the clinic's today."""
    return (uow.now.astimezone(ZoneInfo(clinic_zone(uow))) - USUAL).date()


def subject(uow: UnitOfWork, patient_id: str) -> Subject:
    """Whose record a report is about. Raises NotFound for another clinic's. Three statements."""
    number = uow.session.scalar(select(Patient.record_number).where(Patient.id == patient_id))
    if number is None:
        raise NotFound
    of = select(PatientMerge.merged_id, PatientMerge.kept_id, Patient.record_number).join(
        Patient, and_(Patient.clinic_id == PatientMerge.clinic_id, Patient.id == PatientMerge.merged_id)
    )
    merges = uow.session.execute(of.where(PatientMerge.undone_at.is_(None))).all()
    ids, numbers = [patient_id], []
    for kept in ids:  # What is found is looked through as well: a record merged into a merged one.
        for merged_id, kept_id, merged_number in merges:
            if kept_id == kept and merged_id not in ids:
                ids.append(merged_id)
                numbers.append(merged_number)
    return Subject(patient_id, number, tuple(numbers), tuple(ids), clinic_zone(uow))


def patient_accesses(uow: UnitOfWork, asked: Asked) -> AccessPage:
    """Who saw or changed one patient's record, the last first. Five statements, however long the trail is."""
    whose = subject(uow, asked.patient_id)
    entry = AuditEvent
    # Two questions, not one with "or": the first goes through the index of the patient, the second through that of time.
    named = entry.patient_id.in_(whose.ids)
    listed = and_(
        or_(
            and_(
                entry.action.in_(_texts(_LISTS)),
                or_(*(_holds(uow, one) for one in whose.ids)),
            ),
            entry.action.in_(_texts(_EXPORTS)),
        ),
        or_(entry.patient_id.is_(None), not_(named)),
    )
    whole = or_(entry.patient_id.is_(None), entry.action.not_in(_texts(_EXPORTS)))
    found = [*_counted(uow, asked, whose, named), *_counted(uow, asked, whose, and_(listed, whole))]
    return AccessPage(whose, tuple(sorted(_together(found), key=lambda one: one.last, reverse=True)))


def _holds(uow: UnitOfWork, text: str) -> ColumnElement[bool]:
    # A plain search of one text in another: LIKE takes six times as long on SQLite over the lists of ten years.
    find = func.instr if uow.session.get_bind().dialect.name == "sqlite" else func.strpos
    return find(AuditEvent.values, text) > 0


def _counted(uow: UnitOfWork, asked: Asked, whose: Subject, which: ColumnElement[bool]) -> Iterator[Access]:
    entry, done = AuditEvent, AuditEvent.outcome == "done"
    exports, documents = entry.action.in_(_texts(_EXPORTS)), entry.action.in_(_texts(_DOCUMENTS))
    reads = and_(entry.action.in_(_texts(READS)), not_(exports), not_(documents))
    changes = and_(done, not_(entry.action.in_(_texts(READS))), not_(exports), not_(documents))
    rows = uow.session.execute(
        select(
            entry.user_id,
            func.coalesce(func.max(User.name), entry.username),
            entry.role,
            func.count().filter(reads),
            func.count().filter(changes),
            func.count().filter(documents),
            func.count().filter(exports),
            func.count().filter(entry.reason.startswith(f"{MARK} ")),
            func.min(entry.at),
            func.max(entry.at),
        )
        .outerjoin(User, User.id == entry.user_id)
        .where(entry.chain == uow.clinic_id, which, *in_days(asked.since, asked.until, ZoneInfo(whose.zone)))
        .group_by(entry.user_id, entry.username, entry.role)
    )
    return (Access(*tuple(row)) for row in rows)


def _together(found: Iterable[Access]) -> Iterable[Access]:
    known: dict[tuple[str, str], Access] = {}
    for one in found:
        other = known.get((one.user_id, one.role))
        known[one.user_id, one.role] = one if other is None else _sum(other, one)
    return known.values()


def _sum(one: Access, other: Access) -> Access:
    return replace(
        one,
        reads=one.reads + other.reads,
        changes=one.changes + other.changes,
        documents=one.documents + other.documents,
        exports=one.exports + other.exports,
        emergencies=one.emergencies + other.emergencies,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
    )


def in_days(since: date | None, until: date | None, zone: ZoneInfo) -> Iterator[ColumnElement[bool]]:
    """Conditions that an entry lies in days of the clinic's calendar, both included, also where a day has 23 or 25 hours."""
    if since:
        yield AuditEvent.at >= datetime.combine(since, time(), zone)
    if until:
        yield AuditEvent.at < datetime.combine(until + timedelta(days=1), time(), zone)


def disclosures(uow: UnitOfWork, asked: Asked) -> tuple[Subject, tuple[Disclosure, ...]]:
    """What was given out of one record, the last first. Five statements."""
    whose = subject(uow, asked.patient_id)
    zone = ZoneInfo(whose.zone)
    found = [*_handed_over(uow, whose), *_exported(uow, whose)]
    kept = [one for one in found if _within(one.at.astimezone(zone).date(), asked)]
    return whose, tuple(sorted(kept, key=lambda one: (one.at, one.reference), reverse=True))


def _within(day: date, asked: Asked) -> bool:
    return not (asked.since and day < asked.since) and not (asked.until and day > asked.until)


def _handed_over(uow: UnitOfWork, whose: Subject) -> Iterator[Disclosure]:
    one = IssuedDocument
    rows = uow.session.execute(
        select(one.issued_at, one.title, one.reference, one.given_to, one.purpose, one.issued_by).where(
            one.patient_id.in_(whose.ids)
        )
    )
    return (Disclosure(*row) for row in rows)


def _exported(uow: UnitOfWork, whose: Subject) -> Iterator[Disclosure]:
    entry, name = AuditEvent, func.coalesce(User.name, AuditEvent.username)
    rows = uow.session.execute(
        select(entry.at, entry.action, entry.subject, entry.patient_id, entry.reason, name)
        .outerjoin(User, User.id == entry.user_id)
        .where(
            entry.chain == uow.clinic_id,
            entry.action.in_(_texts((Action.EXPORT_BEGUN, Action.RECORD_EXPORTED))),
            or_(entry.patient_id.is_(None), entry.patient_id.in_(whose.ids)),
        )
        .order_by(entry.sequence)
    ).all()
    purposes = {row.subject: row.reason for row in rows if row.action == Action.EXPORT_BEGUN}
    for at, action, about, patient_id, _, who in rows:
        if action == Action.RECORD_EXPORTED:
            what = "Export of this record" if patient_id else "Export of the clinic’s whole record"
            yield Disclosure(at, what, about.partition(":")[2][:10].upper(), who, purposes.get(about, ""), who)


def _texts(actions: Iterable[Action]) -> list[str]:
    return [str(action) for action in actions]
