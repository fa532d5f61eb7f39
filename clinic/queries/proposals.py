"""What planning proposes for a patient on the day of a visit: the facts, the rules of the clinic, and the proposal."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.domain.planning import propose
from clinic.domain.proposals import Proposal
from clinic.queries.planning_facts import Planning, planning
from clinic.queries.planning_rules import RuleOff, rules_off
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal with the facts behind it; ``off`` are the rules that the clinic switched off."""

    planning: Planning
    proposal: Proposal
    off: tuple[RuleOff, ...]


def proposed(uow: UnitOfWork, patient_id: str, visit_id: str | None) -> Proposed:
    """What is proposed, in two statements. Raises NotFound, also for another patient's visit."""
    off = tuple(rules_off(uow).values())
    return proposed_from(planning(uow, patient_id, visit_id), off)


def proposed_from(known: Planning, off: tuple[RuleOff, ...]) -> Proposed:
    """What follows from facts that were read already."""
    return Proposed(known, propose(known.facts, frozenset(one.rule for one in off)), off)
