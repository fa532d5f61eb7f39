"""The kinds of documents: what each is about, whom it is for, and which texts it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class DocumentKind(StrEnum):
    """One kind of document; the value is what the record keeps."""

    VISIT_SUMMARY = "visit summary"
    TREATMENT_HANDOUT = "treatment handout"
    NEUROLYSIS_REFERRAL = "neurolysis referral"
    DRAW_UP_SHEET = "draw-up sheet"
    CONSENT_FORM = "consent form"
    HOME_PROGRAMME = "home programme"
    SYNKINESIS_HANDOUT = "understanding synkinesis"
    MASSAGE_HANDOUT = "facial massage"
    TREATMENT_PASSPORT = "treatment passport"
    TREATMENT_HISTORY = "treatment history"
    PAYER_SUMMARY = "payer summary"
    REFERRER_LETTER = "letter to the referring doctor"
    OPHTHALMOLOGY_LETTER = "letter to ophthalmology"
    THERAPIST_LETTER = "letter to the therapist"
    FILLED_CHART = "filled chart"
    BLANK_CHART = "blank chart"
    RECALL_LETTER = "recall letter"

    @property
    def slug(self) -> str:
        """The kind as part of an address."""
        return self.value.replace(" ", "-")

    @property
    def label(self) -> str:
        """The kind as a title on a page for staff."""
        return self.value[0].upper() + self.value[1:]


class Scope(StrEnum):
    """What a document is about."""

    VISIT = "visit"
    PATIENT = "patient"
    CLINIC = "clinic"


class Audience(StrEnum):
    """Whom a document is for: patients' documents come in every language and in large type."""

    PATIENT = "patient"
    CLINICIAN = "clinician"
    PAYER = "payer"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is fixed about a kind. ``texts`` are the ids of the texts that it stands on, in the document's language."""

    scope: Scope
    audience: Audience
    texts: tuple[str, ...] = ()
    letter: bool = False

    @property
    def translated(self) -> bool:
        """Whether it comes in every language, and in large type."""
        return self.audience is Audience.PATIENT


_EMERGENCY: Final = "emergency"
SHAPES: Final[Mapping[DocumentKind, Shape]] = MappingProxyType(
    {
        DocumentKind.VISIT_SUMMARY: Shape(Scope.VISIT, Audience.CLINICIAN),
        DocumentKind.TREATMENT_HANDOUT: Shape(
            Scope.VISIT, Audience.PATIENT, ("treatment_today", "side_effects", _EMERGENCY)
        ),
        DocumentKind.NEUROLYSIS_REFERRAL: Shape(Scope.PATIENT, Audience.CLINICIAN, letter=True),
        DocumentKind.DRAW_UP_SHEET: Shape(Scope.VISIT, Audience.STAFF),
        DocumentKind.CONSENT_FORM: Shape(Scope.VISIT, Audience.PATIENT, ("consent", "side_effects", _EMERGENCY)),
        DocumentKind.HOME_PROGRAMME: Shape(Scope.PATIENT, Audience.PATIENT, ("home_programme", "exercises")),
        DocumentKind.SYNKINESIS_HANDOUT: Shape(Scope.PATIENT, Audience.PATIENT, ("understanding_synkinesis",)),
        DocumentKind.MASSAGE_HANDOUT: Shape(Scope.PATIENT, Audience.PATIENT, ("facial_massage",)),
        DocumentKind.TREATMENT_PASSPORT: Shape(Scope.PATIENT, Audience.PATIENT, ("treatment_passport", _EMERGENCY)),
        DocumentKind.TREATMENT_HISTORY: Shape(Scope.PATIENT, Audience.CLINICIAN),
        DocumentKind.PAYER_SUMMARY: Shape(Scope.VISIT, Audience.PAYER),
        DocumentKind.REFERRER_LETTER: Shape(Scope.PATIENT, Audience.CLINICIAN, letter=True),
        DocumentKind.OPHTHALMOLOGY_LETTER: Shape(Scope.PATIENT, Audience.CLINICIAN, letter=True),
        DocumentKind.THERAPIST_LETTER: Shape(Scope.PATIENT, Audience.CLINICIAN, letter=True),
        DocumentKind.FILLED_CHART: Shape(Scope.VISIT, Audience.STAFF),
        DocumentKind.BLANK_CHART: Shape(Scope.CLINIC, Audience.STAFF),
        DocumentKind.RECALL_LETTER: Shape(Scope.PATIENT, Audience.PATIENT, ("recall_letter", _EMERGENCY)),
    }
)

BY_SLUG: Final[Mapping[str, DocumentKind]] = MappingProxyType({kind.slug: kind for kind in DocumentKind})
PACK: Final = "print pack"
"""The kind of a file of several documents handed over together."""
WITHOUT_CONTENT: Final = frozenset({PACK, DocumentKind.VISIT_SUMMARY.value})
"""Kinds beside which nothing is kept: a pack has its parts, and the content of a summary is kept with its signature."""
LETTERS: Final = tuple(kind for kind, shape in SHAPES.items() if shape.letter)


class Edition(StrEnum):
    """The size of type."""

    NORMAL = "normal"
    LARGE = "large"
