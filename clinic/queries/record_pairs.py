"""Two records side by side before they are brought together: what differs, and what speaks against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from clinic.domain.errors import Invalid
from clinic.domain.patients import Sex
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text, plural
from clinic.models import (
    AdverseEvent,
    DraftViewer,
    InjectionSession,
    IssuedDocument,
    Letter,
    PatientDistinct,
    PlanItem,
    Visit,
    VisitVoid,
)
from clinic.queries.patient_records import PatientRecord, patient_record
from clinic.queries.presence import SEEN_WITHIN
from clinic.unit_of_work import UnitOfWork

_SESSIONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class PairLine:
    """One line of the comparison; ``differs`` when both say something and it is not the same."""

    label: str
    kept: str
    merged: str
    differs: bool


@dataclass(frozen=True, slots=True)
class RecordPair:
    """The record that stays, the one that goes, line by line; ``warnings`` speak against it, ``open_now`` says who charts."""

    kept: PatientRecord
    merged: PatientRecord
    person: tuple[PairLine, ...]
    safety: tuple[PairLine, ...]
    contents: tuple[PairLine, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Visit:
    on: date
    state: VisitState
    author: str
    session: bool
    voided: bool
    viewers: tuple[str, ...]


def record_pair(uow: UnitOfWork, kept_id: str, merged_id: str) -> RecordPair:
    """Both records compared, in a fixed number of statements. Raises NotFound, and Invalid for a record and itself."""
    if kept_id == merged_id:
        raise Invalid({"": "These are one record and itself. Choose two."})
    kept, merged = patient_record(uow, kept_id), patient_record(uow, merged_id)
    visits = {kept_id: _visits(uow, kept_id), merged_id: _visits(uow, merged_id)}
    mine, theirs = visits[kept_id], visits[merged_id]
    counts = _counts(uow, kept_id), _counts(uow, merged_id)
    return RecordPair(
        kept=kept,
        merged=merged,
        person=tuple(_person(kept, merged)),
        safety=tuple(_safety(kept, merged)),
        contents=tuple(_contents(mine, theirs, *counts)),
        warnings=tuple(_warnings(uow, kept, merged, mine, theirs)),
    )


def _person(kept: PatientRecord, merged: PatientRecord) -> Iterator[PairLine]:
    a, b = kept.strip, merged.strip
    yield _line("Name", a.display_name, b.display_name)
    yield _line("Born", a.birth_date_text, b.birth_date_text)
    yield _line("Record number", a.record_number, b.record_number)
    yield _line("Sex", kept.sex.value, merged.sex.value)
    for label, name in (("Phone", "phone"), ("E-mail", "email"), ("Address", "address"), ("Language", "language")):
        yield _line(label, getattr(kept, name), getattr(merged, name))
    yield _line(
        "Conditions", _joined(one.text for one in kept.conditions), _joined(one.text for one in merged.conditions)
    )
    yield _line("Entered", day_text(kept.created_at.date()), day_text(merged.created_at.date()), compared=False)


def _safety(kept: PatientRecord, merged: PatientRecord) -> Iterator[PairLine]:
    for own, other in zip(kept.facts, merged.facts, strict=True):
        said = [
            ", ".join(
                part for part in (fact.answer_text, fact.detail, fact.asked_text and f"asked {fact.asked_text}") if part
            )
            if fact.answer
            else ""
            for fact in (own, other)
        ]
        differs = own.answer is not None and other.answer is not None and own.answer is not other.answer
        yield PairLine(own.label, said[0] or "not asked", said[1] or "not asked", differs)


def _contents(
    mine: tuple[_Visit, ...], theirs: tuple[_Visit, ...], own: Counter[str], other: Counter[str]
) -> Iterator[PairLine]:
    for label, chosen in (
        ("Signed visits", _signed),
        ("Last injection sessions", _sessions),
        ("Open drafts", _drafts),
    ):
        yield PairLine(label, chosen(mine) or "none", chosen(theirs) or "none", differs=False)
    for what in ("plan items", "documents handed over", "letters", "adverse events"):
        yield PairLine(what.capitalize(), str(own[what]), str(other[what]), differs=False)


def _signed(visits: tuple[_Visit, ...]) -> str:
    number = sum(one.state is VisitState.SIGNED for one in visits)
    return plural(number, "visit") if number else ""


def _sessions(visits: tuple[_Visit, ...]) -> str:
    given = [one for one in visits if one.session and one.state is VisitState.SIGNED and not one.voided]
    return ", ".join(day_text(one.on) for one in given[:_SESSIONS_SHOWN])


def _drafts(visits: tuple[_Visit, ...]) -> str:
    return "; ".join(f"{day_text(one.on)}, {one.author}" for one in visits if one.state is VisitState.DRAFT)


def _warnings(
    uow: UnitOfWork, kept: PatientRecord, merged: PatientRecord, mine: tuple[_Visit, ...], theirs: tuple[_Visit, ...]
) -> Iterator[str]:
    pair = sorted((kept.strip.id, merged.strip.id))
    distinct = select(PatientDistinct.by_name, PatientDistinct.at).where(
        PatientDistinct.one_id == pair[0], PatientDistinct.other_id == pair[1]
    )
    if said := uow.session.execute(distinct).first():
        yield f"{said.by_name} said on {day_text(said.at.date())} that these are two people."
    if kept.strip.birth_date != merged.strip.birth_date:
        yield f"The birth dates differ: {kept.strip.birth_date_text} and {merged.strip.birth_date_text}."
    if kept.sex is not merged.sex and Sex.UNKNOWN not in (kept.sex, merged.sex):
        yield f"The sex differs: {kept.sex.value} and {merged.sex.value}."
    same = {one.on for one in mine if one.state is VisitState.SIGNED} & {
        one.on for one in theirs if one.state is VisitState.SIGNED
    }
    for on in sorted(same, reverse=True)[:_SESSIONS_SHOWN]:
        yield f"Both records hold a signed visit of {day_text(on)}: one person was seen twice that day, or these are two."
    for own, other in zip(kept.facts, merged.facts, strict=True):
        if own.answer and other.answer and own.answer is not other.answer:
            yield f"{own.label}: {own.answer_text} here, {other.answer_text} there. The more cautious answer will stay."
    for one in (*mine, *theirs):
        if one.state is VisitState.DRAFT:
            who = f", open just now by {', '.join(one.viewers)}" if one.viewers else ""
            yield f"A draft of {day_text(one.on)} by {one.author} is not signed{who}. It is judged anew, by both histories."


def _line(label: str, kept: str, merged: str, *, compared: bool = True) -> PairLine:
    return PairLine(label, kept or "—", merged or "—", compared and bool(kept and merged) and kept != merged)


def _joined(texts: Iterator[str]) -> str:
    return "; ".join(texts)


def _visits(uow: UnitOfWork, patient_id: str) -> tuple[_Visit, ...]:
    viewers: dict[str, list[str]] = {}
    seen = (
        select(DraftViewer.visit_id, DraftViewer.name)
        .join(Visit, (Visit.clinic_id == DraftViewer.clinic_id) & (Visit.id == DraftViewer.visit_id))
        .where(Visit.patient_id == patient_id, DraftViewer.seen_at >= uow.now - SEEN_WITHIN)
        .order_by(DraftViewer.name)
    )
    for visit_id, name in uow.session.execute(seen):
        viewers.setdefault(visit_id, []).append(name)
    rows = uow.session.execute(
        select(Visit.id, Visit.on, Visit.state, Visit.author_name, InjectionSession.visit_id, VisitVoid.visit_id)
        .outerjoin(
            InjectionSession, (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id)
        )
        .outerjoin(VisitVoid, (VisitVoid.clinic_id == Visit.clinic_id) & (VisitVoid.visit_id == Visit.id))
        .where(Visit.patient_id == patient_id, Visit.state != VisitState.DISCARDED)
        .order_by(Visit.on.desc(), Visit.created_at.desc())
    )
    return tuple(
        _Visit(on, state, author, session is not None, void is not None, tuple(viewers.get(visit_id, ())))
        for visit_id, on, state, author, session, void in rows
    )


def _counts(uow: UnitOfWork, patient_id: str) -> Counter[str]:
    kinds: tuple[tuple[str, Any], ...] = (
        ("plan items", PlanItem),
        ("documents handed over", IssuedDocument),
        ("letters", Letter),
        ("adverse events", AdverseEvent),
    )
    selects = [
        select(func.count(model.id)).where(model.clinic_id == uow.clinic_id, model.patient_id == patient_id)
        for _, model in kinds
    ]
    return Counter({name: uow.session.scalar(one) or 0 for (name, _), one in zip(kinds, selects, strict=True)})
