"""The facts of planning of one patient on one day, in one statement. What nobody asked or graded stays absent."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from clinic.domain.adverse_events import KINDS, Relation
from clinic.domain.anatomy import Side, group_of
from clinic.domain.assessments.grid import Group, Place
from clinic.domain.errors import NotFound
from clinic.domain.injections import Answer
from clinic.domain.patients import DatePrecision, age_on
from clinic.domain.planning_facts import Palsy, PlanningFacts, SessionDone, WeaknessEvent
from clinic.domain.plans import Goal, PlanItem, Referral, ReferralKind
from clinic.domain.reviews import Wearing, weeks
from clinic.domain.visits import VisitState
from clinic.domain.weaknesses import WEAKNESSES, weakened
from clinic.domain.wording import day_text
from clinic.queries.adverse_events import EventRow, event_rows
from clinic.queries.given_sessions import GivenSession, sessions_given
from clinic.queries.outcomes import first_versions
from clinic.queries.plan_items import plan_items
from clinic.queries.planning_grades import Grades, grades
from clinic.queries.planning_rows import planning_selects
from clinic.queries.standing_reviews import StandingReview, standing_reviews
from clinic.queries.together import together
from clinic.unit_of_work import UnitOfWork

__all__ = ["Planning", "planning", "planning_facts", "planning_of", "planning_selects"]

Rows = Mapping[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Planning:
    """The facts with the plan that stands. ``seen`` are ids of other raters' gradings in the draft that they rest on.

    ``sessions`` are those of the facts, as they were given; ``draft`` says whether the visit still is one.
    """

    facts: PlanningFacts
    items: tuple[PlanItem, ...]
    sessions: tuple[GivenSession, ...]
    seen: tuple[str, ...]
    draft: bool


def planning_facts(uow: UnitOfWork, patient_id: str, visit_id: str | None = None) -> PlanningFacts:
    """What planning knows of a patient, today or on the day of a visit. Raises NotFound, also for another's visit."""
    return planning(uow, patient_id, visit_id).facts


def planning(uow: UnitOfWork, patient_id: str, visit_id: str | None = None) -> Planning:
    """The facts with what they come from, in one statement. Raises NotFound."""
    return planning_of(uow, together(uow, planning_selects(uow, patient_id, visit_id)), visit_id)


def planning_of(uow: UnitOfWork, rows: Rows, visit_id: str | None) -> Planning:
    """The facts from the rows of ``planning_selects``. Raises NotFound without such a patient, or visit of theirs."""
    head, visit = next(iter(rows["planning_patient"]), None), next(iter(rows["planning_visit"]), None)
    if head is None or (visit_id and visit is None):
        raise NotFound
    birth_date, zone = head
    on, state, amends_id, author = visit or (uow.now.astimezone(ZoneInfo(zone)).date(), None, None, "")
    here = frozenset(filter(None, (visit_id, amends_id)))
    sessions = tuple(
        one for one in reversed(sessions_given(rows)) if one.on <= on and not here & (one.versions | one.visit_ids)
    )
    items = plan_items(rows)
    roots = first_versions(rows["outcome_version"])
    events = tuple(one for one in event_rows(rows, roots) if not one.withdrawn)
    graded = grades(rows, on, visit_id or "", (uow.actor.user_id, author), uow.actor.user_id)
    facts = _facts(rows, on, birth_date, sessions, items, events, graded)
    return Planning(facts, items, sessions, graded.seen, state is VisitState.DRAFT)


def _facts(
    rows: Rows,
    on: date,
    birth_date: date,
    sessions: tuple[GivenSession, ...],
    items: tuple[PlanItem, ...],
    events: tuple[EventRow, ...],
    graded: Grades,
) -> PlanningFacts:
    reviews = tuple(one for one in standing_reviews(rows) if one.on <= on)
    return PlanningFacts(
        on=on,
        age=age_on(birth_date, on),
        palsies=tuple(
            sorted(map(_palsy, rows["planning_palsy"]), key=lambda one: (one.onset_from or date.max, one.id))
        ),
        cells=graded.cells,
        graded_on=graded.graded_on,
        movements=graded.movements,
        movements_on=graded.movements_on,
        house_brackmann=graded.house_brackmann,
        house_brackmann_on=graded.house_brackmann_on,
        answers=dict(rows["planning_answer"]),
        asked=dict(rows["planning_asked"]),
        safety=dict(rows["planning_safety"]),
        muscle_states={(muscle, side): state for muscle, side, state in sorted(rows["planning_status"])},
        priorities=_priorities(items),
        trained=bool(rows["planning_trained"]) or any(day <= on for (day,) in rows["planning_training"]),
        trained_on=_trained_on(rows, on),
        sessions=tuple(_session(one, reviews) for one in sessions),
        weaknesses=tuple(_weakness(one, sessions) for one in events if _is_weakness(one)),
        urgent_open=_urgent(rows, events),
        scores=graded.composites,
        consulted=_consulted(items, on),
        presets={
            (product, muscle, group): (low, high) for product, muscle, group, low, high in rows["planning_preset"]
        },
    )


