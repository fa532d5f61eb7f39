"""What the trends of a patient show on a day, on screen and in print alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clinic.domain.trends import Series
from clinic.domain.trends_patterns import PatternGroup
from clinic.domain.trends_sessions import MuscleDoses, OtherTreatment, Session, Span
from clinic.domain.visit_content import ClinicContent, PatientContent


@dataclass(frozen=True, slots=True)
class TrendsContent:
    """All trends on one axis, as read ``on`` a day. ``span`` is None while no visit has a score, a grid or a dose."""

    clinic: ClinicContent
    patient: PatientContent
    conditions: str
    on: date
    series: tuple[Series, ...]
    patterns: tuple[PatternGroup, ...]
    sessions: tuple[Session, ...]
    doses: tuple[MuscleDoses, ...]
    others: tuple[OtherTreatment, ...]
    span: Span | None
