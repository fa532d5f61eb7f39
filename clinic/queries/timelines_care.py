"""What stands on the timeline beside the visits: the palsy, other treatment, adverse events, the plan, practice, documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.domain.adverse_event_entries import event_words
from clinic.domain.diary import Week
from clinic.domain.exercises import exercise_title
from clinic.domain.patients import Cause, DatePrecision
from clinic.domain.plan_words import title
from clinic.domain.plans import Appointment, Exercise, Goal, PlanItem, PlanState, Programme, Referral, Step
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, format_units
from clinic.domain.timelines import Item, Lane, Page, State, known_days, stages
from clinic.domain.visits import NEXT_SESSION_DAYS
from clinic.domain.wording import day_text, plural, side_words
from clinic.queries.adverse_events import EventRow, event_rows
from clinic.queries.outcomes import first_versions
from clinic.queries.patient_records import HOUSE_BRACKMANN
from clinic.queries.plan_items import plan_items
from clinic.queries.trends import status_words

Rows = Mapping[str, list[tuple[Any, ...]]]
_DROPPED = frozenset({PlanState.DECLINED, PlanState.SUPERSEDED})
_SUNDAY = timedelta(days=6)


def care_items(rows: Rows, zone: ZoneInfo, today: date) -> Iterator[Item]:
    """Everything but visits, reviews and scores. Days of what has a moment are those of the clinic's zone."""
    yield from _palsies(rows["palsy"])
    yield from _treatments(rows)
    for event in event_rows(rows, first_versions(rows["outcome_version"])):
        if not event.withdrawn:
            yield _event(event, zone, today)
    plan = plan_items(rows)
    yield from _plan(plan, zone, today)
    yield from _practice(plan, zone, today)
    yield from _due(rows["about"][0][1], today)
    yield from _diary(rows["diary"])
    for document_id, named, given_to, at in rows["issued"]:
        yield _day_item(
            f"document-{document_id}", Lane.DOCUMENTS, at.astimezone(zone).date(), named, Page.DOCUMENT, document_id,
            more=f"given to {given_to}",
        )  # fmt: skip


def _day_item(key: str, lane: Lane, on: date, words: str, page: Page, ref: str = "", **more: Any) -> Item:
    return Item(key, lane, on, on, day_text(on), words, page, ref, **more)


def _palsies(rows: Iterable[tuple[Any, ...]]) -> Iterator[Item]:
    """The onset of each palsy with its stages, and its first movement."""
    for condition_id, cause, detail, side, onset, precision, worst, moved_on in rows:
        named = detail if cause is Cause.OTHER and detail else cause.value
        what = f"{named}, {side_words(side.value)}"
        on, until, dated, uncertain = known_days(onset, precision)
        graded = f", at worst House–Brackmann{NBSP}{HOUSE_BRACKMANN[worst - 1]}" if worst else ""
        yield Item(
            f"onset-{condition_id}", Lane.OTHERS, on, until, dated, f"onset of {what}{graded}", Page.DETAILS, "",
            short=what, uncertain=uncertain,
        )  # fmt: skip
        if on and precision is DatePrecision.DAY:
            for first, last, words in stages(on):
                yield Item(
                    f"stage-{condition_id}-{first}", Lane.OTHERS, first, last, f"{day_text(first)} to {day_text(last)}",
                    f"{words} ({what})", Page.DETAILS, "", short=words.split(":")[0], lasting=True,
                    more="time since onset, after Rail 2025; not this patient’s course",
                )  # fmt: skip
        if moved_on:
            yield _day_item(
                f"moved-{condition_id}", Lane.OTHERS, moved_on, f"first movement seen, {side_words(side.value)}",
                Page.DETAILS, short="first movement",
            )  # fmt: skip


def _treatments(rows: Rows) -> Iterator[Item]:
    for treatment_id, kind, when, precision, detail in rows["treatment"]:
        on, until, dated, uncertain = known_days(when, precision)
        words = f"{kind.value}: {detail}" if detail else kind.value
        yield Item(
            f"treatment-{treatment_id}", Lane.OTHERS, on, until, dated, words, Page.DETAILS, "",
            short=detail or kind.value, uncertain=uncertain,
        )  # fmt: skip
    for status_id, *values, on in rows["status"]:
        words = status_words(*values)
        dated = day_text(on) if on else "date not known"
        yield Item(f"status-{status_id}", Lane.OTHERS, on, on, dated, words, Page.DETAILS, "", short=words)
    for toxin_id, on, product, units, place in rows["elsewhere"]:
        given = f"{format_units(units)} {product_name(product)}"
        words = f"{given}, given elsewhere{f' ({place})' if place else ''}"
        yield _day_item(f"elsewhere-{toxin_id}", Lane.OTHERS, on, words, Page.DETAILS, short=given)


