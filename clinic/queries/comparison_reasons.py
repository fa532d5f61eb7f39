"""Why doses changed between two sessions, as far as the record says: reviews, the plan, notes, reasons typed, events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain.comparison_content import Reason, Why
from clinic.domain.comparison_sites import ComparedSession, Place
from clinic.domain.comparison_tables import Comparison
from clinic.domain.plan_words import dose_words
from clinic.domain.plans import PlanState, Target
from clinic.domain.reviews import IMPRESSION_WORDS, change_words
from clinic.domain.safety_events import EVENT
from clinic.domain.visits import SECTION_TITLES
from clinic.domain.wording import day_text
from clinic.models import FindingOverride, PlanEntry, PlanItem, PlanTarget, VisitNote
from clinic.queries.adverse_events import event_rows, event_selects
from clinic.queries.outcomes import first_versions
from clinic.queries.standing_reviews import StandingReview, standing_reviews, standing_selects
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]


def reason_selects(uow: UnitOfWork, patient_id: str, visit_ids: Collection[str]) -> dict[str, AnySelect]:
    """The selects behind ``why``; ``visit_ids`` are the visits of the later session."""
    n, o, i, e, t = VisitNote, FindingOverride, PlanItem, PlanEntry, PlanTarget
    note = select(n.visit_id, n.section, n.text).where(n.clinic_id == uow.clinic_id, n.visit_id.in_(visit_ids))
    override = select(o.visit_id, o.code, o.reason, o.by).where(o.clinic_id == uow.clinic_id, o.visit_id.in_(visit_ids))
    target = (
        select(
            i.id,
            e.number,
            e.state,
            e.visit_id,
            e.reason,
            e.at,
            t.muscle,
            t.side,
            t.product,
            t.sites,
            t.units_per_site,
            t.guard_reason,
            t.basis,
        )
        .join(e, (e.clinic_id == i.clinic_id) & (e.item_id == i.id))
        .join(t, (t.clinic_id == e.clinic_id) & (t.item_id == e.item_id) & (t.number == e.number))
        .where(i.clinic_id == uow.clinic_id, i.patient_id == patient_id)
    )
    found = {"why_note": note, "why_override": override, "why_target": target}
    return found | standing_selects(uow, patient_id) | event_selects(uow, patient_id)


def why(rows: Rows, comparison: Comparison, zone: str) -> Why:
    """What the record says about the earlier session and for the later one; ``zone`` is the clinic's."""
    before, after = comparison.before, comparison.after
    reviews = [one for one in reversed(standing_reviews(rows)) if one.row.session_id in before.aliases]
    listed = [*_reviews(reviews), *_events(rows, comparison), *_typed(rows, after)]
    by_muscle: dict[Place, dict[str, list[str]]] = {}
    for place, reason in [*_said(reviews), *_planned(rows, after, ZoneInfo(zone))]:
        words = by_muscle.setdefault(place, {}).setdefault(reason.source, [])
        if reason.words not in words:
            words.append(reason.words)
    return Why(tuple(listed), {place: _joined(sources) for place, sources in by_muscle.items()})


def _joined(sources: Mapping[str, list[str]]) -> tuple[Reason, ...]:
    """What one source says of one muscle, in one line."""
    return tuple(Reason(source, "; ".join(words)) for source, words in sources.items())


def _reviews(reviews: Iterable[StandingReview]) -> Iterator[Reason]:
    for one in reviews:
        said = _sentences((one.words, one.row.note))
        source = f"Review of {day_text(one.on)}, of the session of {day_text(one.row.session_on)}"
        yield Reason(source, said or "nothing was said about its effect")


def _said(reviews: Iterable[StandingReview]) -> Iterator[tuple[Place, Reason]]:
    for one in reviews:
        source = f"Review of {day_text(one.on)}"
        for effect in one.row.effects:
            words = "worse" if effect.worse else change_words(effect.effect)
            for muscle, side in effect.muscles:
                yield (muscle, side), Reason(source, f"{effect.place.words}: {words}")
        for hint in one.row.impressions:
            words = f"{IMPRESSION_WORDS[hint.impression]}, in the impression of {hint.by}"
            yield (hint.muscle, hint.side), Reason(source, words)


def _events(rows: Rows, comparison: Comparison) -> Iterator[Reason]:
    """Adverse events of the earlier session, and those that began between the two."""
    before, after = comparison.before, comparison.after
    for event in event_rows(rows, first_versions(rows["outcome_version"])):
        between = event.onset_on is not None and before.on <= event.onset_on < after.on
        if not event.withdrawn and (event.session_id in before.aliases or between):
            yield Reason("Adverse event", event.words)


def _typed(rows: Rows, session: ComparedSession) -> Iterator[Reason]:
    """Notes, and reasons typed to go on past a check, in the later session's own visits."""
    mine = session.in_force
    for visit_id, section, text in sorted(rows["why_note"], key=lambda row: (row[0] != session.id, row[0], row[1])):
        if visit_id in mine:
            yield Reason(f"{SECTION_TITLES[section]}, {session.day}", text)
    for visit_id, code, reason, by in sorted(rows["why_override"]):
        if visit_id in mine and code != EVENT:  # That one answers a question; it is no reason for a dose.
            yield Reason(f"Reason typed at {code}", f"{reason} ({by})")


def _planned(rows: Rows, session: ComparedSession, zone: ZoneInfo) -> Iterator[tuple[Place, Reason]]:
    """The targets that were open when the later session was given, or done in it: dose, reason and where it comes from."""
    newest: dict[str, tuple[Any, ...]] = {}
    for row in sorted(rows["why_target"], key=lambda row: (row[0], row[1])):
        if entered_by(row[5], session.on, zone) or row[3] in session.aliases:
            newest[row[0]] = row
    for _, _, state, visit_id, reason, _, muscle, side, *details in newest.values():
        if not (state.is_open or (state is PlanState.DONE and visit_id in session.aliases)):
            continue
        product, sites, units, guard, basis = details
        target = Target(muscle, side, product=product, sites=sites, units_per_site=units)
        said = (dose_words(target), reason, guard, basis)
        yield (muscle, side), Reason("Planned", _sentences(said))


def _sentences(parts: Iterable[str]) -> str:
    """What was typed with and without its full stop, as sentences."""
    return ". ".join(f"{part[0].upper()}{part[1:].rstrip('. ')}" for part in parts if part)


def entered_by(at: datetime, on: date, zone: ZoneInfo) -> bool:
    """Whether something was entered up to the end of a day, as the clinic counts days; later it is for a later session."""
    return at.astimezone(zone).date() <= on
