"""A clinic's own next-dose rules: written off, switched, retired; a prescriber's business, and one clinic's only."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.errors import Invalid, NotFound, NotPermitted, Stale
from clinic.domain.next_doses import Direction, Rule, Weakness
from clinic.models import AuditEvent
from clinic.queries.dose_rules import active_rules, dose_rules
from clinic.services.dose_rules import retire_rule, switch_rule, write_rule
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld

UP = Rule(
    "",
    "botox",
    "mentalis",
    2,
    3,
    Weakness.NONE,
    0,
    11,
    Direction.UP,
    Decimal("1.25"),
    Decimal("7.5"),
    "Too weak so far",
)


def written(work: Work, clinic: ClinicWorld, rule: Rule = UP) -> str:
    """A rule as the prescriber writes it."""
    with work.writing(clinic.prescriber) as uow:
        return write_rule(uow, rule)


def test_a_rule_is_off_until_it_is_switched_on_and_gone_once_retired(work: Work, clinic: ClinicWorld) -> None:
    rule_id = written(work, clinic)
    with work.reading(clinic.prescriber) as uow:
        assert active_rules(uow) == ()
        assert [(one.id, one.is_on, one.written_by) for one in dose_rules(uow)] == [(rule_id, False, "Ada Prescriber")]
    with work.writing(clinic.prescriber) as uow:
        switch_rule(uow, rule_id, on=True)
    with work.reading(clinic.prescriber) as uow:
        assert active_rules(uow) == (replace(UP, id=rule_id, is_on=True),)
    with work.writing(clinic.prescriber) as uow:
        retire_rule(uow, rule_id)
    with work.reading(clinic.prescriber) as uow:
        assert active_rules(uow) == ()
        assert dose_rules(uow)[0].retired_at is not None
    with pytest.raises(NotFound), work.writing(clinic.prescriber) as uow:
        switch_rule(uow, rule_id, on=True)


def test_what_cannot_be_taken_changes_nothing(work: Work, clinic: ClinicWorld) -> None:
    with pytest.raises(Invalid) as refused:
        written(work, clinic, replace(UP, cap=Decimal(1), reason="short"))
    assert set(refused.value.fields) == {"step", "reason"}
    with work.reading(clinic.prescriber) as uow:
        assert dose_rules(uow) == ()


def test_switching_twice_is_stale(work: Work, clinic: ClinicWorld) -> None:
    rule_id = written(work, clinic)
    with pytest.raises(Stale), work.writing(clinic.prescriber) as uow:
        switch_rule(uow, rule_id, on=False)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRESCRIBER])
def test_only_a_prescriber_writes_switches_and_retires(work: Work, clinic: ClinicWorld, role: Role) -> None:
    rule_id = written(work, clinic)
    for act in (
        lambda uow: write_rule(uow, UP),
        lambda uow: switch_rule(uow, rule_id, on=True),
        lambda uow: retire_rule(uow, rule_id),
    ):
        with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
            act(uow)


def test_another_clinics_rule_is_not_found_and_not_seen(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    rule_id = written(work, clinic)
    with pytest.raises(NotFound), work.writing(other_clinic.prescriber) as uow:
        switch_rule(uow, rule_id, on=True)
    with work.reading(other_clinic.prescriber) as uow:
        assert dose_rules(uow) == ()


def test_rules_that_disagree_are_named(work: Work, clinic: ClinicWorld) -> None:
    written(work, clinic)
    written(work, clinic, replace(UP, muscle=None, direction=Direction.DOWN, reason="Down for everybody"))
    written(work, clinic, replace(UP, residual_low=0, residual_high=1, reason="Another grade altogether"))
    with work.reading(clinic.prescriber) as uow:
        against = {one.reason: one.against for one in dose_rules(uow)}
    assert against == {
        "Too weak so far": ("Down for everybody",),
        "Down for everybody": ("Too weak so far",),
        "Another grade altogether": (),
    }


def test_every_act_is_in_the_audit_trail(work: Work, clinic: ClinicWorld) -> None:
    rule_id = written(work, clinic)
    with work.writing(clinic.prescriber) as uow:
        switch_rule(uow, rule_id, on=True)
    with work.writing(clinic.prescriber) as uow:
        retire_rule(uow, rule_id)
    with work.reading(clinic.prescriber) as uow:
        events = (
            select(AuditEvent.action).where(AuditEvent.subject == f"dose_rule:{rule_id}").order_by(AuditEvent.sequence)
        )
        assert list(uow.session.scalars(events)) == ["dose_rule.written", "dose_rule.switched", "dose_rule.retired"]
