"""What the first demo clinic hands out: texts that it accepted, a logo, a pack for one patient, letters."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw
from sqlalchemy import select

from clinic.demo.stage import Stage
from clinic.domain.documents.content import DocumentContent, canonical, digest
from clinic.domain.documents.kinds import PACK, DocumentKind, Edition
from clinic.domain.documents.texts import DEFAULT, TextKind, languages
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text
from clinic.models import Clinic, InjectionSession, Patient, Visit
from clinic.pdf.documents import render, render_pack
from clinic.pdf.stamps import Letterhead, Stamp
from clinic.queries.document_contents import document_draft
from clinic.queries.document_heads import Ask
from clinic.queries.letters import letter
from clinic.queries.logos import PrintSettings, print_settings
from clinic.services import clinics, letters, logos, texts
from clinic.services.issued_documents import Print, hand_over, reference
from clinic.unit_of_work import UnitOfWork

_FOOTER = "Invented clinic of a demonstration. Nothing here is medical advice."
_INK = (7, 68, 140)
_NOT_ACCEPTED = {("es", "consent"), ("es", "understanding_synkinesis")}
"""Left open, so that the footer of a text that nobody accepted can be seen."""


def schedule(stage: Stage) -> None:
    """Put logo and texts on the timeline when the clinic opens, and today what is handed over."""
    stage.at(stage.day("2024-03-18"), "08:20", lambda: _set_up(stage))
    stage.at(stage.today, "08:50", lambda: _give_pack(stage, "FN-1001"))
    stage.at(stage.today, "08:55", lambda: _write_letters(stage))


def _set_up(stage: Stage) -> None:
    with stage.writing("administrator") as uow:
        logos.change_logo(uow, logos.drawn_anew(_mark()))
        version = uow.session.scalars(select(Clinic.edit_version).where(Clinic.id == uow.clinic_id)).one()
        clinics.change_clinic(uow, version, footer=_FOOTER)
    for language in languages().values():
        for text in language.texts.values():
            if (language.code, text.id) not in _NOT_ACCEPTED:
                with stage.writing("therapist" if text.kind is TextKind.THERAPY else "prescriber") as uow:
                    texts.accept_text(uow, language.code, text.id, version=text.version, sha256=text.sha256)


def _mark() -> bytes:
    """Half a face in a ring, as a PNG."""
    picture = Image.new("RGB", (480, 480), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((20, 20, 460, 460), outline=_INK, width=26)
    draw.arc((120, 90, 360, 400), 270, 90, fill=_INK, width=22)
    draw.arc((150, 230, 330, 340), 20, 160, fill=_INK, width=18)
    draw.ellipse((270, 180, 300, 210), fill=_INK)
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


def _give_pack(stage: Stage, number: str) -> None:
    """Hand over what the patient took home after the last session."""
    with stage.reading("prescriber") as uow:
        patient_id = _patient(uow, number)
        visit_id = _last_session(uow, patient_id)
        settings = print_settings(uow)
        asks = (
            Ask(DocumentKind.TREATMENT_HANDOUT, patient_id, visit_id, DEFAULT),
            Ask(DocumentKind.TREATMENT_PASSPORT, patient_id, None, DEFAULT),
        )
        contents = [document_draft(uow, ask).content for ask in asks]
    with stage.writing("prescriber") as uow:
        prints = [_print(uow, one, settings) for one in contents]
        body = render_pack(
            [(one, _stamp(uow, one, settings, made.id)) for one, made in zip(contents, prints, strict=True)]
        )
        title = ", ".join(one.title for one in contents)
        pack = Print(uow.new_id(), PACK, title, DEFAULT, Edition.NORMAL, settings.paper, visit_id, "", "", body)
        hand_over(uow, patient_id, prints, given_to="patient", purpose="taken home after the session", pack=pack)


def _write_letters(stage: Stage) -> None:
    """A letter that went out, and three as drafts: the referral for an operation, to ophthalmology, to the therapist."""
    with stage.writing("prescriber") as uow:
        patient_id = _patient(uow, "FN-1003")
        visit_id = uow.session.scalars(
            select(Visit.id)
            .where(Visit.patient_id == patient_id, Visit.state == VisitState.SIGNED)
            .order_by(Visit.on.desc(), Visit.id)
        ).first()
        kind = DocumentKind.NEUROLYSIS_REFERRAL
        letters.start_letter(uow, patient_id, kind, visit_id=visit_id, recipient="Facial nerve surgery, invented")
    drafts = (
        (DocumentKind.OPHTHALMOLOGY_LETTER, "Eye clinic, invented"),
        (DocumentKind.THERAPIST_LETTER, "Priya Raman"),
    )
    for kind, recipient in drafts:
        with stage.writing("prescriber") as uow:
            patient_id = _patient(uow, "FN-1001")
            letters.start_letter(uow, patient_id, kind, visit_id=_last_session(uow, patient_id), recipient=recipient)
    with stage.writing("prescriber") as uow:
        patient_id = _patient(uow, "FN-1001")
        kind = DocumentKind.REFERRER_LETTER
        visit_id = _last_session(uow, patient_id)
        letter_id = letters.start_letter(uow, patient_id, kind, visit_id=visit_id, recipient="Dr Ruth Okafor")
    with stage.reading("prescriber") as uow:
        content = letter(uow, Ask(kind, patient_id, visit_id, letter_id=letter_id)).content
        settings = print_settings(uow)
    with stage.writing("prescriber") as uow:
        made = _print(uow, content, settings)
        shown = digest(content)
        letters.issue_letter(uow, letter_id, 1, made, shown=shown, given_to="Dr Ruth Okafor", purpose="report")


def _print(uow: UnitOfWork, content: DocumentContent, settings: PrintSettings) -> Print:
    document_id = uow.new_id()
    return Print(
        id=document_id,
        kind=content.kind,
        title=content.title,
        language=content.language,
        edition=Edition.NORMAL,
        paper=settings.paper,
        visit_id=content.visit_id,
        content=canonical(content).decode(),
        content_sha256=digest(content),
        body=render(content, _stamp(uow, content, settings, document_id)),
    )


def _stamp(uow: UnitOfWork, content: DocumentContent, settings: PrintSettings, document_id: str) -> Stamp:
    at = uow.now.astimezone(ZoneInfo(settings.time_zone))
    return Stamp(
        reference=reference(document_id),
        printed_at=f"{day_text(at.date())}, {at:%H:%M} {at.tzname()}",
        status="issued",
        language=content.language,
        letterhead=Letterhead(settings.logo, settings.logo_width, settings.logo_height, settings.footer),
    )


def _patient(uow: UnitOfWork, number: str) -> str:
    return uow.session.scalars(select(Patient.id).where(Patient.record_number == number)).one()


def _last_session(uow: UnitOfWork, patient_id: str) -> str:
    given = (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id)
    signed = select(Visit.id).join(InjectionSession, given).where(Visit.patient_id == patient_id)
    newest = signed.where(Visit.state == VisitState.SIGNED).order_by(Visit.on.desc(), Visit.id)
    return uow.session.scalars(newest).all()[0]