def _palsy(row: tuple[Any, ...]) -> Palsy:
    condition_id, side, cause, onset_on, precision, worst = row
    first, last = _span(onset_on, precision)
    return Palsy(condition_id, side, cause, first, last, worst)


def _span(onset_on: date | None, precision: DatePrecision) -> tuple[date | None, date | None]:
    """The first and the last day on which it can have begun."""
    if onset_on is None or precision is DatePrecision.UNKNOWN:
        return None, None
    if precision is DatePrecision.YEAR:
        return date(onset_on.year, 1, 1), date(onset_on.year, 12, 31)
    if precision is DatePrecision.MONTH:
        days = calendar.monthrange(onset_on.year, onset_on.month)[1]
        return onset_on.replace(day=1), onset_on.replace(day=days)
    return onset_on, onset_on


def _consulted(items: Iterable[PlanItem], on: date) -> dict[ReferralKind, date]:
    found: dict[ReferralKind, date] = {}
    for one in items:
        referral = one.entry.details
        if isinstance(referral, Referral) and referral.answered_on and referral.answered_on <= on:
            found[referral.kind] = max(referral.answered_on, found.get(referral.kind, referral.answered_on))
    return found


def _priorities(items: Iterable[PlanItem]) -> tuple[Group, ...]:
    goals = (one.entry.details for one in items if one.is_open)
    return tuple(dict.fromkeys(group for goal in goals if isinstance(goal, Goal) for group in goal.groups))


def _trained_on(rows: Rows, on: date) -> tuple[date, ...]:
    earlier = {day for day, precision in rows["planning_trained"] if day and precision is DatePrecision.DAY}
    return tuple(sorted(day for day in earlier | {day for (day,) in rows["planning_training"]} if day <= on))


def _session(given: GivenSession, reviews: tuple[StandingReview, ...]) -> SessionDone:
    doses: dict[tuple[str, str, Side], Decimal] = {}
    sites: dict[tuple[str, str, Side, str | None], tuple[int, Decimal]] = {}
    for site in given.sites:
        key = (site.product, site.muscle, site.side)
        doses[key] = doses.get(key, Decimal(0)) + site.units
        place = (*key, group_of(site.muscle, site.sub_site))
        count, most = sites.get(place, (0, Decimal(0)))
        sites[place] = (count + 1, max(most, site.units))
    said = tuple(one for one in reviews if one.row.session_id in given.versions)
    return SessionDone(
        id=given.id,
        on=given.on,
        doses=doses,
        sites=sites,
        benefit_weeks=_benefit(said),
        effects=_effects(said),
        reviewed=any(one.row.adverse_event in {Answer.YES, Answer.NO} for one in said),
    )


def _benefit(newest_first: Iterable[StandingReview]) -> int | None:
    """Whole weeks until it had worn off, as said last; None while nobody knows."""
    gone = (one.row for one in newest_first if one.row.wearing is Wearing.GONE)
    return next((weeks(row.worn_off_day) for row in gone if row.worn_off_day is not None), None)


def _effects(newest_first: Iterable[StandingReview]) -> tuple[tuple[Side, Group, int], ...]:
    found: dict[Place, int] = {}
    for review in newest_first:
        for one in review.row.effects:
            if one.worse or one.effect is not None:
                found.setdefault(one.place, -1 if one.worse else one.effect or 0)
    return tuple((place.side, place.group, effect) for place, effect in sorted(found.items()))


def _is_weakness(event: EventRow) -> bool:
    return event.kind in WEAKNESSES and not (event.reviewed and event.relation is Relation.UNRELATED)


def _weakness(event: EventRow, sessions: tuple[GivenSession, ...]) -> WeaknessEvent:
    session = next((one for one in sessions if event.session_id in one.versions | one.visit_ids), None)
    linked = ((site.muscle, site.side) for site in event.sites)
    muscles = weakened(event.kind, event.side, session.sites if session else (), linked)
    session_id = session.id if session else None
    return WeaknessEvent(event.kind.value, event.words, event.side, session_id, event.onset_on, muscles)


def _urgent(rows: Rows, events: tuple[EventRow, ...]) -> tuple[str, ...]:
    """Red flags that nobody has reviewed; a patient's answer is settled by a reviewed event entered after it."""
    flagged = tuple(one for one in events if KINDS[one.kind].urgency)
    found = [one.words for one in flagged if one.is_open]
    for (at,) in sorted(rows["planning_urgent_form"]):
        if not any(one.reviewed and one.first_at >= at for one in flagged):
            found.append(f"the patient’s own answer of {day_text(at.date())} asks for help at once")
    return tuple(dict.fromkeys(found))
