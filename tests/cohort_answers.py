"""What criteria mean, said a second time in plain Python over a clinic's plain values; no part of the program."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from clinic.domain.anatomy import Side
from clinic.domain.cohorts import Criteria, PatternRange, ScoreRange
from clinic.domain.days import last_possible
from clinic.domain.patients import DatePrecision, age_on
from clinic.domain.reviews import Wearing
from tests.cohort_clinics import LOTS, TODAY, Palsy, Person, Site, Visit

Fitting = Callable[[Any], bool]


def fits(person: Person, asked: Criteria, names: dict[str, str]) -> bool:
    """Whether a patient is found; ``names`` are the injectors' by id."""
    return (
        not person.retired
        and _palsy(person, asked)
        and _between(age_on(person.birth_date, TODAY), asked.age_at_least, asked.age_at_most)
        and (not asked.sexes or person.sex.value in asked.sexes)
        and _treated(person, asked, names)
        and _course(person, asked)
        and _event(person, asked)
        and all(_scored(person, one) for one in asked.scores)
        and all(_graded(person, one) for one in asked.patterns)
        and _reviewed(person, asked)
        and (
            not asked.plan_open or any(k in asked.plan_open and s[-1] in {"proposed", "agreed"} for k, s in person.plan)
        )
    )


def _between(value: Any, low: Any, high: Any) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _palsy(person: Person, asked: Criteria) -> bool:
    palsies = [one for one in person.palsies if not one.retired]
    if asked.bilateral and {one.side for one in palsies} != {Side.RIGHT, Side.LEFT}:
        return False
    if not (asked.causes or asked.side) and asked.onset_months_at_least is None and asked.onset_months_at_most is None:
        return True
    return any(
        (not asked.causes or one.cause.value in asked.causes)
        and (asked.side is None or one.side is asked.side)
        and _onset(one, asked.onset_months_at_least, asked.onset_months_at_most)
        for one in palsies
    )


def _onset(palsy: Palsy, low: int | None, high: int | None) -> bool:
    """Day by day: some possible day of onset lies so many whole months ago."""
    if low is None and high is None:
        return True
    if palsy.onset_on is None or palsy.precision is DatePrecision.UNKNOWN:
        return False
    days = (last_possible(palsy.onset_on, palsy.precision) - palsy.onset_on).days
    each = (palsy.onset_on + timedelta(days=number) for number in range(days + 1))
    return any(day <= TODAY and _between(_months(day), low, high) for day in each)


def _months(day: date) -> int:
    count = 0
    while _later(day, count + 1) <= (TODAY.year, TODAY.month, TODAY.day):
        count += 1
    return count


def _later(day: date, months: int) -> tuple[int, int, int]:
    year, month = divmod(day.month - 1 + months, 12)
    return day.year + year, month + 1, day.day


def _stands(visits: list[Visit], number: int, drafts: bool) -> bool:
    one = visits[number]
    followed = any(other.amends == number and other.state == "signed" for other in visits)
    state = one.state == "signed" or (drafts and one.state == "draft" and one.amends is None)
    return state and not followed and not one.voided


def _own(visits: list[Visit], number: int, drafts: bool) -> int:
    """The session that a visit counts to: the version in force of its parent, if that stands."""
    parent = visits[number].parent
    if parent is None:
        return number
    while (newer := _newer(visits, parent)) is not None:
        parent = newer
    return parent if _stands(visits, parent, drafts) else number


def _newer(visits: list[Visit], number: int) -> int | None:
    return next((n for n, one in enumerate(visits) if one.amends == number and one.state == "signed"), None)


def _given(visit: Visit) -> list[Site]:
    return [one for one in visit.sites if one.given or visit.transcribed]


def _sessions(person: Person, drafts: bool) -> dict[int, list[tuple[Visit, Site]]]:
    found: dict[int, list[tuple[Visit, Site]]] = {}
    for number, one in enumerate(person.visits):
        if one.has_session and _stands(person.visits, number, drafts) and _given(one):
            found.setdefault(_own(person.visits, number, drafts), []).extend((one, site) for site in _given(one))
    return found


def _treated(person: Person, asked: Criteria, names: dict[str, str]) -> bool:
    empty = Criteria()
    fields = (
        *("muscles", "sub_sites", "muscle_side", "purposes", "products", "lot", "dose_at_least", "dose_at_most"),
        *("treated_from", "treated_until", "treated_by"),
    )
    if all(getattr(asked, name) == getattr(empty, name) for name in fields):
        return True
    for number, sites in _sessions(person, asked.drafts).items():
        if not _between(person.visits[number].on, asked.treated_from, asked.treated_until):
            continue
        fitting = [one for one in sites if _site(*one, asked, names)]
        doses: dict[tuple[str, Side], Decimal] = {}
        for _, site in fitting:
            doses[site.muscle, site.side] = doses.get((site.muscle, site.side), Decimal(0)) + site.units
        muscles = {m for (m, _), units in doses.items() if _between(units, asked.dose_at_least, asked.dose_at_most)}
        if muscles and (not asked.all_muscles or muscles == set(asked.places)):
            return True
    return False


