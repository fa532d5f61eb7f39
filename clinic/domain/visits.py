"""The visit's vocabulary: its stored states, its sections and how a signed version stands today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.domain.actors import RecordState
from clinic.domain.wording import plural


class VisitState(StrEnum):
    """What is stored. Whether a signed visit was amended or voided follows from other rows, never from an edit of it."""

    DRAFT = "draft"
    SIGNED = "signed"
    DISCARDED = "discarded"


class Section(StrEnum):
    """The sections that a visit can have beside its injections."""

    OUTCOME = "outcome"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    THERAPY = "therapy"
    PHONE = "phone"
    NOTE = "note"


SECTION_TITLES: Mapping[Section, str] = {
    Section.OUTCOME: "Outcome of the last session",
    Section.ASSESSMENT: "Assessment",
    Section.PLAN: "Plan",
    Section.THERAPY: "Therapy",
    Section.PHONE: "Phone contact",
    Section.NOTE: "Note",
}


class Meaning(StrEnum):
    """What a signature says."""

    PERFORMED = "performed and recorded"
    RECORDED = "recorded"
    TRANSCRIBED = "transcribed from an earlier record"
    AMENDED = "amended"


CO_SIGNED = "read and co-signed"
"""What the signature of a supervisor says."""


class Disposition(StrEnum):
    """What happened to the units of a voided visit."""

    NOT_GIVEN = "not given"
    GIVEN = "given"


NEXT_SESSION_DAYS = 84
"""Days after which a re-injection is due at the earliest: 12 weeks, the labels' interval (reference 2.3)."""

DISCARDED_KEPT = timedelta(days=30)
"""How long a discarded draft can be restored (requirement C-19)."""

UNSIGNED_TOLERATED = timedelta(hours=24)
"""How long a draft waits for its signature before every list says so (requirement C-19)."""

REASON_MINIMUM = 10
"""Characters that a reason for voiding, amending or entering late must have at least."""

FRESH_PASSWORD = timedelta(minutes=5)
"""How long a password counts as just given (requirement S-22)."""


def unsigned_text(started: datetime, now: datetime) -> str:
    """``unsigned for 3 days``, counted from when the draft was started; nothing within the first 24 hours."""
    waited = now - started
    if waited <= UNSIGNED_TOLERATED:
        return ""
    return f"unsigned for {plural(waited.days, 'day')}"


def record_state(stored: VisitState, *, voided: bool, amended: bool) -> RecordState:
    """How a visit stands: voided wins over amended, amended over signed."""
    if stored is not VisitState.SIGNED:
        return RecordState(stored.value)
    if voided:
        return RecordState.VOIDED
    return RecordState.AMENDED if amended else RecordState.SIGNED
