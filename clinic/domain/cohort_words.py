"""Criteria in words, each in one place: for the page, the saved list, the audit trail and an export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from clinic.domain.adverse_events import KINDS, Kind
from clinic.domain.anatomy import muscle_label, site_label
from clinic.domain.assessments import instrument
from clinic.domain.assessments.grid import Group, Movement
from clinic.domain.cohorts import Criteria, PatternRange, ScoreRange
from clinic.domain.injections import Purpose
from clinic.domain.patients import Cause
from clinic.domain.plans import ItemKind
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, format_number, format_units
from clinic.domain.wording import day_text, plural, side_words

NO_CRITERIA: Final = "Everybody on record"
_People = Mapping[str, str]
_Number = int | Decimal


def criteria_words(criteria: Criteria, people: _People | None = None) -> tuple[str, ...]:
    """Each criterion in words; ``people`` are names by id. Nothing asked gives nothing."""
    return tuple(_each(criteria, people or {}))


def criteria_line(criteria: Criteria, people: _People | None = None) -> str:
    """All criteria in one line, as they are noted in the audit trail."""
    return "; ".join(criteria_words(criteria, people)) or NO_CRITERIA


def _each(asked: Criteria, people: _People) -> Iterator[str]:
    yield from _palsy(asked)
    if asked.sexes:
        yield f"Sex: {_or(asked.sexes)}"
    if words := _span(asked.age_at_least, asked.age_at_most, str):
        yield f"Aged {words}"
    if words := _treated(asked, people):
        yield words
    yield from _course(asked)
    if words := _event(asked):
        yield words
    yield from map(score_range_words, asked.scores)
    yield from map(pattern_words, asked.patterns)
    yield from _review(asked)
    if asked.plan_open:
        yield f"Open in the plan: {_or(ItemKind(one).label for one in asked.plan_open)}"
    if asked.drafts:
        yield "Sessions and reviews of open drafts too"


def _palsy(asked: Criteria) -> Iterator[str]:
    parts = []
    if asked.causes:
        parts.append(_or(Cause(one).value for one in asked.causes))
    if asked.side is not None:
        parts.append(side_words(asked.side.value))
    if words := _span(asked.onset_months_at_least, asked.onset_months_at_most, _months):
        parts.append(f"onset {words} ago")
    if parts:
        yield f"Palsy: {', '.join(parts)}"
    if asked.bilateral:
        yield "Palsies on both sides"


def _treated(asked: Criteria, people: _People) -> str:
    parts = [_places(asked)] if asked.places else []
    if asked.muscle_side is not None:
        parts.append(side_words(asked.muscle_side.value))
    products = _or(map(product_name, asked.products))
    if asked.asks_dose:
        side = "" if asked.muscle_side is not None else " on one side"
        parts.append(f"{_span(asked.dose_at_least, asked.dose_at_most, format_units)} {products} in one session{side}")
    elif products:
        parts.append(products)
    if asked.lot:
        parts.append(f"lot {asked.lot}")
    if asked.purposes:
        parts.append(f"for {_or(Purpose(one).label for one in asked.purposes)}")
    if asked.treated_by:
        parts.append(f"given by {_or(people.get(one, 'somebody no longer here') for one in asked.treated_by)}")
    if words := _days(asked.treated_from, asked.treated_until):
        parts.append(words)
    if not parts:
        return ""
    return ", ".join(parts) if asked.places else f"Treated: {', '.join(parts)}"


def _places(asked: Criteria) -> str:
    names = []
    for key, sub_sites in asked.places.items():
        narrowed = _or(sorted(site_label(key, one) for one in sub_sites))
        names.append(f"{muscle_label(key)} ({narrowed})" if narrowed else muscle_label(key))
    return f"{_joined(names, 'and')} in the same session" if asked.all_muscles else _or(names)


def _course(asked: Criteria) -> Iterator[str]:
    if words := _span(asked.sessions_at_least, asked.sessions_at_most, lambda count: plural(int(count), "session")):
        yield _sentence(words)
    if words := _days(asked.last_session_from, asked.last_session_until):
        yield f"Last session {words}"
    if words := _span(asked.interval_weeks_at_least, asked.interval_weeks_at_most, _weeks):
        yield f"Two sessions in a row {words} apart"


def _event(asked: Criteria) -> str:
    parts = [_or(KINDS[Kind(one)].label for one in asked.events)] if asked.events else []
    if asked.event_grade_at_least is not None:
        parts.append(f"grade{NBSP}{asked.event_grade_at_least} or more")
    if asked.event_relations:
        parts.append(f"relation {_or(asked.event_relations)}")
    if asked.event_not_reviewed:
        parts.append("not reviewed yet")
    return f"Adverse event: {', '.join(parts)}" if parts else ""


def score_range_words(asked: ScoreRange) -> str:
    """``SAQ, total, newest: at most 60``."""
    found = instrument(asked.instrument)
    label = found.score_kind(asked.score).label
    bounds = _span(asked.lowest, asked.highest, format_number) or "any value"
    return f"{found.short_title}, {label[:1].lower()}{label[1:]}, {_when(asked.newest)}: {bounds}"


def pattern_words(asked: PatternRange) -> str:
    """``Eye narrows with big smile, newest grade: at least 2``."""
    group = Group(asked.group).words if asked.group else "any pattern"
    movement = f" {Movement(asked.movement).words}" if asked.movement else ""
    bounds = _span(asked.lowest, asked.highest, str) or "any grade"
    return f"Synkinesis: {group}{movement}, {_when(asked.newest)}: {bounds}"


def _review(asked: Criteria) -> Iterator[str]:
    parts = []
    if words := _span(asked.effect_at_least, asked.effect_at_most, lambda percent: f"{percent}{NBSP}%"):
        parts.append(f"a pattern {words} better")
    if words := _span(asked.benefit_weeks_at_least, asked.benefit_weeks_at_most, _weeks):
        parts.append(f"worn off after {words} of benefit")
    if parts:
        yield f"Review: {', '.join(parts)}"


def _when(newest: bool) -> str:
    return "newest" if newest else "at any time"


def _days(first: date | None, last: date | None) -> str:
    if first is not None and last is not None:
        return f"from {day_text(first)} to {day_text(last)}"
    if first is not None:
        return f"from {day_text(first)} on"
    return "" if last is None else f"until {day_text(last)}"


def _span(low: _Number | None, high: _Number | None, words: Callable[[_Number], str]) -> str:
    """``at least 5 units``; ``at most 12 weeks``; ``from 2 to 4 sessions``; nothing without a bound."""
    if low is not None and high is not None:
        return words(low) if low == high else f"from {format_number(low)} to {words(high)}"
    if low is not None:
        return f"at least {words(low)}"
    return "" if high is None else f"at most {words(high)}"


def _months(count: _Number) -> str:
    return plural(int(count), "month").replace(" ", NBSP)


def _weeks(count: _Number) -> str:
    return plural(int(count), "week").replace(" ", NBSP)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _or(names: Iterable[str]) -> str:
    return _joined(list(names), "or")


def _joined(names: list[str], last: str) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"
