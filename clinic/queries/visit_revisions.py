"""Signed versions of a visit: their frozen content, their chain, and what changed from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain import visit_content as contents
from clinic.domain.actors import RecordState, Role
from clinic.domain.errors import NotFound
from clinic.domain.outcome_content import (
    AdverseEventContent,
    ReviewContent,
    cell_words,
    course_words,
    effect_words,
)
from clinic.domain.plan_sheets import plan_sheets
from clinic.domain.quantities import format_units
from clinic.domain.visit_content import SessionContent, SiteContent, VisitContent
from clinic.domain.visits import VisitState, record_state
from clinic.domain.wording import day_text
from clinic.models import Addendum, Clinic, CoSignature, Document, Patient, Signature, Visit, VisitVoid
from clinic.queries.aliases import second_name
from clinic.queries.amendment_requests import RequestRow, visit_requests
from clinic.queries.co_signatures import CoSignatureRow, co_signature_row, co_signature_wanted
from clinic.queries.visit_record import VisitRecord
from clinic.unit_of_work import UnitOfWork

# Made once: every new alias takes its columns apart anew, and pages are asked for often.
_NEWER, _NEWER_SIGNATURE = second_name(Visit), second_name(Signature)


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """Who signed, as what, when, and what it says."""

    signer_name: str
    signer_role: str
    under: str
    meaning: str
    signed_at: datetime
    time_zone: str
    content_sha256: str


@dataclass(frozen=True, slots=True)
class AddendumRow:
    """A signed addition."""

    text: str
    signer_name: str
    signer_role: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class VoidRow:
    """That and why a visit was voided."""

    reason: str
    disposition: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """An issued document."""

    id: str
    kind: str
    reference: str
    issued_at: datetime
    issued_by: str
    sha256: str


@dataclass(frozen=True)
class SignedVersion:
    """One signed version with everything that was appended to it."""

    visit_id: str
    patient_id: str
    state: RecordState
    content: VisitContent
    signature: SignatureRow
    addenda: tuple[AddendumRow, ...]
    void: VoidRow | None
    amends_id: str | None
    amended_by: str | None
    amended_at: datetime | None
    open_amendment: str | None
    documents: tuple[DocumentRow, ...]
    co_signature: CoSignatureRow | None
    co_signature_expected: bool
    record_number: str
    requests: tuple[RequestRow, ...]

    @property
    def co_signature_text(self) -> str:
        """``Co-signature of … awaited`` while a version in force waits for it; nothing otherwise."""
        waits = self.co_signature_expected and self.takes_co_signature
        return f"Co-signature of {self.signature.under} awaited" if waits else ""

    @property
    def takes_co_signature(self) -> bool:
        """Whether somebody signed it under a prescriber, and nobody co-signed it; asked for by the clinic or not."""
        return self.signed_under and self.co_signature is None and self.state is RecordState.SIGNED

    @property
    def signed_under(self) -> bool:
        """Whether an injector signed it under a prescriber."""
        return self.signature.signer_role == Role.INJECTOR and bool(self.signature.under)

    @property
    def belongs_text(self) -> str:
        """Where a visit belongs that was signed under a record since merged into another; nothing otherwise."""
        then = self.content.patient
        if then.id == self.patient_id:
            return ""
        return f"Signed under record number {then.record_number}. It belongs to record {self.record_number} now"

    @property
    def has_later(self) -> bool:
        """Whether something stands beside what was signed that a copy of today has to show."""
        return bool(self.addenda or self.co_signature or self.requests or self.belongs_text)

    def as_of(self, at: datetime) -> SignedVersion:
        """The same with only what had been appended at a moment."""
        second = self.co_signature if self.co_signature and self.co_signature.signed_at <= at else None
        addenda = tuple(one for one in self.addenda if one.signed_at <= at)
        requests = tuple(one.as_of(at) for one in self.requests if one.entered_at <= at)
        return replace(self, addenda=addenda, co_signature=second, requests=requests)

    @property
    def status_text(self) -> str:
        """How it stands in words, for screen and print; empty while it is in force."""
        if self.void is not None:
            return f"Voided: {self.void.reason} ({self.void.by_name}; units {self.void.disposition})"
        if self.amended_by is not None:
            zone = ZoneInfo(self.signature.time_zone)
            when = f" signed {day_text(self.amended_at.astimezone(zone).date())}" if self.amended_at else ""
            return f"Amended: see version {self.content.revision + 1}{when}"
        return ""


def signed_version(uow: UnitOfWork, visit_id: str) -> SignedVersion:
    """A signed visit from what was signed, in four statements. Raises NotFound for drafts too."""
    newer, newer_signature = _NEWER, _NEWER_SIGNATURE
    row = uow.session.execute(
        select(
            Visit,
            Signature,
            VisitVoid,
            newer.id,
            newer.state,
            newer_signature.signed_at,
            CoSignature,
            co_signature_wanted(Clinic, Signature),
            Patient.record_number,
        )
        .join(Clinic, Clinic.id == Visit.clinic_id)
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .join(Signature, (Signature.clinic_id == Visit.clinic_id) & (Signature.visit_id == Visit.id))
        .outerjoin(CoSignature, (CoSignature.clinic_id == Visit.clinic_id) & (CoSignature.visit_id == Visit.id))
        .outerjoin(VisitVoid, (VisitVoid.clinic_id == Visit.clinic_id) & (VisitVoid.visit_id == Visit.id))
        .outerjoin(
            newer,
            (newer.clinic_id == Visit.clinic_id)
            & (newer.amends_id == Visit.id)
            & (newer.state != VisitState.DISCARDED),
        )
        .outerjoin(
            newer_signature,
            (newer_signature.clinic_id == newer.clinic_id) & (newer_signature.visit_id == newer.id),
        )
        .where(Visit.id == visit_id, Visit.state == VisitState.SIGNED)
    ).first()
    if row is None:
        raise NotFound
    visit, signature, void, newer_id, newer_state, amended_at, second, expected, record_number = row
    amended = newer_id is not None and newer_state is VisitState.SIGNED
    content = contents.read_signed(signature.content, signature.content_sha256)
    return SignedVersion(
        visit_id=visit.id,
        patient_id=visit.patient_id,
        state=record_state(visit.state, voided=void is not None, amended=amended),
        content=content,
        signature=SignatureRow(
            signature.signer_name,
            signature.signer_role.value,
            signature.under,
            signature.meaning.value,
            signature.signed_at,
            signature.time_zone,
            signature.content_sha256,
        ),
        addenda=_addenda(uow, visit_id),
        void=VoidRow(void.reason, void.disposition.value, void.by_name, void.at) if void else None,
        amends_id=visit.amends_id,
        amended_by=newer_id if amended else None,
        amended_at=amended_at,
        open_amendment=newer_id if newer_id and not amended else None,
        documents=_documents(uow, visit_id),
        co_signature=co_signature_row(second),
        co_signature_expected=bool(expected) and content.session is not None,
        record_number=record_number,
        requests=visit_requests(uow, visit_id),
    )


def _addenda(uow: UnitOfWork, visit_id: str) -> tuple[AddendumRow, ...]:
    rows = uow.session.execute(
        select(Addendum.text, Addendum.signer_name, Addendum.signer_role, Addendum.signed_at)
        .where(Addendum.visit_id == visit_id)
        .order_by(Addendum.signed_at)
    )
    return tuple(AddendumRow(text, name, role.value, at) for text, name, role, at in rows)


def _documents(uow: UnitOfWork, visit_id: str) -> tuple[DocumentRow, ...]:
    rows = uow.session.execute(
        select(Document.id, Document.kind, Document.reference, Document.issued_at, Document.issued_by, Document.sha256)
        .where(Document.visit_id == visit_id)
        .order_by(Document.issued_at)
    )
    return tuple(DocumentRow(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that an amendment changes: what, before, after."""

    what: str
    before: str
    after: str


