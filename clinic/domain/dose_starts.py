"""From what a planned dose can start: the last session, the clinic's accepted preset, the clinic's own next-dose rules.

Each is a possible start in words; none is applied by itself, and products are kept apart. What does not divide into whole
hundredths of a unit is rounded down, never up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from typing import Final

from clinic.domain.anatomy import MUSCLES, Side, group_label
from clinic.domain.neighbours import neighbours
from clinic.domain.next_doses import Course, NextDose, Rule, applicable, next_dose
from clinic.domain.planning_facts import PlanningFacts, SessionDone, WeaknessEvent
from clinic.domain.products import product_name, products
from clinic.domain.quantities import NBSP, format_units
from clinic.domain.wording import day_text, plural

_HUNDREDTH: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class DoseStart:
    """One possible start. ``basis`` says in one line where it comes from, ``lines`` how it was reached, in words.

    ``rules`` are the ids of the clinic's own next-dose rules, never those of shipped planning rules. ``site_group`` is the
    part of the muscle that it is for, and ``part`` names it; a dose of one part is never that of another.
    """

    product: str
    sites: int
    units_per_site: Decimal
    basis: str
    lines: tuple[str, ...]
    rules: tuple[str, ...] = ()
    site_group: str | None = None
    part: str = ""

    @property
    def units(self) -> Decimal:
        """Units in all."""
        return self.units_per_site * self.sites


def dose_starts(
    facts: PlanningFacts,
    rules: tuple[Rule, ...],
    muscle: str,
    side: Side,
    site_group: str | None = None,
    dose_step: Decimal | None = None,
) -> tuple[DoseStart, ...]:
    """Every start for a muscle on a side, products and parts apart: the last sessions, the presets, then the clinic's rules.

    Without a part asked for, each part has its own: an upper lid never starts from what the lateral orbit was given.
    """
    found = [*_last_sessions(facts, muscle, side, site_group), *_presets(facts, muscle, side, site_group)]
    last = _last(facts)
    for dose in next_doses(facts, rules, muscle, side, dose_step):
        if last is not None and dose.units:
            found += _split(dose, last, (muscle, side), site_group)
    labels = {group: group_label(muscle, group) for group in MUSCLES[muscle].groups}
    return tuple(replace(one, part=labels.get(one.site_group or "", "")) for one in found)


def next_doses(
    facts: PlanningFacts, rules: tuple[Rule, ...], muscle: str, side: Side, dose_step: Decimal | None = None
) -> tuple[NextDose, ...]:
    """What the clinic's rules say of a muscle, product by product; also why they say nothing. Empty without a rule."""
    asked = [key for key in products() if applicable(rules, key, muscle)]
    return tuple(_next(facts, rules, product, (muscle, side), dose_step) for product in asked)


def _next(
    facts: PlanningFacts, rules: tuple[Rule, ...], product: str, at: tuple[str, Side], dose_step: Decimal | None
) -> NextDose:
    last = _last(facts)
    if last is None:
        return _nothing(product, "No session is on record, so there is no last dose to start from.")
    given = {key: units for (key, muscle, side), units in last.doses.items() if (muscle, side) == at and units}
    if not given:
        return _nothing(product, f"This muscle was not treated in the last session of {day_text(last.on)}.")
    if set(given) != {product}:
        named = " and ".join(product_name(key) or "a product that is not recorded" for key in sorted(given))
        return _nothing(
            product,
            f"The last dose, of {day_text(last.on)}, was in units of {named}. Units of one product are not those of "
            f"another, so rules for {product_name(product)} say nothing.",
        )
    weak, words = _weakness(facts, last, at)
    residual, graded = _residual(facts, last, at)
    course = Course(product, *at, given[product], residual, weak, last.benefit_weeks, words)
    dose = next_dose(rules, course, dose_step)
    return replace(dose, lines=(f"Session of {day_text(last.on)}; {graded}.", *dose.lines))


def _nothing(product: str, words: str) -> NextDose:
    return NextDose(product, None, None, (words,))


def _last(facts: PlanningFacts) -> SessionDone | None:
    return max(facts.sessions, key=lambda one: (one.on, one.id), default=None)


def _residual(facts: PlanningFacts, last: SessionDone, at: tuple[str, Side]) -> tuple[int | None, str]:
    """The strongest grade left in the muscle's patterns; a grid of the session's own day or older says nothing of it."""
    if facts.graded_on is None or facts.graded_on <= last.on:
        return None, "no grid since then"
    muscle, side = at
    cells = [
        cell
        for cell in facts.cells
        if cell.grade is not None and muscle in cell.place.muscles and side in {cell.place.muscle_side, Side.MIDLINE}
    ]
    strongest = max(cells, key=lambda cell: (cell.grade or 0, cell.place.key), default=None)
    if strongest is None:
        return None, f"its patterns are open in the grid of {day_text(facts.graded_on)}"
    return strongest.grade, f"grid of {day_text(facts.graded_on)}: {strongest.place.words}, grade {strongest.grade}"


def _weakness(facts: PlanningFacts, last: SessionDone, at: tuple[str, Side]) -> tuple[bool | None, tuple[str, ...]]:
    """Whether a weakness came since a session in a muscle or beside it; None while nobody asked."""
    words = tuple(event.words for event in facts.weaknesses if _since(event, last) and _touches(event, at))
    if words:
        return True, words
    return (False if last.reviewed else None), ()


def _since(event: WeaknessEvent, last: SessionDone) -> bool:
    if event.session_id is not None:
        return event.session_id == last.id or (event.onset_on is not None and event.onset_on >= last.on)
    return event.onset_on is None or event.onset_on >= last.on  # A day that nobody recorded may be after it.


