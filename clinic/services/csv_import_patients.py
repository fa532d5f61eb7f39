"""Patients of a table: what an import of them would do, and doing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, Final

from clinic.domain.anatomy import Side
from clinic.domain.csv_import_patients import LIKE_MAXIMUM, LikePeople, PersonLine, person_line
from clinic.domain.csv_import_values import table_lines
from clinic.domain.csv_imports import FIRST_ROWS, PATIENT_COLUMNS, Asked, Problems, Told, batches, line_words
from clinic.domain.csv_reading import Survey
from clinic.domain.patients import condition_text, display_name, similar_names
from clinic.domain.quantities import format_number
from clinic.domain.wording import day_text, plural
from clinic.queries.csv_imports import KnownPatient, known_patients, palsies_on_record
from clinic.queries.patient_search import likely_duplicates
from clinic.queries.patients import clinic_today
from clinic.services.conditions import ConditionValues, add_condition, wrong_condition
from clinic.services.patients import PatientValues, create_patient, tidied, wrong_values
from clinic.unit_of_work import UnitOfWork

_BATCH: Final = 200
_HEADINGS: Final = {one.key: one.heading for one in PATIENT_COLUMNS}
_PALSY_FIELDS: Final = {
    "side": "palsy_side",
    "cause_detail": "palsy_cause_detail",
    "onset": "palsy_onset",
    "worst_house_brackmann": "worst_house_brackmann",
}
_COMPARE: Final = (
    "Compare them. If it is the same person, give this line that record number. If it is not, write that number under "
    f"“{_HEADINGS['not_the_same_as']}”."
)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be entered; ``others`` are ids on record of people who were compared and are somebody else.

    ``others_here`` are the record numbers of such people on lines before.
    """

    person: PersonLine
    others: tuple[str, ...]
    others_here: tuple[str, ...]


