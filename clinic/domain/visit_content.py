"""The one shape of a visit that is shown for review, signed, hashed, printed, compared and exported.

Every displayed value is copied in, so that a later change of a name, a product or a rule never alters what was signed.
``canonical`` writes it as canonical JSON (sorted keys, no spaces, UTF-8); ``digest`` is the SHA-256 of those bytes.
A released schema number keeps a golden file in ``tests/golden``; a change of shape takes a new number. A content of an
earlier schema reads with what came later empty, and writes without it, so that its bytes stay those that were signed.
"""

from __future__ import annotations

import hashlib
import json
import typing
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal

from clinic.domain.canonical import dumped, plain, typed
from clinic.domain.errors import Damaged
from clinic.domain.outcome_content import AdverseEventContent, AssessmentContent, GridContent, ReviewContent
from clinic.domain.plan_content import (
    GoalRatingContent,
    MuscleBlockContent,
    PlanItemContent,
    PlannedGivenContent,
    PlanningAnswerContent,
    TrainingContent,
)

SCHEMA = 3


@dataclass(frozen=True, slots=True)
class ClinicContent:
    """The clinic as printed on the day."""

    name: str
    address: str
    phone: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class PatientContent:
    """Who the visit is about; ``age`` in whole years on the day of the visit."""

    id: str
    family_name: str
    given_names: str
    birth_date: date
    age: int
    record_number: str
    sex: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class ConditionContent:
    """One palsy episode in words; ``side`` is the patient's."""

    side: str
    cause: str
    onset: str
    worst_grade: str
    muscle_statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactContent:
    """A standing safety fact: its question, the answer in words, detail and the day it was asked."""

    question: str
    answer: str
    detail: str
    asked_on: date | None


@dataclass(frozen=True, slots=True)
class NoteContent:
    """Free text of one section of the visit."""

    section: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerContent:
    """A safety or eye question as answered today."""

    question: str
    label: str
    eye: bool
    answer: str
    detail: str
    answered_by: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class TimeOutContent:
    """What was confirmed, by whom and when; ``confirmed`` holds (what, value) pairs."""

    by: str
    at: datetime
    confirmed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SyringeContent:
    """One syringe with the vial, lot and product it came from. Volumes are exact fractions as text ("25/12" µL).

    ``given`` and ``wasted`` are units of this session; ``left`` is what the vial holds after it (None when unknown).
    """

    letter: str
    product: str
    product_name: str
    lot: str
    expires_on: date | None
    vial: str
    labelled_units: Decimal | None
    diluent: str
    diluent_microlitres: int | None
    per_tenth: str
    mixed_by: str
    mixed_at: datetime | None
    use_by: datetime | None
    use_by_rule: str
    given: Decimal
    wasted: Decimal
    waste_reason: str
    left: Decimal | None


@dataclass(frozen=True, slots=True)
class SiteContent:
    """One injected (or still planned) site. ``x`` and ``y`` in 0.01 geometry unit; ``volume`` in mL as displayed."""

    id: str
    number: int
    muscle: str
    muscle_label: str
    sub_site: str | None
    sub_site_label: str
    side: str
    x: int
    y: int
    view: str
    purpose: str
    units: Decimal
    volume: str
    syringe: str
    product: str
    product_name: str
    depth: str
    note: str
    copied_from: date | None
    confirmed: bool
    given_at: datetime | None
    entered_late_reason: str


@dataclass(frozen=True, slots=True)
class TotalContent:
    """Units of one product for one side and muscle; the sums of a session are sums of these rows."""

    product: str
    product_name: str
    side: str
    muscle: str
    muscle_label: str
    sites: int
    units: Decimal


