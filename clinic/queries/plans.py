"""A patient's plan as its pages show it: what stands, how far goals are reached, and how each item came to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from clinic.domain.assessments.grid import Group
from clinic.domain.errors import NotFound
from clinic.domain.exercises import exercise_title
from clinic.domain.plan_entries import texts
from clinic.domain.plan_words import LEVEL_WORDS, level_text, lines, title
from clinic.domain.plans import NEXT_STATES, Exercise, ItemKind, PlanItem, PlanState, Target
from clinic.domain.products import product_name, products
from clinic.domain.stepped_care import CareLine
from clinic.domain.wording import day_text, side_words
from clinic.models import GoalRating, Visit
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.plan_items import plan_histories, plan_items
from clinic.queries.planning_facts import planning_of, planning_selects
from clinic.queries.standing_reviews import standing
from clinic.queries.stepped_care import care_of, care_selects
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]

QUICK: Final = {
    PlanState.PROPOSED: ((PlanState.AGREED, "Agreed"), (PlanState.DONE, "Done")),
    PlanState.AGREED: ((PlanState.DONE, "Done"),),
}
"""What one button can say of an open item; anything else takes a reason, on the item's own page."""

_LABELS: Final = {
    "state": "Stands as",
    "reason": "Reason",
    "place": "Place in the order",
    "words": "Words",
    "groups": "About",
    "much_less": "−2",
    "less": "−1",
    "expected": "0",
    "more": "+1",
    "much_more": "+2",
    "muscle": "Muscle",
    "side": "Side",
    "site_group": "Place",
    "purpose": "Purpose",
    "product": "Product",
    "sites": "Sites",
    "units_per_site": "Units a site",
    "guard_reason": "Reason to use a muscle that is needed",
    "basis": "Dose from",
    "occasion": "What for",
    "on": "Day",
    "at": "Time",
    "step": "Step",
}


@dataclass(frozen=True, slots=True)
class Rating:
    """How far a goal was reached on a day."""

    on: date
    level: int
    words: str
    by: str
    visit_id: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of an item: who said what, when, why, and what it changed as (what, before, now)."""

    number: int
    state: str
    by: str
    at: datetime
    note: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item in words with its history, newest first. ``quick`` are states that need no reason, as (value, words)."""

    item: PlanItem
    title: str
    lines: tuple[tuple[str, str], ...]
    entries: tuple[EntryView, ...]
    ratings: tuple[Rating, ...] = ()

    @property
    def id(self) -> str:
        """The item's id."""
        return self.item.id

    @property
    def state(self) -> PlanState:
        """How it stands."""
        return self.item.entry.state

    @property
    def quick(self) -> tuple[tuple[PlanState, str], ...]:
        """The states that one button can give it; a referral is closed by its answer, on its own page."""
        if self.item.kind is ItemKind.REFERRAL:
            return ()
        return QUICK.get(self.state, ())

    @property
    def next_states(self) -> tuple[PlanState, ...]:
        """The states that it can go to, in their order."""
        return tuple(state for state in PlanState if state in NEXT_STATES[self.state])


@dataclass(frozen=True, slots=True)
class PlanPage:
    """The whole plan of a patient. ``totals`` are of open targets, as (side in words, units, product in words)."""

    strip: PatientStrip
    care: tuple[CareLine, ...]
    items: tuple[ItemView, ...]
    totals: tuple[tuple[str, Decimal, str], ...]
    undecided: int

    def open(self, kind: str) -> tuple[ItemView, ...]:
        """The open items of a kind, in their order."""
        return tuple(one for one in self.items if one.item.kind == kind and one.item.is_open)

    @property
    def closed(self) -> tuple[ItemView, ...]:
        """What was done, declined or replaced, the newest first."""
        found = (one for one in self.items if not one.item.is_open)
        return tuple(sorted(found, key=lambda one: one.item.at, reverse=True))

    def item(self, item_id: str) -> ItemView:
        """One item. Raises NotFound for another patient's."""
        found = next((one for one in self.items if one.id == item_id), None)
        if found is None:
            raise NotFound
        return found


def plan_page(uow: UnitOfWork, patient_id: str) -> PlanPage:
    """The plan of a patient, in four statements. Raises NotFound."""
    who = strip(uow, patient_id)
    selects = planning_selects(uow, patient_id, None) | care_selects(uow, patient_id)
    rows = together(uow, selects | {"page_rating": rating_select(uow, patient_id)})
    known = planning_of(uow, rows, None)
    targets = [one.entry.details for one in known.items if one.is_open]
    return PlanPage(
        strip=who,
        care=care_of(rows, known),
        items=item_views(rows),
        totals=totals(targets),
        undecided=sum(isinstance(one, Target) and not one.units_per_site for one in targets),
    )


def rating_select(uow: UnitOfWork, patient_id: str) -> AnySelect:
    """The select behind the ratings of ``item_views``."""
    r = GoalRating
    rated = select(r.item_id, Visit.on, r.level, r.rated_by, r.visit_id).join(
        Visit, (Visit.clinic_id == r.clinic_id) & (Visit.id == r.visit_id)
    )
    return standing(rated).where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)


def item_views(rows: Rows) -> tuple[ItemView, ...]:
    """The items from the rows of ``plan_selects`` and, as ``page_rating``, of ``rating_select``."""
    histories = plan_histories(rows)
    ratings: dict[str, list[Rating]] = {}
    for item_id, on, level, by, visit_id in rows["page_rating"]:
        rating = Rating(on, level, f"{level_text(level)}, {LEVEL_WORDS[level]}", by, visit_id)
        ratings.setdefault(item_id, []).append(rating)
    found = []
    for item in plan_items(rows):
        said = tuple(sorted(ratings.get(item.id, ()), key=lambda one: (one.on, one.visit_id), reverse=True))
        details = item.entry.details
        words = exercise_title(details.exercise) if isinstance(details, Exercise) else title(details)
        found.append(ItemView(item, words, lines(details), _entries(histories[item.id]), said))
    return tuple(found)


def totals(details: Iterable[object]) -> tuple[tuple[str, Decimal, str], ...]:
    """Units of targets by side and product; the products of a side are never added."""
    sums: dict[tuple[str, str], Decimal] = {}
    for one in details:
        if isinstance(one, Target) and one.product and one.units_per_site:
            key = (one.side.value, one.product)
            sums[key] = sums.get(key, Decimal(0)) + one.units
    order = {side: number for number, side in enumerate(("right", "left", "midline"))}
    listed = sorted(sums.items(), key=lambda pair: (order[pair[0][0]], pair[0][1]))
    named = {side: side if side == "midline" else side_words(side) for side in order}
    return tuple((named[side], units, product_name(product)) for (side, product), units in listed)


def _entries(history: tuple[PlanItem, ...]) -> tuple[EntryView, ...]:
    found: list[EntryView] = []
    before: dict[str, str] = {}
    for one in history:
        now = texts(one.entry)
        changes = tuple(
            (label, _said(name, before[name]), _said(name, now[name]))
            for name, label in _LABELS.items()
            if name in now and name in before and before[name] != now[name]
        )
        found.append(EntryView(one.number, one.entry.state.value, one.by, one.at, one.entry.note, changes))
        before = now
    return tuple(reversed(found))


def _said(name: str, text: str) -> str:
    """A value of the audit's texts as the page says it."""
    if name == "groups":
        return ", ".join(Group(key).label.lower() for key in text.split())
    if name == "product" and text in products():
        return product_name(text)
    if name == "on" and text:
        return day_text(date.fromisoformat(text))
    return text