def differences(uow: UnitOfWork, record: VisitRecord, content: VisitContent) -> tuple[Difference, ...]:
    """What a draft amendment changes against the version it amends; nothing for any other visit."""
    if record.visit.amends_id is None:
        return ()
    text = uow.session.scalar(select(Signature.content).where(Signature.visit_id == record.visit.amends_id))
    return compare(contents.read(text), content) if text else ()


def compare(old: VisitContent, new: VisitContent) -> tuple[Difference, ...]:
    """The differences between two contents in words; ``compare(a, a)`` is empty."""
    before, after = _rows(old), _rows(new)
    sheets, newer = _outcome_sheets(old), _outcome_sheets(new)
    found = [
        Difference(what, before.get(what) or "nothing", after.get(what) or "nothing")
        for what in dict.fromkeys([*before, *after])
        if before.get(what, "") != after.get(what, "")
    ]
    return tuple(_narrowed(one, sheets.get(one.what, []), newer.get(one.what, [])) for one in found)


def _narrowed(one: Difference, before: list[list[str]], after: list[list[str]]) -> Difference:
    """Of a sheet that stands in both versions, only what differs: one changed answer is not looked for among twenty."""
    if len(before) != 1 or len(after) != 1:
        return one
    was = "; ".join(part for part in before[0] if part not in after[0])
    now = "; ".join(part for part in after[0] if part not in before[0])
    return Difference(one.what, was or "nothing", now or "nothing") if was or now else one


