"""The planning rules of this clinic: which are switched off, by whom, why, and how each was switched over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from clinic.domain.planning_rules import Kind, Rule, rules
from clinic.models import PlanningRuleOff
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RuleOff:
    """That a rule was switched off, and when it was switched on again."""

    id: str
    rule: str
    reason: str
    by: str
    at: datetime
    restored_by: str = ""
    restored_at: datetime | None = None

    @property
    def title(self) -> str:
        """The rule's title; its id where this version of the program has no such rule any more."""
        known = rules().get(self.rule)
        return known.title if known else self.rule


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule, and why it is off in this clinic (None while it is on)."""

    rule: Rule
    off: RuleOff | None

    @property
    def sources(self) -> str:
        """Its sources by their keys, in one line."""
        return ", ".join(one.key for one in self.rule.sources)


def rules_off_select(uow: UnitOfWork) -> AnySelect:
    """The select behind ``rules_off``, to ride along in a page's one statement."""
    return _select(uow).where(PlanningRuleOff.restored_at.is_(None))


def rules_off_of(rows: Iterable[Any]) -> Mapping[str, RuleOff]:
    """The rules that are off, by id, from the rows of ``rules_off_select``."""
    found = (RuleOff(*row) for row in sorted(rows, key=lambda row: (row[4], row[0])))
    return {one.rule: one for one in found if one.rule in rules()}


def rules_off(uow: UnitOfWork) -> Mapping[str, RuleOff]:
    """The rules that this clinic switched off, by id. One statement."""
    return rules_off_of(uow.session.execute(rules_off_select(uow)))


def rule_history(uow: UnitOfWork, rule: str) -> tuple[RuleOff, ...]:
    """Every time a rule was switched off, newest first. One statement."""
    p = PlanningRuleOff
    rows = uow.session.execute(_select(uow).where(p.rule == rule).order_by(p.at.desc(), p.id.desc()))
    return tuple(RuleOff(*row) for row in rows)


def rule_lines(uow: UnitOfWork) -> tuple[tuple[Kind, tuple[RuleLine, ...]], ...]:
    """All rules by kind, with their state in this clinic. One statement."""
    off = rules_off(uow)
    return tuple(
        (kind, tuple(RuleLine(one, off.get(one.id)) for one in rules().values() if one.kind is kind)) for kind in Kind
    )


def _select(uow: UnitOfWork) -> AnySelect:
    p = PlanningRuleOff
    found: AnySelect = select(p.id, p.rule, p.reason, p.by, p.at, p.restored_by, p.restored_at)
    return found.where(p.clinic_id == uow.clinic_id)