def _touches(event: WeaknessEvent, at: tuple[str, Side]) -> bool:
    if not event.muscles:  # Which muscles did it is not known: any on that side may have.
        return event.side in {None, at[1], Side.MIDLINE} or at[1] is Side.MIDLINE
    return bool(event.muscles & ({at} | neighbours(*at)))


def _split(dose: NextDose, last: SessionDone, at: tuple[str, Side], site_group: str | None) -> Iterator[DoseStart]:
    """The next dose of a whole muscle over the places of the last session, in the proportions of that session."""
    units = dose.units or Decimal(0)
    places = _places(last, dose.product, at)
    count_all = sum(count for _, count, _ in places)
    held = sum((count * largest for _, count, largest in places), Decimal(0))
    alike = len({largest for _, _, largest in places}) == 1
    basis = f"Consider the clinic’s own rules: {dose.direction or ''} to {format_units(units)} in all of the muscle"
    for group, count, largest in places:
        each = (units * largest / held).quantize(_HUNDREDTH, rounding=ROUND_DOWN) if held else Decimal(0)
        if not each or site_group not in {None, group}:
            continue
        lines = [*dose.lines]
        if alike:
            lines.append(_shared(units, count_all)[1])
        else:
            lines.append(
                f"Shared as then, when a place here had up to {format_units(largest)}: {format_units(each)} each."
            )
        if count < count_all:
            lines.append(
                f"{plural(count, 'place')} of the {count_all} were in this part: {format_units(each * count)}."
            )
        yield DoseStart(dose.product, count, each, basis, tuple(lines), dose.rules, group)


def _shared(units: Decimal, sites: int) -> tuple[Decimal, str]:
    """Units at each of some places, rounded down to 0.01, in words with what is left over."""
    each = (units / sites).quantize(_HUNDREDTH, rounding=ROUND_DOWN)
    left = units - each * sites
    words = f"{format_units(units)} over {plural(sites, 'place')}: {format_units(each)} each"
    return each, f"{words}, rounded down; {format_units(left)} left over." if left else f"{words}."


def _places(session: SessionDone, product: str, at: tuple[str, Side]) -> tuple[tuple[str | None, int, Decimal], ...]:
    """The places of a muscle in a session as (group, number, largest units at one)."""
    return tuple(
        (group, count, largest)
        for (key, muscle, side, group), (count, largest) in session.sites.items()
        if (key, muscle, side) == (product, *at)
    )


def _last_sessions(facts: PlanningFacts, muscle: str, side: Side, site_group: str | None) -> Iterator[DoseStart]:
    """The newest session of each product in which the muscle was treated, with its places as they were given."""
    seen: set[str] = set()
    for session in sorted(facts.sessions, key=lambda one: (one.on, one.id), reverse=True):
        for product in sorted(key for (key, *at), units in session.doses.items() if at == [muscle, side] and units):
            if product not in seen and product in products():
                seen.add(product)
                yield from _as_given(session, product, (muscle, side), site_group)


def _as_given(session: SessionDone, product: str, at: tuple[str, Side], site_group: str | None) -> Iterator[DoseStart]:
    places = _places(session, product, at)
    total = session.doses[product, *at]
    most = sum((count * largest for _, count, largest in places), Decimal(0))
    basis = f"last session with {product_name(product)}, {day_text(session.on)}"
    for group, count, largest in places:
        if site_group not in {None, group} or not count:
            continue
        # Only the largest dose of each group is known: where all places were alike it is every place's dose. Otherwise
        # what the group held at least, spread evenly, so that a start is never more than what was given.
        alike = most == total
        each, words = (largest, "") if alike else _shared(max(total - (most - count * largest), Decimal(0)), count)
        if not each:
            continue
        given = f"{plural(count, 'place')} of {format_units(each)}" if alike else words
        lines = [f"Given on {day_text(session.on)}: {given.rstrip('.')}."]
        if not alike:
            lines.append(
                f"The places did not all have the same dose then; up to {format_units(largest)} at one. See that session."
            )
        yield DoseStart(product, count, each, basis, tuple(lines), site_group=group)


def _presets(facts: PlanningFacts, muscle: str, side: Side, site_group: str | None) -> Iterator[DoseStart]:
    wanted = (site_group,) if site_group else (None, *MUSCLES[muscle].groups)
    for product in products():
        for part in wanted:
            # A part that is asked for falls back on the muscle's preset; among all parts that one stands by itself.
            keys = [(product, muscle, group) for group in dict.fromkeys([part, None] if site_group else [part])]
            key = next((one for one in keys if one in facts.presets), None)
            if key is not None:
                yield _preset(facts.presets[key], key, (muscle, side), part)


def _preset(
    span: tuple[Decimal, Decimal], key: tuple[str, str, str | None], at: tuple[str, Side], part: str | None
) -> DoseStart:
    low, high = span
    product, muscle, group = key
    sites = _named_places(*at, part)
    shown = format_units(low) if low == high else f"{format_units(low).split(NBSP)[0]} to {format_units(high)}"
    of_group = f" of {group_label(muscle, group)}" if group else ""
    accepted = f"The clinic accepted {shown} at a place{of_group}; this starts at the low end."
    each = "One for each named place." if sites > 1 else "One place; add places where more are meant."
    lines = (accepted, f"{plural(sites, 'place')}. {each}" if sites > 1 else each)
    basis = f"clinic preset, accepted: {shown} at a place"
    return DoseStart(product, sites, low, basis, lines, site_group=part)


def _named_places(muscle: str, side: Side, site_group: str | None) -> int:
    """How many named places a group has, or a muscle without groups; at least 1."""
    found = MUSCLES[muscle]
    if site_group is not None:
        return len(found.groups[site_group])
    if found.groups:
        return 1
    return max(1, sum((site.x == 0) is (side is Side.MIDLINE) for site in found.sites))
