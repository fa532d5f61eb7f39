"""What was measured and what came of it: scores, grades, effects and adverse events."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from clinic.domain.adverse_events import Relation
from clinic.domain.assessments.grid import MAXIMUM
from clinic.domain.fhir.people import who
from clinic.domain.fhir.resources import (
    OWN,
    UCUM,
    Resource,
    coding,
    concept,
    day,
    entry,
    joined,
    moment,
    note,
    own,
    reference,
    terminology,
    urn,
)
from clinic.domain.fhir.visits import SignedVisit
from clinic.domain.outcome_content import effect_words
from clinic.domain.wording import side_words

_SEVERITIES: Final = {1: "mild", 2: "moderate"}
"""FHIR knows three; every grade above the second is severe."""
_SERIOUS: Final = {4: "SeriousIsLifeThreatening", 5: "SeriousResultsInDeath"}
"""R4's own codes, with capitals: those in small letters are of R5."""
_DEATH: Final = 5


@dataclass(frozen=True, slots=True)
class Event:
    """An adverse event as it is known now, with the visits and sites that it was linked to."""

    id: str
    kind: str
    label: str
    grade: int
    grade_words: str
    side: str
    relation: str
    serious: bool
    onset_on: date | None
    ended_on: date | None
    recorded_at: datetime
    recorded_by: str
    description: str
    session_id: str
    site_ids: tuple[str, ...]
    lots: tuple[str, ...]


def observations(visit: SignedVisit) -> Iterator[Resource]:
    """Every score, grade and effect of a visit."""
    yield from _scores(visit)
    yield from _grades(visit)
    yield from _effects(visit)


def _about(visit: SignedVisit, when: datetime, by: str, category: str) -> Resource:
    content = visit.content
    return {
        "status": "entered-in-error" if visit.in_error else "final",
        "category": [terminology("observation-category", category)],
        "subject": reference("Patient", content.patient.id),
        "encounter": reference("Encounter", content.id),
        "effectiveDateTime": moment(when),
        "performer": [who(by)],
    }


def _scores(visit: SignedVisit) -> Iterator[Resource]:
    for sheet in visit.content.assessments:
        by = reference("Patient", visit.content.patient.id) if sheet.patient_reported else who(sheet.rater)
        about = _about(visit, sheet.rated_at, sheet.rater, "survey") | {"performer": [by]}
        side = f", patient’s {sheet.side}" if sheet.side else ""
        for score in sheet.scores:
            words = f"{sheet.title}, {score.label}{side}"
            yield entry(
                "Observation",
                f"{sheet.id}/{score.score}",
                about
                | {
                    "code": own("score", f"{sheet.instrument}/{sheet.version}/{score.score}", words),
                    "valueQuantity": {"value": score.value, "unit": "points", "system": UCUM, "code": "1"},
                    "interpretation": [concept(score.words)],
                    **note(score.flag, sheet.note),
                },
            )


def _grades(visit: SignedVisit) -> Iterator[Resource]:
    for grid in visit.content.grids:
        about = _about(visit, grid.rated_at, grid.rater, "exam")
        for cell in grid.cells:
            if cell.grade is None:
                continue
            words = f"Synkinesis grid: {cell.movement_label} with {cell.group_label}, patient’s {cell.side}"
            bother = concept(f"how much the patient minds it, 0 to {MAXIMUM}")
            component = [] if cell.bother is None else [{"code": bother, "valueInteger": cell.bother}]
            yield entry(
                "Observation",
                f"{grid.id}/{cell.side}/{cell.movement}/{cell.group}",
                about
                | {
                    "code": own("grid", f"{cell.movement}/{cell.group}", words),
                    "bodySite": own("side", cell.side, f"face, patient’s {cell.side}"),
                    "valueInteger": cell.grade,
                    "component": component,
                },
            )


def _effects(visit: SignedVisit) -> Iterator[Resource]:
    for review in visit.content.reviews:
        about = _about(visit, review.answered_at, review.answered_by, "exam")
        for effect in review.effects:
            words = f"Effect of the session of {day(review.session_on)}: {effect.words}, patient’s {effect.side}"
            yield entry(
                "Observation",
                f"{review.session}/{visit.content.id}/{effect.side}/{effect.movement}/{effect.group}",
                about
                | {
                    "code": own("effect", f"{effect.movement}/{effect.group}", words),
                    "bodySite": own("side", effect.side, f"face, patient’s {effect.side}"),
                    "valueString": effect_words(effect),
                    **note(", ".join(effect.muscles), review.benefit),
                },
            )


def adverse_event(event: Event, patient_id: str, known: Collection[str]) -> Resource:
    """An adverse event; its suspects are the sites that it was linked to, else the session, as far as they are ``known``.

    One that was judged unrelated to the injection suspects nothing.
    """
    suspects = [one for one in event.site_ids if urn("MedicationAdministration", one) in known]
    instances = [reference("MedicationAdministration", one) for one in suspects]
    if not instances and urn("Procedure", event.session_id) in known:
        instances = [reference("Procedure", event.session_id)]
    if event.relation == Relation.UNRELATED:
        instances = []
    cause = own("relation", event.relation, f"{event.relation} to come from the injection") if event.relation else {}
    words = joined((event.label, side_words(event.side) if event.side else ""), ", ")
    words = f"{words}, grade {event.grade} ({event.grade_words})"
    judged = f"judged {event.relation}" if event.relation == Relation.UNRELATED else ""
    return entry(
        "AdverseEvent",
        event.id,
        {
            "actuality": "actual",
            "event": concept(joined((words, event.description, judged)), coding(f"{OWN}:adverse-event", event.kind)),
            "subject": reference("Patient", patient_id),
            "date": day(event.onset_on) if event.onset_on else None,
            "recordedDate": moment(event.recorded_at),
            "recorder": who(event.recorded_by),
            "seriousness": terminology("adverse-event-seriousness", _seriousness(event)),
            "severity": terminology("adverse-event-severity", _SEVERITIES.get(event.grade, "severe")),
            "outcome": terminology("adverse-event-outcome", _outcome(event)),
            "suspectEntity": [{"instance": one, "causality": [{"assessment": cause}]} for one in instances],
        },
    )


def _seriousness(event: Event) -> str:
    return _SERIOUS.get(event.grade, "Serious") if event.serious else "Non-serious"


def _outcome(event: Event) -> str:
    if event.grade == _DEATH:
        return "fatal"
    return "resolved" if event.ended_on else "ongoing"
