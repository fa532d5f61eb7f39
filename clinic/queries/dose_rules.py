"""The clinic's own rules for the next dose, as their page shows them and as planning reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from clinic.domain.anatomy import MUSCLES, OTHER, muscle_label
from clinic.domain.next_doses import Rule, disagreements, rule_words
from clinic.models import DoseRule
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class DoseRuleRow:
    """A rule in words, and who wrote and switched it; ``against`` are the reasons of rules that it disagrees with."""

    id: str
    words: str
    reason: str
    place: str
    is_on: bool
    written_by: str
    written_at: datetime
    switched_by: str
    switched_at: datetime | None
    retired_at: datetime | None
    against: tuple[str, ...]


def dose_rule_select(uow: UnitOfWork) -> AnySelect:
    """The select behind ``dose_rules`` and ``active_rules``, for ``together``."""
    d = DoseRule
    return select(
        d.id,
        d.product,
        d.muscle,
        d.residual_low,
        d.residual_high,
        d.weakness,
        d.weeks_low,
        d.weeks_high,
        d.direction,
        d.step,
        d.cap,
        d.reason,
        d.is_on,
        d.written_by,
        d.written_at,
        d.switched_by,
        d.switched_at,
        d.retired_at,
    ).where(d.clinic_id == uow.clinic_id)


def active_rules_of(rows: Iterable[tuple[Any, ...]]) -> tuple[Rule, ...]:
    """The rules that are switched on, from the rows of ``dose_rule_select``."""
    return tuple(sorted((Rule(*row[:13]) for row in rows if row[12] and row[17] is None), key=lambda one: one.id))


def active_rules(uow: UnitOfWork) -> tuple[Rule, ...]:
    """The rules that are switched on. One statement."""
    return active_rules_of(together(uow, {"dose_rule": dose_rule_select(uow)})["dose_rule"])


def dose_rules(uow: UnitOfWork) -> tuple[DoseRuleRow, ...]:
    """All rules: those in use first, then those switched off, then the retired ones. One statement."""
    rows = together(uow, {"dose_rule": dose_rule_select(uow)})["dose_rule"]
    against: dict[str, list[str]] = {}
    for one, other in disagreements(Rule(*row[:13]) for row in rows if row[17] is None):
        against.setdefault(one.id, []).append(other.reason)
        against.setdefault(other.id, []).append(one.reason)
    found = [_row(row, tuple(against.get(row[0], ()))) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.retired_at is not None, not one.is_on, one.place, one.id)))


def _row(row: tuple[Any, ...], against: tuple[str, ...]) -> DoseRuleRow:
    rule = Rule(*row[:13])
    return DoseRuleRow(
        id=rule.id,
        words=rule_words(rule),
        reason=rule.reason,
        place=muscle_label(rule.muscle) if rule.muscle else "Every muscle",
        is_on=rule.is_on,
        written_by=row[13],
        written_at=row[14],
        switched_by=row[15],
        switched_at=row[16],
        retired_at=row[17],
        against=against,
    )


def rule_muscles() -> tuple[tuple[str, str], ...]:
    """Every muscle that a rule can be for, as (key, words), by name."""
    named = ((key, one.label) for key, one in MUSCLES.items() if key != OTHER)
    return tuple(sorted(named, key=lambda one: one[1]))
