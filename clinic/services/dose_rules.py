"""A clinic's own rules for the next dose: written off, switched on by a prescriber, retired; never rewritten."""

from __future__ import annotations

from clinic.domain.actors import Permission
from clinic.domain.dose_rule_entries import problems
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.next_doses import Rule, rule_words
from clinic.models import DoseRule
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

KEPT = (
    "product",
    "muscle",
    "residual_low",
    "residual_high",
    "weakness",
    "weeks_low",
    "weeks_high",
    "direction",
    "step",
    "cap",
    "reason",
)
"""What a rule says, as it is written and never rewritten."""


def write_rule(uow: UnitOfWork, rule: Rule) -> str:
    """Write a rule, switched off; gives its id (that of ``rule`` is not used). Raises NotPermitted, or Invalid by field."""
    require(uow, Permission.RULES_MANAGE)
    if found := problems(rule):
        raise Invalid(found)
    values = {name: getattr(rule, name) for name in KEPT} | {"reason": rule.reason.strip()}
    row = DoseRule(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        is_on=False,
        written_by=uow.actor.name,
        written_at=uow.now,
        **values,
    )
    uow.session.add(row)
    new = {name: "" if value is None else str(value) for name, value in values.items()} | {"words": rule_words(rule)}
    uow.record(Event(Action.DOSE_RULE_WRITTEN, f"dose_rule:{row.id}", new=new))
    return row.id


def switch_rule(uow: UnitOfWork, rule_id: str, *, on: bool) -> None:
    """Switch a rule on or off. Raises NotPermitted, NotFound for a retired one, Stale when it stands so already."""
    row = _held(uow, rule_id)
    if row.is_on is on:
        raise Stale(
            f"{row.switched_by or row.written_by} switched this rule {'on' if on else 'off'} already. Nothing was changed.",
            shown=int(not on),
            current=int(on),
        )
    row.is_on, row.switched_by, row.switched_at = on, uow.actor.name, uow.now
    uow.record(Event(Action.DOSE_RULE_SWITCHED, f"dose_rule:{rule_id}", old={"on": not on}, new={"on": on}))


def retire_rule(uow: UnitOfWork, rule_id: str) -> None:
    """Stop using a rule for good; it stays on record. Raises NotPermitted, NotFound for one that is retired already."""
    row = _held(uow, rule_id)
    old = {"on": row.is_on}
    row.is_on, row.retired_at = False, uow.now
    row.switched_by, row.switched_at = uow.actor.name, uow.now
    uow.record(Event(Action.DOSE_RULE_RETIRED, f"dose_rule:{rule_id}", old=old, new={"on": False}))


def _held(uow: UnitOfWork, rule_id: str) -> DoseRule:
    require(uow, Permission.RULES_MANAGE)
    row = uow.session.get(DoseRule, (uow.clinic_id, rule_id), with_for_update=True)
    if row is None or row.retired_at is not None:
        raise NotFound
    return row