def _rows(content: VisitContent) -> dict[str, str]:
    """Everything that an amendment can change, under the name that it is told by."""
    patient, session = content.patient, content.session
    rows = {
        "Patient": f"{patient.family_name}, {patient.given_names}, born {day_text(patient.birth_date)}",
        "Day of the visit": day_text(content.on),
        "Palsy": "; ".join(f"{one.side}: {one.cause}, onset {one.onset}" for one in content.conditions),
    }
    rows |= {note.title: note.text for note in content.notes}
    rows |= _outcome_rows(content)
    return rows if session is None else rows | _session_rows(session, ZoneInfo(content.clinic.time_zone))


def _outcome_rows(content: VisitContent) -> dict[str, str]:
    """Reviews, grids, scores and adverse events; those of one name (a patient's two sheets) stand in one row."""
    return {name: " / ".join(map("; ".join, several)) for name, several in _outcome_sheets(content).items()}


def _outcome_sheets(content: VisitContent) -> dict[str, list[list[str]]]:
    """The same, each sheet as its parts."""
    told = [_review_row(one) for one in content.reviews]
    for grid in content.grids:
        cells = [f"{one.side}, {one.movement_label}, {one.group_label}: {cell_words(one)}" for one in grid.cells]
        told.append((f"Synkinesis grid of {grid.rater}", [*cells, grid.note]))
    for one in content.assessments:
        scores = [f"{score.label}: {score.words}" for score in one.scores]
        answers = [f"{item.part}, {item.label}: {item.answer}".removeprefix(", ") for item in one.items]
        name = ", ".join(filter(None, (one.title, one.side, one.rater)))
        told.append((name, [*scores, *answers, one.note]))
    told += [_event_row(one) for one in content.adverse_events]
    told += plan_sheets(content)
    rows: dict[str, list[list[str]]] = {}
    for name, parts in told:
        rows.setdefault(name, []).append([part for part in parts if part])
    return rows


def _review_row(review: ReviewContent) -> tuple[str, list[str]]:
    said = [
        f"{one.side}, {one.words}: {effect_words(one)} ({', '.join(one.muscles) or 'no muscle'})"
        for one in review.effects
    ]
    said += [f"{one.muscle_label}, {one.side}: {one.words}" for one in review.impressions]
    course = [review.benefit, course_words(review), f"adverse event: {review.adverse_event}", review.contact]
    return f"Outcome of the session of {day_text(review.session_on)}", [*said, *course, review.note]


def _event_row(event: AdverseEventContent) -> tuple[str, list[str]]:
    days = [f"began {day_text(event.onset_on)}" if event.onset_on else ""]
    days += [f"ended {day_text(event.ended_on)}" if event.ended_on else ""]
    weighed = [f"grade {event.grade}", event.relation, "serious" if event.serious else "", event.side]
    reviewed = f"reviewed by {event.reviewed_by}" if event.reviewed_by else "not reviewed"
    told = [event.description, event.action, event.reported_to, *event.sites, reviewed]
    return f"Adverse event: {event.label}", [*weighed, *days, *told]


def _session_rows(session: SessionContent, zone: ZoneInfo) -> dict[str, str]:
    plain = ("given_by", "ordered_by", "supervised_by", "needle", "anaesthesia", "indication", "consent", "consent_by")
    rows = {name.replace("_", " ").capitalize(): getattr(session, name) for name in plain}
    rows["Guidance"] = ", ".join(session.guidance)
    rows["Touch-up of"] = day_text(session.touch_up_of) if session.touch_up_of else ""
    rows["Transcribed from"] = (session.transcribed_source or "an earlier record") if session.transcribed else ""
    for one in session.syringes:
        wasted = f"wasted {format_units(one.wasted)}"
        rows[f"Syringe {one.letter}".strip()] = (
            f"{one.product_name}, lot {one.lot}, vial {one.vial or 'unknown'}, {wasted}"
        )
    rows |= {f"Site {site.number}": _told(site, zone) for site in session.sites}
    return rows | {row.label: f"{row.answer} {row.detail}".strip() for row in session.answers}


def _told(site: SiteContent, zone: ZoneInfo) -> str:
    place = f", {site.sub_site_label}" if site.sub_site_label else ""
    units = format_units(Decimal(site.units))
    what = f"{site.muscle_label}{place}, {site.side}, {units}, syringe {site.syringe or 'none'}, {site.depth}"
    at = site.given_at.astimezone(zone) if site.given_at else None
    given = f"given {day_text(at.date())}, {at:%H:%M}" if at else "not marked given"
    note = f" ({site.note})" if site.note else ""
    return f"{what}, for {site.purpose}, mark at {site.x / 100:g}/{site.y / 100:g}, {given}{note}"