@dataclass(frozen=True, slots=True)
class FindingContent:
    """A finding as it stood, with the reason somebody gave for going on."""

    code: str
    severity: str
    message: str
    subject: str
    source: str
    override_reason: str
    override_by: str
    override_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionContent:
    """The injection section of a visit."""

    phase: str
    given_by: str
    ordered_by: str
    supervised_by: str
    touch_up_of: date | None
    transcribed: bool
    transcribed_source: str
    guidance: tuple[str, ...]
    needle: str
    anaesthesia: str
    indication: str
    consent: str
    consent_by: str
    consent_at: datetime | None
    entered_late_reason: str
    prepared_at: datetime | None
    settled_at: datetime | None
    days_since_last: int | None
    last_session_on: date | None
    answers: tuple[AnswerContent, ...]
    time_outs: tuple[TimeOutContent, ...]
    syringes: tuple[SyringeContent, ...]
    sites: tuple[SiteContent, ...]
    totals: tuple[TotalContent, ...]


@dataclass(frozen=True, slots=True)
class VisitContent:
    """A visit as shown, signed and printed. ``revision`` counts signed versions from 1; ``amends`` names the earlier one."""

    schema: int
    id: str
    revision: int
    amends: str | None
    amendment_reason: str
    on: date
    author: str
    clinic: ClinicContent
    patient: PatientContent
    conditions: tuple[ConditionContent, ...]
    facts: tuple[FactContent, ...]
    notes: tuple[NoteContent, ...]
    session: SessionContent | None
    findings: tuple[FindingContent, ...]
    assessments: tuple[AssessmentContent, ...] = field(default=(), metadata={"since": 2})
    grids: tuple[GridContent, ...] = field(default=(), metadata={"since": 2})
    reviews: tuple[ReviewContent, ...] = field(default=(), metadata={"since": 2})
    adverse_events: tuple[AdverseEventContent, ...] = field(default=(), metadata={"since": 2})
    plan: tuple[PlanItemContent, ...] = field(default=(), metadata={"since": 3})
    planned_given: tuple[PlannedGivenContent, ...] = field(default=(), metadata={"since": 3})
    goal_ratings: tuple[GoalRatingContent, ...] = field(default=(), metadata={"since": 3})
    planning_answers: tuple[PlanningAnswerContent, ...] = field(default=(), metadata={"since": 3})
    blocks: tuple[MuscleBlockContent, ...] = field(default=(), metadata={"since": 3})
    training: tuple[TrainingContent, ...] = field(default=(), metadata={"since": 3})


_SINCE = {one.name: one.metadata.get("since", 1) for one in fields(VisitContent)}


def canonical(content: VisitContent) -> bytes:
    """Canonical JSON bytes of a content: equal contents give equal bytes, on any machine."""
    values = {name: value for name, value in plain(content).items() if _SINCE[name] <= content.schema}
    return dumped(values)


def digest(content: VisitContent) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def read_signed(data: bytes | str, sha256: str) -> VisitContent:
    """The content that was signed with this hash. Raises Damaged when it is not that (D-36)."""
    if hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest() != sha256:
        raise Damaged
    return read(data)


def read(data: bytes | str) -> VisitContent:
    """The content that canonical JSON stands for. Raises ValueError for an unknown schema number or shape."""
    raw = json.loads(data)
    schema = raw.get("schema")
    if schema not in range(1, SCHEMA + 1):
        raise ValueError(f"Visit content of schema {schema!r} is not known to this version.")
    later = {name for name, since in _SINCE.items() if since > schema}
    if later & set(raw):
        raise ValueError(f"Visit content of schema {schema} does not have the fields {sorted(later & set(raw))}.")
    raw |= {name: [] for name in later}
    return typing.cast(VisitContent, typed(VisitContent, raw))


def totals_by(content: SessionContent, *names: str) -> dict[tuple[str, ...], Decimal]:
    """Sum the session's units by the named fields of its totals, in order of first appearance."""
    sums: dict[tuple[str, ...], Decimal] = {}
    for row in content.totals:
        key = tuple(str(getattr(row, name)) for name in names)
        sums[key] = sums.get(key, Decimal(0)) + row.units
    return sums
