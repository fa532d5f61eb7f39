"""From one patient's facts to what could be considered, each line with its rule. Pure, and never applied by itself.

The same facts give the same proposal, in whatever order cells, answers and rules come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell
from clinic.domain.planning_case import Case, cases, of_cell, since_words
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.planning_lacks import uncovered, usable
from clinic.domain.planning_letters import letter_lines
from clinic.domain.planning_rules import Arm, Kind, Rule, rules
from clinic.domain.planning_targets import Restriction, excluded, left_out, proposed
from clinic.domain.planning_targets import restriction as restriction_by
from clinic.domain.proposals import Lack, Proposal, ProposedTarget, RedFlag, StageNote, Suggestion
from clinic.domain.wording import side_words

Stops = frozenset[tuple[Arm, Side | None]]
"""What may not be proposed: an arm of care for a side, or for every side where the side is None."""

_SUGGESTING = (Kind.TRAINING, Kind.BLOCK_TEST, Kind.REFERRAL)


def propose(facts: PlanningFacts, off: frozenset[str] = frozenset()) -> Proposal:
    """What planning says of one patient on one day; ``off`` are rules that the clinic switched off (safety rules never)."""
    return propose_by(facts, rules().values(), off)


def propose_by(facts: PlanningFacts, known: Iterable[Rule], off: frozenset[str] = frozenset()) -> Proposal:
    """The same with given rules."""
    every = tuple(sorted(known, key=lambda one: one.id))
    active = tuple(one for one in every if one.kind.is_safety or one.id not in off)
    found = usable(facts)
    flags = tuple(_red_flags(facts, active))
    stops, stopped_by = _stops(facts, active)
    # A cell that is too old, or of a side without a palsy, is no ground for a suggestion either.
    heard = replace(facts, cells=found.cells)
    cells = tuple(one for one in found.cells if not _stopped(stops, Arm.TOXIN, one.place.side))
    targets: tuple[ProposedTarget, ...] = () if flags else proposed(facts, cells, active)
    return Proposal(
        stages=tuple(_stages(facts, active)),
        red_flags=flags,
        lacks=(*found.lacks, *(() if flags else _silent(facts, cells, every))),
        targets=targets,
        suggestions=(
            *(one for one in stopped_by if one.referral),
            *_suggestions(facts, heard, active, _SUGGESTING, stops, withheld=bool(flags)),
        ),
        cautions=(
            *(one for one in stopped_by if not one.referral),
            *(() if flags else left_out(facts, cells, active)),
            *_suggestions(facts, heard, active, (Kind.CAUTION,), stops, withheld=bool(flags)),
        ),
    )


def restriction(facts: PlanningFacts, muscle: str, side: Side) -> Restriction:
    """What stands against a muscle, proposed or not: its guard and block, and why a proposal would leave it out."""
    known = sorted(rules().values(), key=lambda one: one.id)
    against = [
        (f"{rule.says} {'; '.join(_seen(rule, found))}.", rule.id)
        for rule in known
        if rule.kind is Kind.STOP and Arm.TOXIN in rule.then.stops
        if (found := [case for case in _holding(facts, rule) if side in {case.side or side, Side.MIDLINE}])
    ]
    words, left_out_by = excluded(facts, muscle, side, known)
    against += [(words, left_out_by)] if left_out_by else []
    stopped = " ".join(said for said, _ in against)
    return replace(
        restriction_by(facts, muscle, side, known), stopped=stopped, stopped_rules=tuple(rule for _, rule in against)
    )


def spoken(proposal: Proposal) -> frozenset[str]:
    """The ids of every rule that a proposal names."""
    named = [one.rule for one in (*proposal.suggestions, *proposal.cautions)]
    named += [one.rule for one in proposal.stages] + [one.rule for one in proposal.red_flags]
    return frozenset((*named, *(rule for one in proposal.targets for rule in one.rules)))


def _holding(facts: PlanningFacts, rule: Rule) -> Iterator[Case]:
    return (case for case in cases(facts, sided=rule.sided) if all(one.holds(case) for one in rule.when))


def _seen(rule: Rule, found: Iterable[Case]) -> tuple[str, ...]:
    words = (condition.seen(case) for case in found for condition in rule.when)
    return tuple(dict.fromkeys(one for one in words if one))


def _stages(facts: PlanningFacts, active: Iterable[Rule]) -> Iterator[StageNote]:
    order = [one for one in active if one.kind is Kind.STAGE]
    for palsy in sorted(facts.palsies, key=lambda one: (one.side, one.id)):
        case = Case(facts, side=palsy.side, palsy=palsy)
        for rule in order:
            if all(one.holds(case) for one in rule.when):
                yield StageNote(palsy.id, palsy.side, rule.title, since_words(palsy, facts.on), rule.says, rule.id)


def _red_flags(facts: PlanningFacts, active: Iterable[Rule]) -> Iterator[RedFlag]:
    for rule in active:
        found = tuple(_holding(facts, rule)) if rule.kind is Kind.RED_FLAG else ()
        if found and rule.then.referral:
            lines = (*_seen(rule, found), *letter_lines(facts, rule.then.letter))
            yield RedFlag(rule.id, rule.says, rule.then.referral, rule.then.urgent, _once(lines))


def _stops(facts: PlanningFacts, active: Iterable[Rule]) -> tuple[Stops, tuple[Suggestion, ...]]:
    stops: set[tuple[Arm, Side | None]] = set()
    said = []
    for rule in active:
        found = tuple(_holding(facts, rule)) if rule.kind is Kind.STOP else ()
        stops |= {(arm, case.side) for case in found for arm in rule.then.stops}
        if found:
            said.append(_suggestion(facts, rule, found))
    return frozenset(stops), tuple(said)


def _stopped(stops: Stops, arm: Arm | None, side: Side | None) -> bool:
    return arm is not None and ((arm, None) in stops or (arm, side) in stops)


def _suggestions(
    facts: PlanningFacts,
    heard: PlanningFacts,
    active: Iterable[Rule],
    kinds: tuple[Kind, ...],
    stops: Stops,
    *,
    withheld: bool,
) -> Iterator[Suggestion]:
    """What rules say of the facts ``heard``; a letter has all of them."""
    order = {kind: number for number, kind in enumerate(kinds)}
    for rule in sorted((one for one in active if one.kind in order), key=lambda one: (order[one.kind], one.id)):
        arm = rule.then.arm
        found = tuple(one for one in _holding(heard, rule) if not _stopped(stops, arm, one.side))
        # A red flag comes before every arm of care; what belongs to none (a referral, eye care) still stands.
        if found and not (withheld and arm):
            yield _suggestion(facts, rule, found)


def _suggestion(facts: PlanningFacts, rule: Rule, found: tuple[Case, ...]) -> Suggestion:
    sides = sorted({case.side for case in found if case.side})
    named = (f"for the {' and the '.join(side_words(side) for side in sides)}",) if sides else ()
    lines = (*named, *_seen(rule, found), *letter_lines(facts, rule.then.letter))
    return Suggestion(rule.id, rule.says, _once(lines), rule.then.referral)


def _once(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines without those that another one says already."""
    every = tuple(dict.fromkeys(lines))
    return tuple(one for one in every if not any(one != other and one in other for other in every))


def _silent(facts: PlanningFacts, cells: tuple[Cell, ...], every: Iterable[Rule]) -> tuple[Lack, ...]:
    # A rule that is switched off still counts: its silence is the clinic's choice, and is named with the rules off.
    heard = frozenset(
        (cell.place.side, cell.place.key)
        for cell in cells
        for rule in every
        if rule.kind is Kind.TARGET and all(one.holds(of_cell(facts, cell)) for one in rule.when)
    )
    return uncovered(cells, heard)
