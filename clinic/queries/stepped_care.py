"""The steps of care of a patient, from signed visits, earlier treatments and the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from clinic.domain.anatomy import MUSCLES
from clinic.domain.patients import DatePrecision, EarlierTreatmentKind
from clinic.domain.plan_words import title
from clinic.domain.plans import CareStep, ItemKind, PlanItem, PlanState, Referral, ReferralKind, Step
from clinic.domain.products import product_name
from clinic.domain.quantities import format_units
from clinic.domain.referrals import waiting_words
from clinic.domain.stepped_care import CareFacts, CareLine, care_lines, score_moves
from clinic.domain.trends import Measured, all_series
from clinic.domain.wording import dated_text, day_text
from clinic.queries.planning_facts import Planning, planning_of, planning_selects
from clinic.queries.together import AnySelect, together
from clinic.queries.trends import other_selects, score_select, status_words
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
_SURGICAL = frozenset({ReferralKind.NEUROLYSIS, ReferralKind.REANIMATION})
_WITHDRAWN = frozenset({PlanState.DECLINED, PlanState.SUPERSEDED})


def care_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """The selects that ``care_of`` reads beside those of planning; names begin with "care_"."""
    found = other_selects(uow, patient_id) | {"score": score_select(uow, patient_id)}
    return {f"care_{name}": query for name, query in found.items()}


def stepped_care(uow: UnitOfWork, patient_id: str, visit_id: str | None = None) -> tuple[CareLine, ...]:
    """The four steps of a patient, in one statement. Raises NotFound."""
    rows = together(uow, planning_selects(uow, patient_id, visit_id) | care_selects(uow, patient_id))
    return care_of(rows, planning_of(uow, rows, visit_id))


def care_of(rows: Rows, known: Planning) -> tuple[CareLine, ...]:
    """The four steps from the rows of ``planning_selects`` and ``care_selects``."""
    return care_lines(_facts(rows, known))


def measured(rows: Rows) -> tuple[Measured, ...]:
    """The scores from the rows of ``care_selects``."""
    return tuple(Measured(*row) for row in rows["care_score"])


def earlier(rows: Rows, kind: EarlierTreatmentKind) -> tuple[str, ...]:
    """Earlier treatments of a kind in words, the oldest first."""
    found = [(on, precision, detail) for _, of, on, precision, detail in rows["care_treatment"] if of is kind]
    found.sort(key=lambda one: (one[0] or date.max, one[2]))
    return tuple(_dated(detail or kind.value, on, precision) for on, precision, detail in found)


def elsewhere(rows: Rows) -> tuple[str, ...]:
    """Toxin that somebody else gave, in words, the oldest first."""
    listed = sorted(rows["care_elsewhere"], key=lambda row: (row[1], row[0]))
    given = (
        f"{day_text(on)}: {format_units(units)} {product_name(product)}{f', {place}' if place else ''}"
        for _, on, product, units, place in listed
    )
    return (*earlier(rows, EarlierTreatmentKind.TOXIN), *given)


def operations(rows: Rows) -> tuple[str, ...]:
    """Earlier operations and what they did to muscles, in words."""
    found = sorted(rows["care_status"], key=lambda row: (row[5] or date.max, row[0]))
    muscles = (
        f"{status_words(muscle, side, state, procedure)}, {day_text(on) if on else 'day not known'}"
        for _, muscle, side, state, procedure, on in found
        if muscle in MUSCLES
    )
    return (*earlier(rows, EarlierTreatmentKind.SURGERY), *muscles)


def _facts(rows: Rows, known: Planning) -> CareFacts:
    facts = known.facts
    scores = measured(rows)
    graded = {one[2] for one in rows["planning_assessment"] if one[2] <= facts.on}
    steps = [one for one in known.items if one.kind is ItemKind.STEP and one.entry.state not in _WITHDRAWN]
    return CareFacts(
        assessed_on=tuple(sorted(graded | {one.on for one in scores})),
        scores=score_moves(all_series(scores)),
        trained_on=tuple(sorted(day for (day,) in rows["planning_training"] if day <= facts.on)),
        earlier_training=earlier(rows, EarlierTreatmentKind.TRAINING),
        sessions=tuple((one.on, one.benefit_weeks) for one in facts.sessions),
        toxin_elsewhere=elsewhere(rows),
        operated_on=_operated(rows),
        operations=operations(rows),
        referred=tuple(_referred(known.items, facts.on)),
        reasons=_reasons(steps),
        next_step=_next(steps),
    )


def _operated(rows: Rows) -> tuple[date, ...]:
    surgery = EarlierTreatmentKind.SURGERY
    days = {
        on
        for _, kind, on, precision, _ in rows["care_treatment"]
        if kind is surgery and on and precision is DatePrecision.DAY
    }
    return tuple(sorted(days | {row[5] for row in rows["care_status"] if row[5]}))


def _referred(items: Iterable[PlanItem], today: date) -> Iterable[str]:
    for one in items:
        details = one.entry.details
        if isinstance(details, Referral) and details.kind in _SURGICAL and one.entry.state not in _WITHDRAWN:
            yield f"Referred: {title(details)}; {waiting_words(details, today)}"


def _reasons(steps: Iterable[PlanItem]) -> dict[CareStep, tuple[str, ...]]:
    found: dict[CareStep, tuple[str, ...]] = {}
    for one in steps:
        if isinstance(one.entry.details, Step) and one.entry.reason:
            step = one.entry.details.step
            found[step] = (*found.get(step, ()), one.entry.reason)
    return found


def _next(steps: Iterable[PlanItem]) -> CareStep | None:
    """The step that was decided on last and still waits."""
    waiting = sorted((one for one in steps if one.is_open), key=lambda one: (one.at, one.id))
    details = waiting[-1].entry.details if waiting else None
    return details.step if isinstance(details, Step) else None


def _dated(words: str, on: date | None, precision: DatePrecision) -> str:
    known = on is not None and precision is not DatePrecision.UNKNOWN
    return f"{words}, {dated_text(on, precision) if known else 'date not known'}"