@dataclass(slots=True)
class PatientsPlan:
    """What an import would enter, and how many are here already."""

    new: list[NewPerson] = field(default_factory=list)
    here: int = 0
    retired: list[int] = field(default_factory=list)
    palsies_left: list[int] = field(default_factory=list)

    @property
    def summary(self) -> tuple[tuple[str, str], ...]:
        """The plan in numbers."""
        palsies = sum(one.person.palsy is not None for one in self.new)
        return (
            ("New patients", format_number(len(self.new))),
            ("With a palsy episode", format_number(palsies)),
            ("Already here, left as they are", format_number(self.here)),
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """What somebody should know before an import."""
        retired, left = len(self.retired), len(self.palsies_left)
        told = (
            (retired, f"{plural(retired, 'of those already here is', 'of those already here are')} retired: {line_words(self.retired)}."),
            (left, f"{plural(left, 'palsy', 'palsies')} of people already here: none on that side is on record, and an import changes nothing there. Enter it in the program: {line_words(self.palsies_left)}."),
        )  # fmt: skip
        return tuple(words for count, words in told if count)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the first rows."""
        return "Line", "Record number", "Patient", "Born", "Sex", "Palsy"

    @property
    def first(self) -> tuple[tuple[str, ...], ...]:
        """The first rows as they would be stored."""
        return tuple(_shown(one.person) for one in self.new[:FIRST_ROWS])


def plan_patients(
    uow: UnitOfWork, file: BinaryIO, found: Survey, asked: Asked, problems: Problems, told: Told
) -> PatientsPlan:
    """Read patients and compare them with each other and with the record; nothing is written."""
    plan, seen, like, today = PatientsPlan(), dict[str, int](), LikePeople(), clinic_today(uow)
    for batch in batches(_people(file, found, asked, problems), _BATCH):
        told("Checking", batch[0].line, found.lines)
        known = known_patients(uow, {one.record_number for one in batch})
        palsies = palsies_on_record(uow, {one.id for one in known.values()})
        for one in batch:
            if one.key in seen:
                reason = f"Line {seen[one.key]} has the same record number."
                problems.add(
                    one.line,
                    _HEADINGS["record_number"],
                    one.record_number,
                    reason,
                    "Keep one of the lines; a second palsy is entered in the program.",
                )
                continue
            seen[one.key] = one.line
            if one.key in known:
                _compare(one, known[one.key], palsies, plan, problems)
            else:
                _plan_new(uow, one, plan, like, problems, today)
            like.add(one)
    return plan


def write_patients(uow: UnitOfWork, plan: PatientsPlan, told: Told, *, synthetic: bool) -> Mapping[str, int]:
    """Enter the planned people through the same services as the form; gives how many of what."""
    ids: dict[str, str] = {}
    palsies = 0
    for done, one in enumerate(plan.new):
        if done % _BATCH == 0:
            uow.session.flush()
            uow.session.expunge_all()  # What is written need not stay in memory.
            told("Importing", done, len(plan.new))
        person = one.person
        others = {*one.others, *(ids[number] for number in one.others_here if number in ids)}
        ids[person.key] = create_patient(uow, _values(person), synthetic=synthetic, other_people=others)
        if person.palsy is not None:
            add_condition(uow, ids[person.key], _condition(person))
            palsies += 1
    return {"patients": len(plan.new), "palsies": palsies, "already_here": plan.here}


def _people(file: BinaryIO, found: Survey, asked: Asked, problems: Problems) -> Iterator[PersonLine]:
    for cells in table_lines(file, found, asked.kind, problems):
        person = person_line(cells, asked.order)
        if person is not None:
            yield person


def _compare(
    one: PersonLine, known: KnownPatient, palsies: set[tuple[str, Side]], plan: PatientsPlan, problems: Problems
) -> None:
    there = known.identity
    if there.birth_date != one.birth_date or not similar_names(there, one.identity):
        named = f"{display_name(there.family_name, there.given_names)}, born {day_text(there.birth_date)}"
        reason = f"This record number belongs to {named}."
        remedy = "If it is another person, correct the number. If it is the same, correct the line: a record is not changed by an import."
        problems.add(one.line, _HEADINGS["record_number"], one.record_number, reason, remedy)
        return
    plan.here += 1
    if known.retired:
        plan.retired.append(one.line)
    if one.palsy is not None and (known.id, one.palsy.side) not in palsies:
        plan.palsies_left.append(one.line)


def _plan_new(
    uow: UnitOfWork, one: PersonLine, plan: PatientsPlan, like: LikePeople, problems: Problems, today: date
) -> None:
    before = problems.count
    for name, message in wrong_values(tidied(_values(one)), today).items():
        problems.add(one.line, _HEADINGS.get(name, name), str(getattr(one, name, "")), message)
    if one.palsy is not None:
        for name, message in wrong_condition(_condition(one), one.birth_date, today).items():
            key = _PALSY_FIELDS.get(name, "palsy_note")
            problems.add(one.line, _HEADINGS[key], _palsy_cell(one, name), message)
    alike = like.like(one)
    if alike is None:
        reason = f"More than {LIKE_MAXIMUM} lines before have this birth date or these names."
        remedy = "If it stands for one that is not known, find out the right one."
        problems.add(one.line, _HEADINGS["birth_date"], one.birth_date.isoformat(), reason, remedy)
        return
    others_here = tuple(alike)
    for other in others_here:
        if other.key not in one.other_numbers and one.key not in other.other_numbers:
            reason = f"Line {other.line} is probably the same person under the record number {other.record_number}."
            problems.add(
                one.line, _HEADINGS["family_name"], display_name(one.family_name, one.given_names), reason, _COMPARE
            )
    candidates = likely_duplicates(uow, one.identity)
    for row in candidates:
        if row.record_number.lower() not in one.other_numbers:
            reason = f"{row.display_name}, born {row.birth_date_text}, record number {row.record_number}, is on record and probably the same person."
            problems.add(
                one.line, _HEADINGS["family_name"], display_name(one.family_name, one.given_names), reason, _COMPARE
            )
    if problems.count == before:
        plan.new.append(NewPerson(one, tuple(row.id for row in candidates), tuple(other.key for other in others_here)))


def _palsy_cell(one: PersonLine, name: str) -> str:
    palsy = one.palsy
    if palsy is None:
        return ""
    return str(palsy.onset_on or "") if name == "onset" else str(getattr(palsy, name, "") or "")


def _values(one: PersonLine) -> PatientValues:
    return PatientValues(
        family_name=one.family_name,
        given_names=one.given_names,
        birth_date=one.birth_date,
        record_number=one.record_number,
        sex=one.sex,
        phone=one.phone,
        email=one.email,
        address=one.address,
        language=one.language,
        handout_language=one.handout_language,
        handout_edition=one.handout_edition,
    )


def _condition(one: PersonLine) -> ConditionValues:
    palsy = one.palsy
    if palsy is None:
        raise ValueError("The line says nothing of a palsy.")
    return ConditionValues(
        side=palsy.side,
        cause=palsy.cause,
        cause_detail=palsy.cause_detail,
        onset_on=palsy.onset_on,
        onset_precision=palsy.onset_precision,
        worst_house_brackmann=palsy.worst_house_brackmann,
        eye_status=palsy.eye_status,
        note=palsy.note,
    )


def _shown(one: PersonLine) -> tuple[str, ...]:
    palsy = one.palsy
    told = ""
    if palsy is not None:
        told = condition_text(palsy.cause, palsy.cause_detail, palsy.side.value, palsy.onset_on, palsy.onset_precision)
    name = display_name(one.family_name, one.given_names)
    return str(one.line), one.record_number, name, day_text(one.birth_date), one.sex.value, told
