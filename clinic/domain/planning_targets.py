"""From graded cells to muscles to consider: merged, guarded, blocked, and in order.

Order: the patient's priorities, then how much it is minded, then the grade, then the movement. The two patterns that come
first are marked, because few muscles at a time are preferred (clinical reference 5.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clinic.domain.anatomy import MUSCLES, Side, muscle_label
from clinic.domain.assessments.grid import Cell, Group, Movement
from clinic.domain.planning_case import of_cell, of_muscle, on_side
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.planning_rules import Kind, Rule
from clinic.domain.proposals import ProposedTarget, Reason, Suggestion
from clinic.domain.quantities import NBSP
from clinic.domain.wording import side_words

FIRST_PATTERNS = 2
"""How many patterns come first (clinical reference 5.2, step 3: expert opinion)."""

_MOVEMENTS = {movement: number for number, movement in enumerate(Movement)}
_GROUPS = {group: number for number, group in enumerate(Group)}
_MUSCLES = {muscle: number for number, muscle in enumerate(MUSCLES)}
_NEVER = 99
CellRank = tuple[int, int, int, int, int, Side]


@dataclass(frozen=True, slots=True)
class Restriction:
    """What stands against using a muscle: a guard takes a typed reason, a block an answer; blank where nothing does.

    ``stopped`` says why planning proposes nothing there; a clinician who uses it all the same types a reason, as for a guard.
    """

    guard: str = ""
    guard_rule: str = ""
    blocked: str = ""
    blocked_rule: str = ""
    stopped: str = ""
    stopped_rules: tuple[str, ...] = ()

    @property
    def to_justify(self) -> str:
        """What takes a typed reason, in words."""
        return " ".join(filter(None, (self.stopped, self.guard)))

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of every rule that stands against it."""
        return tuple(filter(None, (*self.stopped_rules, self.guard_rule, self.blocked_rule)))


@dataclass(slots=True)
class _Muscle:
    """A muscle while its cells are collected; ``rank`` is its best place, ``listed`` its place within a rule."""

    cells: dict[Cell, None] = field(default_factory=dict)
    by_rule: dict[str, tuple[Rule, list[Cell]]] = field(default_factory=dict)
    groups: set[str | None] = field(default_factory=set)
    rank: tuple[CellRank, int] | None = None


def rank(facts: PlanningFacts, cell: Cell) -> CellRank:
    """Where a cell comes: a smaller rank comes first; what nobody asked is minded less than what is minded a little."""
    place = cell.place
    wanted = facts.priorities.index(place.group) if place.group in facts.priorities else _NEVER
    minded = cell.bother if cell.bother is not None else 0
    return (wanted, -minded, -(cell.grade or 0), _MOVEMENTS[place.movement], _GROUPS[place.group], place.side)


def proposed(facts: PlanningFacts, cells: Iterable[Cell], rules: Iterable[Rule]) -> tuple[ProposedTarget, ...]:
    """The muscles that target rules find in cells, in order; those left out by an exclusion are not among them."""
    known = tuple(sorted(rules, key=lambda one: one.id))
    found = _collected(facts, sorted(cells, key=lambda one: rank(facts, one)), known)
    kept = {key: one for key, one in found.items() if not excluded(facts, *key, known)[1]}
    order = sorted(kept, key=lambda key: (kept[key].rank, _MUSCLES[key[0]], key[1]))
    first = _first_patterns(facts, (cell for one in kept.values() for cell in one.cells))
    return tuple(_target(facts, key, kept[key], known, first) for key in order)


def _collected(facts: PlanningFacts, cells: Iterable[Cell], rules: tuple[Rule, ...]) -> dict[tuple[str, Side], _Muscle]:
    found: dict[tuple[str, Side], _Muscle] = {}
    for cell in cells:
        case = of_cell(facts, cell)
        for rule in rules:
            if rule.kind is not Kind.TARGET or not all(one.holds(case) for one in rule.when):
                continue
            for listed, use in enumerate(rule.then.muscles):
                one = found.setdefault((use.muscle, on_side(use.muscle, cell.place.muscle_side)), _Muscle())
                one.cells[cell] = None
                one.by_rule.setdefault(rule.id, (rule, []))[1].append(cell)
                one.groups |= set(use.groups) or {None}
                here = (rank(facts, cell), listed)
                one.rank = here if one.rank is None else min(one.rank, here)
    return found


