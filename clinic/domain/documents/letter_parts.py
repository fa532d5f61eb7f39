"""Which facts of the record stand in which letter, why, and the plain values that they are told from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from clinic.domain.documents.content import Choice, Face
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.stepped_care import ScoreMove

Lines = tuple[tuple[str, str], ...]


class LetterPart(StrEnum):
    """A part of a letter that the record fills in."""

    COURSE = "course"
    CRITERIA = "criteria"
    EYE = "eye"
    GRID = "grid"
    LAST = "last session"
    SESSIONS = "sessions"
    DOSES = "doses by muscle"
    OUTCOME = "outcome"
    SCORES = "scores"
    EVENTS = "adverse events"
    BLOCKS = "test blocks"
    PLAN = "plan"
    PHOTOS = "photographs"
    CONSENT = "consent to share"

    @property
    def label(self) -> str:
        """The part as a heading."""
        return _LABELS[self][0]

    @property
    def why(self) -> str:
        """Why it stands in a letter."""
        return _LABELS[self][1]


_LABELS: Final[Mapping[LetterPart, tuple[str, str]]] = {
    LetterPart.COURSE: ("Course", "What the letter is about: the palsy, training, operations, toxin elsewhere."),
    LetterPart.CRITERIA: ("Criteria as answered", "What a surgeon asks first; as answered, without a verdict."),
    LetterPart.EYE: ("The eye", "What was asked and seen of the eye on the side of the palsy."),
    LetterPart.GRID: ("Synkinesis grid", "Which movement pulls what along, in the first and the newest grid."),
    LetterPart.LAST: ("Last session", "Where toxin was given last, with dose and product."),
    LetterPart.SESSIONS: ("Sessions of botulinum toxin", "Every session with its total and what came of it."),
    LetterPart.DOSES: ("Doses by muscle", "What each muscle got in each session, and the largest effect noted."),
    LetterPart.OUTCOME: ("What the last reviewed session did", "The effect on each pattern, as reviewed."),
    LetterPart.SCORES: ("Scores then and now", "First and newest score, with what is noise of the measure."),
    LetterPart.EVENTS: ("Adverse events", "What went against the patient, and what is still open."),
    LetterPart.BLOCKS: ("Test blocks", "What a local anaesthetic in a muscle changed."),
    LetterPart.PLAN: ("Plan", "What was agreed on and is still open."),
    LetterPart.PHOTOS: ("Photographs", "How the recipient gets them."),
    LetterPart.CONSENT: ("Consent to share", "A line on which the patient agrees that this goes to the recipient."),
}

PARTS: Final[Mapping[DocumentKind, tuple[LetterPart, ...]]] = {
    DocumentKind.REFERRER_LETTER: (
        LetterPart.COURSE,
        LetterPart.LAST,
        LetterPart.OUTCOME,
        LetterPart.SESSIONS,
        LetterPart.SCORES,
        LetterPart.EVENTS,
        LetterPart.PLAN,
    ),
    DocumentKind.OPHTHALMOLOGY_LETTER: (
        LetterPart.COURSE,
        LetterPart.EYE,
        LetterPart.LAST,
        LetterPart.EVENTS,
    ),
    DocumentKind.THERAPIST_LETTER: (
        LetterPart.COURSE,
        LetterPart.GRID,
        LetterPart.LAST,
        LetterPart.OUTCOME,
        LetterPart.SCORES,
        LetterPart.PLAN,
    ),
    DocumentKind.NEUROLYSIS_REFERRAL: (
        LetterPart.COURSE,
        LetterPart.CRITERIA,
        LetterPart.GRID,
        LetterPart.DOSES,
        LetterPart.SCORES,
        LetterPart.EVENTS,
        LetterPart.BLOCKS,
        LetterPart.PHOTOS,
        LetterPart.CONSENT,
    ),
}
"""The parts of each letter in their order; the first cannot be left out."""

FIRST_PAGE: Final = frozenset({LetterPart.COURSE, LetterPart.PHOTOS, LetterPart.CONSENT})
"""What stands on the signed page of a referral pack; the other parts begin a page behind it."""


@dataclass(frozen=True, slots=True)
class SessionTold:
    """A session in a line: units by product in words, and what its newest review says ("" when not reviewed)."""

    on: date
    totals: tuple[str, ...]
    outcome: str
    transcribed: bool = False


@dataclass(frozen=True, slots=True)
class LastSession:
    """The last session: (muscle and side, doses) and (product, units) in words, and its places on the face."""

    on: date
    doses: Lines
    totals: Lines
    face: Face


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a session did to each pattern: (pattern, effect) in words, with the benefit in weeks as far as known."""

    session_on: date
    effects: Lines
    benefit: str


@dataclass(frozen=True, slots=True)
class Grids:
    """Cells in the first and the newest grid: (pattern, then, now), "" where not graded."""

    then_on: date | None
    now_on: date | None
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What the record knows for letters, in words, from signed visits unless said otherwise.

    ``course`` and ``eye`` are labels with words; ``criteria`` are (criterion, what the record says, the answer);
    ``doses`` (muscle, a line a product, largest effect noted); ``blocks`` (day and place, agent, what it changed).
    """

    on: date
    course: Lines = ()
    criteria: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    eye: Lines = ()
    grids: Grids = Grids(None, None, ())
    last: LastSession | None = None
    sessions: tuple[SessionTold, ...] = ()
    doses: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    outcome: Outcome | None = None
    scores: tuple[ScoreMove, ...] = ()
    events: tuple[str, ...] = ()
    blocks: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    plan: Lines = ()
    photos: str = ""


def choices(kind: DocumentKind) -> tuple[Choice, ...]:
    """What can be left out of a letter, and why it is in it."""
    fixed = PARTS[kind][0]
    return tuple(Choice(part.value, part.label, part.why, fixed=part is fixed) for part in PARTS[kind])


def optional(kind: DocumentKind) -> frozenset[str]:
    """The keys of the parts that can be left out."""
    return frozenset(one.key for one in choices(kind) if not one.fixed)
