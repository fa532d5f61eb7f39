"""Who a document is about and who it comes from: the same head for every kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain.documents import content as contents
from clinic.domain.documents.content import Block, Choice, DocumentContent, DocumentDraft, TextUsed
from clinic.domain.documents.kinds import SHAPES, DocumentKind, Edition
from clinic.domain.documents.texts import Language, language, languages, text
from clinic.domain.errors import NotFound
from clinic.domain.patients import age_on
from clinic.domain.visit_content import ClinicContent, PatientContent
from clinic.models import Clinic, Patient, TextApproval, Visit
from clinic.queries.patients import condition_texts
from clinic.unit_of_work import UnitOfWork

Approvals = Mapping[tuple[str, str], tuple[str, datetime]]


@dataclass(frozen=True, slots=True)
class Ask:
    """Which document is asked for: kind, whom and what it is about, language, parts left out, and the letter it is.

    ``known`` is a head that the page has read already: it is taken where it is the one asked for.
    """

    kind: DocumentKind
    patient_id: str
    visit_id: str | None = None
    language: str = ""
    left_out: frozenset[str] = frozenset()
    letter_id: str | None = None
    known: DocumentHead | None = None


@dataclass(frozen=True, slots=True)
class DocumentHead:
    """What every document of a patient begins with. ``language`` is the one asked for, else the patient's, else the clinic's."""

    clinic: ClinicContent
    emergency_phone: str
    footer: str
    paper: str
    patient: PatientContent
    visit_id: str | None
    conditions: tuple[str, ...]
    language: Language
    edition: Edition
    today: date
    author: str
    approvals: Approvals

    def fits(self, ask: Ask) -> bool:
        """Whether it is the head of what is asked for; without a translation the language does not matter."""
        return (
            ask.patient_id == self.patient.id
            and ask.visit_id in (None, self.visit_id)
            and (ask.language == self.language.code or not SHAPES[ask.kind].translated)
        )

    def draft(
        self,
        ask: Ask,
        title: str,
        blocks: Iterable[Block],
        *,
        choices: Iterable[Choice] = (),
        problems: Iterable[str] = (),
        notes: Iterable[str] = (),
        on: date | None = None,
        recipient: tuple[str, ...] = (),
        texts: Iterable[str] | None = None,
        author: str = "",
    ) -> DocumentDraft:
        """A document of these blocks; ``texts`` are the ids of the texts in it, all of its kind unless named."""
        shape = SHAPES[ask.kind]
        code = self.language.code if shape.translated else "en"
        used = shape.texts if texts is None else tuple(texts)
        return DocumentDraft(
            DocumentContent(
                schema=contents.SCHEMA,
                kind=ask.kind.value,
                title=title,
                language=code,
                on=on or self.today,
                author=author or self.author,
                clinic=self.clinic,
                patient=self.patient,
                conditions=() if shape.translated else self.conditions,
                visit_id=ask.visit_id,
                recipient=recipient,
                blocks=tuple(blocks),
                texts=tuple(self._used(key, code) for key in used),
            ),
            tuple(choices),
            tuple(problems),
            tuple(notes),
        )

    def _used(self, key: str, code: str) -> TextUsed:
        one = text(key, code)
        by, at = self.approvals.get((one.sha256, code), ("", None))
        accepted_on = at.astimezone(ZoneInfo(self.clinic.time_zone)).date() if at else None
        return TextUsed(one.id, code, one.version, one.sha256, by, accepted_on)


def document_head(uow: UnitOfWork, ask: Ask) -> DocumentHead:
    """The head of a document, in three statements unless it is known. Raises NotFound as ``patient_head`` does."""
    if ask.known is not None and ask.known.fits(ask):
        return ask.known
    return patient_head(uow, ask.patient_id, ask.visit_id, ask.language)


def patient_head(uow: UnitOfWork, patient_id: str, visit_id: str | None, asked: str = "") -> DocumentHead:
    """The head of every document about a patient and a visit, in the language asked for, in three statements.

    Raises NotFound for a patient of another clinic and for a visit that is not this patient's.
    """
    columns = (Patient, Clinic, Visit.id)
    of_visit = (Visit.clinic_id == Patient.clinic_id) & (Visit.patient_id == Patient.id) & (Visit.id == visit_id)
    row = uow.session.execute(
        select(*columns)
        .join(Clinic, Clinic.id == Patient.clinic_id)
        .outerjoin(Visit, of_visit)
        .where(Patient.id == patient_id)
    ).one_or_none()
    if row is None or row[2] != visit_id:
        raise NotFound
    patient, clinic, _ = row
    conditions = condition_texts(uow, [patient_id]).get(patient_id, "")
    return _head(uow, patient, clinic, (visit_id, asked, conditions), approvals(uow))


def patient_heads(uow: UnitOfWork, patient_ids: Collection[str]) -> dict[str, DocumentHead]:
    """The heads of documents about several patients, each in the patient's own language, in three statements.

    Patients of another clinic are missing.
    """
    rows = uow.session.execute(
        select(Patient, Clinic).join(Clinic, Clinic.id == Patient.clinic_id).where(Patient.id.in_(patient_ids))
    ).all()
    conditions, accepted = condition_texts(uow, [*patient_ids]), approvals(uow)
    return {
        patient.id: _head(uow, patient, clinic, (None, "", conditions.get(patient.id, "")), accepted)
        for patient, clinic in rows
    }


def _head(
    uow: UnitOfWork, patient: Patient, clinic: Clinic, about: tuple[str | None, str, str], accepted: Approvals
) -> DocumentHead:
    visit_id, asked, conditions = about
    today = uow.now.astimezone(ZoneInfo(clinic.time_zone)).date()
    code = next((one for one in (asked, patient.handout_language, clinic.language) if one in languages()), "en")
    return DocumentHead(
        clinic=ClinicContent(clinic.name, clinic.address, clinic.phone, clinic.time_zone),
        emergency_phone=clinic.emergency_phone,
        footer=clinic.footer,
        paper=clinic.paper,
        patient=PatientContent(
            id=patient.id,
            family_name=patient.family_name,
            given_names=patient.given_names,
            birth_date=patient.birth_date,
            age=age_on(patient.birth_date, today),
            record_number=patient.record_number,
            sex=patient.sex.value,
            synthetic=patient.synthetic,
        ),
        visit_id=visit_id,
        conditions=tuple(filter(None, conditions.split("; "))),
        language=language(code),
        edition=Edition(patient.handout_edition),
        today=today,
        author=uow.actor.name,
        approvals=accepted,
    )


def on_day(head: DocumentHead, on: date) -> DocumentHead:
    """The head with the patient's age on another day than today."""
    return replace(head, patient=replace(head.patient, age=age_on(head.patient.birth_date, on)))


def approvals(uow: UnitOfWork) -> dict[tuple[str, str], tuple[str, datetime]]:
    """Who accepted which text, by the hash of what was read and its language."""
    one = TextApproval
    rows = uow.session.execute(
        select(one.sha256, one.language, one.accepted_by, one.accepted_at).where(one.withdrawn_at.is_(None))
    )
    return {(sha256, code): (by, at) for sha256, code, by, at in rows}
