"""Switching a planning rule off for a clinic: with a reason, by a prescriber, and never one that protects the patient."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.errors import Invalid, NotFound, NotPermitted, Stale
from clinic.domain.planning import propose, spoken
from clinic.domain.planning_examples import facts_of
from clinic.domain.planning_rules import rules
from clinic.models import AuditEvent
from clinic.queries.planning_rules import RuleOff, rule_history, rule_lines, rules_off
from clinic.services.planning_rules import switch_off, switch_on
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld

RULE = "target-oral-ocular"
REASON = "We treat the eye in another clinic."
SAFETY = sorted(one.id for one in rules().values() if one.kind.is_safety)


def off(work: Work, clinic: ClinicWorld, rule: str = RULE, reason: str = REASON) -> None:
    with work.writing(clinic.prescriber) as uow:
        switch_off(uow, rule, reason)


def on(work: Work, clinic: ClinicWorld, rule: str = RULE) -> None:
    with work.writing(clinic.prescriber) as uow:
        switch_on(uow, rule)


def now(work: Work, clinic: ClinicWorld) -> dict[str, RuleOff]:
    with work.reading(clinic.prescriber) as uow:
        return dict(rules_off(uow))


def test_a_rule_is_off_with_its_reason_and_planning_is_silent_about_it(work: Work, clinic: ClinicWorld) -> None:
    off(work, clinic, reason=f"  {REASON} ")
    found = now(work, clinic)
    assert list(found) == [RULE]
    assert (found[RULE].reason, found[RULE].by) == (REASON, clinic.prescriber.name)
    assert found[RULE].title == rules()[RULE].title
    facts = facts_of({"cells": ["left big_smile eye 3/3"]})
    assert RULE in spoken(propose(facts))
    assert RULE not in spoken(propose(facts, frozenset(found)))


def test_it_is_switched_on_again_and_both_stay_on_record(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    off(work, clinic)
    on(work, clinic)
    clock.move(days=1)
    off(work, clinic, reason="Once more, for another reason.")
    with work.reading(clinic.prescriber) as uow:
        second, first = rule_history(uow, RULE)
        events = [
            (one.action, one.values)
            for one in uow.session.scalars(
                select(AuditEvent).where(AuditEvent.subject == f"planning_rule:{RULE}").order_by(AuditEvent.sequence)
            )
        ]
    assert (first.reason, first.restored_by) == (REASON, clinic.prescriber.name)
    assert first.restored_at is not None
    assert second.restored_at is None
    assert len(events) == 3
    assert {action for action, _ in events} == {"planning_rule.switched"}


@pytest.mark.parametrize("reason", ["", " " * 30, "too short", "x" * 1001])
def test_a_reason_is_needed(work: Work, clinic: ClinicWorld, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        off(work, clinic, reason=reason)
    assert "still on" in refused.value.fields["reason"]
    assert now(work, clinic) == {}


def test_ten_characters_are_a_reason(work: Work, clinic: ClinicWorld) -> None:
    off(work, clinic, reason="x" * 10)
    assert RULE in now(work, clinic)


def test_what_protects_a_patient_stays_on(work: Work, clinic: ClinicWorld) -> None:
    assert len(SAFETY) > 20
    for rule in SAFETY:
        with pytest.raises(Invalid) as refused:
            off(work, clinic, rule)
        assert "protects the patient" in refused.value.fields["reason"]
    assert now(work, clinic) == {}


def test_a_rule_that_does_not_exist_is_not_found(work: Work, clinic: ClinicWorld) -> None:
    with pytest.raises(NotFound):
        off(work, clinic, "target-nothing")
    with pytest.raises(NotFound):
        on(work, clinic, "target-nothing")


def test_switching_what_is_switched_already_is_told(work: Work, clinic: ClinicWorld) -> None:
    with pytest.raises(Stale):
        on(work, clinic)
    off(work, clinic)
    with pytest.raises(Stale):
        off(work, clinic, reason="Another reason altogether.")
    assert now(work, clinic)[RULE].reason == REASON


def test_of_many_at_once_one_switches_it(work: Work, clinic: ClinicWorld) -> None:
    def one(number: int) -> str:
        try:
            off(work, clinic, reason=f"Reason number {number}.")
        except Stale:
            return "told"
        return "switched"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == ["switched", *["told"] * 3]
    with work.reading(clinic.prescriber) as uow:
        assert len(rule_history(uow, RULE)) == 1


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRESCRIBER])
def test_only_a_prescriber_switches(work: Work, clinic: ClinicWorld, role: Role) -> None:
    with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
        switch_off(uow, RULE, REASON)
    off(work, clinic)
    with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
        switch_on(uow, RULE)
    assert RULE in now(work, clinic)


def test_another_clinics_switches_are_never_seen(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    off(work, clinic)
    assert now(work, other_clinic) == {}
    with pytest.raises(Stale):
        on(work, other_clinic)
    with work.reading(other_clinic.prescriber) as uow:
        assert rule_history(uow, RULE) == ()
        assert all(line.off is None for _, lines in rule_lines(uow) for line in lines)
    assert RULE in now(work, clinic)
