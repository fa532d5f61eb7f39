"""The consent form: what is planned, that it is off-label, what can go wrong, other choices, and two signatures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from clinic.domain.documents import emergency
from clinic.domain.documents.content import (
    Block,
    Choice,
    Paragraph,
    SignatureLines,
    WritingLines,
)
from clinic.domain.documents.side_effects import effects_of
from clinic.domain.documents.texts import Language, Text, text
from clinic.domain.documents.treated_places import TreatedSite, doses_by_product
from clinic.domain.documents.treatment_handout import Phones, patient_face, place_blocks
from clinic.domain.face_marks import MarkStatus

TEXT: Final = "consent"
PICTURE: Final = Choice("picture", "Picture of the face", "shows the planned places")


@dataclass(frozen=True, slots=True)
class PlannedTreatment:
    """What is planned: the charted sites, or the targets of the plan while nothing is charted."""

    sites: tuple[TreatedSite, ...]


def choices(planned: PlannedTreatment, left_out: frozenset[str]) -> tuple[Choice, ...]:
    """The parts of the form. A consent without a risk would be none: every side effect stays."""
    return (
        Choice("planned", "Planned places, product and units", "what the patient agrees to", fixed=True),
        Choice(PICTURE.key, PICTURE.label, PICTURE.why, on=PICTURE.key not in left_out),
        Choice("off_label", "Off-label use", "synkinesis is on no label", fixed=True),
        *(one.choice(left_out, fixed=True) for one in effects_of(planned.sites)),
        emergency.CHOICE,
    )


def consent_blocks(
    planned: PlannedTreatment, words: Language, phones: Phones, left_out: frozenset[str]
) -> tuple[Block, ...]:
    """The form."""
    told = text(TEXT, words.code)
    return (
        *told.part("intro").blocks(),
        *_planned(planned, words, told, picture=PICTURE.key not in left_out),
        *told.part("off_label").blocks(),
        *told.part("spread").blocks(),
        *told.part("before").blocks(),
        *told.part("alternatives").blocks(),
        *_risks(planned, words, told),
        *told.part("unknown").blocks(),
        emergency.emergency_box(words, phones.clinic, phones.emergency),
        *told.part("questions").blocks(),
        WritingLines(words.label("your_questions"), 3),
        *told.part("withdrawal").blocks(),
        *told.part("statement").blocks(),
        SignatureLines((words.label("sign_patient"), words.label("sign_clinician"))),
        Paragraph(words.label("text_version", version=told.version, language=words.name), small=True),
    )


def _planned(planned: PlannedTreatment, words: Language, told: Text, *, picture: bool) -> Iterator[Block]:
    yield from told.part("planned").blocks()
    doses = doses_by_product(replace(site, planned=True) for site in planned.sites)
    drawn = picture and any(site.x is not None for site in planned.sites)
    face = patient_face(doses, words, alt="face_alt_planned", status=MarkStatus.PLANNED) if drawn else None
    yield from place_blocks(doses, words, face)


def _risks(planned: PlannedTreatment, words: Language, told: Text) -> Iterator[Block]:
    yield from told.part("risks").blocks()
    yield from (one.block(words.code) for one in effects_of(planned.sites))
