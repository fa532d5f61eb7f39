"""Two records of one person, for the tests: each with a signed session, the second with a draft as well."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select, text

from clinic.domain.injections import Answer
from clinic.domain.patients import SafetyFactKind
from clinic.models import Patient, SafetyFact, Visit
from clinic.services import merges, safety_facts, visits
from clinic.services.safety_facts import FactAnswer
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification import of_clinic
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, make_condition, make_patient
from tests.postgresql import beside

REASON = "Entered twice at reception"
KEPT_NUMBER, GONE_NUMBER = "FN-2001", "FN-2002"


@dataclass
class Two:
    """``kept`` had a session 30 days before ``gone`` had one."""

    work: Work
    clinic: ClinicWorld
    clock: Any
    kept: Charting
    gone: Charting

    @classmethod
    def made(cls, work: Work, clinic: ClinicWorld, clock: Any) -> Two:
        """Both records, each with one signed session."""
        kept = charted(work, clinic, clock, KEPT_NUMBER, family_name="Keane", label="V-0001")
        kept.signed()
        clock.move(days=30)
        gone = charted(work, clinic, clock, GONE_NUMBER, family_name="Kean", label="V-0002", lot="C4821B7")
        gone.signed()
        return cls(work, clinic, clock, kept, gone)

    def fresh(self) -> AbstractContextManager[UnitOfWork]:
        """Write as the prescriber who has just given the password."""
        return self.work.writing(replace(self.clinic.prescriber, password_at=self.clock.now))

    def version(self, patient_id: str) -> int:
        """A record's present edit version."""
        with self.work.reading(self.clinic.prescriber) as uow:
            return uow.session.get_one(Patient, (uow.clinic_id, patient_id)).edit_version

    def merge(self, kept_id: str = "", merged_id: str = "", **values: Any) -> str:
        """Merge the second into the first, unless told otherwise."""
        kept_id, merged_id = kept_id or self.kept.patient_id, merged_id or self.gone.patient_id
        given = {"record_number": GONE_NUMBER, "reason": REASON} | values
        versions = {"kept_version": self.version(kept_id), "merged_version": self.version(merged_id)}
        with self.fresh() as uow:
            return merges.merge(uow, kept_id, merged_id, **versions | given)

    def part(self, merged_id: str = "", kept_id: str = "") -> str:
        """Undo it."""
        version = self.version(kept_id or self.kept.patient_id)
        with self.fresh() as uow:
            return merges.part(
                uow, merged_id or self.gone.patient_id, "They are two people after all", kept_version=version
            )

    def draft(self, patient_id: str) -> str:
        """Start a draft."""
        with self.work.writing(self.clinic.prescriber) as uow:
            return visits.start(uow, patient_id)

    def fact(self, patient_id: str, kind: SafetyFactKind, answer: Answer, detail: str = "") -> None:
        """Answer one standing question."""
        version = self.version(patient_id)
        with self.work.writing(self.clinic.prescriber) as uow:
            on = self.clock.now.date()
            safety_facts.record_safety_facts(uow, patient_id, version, {kind: FactAnswer(answer, detail)}, asked_on=on)

    def facts(self, patient_id: str) -> dict[SafetyFactKind, tuple[Answer, str, date]]:
        """The standing answers of a record."""
        with self.work.reading(self.clinic.prescriber) as uow:
            rows = uow.session.scalars(select(SafetyFact).where(SafetyFact.patient_id == patient_id))
            return {row.kind: (row.answer, row.detail, row.asked_on) for row in rows}

    def patient_of(self, visit_id: str) -> str:
        """To whom a visit points."""
        with self.work.reading(self.clinic.prescriber) as uow:
            return uow.session.get_one(Visit, (uow.clinic_id, visit_id)).patient_id

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """All rows of a table as they stand in the database."""
        with beside(self.work.engine).connect() as connection:
            named = ", ".join(columns) or "*"
            return sorted((tuple(row) for row in connection.execute(text(f"SELECT {named} FROM {table}"))), key=repr)

    def problems(self) -> list[str]:
        """What verification finds."""
        return [str(one) for one in of_clinic(self.work, self.clinic.id)]


def charted(work: Work, clinic: ClinicWorld, clock: Any, number: str, *, family_name: str, **vial: Any) -> Charting:
    """A patient with a palsy, an own vial and a draft."""
    patient_id = make_patient(
        work,
        clinic.prescriber,
        record_number=number,
        family_name=family_name,
        other_people=ids(work, clinic),
    )
    make_condition(work, clinic.prescriber, patient_id)
    charting = Charting(work, clinic, clock, patient_id, open_vial(work, clinic, **vial))
    charting.start()
    return charting


def ids(work: Work, clinic: ClinicWorld) -> tuple[str, ...]:
    """Everybody on record."""
    with work.reading(clinic.prescriber) as uow:
        return tuple(uow.session.scalars(select(Patient.id)))