def _site(visit: Visit, site: Site, asked: Criteria, names: dict[str, str]) -> bool:
    product, lot = (visit.transcribed_product, visit.transcribed_lot) if site.lot is None else LOTS[site.lot]
    places = asked.places
    return (
        (not places or (site.muscle in places and (not places[site.muscle] or site.sub_site in places[site.muscle])))
        and (asked.muscle_side is None or site.side is asked.muscle_side)
        and (not asked.purposes or site.purpose in asked.purposes)
        and (not asked.products or product in asked.products)
        and (not asked.lot or _folded(lot) == _folded(asked.lot))
        and (not asked.treated_by or visit.given_by in {names.get(one) for one in asked.treated_by})
    )


def _folded(lot: str) -> str:
    return lot.replace(" ", "").lower()


def _course(person: Person, asked: Criteria) -> bool:
    days = sorted(person.visits[number].on for number in _sessions(person, asked.drafts))
    if not _between(len(days), asked.sessions_at_least, asked.sessions_at_most):
        return False
    if (asked.last_session_from or asked.last_session_until) and not (
        days and _between(days[-1], asked.last_session_from, asked.last_session_until)
    ):
        return False
    low, high = asked.interval_weeks_at_least, asked.interval_weeks_at_most
    if low is None and high is None:
        return True
    pairs = itertools.pairwise(days)
    return any(
        _between((b - a).days, None if low is None else low * 7, None if high is None else high * 7) for a, b in pairs
    )


def _event(person: Person, asked: Criteria) -> bool:
    if not (asked.events or asked.event_grade_at_least or asked.event_relations or asked.event_not_reviewed):
        return True
    for event in person.events:
        kind, grade, relation, reviewed, withdrawn = event.entries[-1]
        if (
            not withdrawn
            and (not asked.events or kind in asked.events)
            and grade >= (asked.event_grade_at_least or 0)
            and (not asked.event_relations or relation in asked.event_relations)
            and not (asked.event_not_reviewed and reviewed)
        ):
            return True
    return False


def _standing(person: Person, *, drafts: bool = False) -> Iterator[Visit]:
    for number, one in enumerate(person.visits):
        if _stands(person.visits, number, drafts):
            yield one


def _scored(person: Person, asked: ScoreRange) -> bool:
    found = [
        (one.side, (visit.on, one.rated_at), one.value)
        for visit in _standing(person)
        for one in visit.scores
        if (one.instrument, one.score) == (asked.instrument, asked.score)
    ]
    return _any_or_newest(found, asked)


def _graded(person: Person, asked: PatternRange) -> bool:
    found = [
        ((one.side, one.movement, one.group), (visit.on, one.rated_at), one.grade)
        for visit in _standing(person)
        for one in visit.cells
        if one.grade is not None and asked.movement in ("", one.movement) and asked.group in ("", one.group)
    ]
    return _any_or_newest(found, asked)


def _any_or_newest(found: list[tuple[Any, Any, Any]], asked: ScoreRange | PatternRange) -> bool:
    if asked.newest:
        last: dict[Any, tuple[Any, Any]] = {}
        for of, at, value in found:
            last[of] = max(last.get(of, (at, value)), (at, value), key=lambda pair: pair[0])
        values = [value for _, value in last.values()]
    else:
        values = [value for _, _, value in found]
    return any(_between(value, asked.lowest, asked.highest) for value in values)


def _reviewed(person: Person, asked: Criteria) -> bool:
    effect = asked.effect_at_least is not None or asked.effect_at_most is not None
    benefit = asked.benefit_weeks_at_least is not None or asked.benefit_weeks_at_most is not None
    if not (effect or benefit):
        return True
    for visit in _standing(person, drafts=asked.drafts):
        one = visit.review
        if one is None:
            continue
        good = not effect or any(
            not worse and value is not None and _between(value, asked.effect_at_least, asked.effect_at_most)
            for value, worse in one.effects
        )
        lasted = not benefit or (
            one.wearing is Wearing.GONE
            and one.worn_off_day is not None
            and _between(one.worn_off_day // 7, asked.benefit_weeks_at_least, asked.benefit_weeks_at_most)
        )
        if good and lasted:
            return True
    return False
