"""Switching a planning rule off for a clinic, with a reason, and on again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.planning_rules import Rule, rules
from clinic.models import Clinic, PlanningRuleOff
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

REASON_MINIMUM: Final = 10
REASON_MAXIMUM: Final = 1000


def switch_off(uow: UnitOfWork, rule_id: str, reason: str) -> None:
    """Switch a rule off. Raises NotFound, Invalid for a safety rule or a short reason, Stale when it is off already."""
    rule, now = _held(uow, rule_id)
    if rule.kind.is_safety:
        raise Invalid({"reason": "This rule protects the patient and cannot be switched off. It stays on."})
    reason = reason.strip()
    if not REASON_MINIMUM <= len(reason) <= REASON_MAXIMUM:
        raise Invalid({"reason": f"Say why in {REASON_MINIMUM} to {REASON_MAXIMUM} characters. The rule is still on."})
    if now is not None:
        raise Stale("Somebody else switched this rule off meanwhile; it stays as it is.", shown=0, current=1)
    uow.session.add(
        PlanningRuleOff(
            clinic_id=uow.clinic_id, id=uow.new_id(), rule=rule_id, reason=reason, by=uow.actor.name, at=uow.now
        )
    )
    uow.record(_event(rule, reason, off=True))


def switch_on(uow: UnitOfWork, rule_id: str) -> None:
    """Switch a rule on again. Raises NotFound, Stale when it is on already."""
    rule, now = _held(uow, rule_id)
    if now is None:
        raise Stale("Somebody else switched this rule on meanwhile; it stays as it is.", shown=1, current=0)
    now.restored_by = uow.actor.name
    now.restored_at = uow.now
    uow.record(_event(rule, now.reason, off=False))


def _held(uow: UnitOfWork, rule_id: str) -> tuple[Rule, PlanningRuleOff | None]:
    """The rule, and the row that has it off; whoever switches at the same time waits here."""
    require(uow, Permission.RULES_MANAGE)
    rule = rules().get(rule_id)
    if rule is None:
        raise NotFound
    uow.session.get_one(Clinic, uow.clinic_id, with_for_update=True)
    p = PlanningRuleOff
    mine = select(p).where(p.clinic_id == uow.clinic_id, p.rule == rule_id, p.restored_at.is_(None))
    return rule, uow.session.scalars(mine).first()


def _event(rule: Rule, reason: str, *, off: bool) -> Event:
    words = {True: "off", False: "on"}
    return Event(
        Action.PLANNING_RULE_SWITCHED,
        f"planning_rule:{rule.id}",
        reason=reason,
        old={"state": words[not off]},
        new={"state": words[off], "version": rule.version},
    )