def _event(event: EventRow, zone: ZoneInfo, today: date) -> Item:
    """From onset to end; without an onset it lies somewhere between the session, or its entry, and its end."""
    entered = event.first_at.astimezone(zone).date()
    ended = event.ended_on
    on = event.onset_on or (event.session_on if event.session_on and event.session_on <= (ended or entered) else None)
    until = ended or (max(today, on) if on else None)
    on = on or ended
    dated = day_text(event.onset_on) if event.onset_on else "onset not known"
    said = event_words(event.kind, event.grade, event.side, event.onset_on, ended)
    serious = ", serious" if event.serious else ""
    return Item(
        f"event-{event.id}", Lane.EVENTS, on, until, dated,
        f"{said}{serious}{'' if ended else ', no end on record'}", Page.EVENT, event.id,
        more="" if event.reviewed else "not reviewed yet",
        short=f"grade{NBSP}{event.grade}: {event.label}", lasting=True, ongoing=ended is None and on is not None,
        uncertain=event.onset_on is None,
    )  # fmt: skip


def _plan(items: Iterable[PlanItem], zone: ZoneInfo, today: date) -> Iterator[Item]:
    """Goals, steps and referrals on the day on which they were entered; dates on theirs."""
    for item in items:
        details, state = item.entry.details, item.entry.state
        if not isinstance(details, Goal | Step | Referral | Appointment):
            continue
        on = details.on if isinstance(details, Appointment) else _day(item.first_at, zone)
        label = "goal: " if isinstance(details, Goal) else "referral: " if isinstance(details, Referral) else ""
        words = title(details)
        ahead = isinstance(details, Appointment) and on >= today and state not in _DROPPED
        yield _day_item(
            f"plan-{item.id}", Lane.PLAN, on, f"{label}{words}, {state.value}", Page.PLAN,
            more=item.entry.reason, short=_plan_short(details, words), state=State.AHEAD if ahead else State.STANDS,
        )  # fmt: skip


def _plan_short(details: object, words: str) -> str:
    if isinstance(details, Appointment):
        return details.occasion.label.lower()
    return "referral" if isinstance(details, Referral) else words


def _due(due_on: date | None, today: date) -> Iterator[Item]:
    if due_on:
        words = f"next due: {plural(NEXT_SESSION_DAYS // 7, 'week')} after the last session"
        state = State.AHEAD if due_on >= today else State.STANDS
        yield _day_item("due", Lane.PLAN, due_on, words, Page.PLAN, short="next due", state=state)


def _practice(items: Iterable[PlanItem], zone: ZoneInfo, today: date) -> Iterator[Item]:
    """The programme, and exercises given and taken off on the same days as one bar."""
    bars: dict[tuple[date, date | None], list[str]] = {}
    for item in items:
        details = item.entry.details
        span = _day(item.first_at, zone), None if item.is_open else _day(item.at, zone)
        if isinstance(details, Programme) and item.entry.state is not PlanState.DECLINED:
            yield _bar(f"programme-{item.id}", *span, title(details), "programme", today)
        elif isinstance(details, Exercise) and item.entry.state is not PlanState.DECLINED:
            bars.setdefault(span, []).append(exercise_title(details.exercise))
    for number, ((on, until), titles) in enumerate(sorted(bars.items(), key=lambda one: (one[0][0], str(one[0][1])))):
        count = plural(len(titles), "exercise")
        words = f"{count}: {', '.join(sorted(titles))}"
        yield _bar(f"exercises-{number}", on, until, words, count, today)


def _bar(key: str, on: date, until: date | None, words: str, short: str, today: date) -> Item:
    ended = f" to {day_text(until)}" if until else ""
    return Item(
        key, Lane.THERAPY, on, until or max(today, on), f"{'' if until else 'since '}{day_text(on)}{ended}", words,
        Page.PLAN, "", short=short, lasting=True, ongoing=until is None,
    )  # fmt: skip


def _diary(rows: Iterable[tuple[Any, ...]]) -> Iterator[Item]:
    """Each week of practice once, as its newest entries say."""
    newest: dict[tuple[date, str], Week] = {}
    for _, monday, exercise, days, _ in sorted(rows, key=lambda row: (row[4], row[0])):
        newest[monday, exercise] = Week(monday, days, exercise)
    for monday in sorted({monday for monday, _ in newest}):
        said = [f"{week.about}: {week.words}" for (of, _), week in sorted(newest.items()) if of == monday]
        yield Item(
            f"diary-{monday}", Lane.THERAPY, monday, monday + _SUNDAY, f"week of {day_text(monday)}",
            f"diary, {'; '.join(said)}", Page.DIARY, "", lasting=True,
        )  # fmt: skip


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
