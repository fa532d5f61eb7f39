"""Records brought together: what stands in two of them, what was merged into one, and where a row belongs today."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from clinic.domain.patients import display_name
from clinic.models import Patient, PatientMerge, Visit
from clinic.queries.aliases import second_name
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

# Made once: every new alias takes its columns apart anew, and pages are asked for often.
_MERGED, _KEPT, _PART = second_name(Patient), second_name(Patient), second_name(PatientMerge)

Moved = Mapping[str, frozenset[str]]
"""Keys by table."""


@dataclass(frozen=True, slots=True)
class MergeNote:
    """A merge in force: which record went into which, when, by whom and why."""

    id: str
    merged_id: str
    merged_number: str
    merged_name: str
    kept_id: str
    kept_number: str
    kept_name: str
    at: datetime
    by_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class MergeNotes:
    """What a patient's page says of merges: the record that this one went into, and those that went into it."""

    into: MergeNote | None
    taken_up: tuple[MergeNote, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    merged_id: str
    kept_id: str
    in_force: bool
    moved: Moved


@dataclass(frozen=True, slots=True)
class Standing:
    """Every merge of a clinic in order, to say to whom a row must point today."""

    merges: tuple[_Told, ...]

    def now(self, table: str, row_id: str, patient_id: str) -> str:
        """The patient of a row that was written for ``patient_id``."""
        for one in self.merges:
            pair = {one.merged_id, one.kept_id}
            if one.in_force and patient_id == one.merged_id:
                patient_id = one.kept_id
            elif not one.in_force and patient_id in pair and row_id in one.moved.get(table, ()):
                patient_id = one.merged_id
        return patient_id

    def person(self, patient_id: str) -> str:
        """One id for all records that were ever brought together with this one, for rows that the trail names by patient."""
        known = {patient_id}
        while (
            more := {
                one_id
                for one in self.merges
                for one_id in (one.merged_id, one.kept_id)
                if known & {one.merged_id, one.kept_id}
            }
            - known
        ):
            known |= more
        return min(known)


def standing(uow: UnitOfWork) -> Standing:
    """All merges of the clinic, the undone ones too, in one statement; an undone one counts for what it gave back."""
    m = PatientMerge
    rows = uow.session.execute(
        select(m.merged_id, m.kept_id, m.undone_at, m.moved).order_by(m.at, m.undone_at.is_(None), m.undone_at, m.id)
    )
    return Standing(
        tuple(_Told(row.merged_id, row.kept_id, row.undone_at is None, read_moved(row.moved)) for row in rows)
    )


def read_moved(text: str) -> Moved:
    """The keys of moved rows by table, as a merge keeps them."""
    return {table: frozenset(keys) for table, keys in json.loads(text).items()}


def merge_notes(uow: UnitOfWork, patient_id: str) -> MergeNotes:
    """The merges in force that a record is part of, in one statement."""
    return notes_of(uow.session.execute(merge_select(uow.clinic_id, patient_id)), patient_id)


def notes_of(rows: Iterable[Any], patient_id: str) -> MergeNotes:
    """The merges in force that a record is part of, from the rows of ``merge_select``."""
    found = _notes(rows)
    into = next((one for one in found if one.merged_id == patient_id), None)
    return MergeNotes(into, tuple(one for one in found if one.kept_id == patient_id))


def merge_note(uow: UnitOfWork, merged_id: str) -> MergeNote | None:
    """The merge in force by which a record was taken up, if there is one."""
    return next(iter(_notes(uow.session.execute(_in_force(PatientMerge.merged_id == merged_id)))), None)


def merge_select(clinic_id: Any, patient_id: Any) -> AnySelect:
    """The merges in force that a record is part of."""
    m = _PART
    of_clinic = select(m.id).where(m.clinic_id == clinic_id, m.undone_at.is_(None))
    # One index after the other: asked for with OR, SQLite reads every merge of the clinic.
    part = of_clinic.where(m.merged_id == patient_id).union_all(of_clinic.where(m.kept_id == patient_id))
    return _in_force(PatientMerge.id.in_(part))


def _in_force(chosen: ColumnElement[bool]) -> AnySelect:
    merged, kept = _MERGED, _KEPT
    return (
        select(
            PatientMerge.id,
            PatientMerge.merged_id,
            PatientMerge.kept_id,
            PatientMerge.at,
            PatientMerge.by_name,
            PatientMerge.reason,
            merged.record_number.label("merged_number"),
            merged.family_name.label("merged_family"),
            merged.given_names.label("merged_given"),
            kept.record_number.label("kept_number"),
            kept.family_name.label("kept_family"),
            kept.given_names.label("kept_given"),
        )
        .join(merged, (merged.clinic_id == PatientMerge.clinic_id) & (merged.id == PatientMerge.merged_id))
        .join(kept, (kept.clinic_id == PatientMerge.clinic_id) & (kept.id == PatientMerge.kept_id))
        .where(PatientMerge.undone_at.is_(None), chosen)
    )


def _notes(rows: Iterable[Any]) -> tuple[MergeNote, ...]:
    found = []
    for row in rows:
        key, merged_id, kept_id, at, by_name, reason, *names = row
        merged_number, merged_family, merged_given, kept_number, kept_family, kept_given = names
        merged, kept = display_name(merged_family, merged_given), display_name(kept_family, kept_given)
        found.append(MergeNote(key, merged_id, merged_number, merged, kept_id, kept_number, kept, at, by_name, reason))
    found.sort(key=lambda note: note.id)
    return tuple(sorted(found, key=lambda note: note.at, reverse=True))


def earlier_numbers(uow: UnitOfWork, patient_ids: list[str]) -> Mapping[str, tuple[str, ...]]:
    """The record numbers that were merged into each of some records, also by way of others, in one statement."""
    m = PatientMerge
    rows = uow.session.execute(
        select(m.merged_id, m.kept_id, Patient.record_number)
        .join(Patient, (Patient.clinic_id == m.clinic_id) & (Patient.id == m.merged_id))
        .where(m.undone_at.is_(None))
        .order_by(Patient.record_number)
    ).all()  # Merges in force are few; their chains are followed here.
    into = {row.merged_id: row.kept_id for row in rows}
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        kept_id: str | None = row.kept_id
        while kept_id is not None:
            if kept_id in patient_ids:
                found[kept_id] = (*found.get(kept_id, ()), row.record_number)
            kept_id = into.get(kept_id)
    return found


def absorbed_ids(uow: UnitOfWork, patient_id: str) -> tuple[str, ...]:
    """The records that were taken up into one, also by way of others, in one statement."""
    taken = (
        select(PatientMerge.merged_id)
        .where(
            PatientMerge.clinic_id == uow.clinic_id,
            PatientMerge.kept_id == patient_id,
            PatientMerge.undone_at.is_(None),
        )
        .cte("taken_up", recursive=True)
    )
    further = select(PatientMerge.merged_id).join(
        taken,
        (PatientMerge.clinic_id == uow.clinic_id)
        & (PatientMerge.kept_id == taken.c.merged_id)
        & PatientMerge.undone_at.is_(None),
    )
    return tuple(sorted(uow.session.scalars(select(taken.union(further).c.merged_id))))


def numbered(uow: UnitOfWork, record_number: str, *, but: str) -> str | None:
    """The record in use with a number, other than one; in one statement."""
    number = " ".join(record_number.split()).lower()
    return uow.session.scalar(
        select(Patient.id).where(
            func.lower(Patient.record_number) == number, Patient.id != but, Patient.retired_at.is_(None)
        )
    )


@dataclass(frozen=True, slots=True)
class Parting:
    """What an undoing does, in numbers: visits that go back, visits begun since that stay."""

    visits_back: int
    visits_since: int


def parting(uow: UnitOfWork, note: MergeNote) -> Parting:
    """What parting two records does, in two statements; amendments of what goes back go with it."""
    moved = read_moved(uow.session.scalars(select(PatientMerge.moved).where(PatientMerge.id == note.id)).one())
    back = moved.get(Visit.__tablename__, frozenset())
    rows = uow.session.execute(
        select(Visit.id, Visit.amends_id).where(Visit.patient_id == note.kept_id, Visit.created_at >= note.at)
    ).all()
    since = [row for row in rows if row.id not in back and row.amends_id not in back]
    return Parting(len(back), len(since))