def _first_patterns(facts: PlanningFacts, cells: Iterable[Cell]) -> frozenset[tuple[Side, Group]]:
    ordered = sorted(set(cells), key=lambda one: rank(facts, one))
    return frozenset(list(dict.fromkeys((one.place.side, one.place.group) for one in ordered))[:FIRST_PATTERNS])


def _target(
    facts: PlanningFacts,
    key: tuple[str, Side],
    found: _Muscle,
    rules: tuple[Rule, ...],
    first: frozenset[tuple[Side, Group]],
) -> ProposedTarget:
    muscle, side = key
    cells = sorted(found.cells, key=lambda one: rank(facts, one))
    against = restriction(facts, muscle, side, rules)
    minded = [one.bother for one in cells if one.bother is not None]
    wanted = [facts.priorities.index(one.place.group) + 1 for one in cells if one.place.group in facts.priorities]
    groups = () if None in found.groups else tuple(one for one in MUSCLES[muscle].groups if one in found.groups)
    return ProposedTarget(
        muscle=muscle,
        side=side,
        site_groups=groups,
        purpose=next(iter(found.by_rule.values()))[0].then.purpose,
        patterns=tuple(one.place for one in cells),
        grade=max(one.grade or 0 for one in cells),
        bother=max(minded, default=None),
        priority=min(wanted, default=None),
        reasons=tuple(_reason(rule, seen) for rule, seen in found.by_rule.values()),
        guard=against.guard,
        guard_rule=against.guard_rule,
        blocked=against.blocked,
        blocked_rule=against.blocked_rule,
        first=any((one.place.side, one.place.group) in first for one in cells),
    )


def _reason(rule: Rule, cells: list[Cell]) -> Reason:
    seen = ", ".join(f"{one.place.words}{NBSP}{one.text}" for one in cells)
    return Reason(rule.id, f"{rule.says} In the grid: {side_words(cells[0].place.side)}, {seen}.")


def restriction(facts: PlanningFacts, muscle: str, side: Side, rules: Iterable[Rule]) -> Restriction:
    """The first guard and the first block that hold for a muscle on a side, in words with their facts."""
    found: Mapping[Kind, tuple[str, str]] = {
        kind: _against(facts, muscle, side, kind, rules) for kind in (Kind.GUARD, Kind.BLOCK)
    }
    return Restriction(*found[Kind.GUARD], *found[Kind.BLOCK])


def _against(facts: PlanningFacts, muscle: str, side: Side, kind: Kind, rules: Iterable[Rule]) -> tuple[str, str]:
    case = of_muscle(facts, muscle, side)
    for rule in sorted(rules, key=lambda one: one.id):
        if rule.kind is kind and all(one.holds(case) for one in rule.when):
            seen = "; ".join(words for one in rule.when if (words := one.seen(case)))
            return f"{rule.says} {_sentence(seen)}".strip(), rule.id
    return "", ""


def excluded(facts: PlanningFacts, muscle: str, side: Side, rules: Iterable[Rule]) -> tuple[str, str]:
    """Why a muscle is left out, in words, and the id of the rule that does it; blank where none does."""
    return _against(facts, muscle, side, Kind.EXCLUSION, rules)


def left_out(facts: PlanningFacts, cells: Iterable[Cell], rules: Iterable[Rule]) -> tuple[Suggestion, ...]:
    """What would have been proposed and was left out, with the reason."""
    known = tuple(sorted(rules, key=lambda one: one.id))
    found = _collected(facts, sorted(cells, key=lambda one: rank(facts, one)), known)
    said = []
    for muscle, side in sorted(found, key=lambda key: (_MUSCLES[key[0]], key[1])):
        words, rule = excluded(facts, muscle, side, known)
        if rule:
            named = f"{muscle_label(muscle)}, {side_words(side)}"
            said.append(Suggestion(rule, f"Consider that nothing is proposed for {named}. {words}"))
    return tuple(said)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""
