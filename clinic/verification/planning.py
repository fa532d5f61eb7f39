"""The diary, a clinic's dose rules and the planning rules that it switched off: each as the audit trail says.

None of them freezes with a visit, and the last two decide what planning proposes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select

from clinic.domain.events import Action
from clinic.models import AuditEvent, DiaryWeek, DoseRule, PlanningRuleOff
from clinic.queries import merges
from clinic.services.accounts import system_actor
from clinic.services.diaries import week_name
from clinic.services.dose_rules import KEPT
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem, compared

_REASON_KEPT = 500
"""Characters of a reason that the audit trail keeps."""

Said = list[Row[Any]]


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every week of a diary, dose rule and switched planning rule that is not as the audit trail says."""
    parts = {"diaries": _diaries, "dose rules": _dose_rules, "planning rules": _planning_rules}
    with work.reading(system_actor(clinic_id)) as uow:
        for name, part in parts.items():
            try:
                yield from list(part(uow, clinic_id, counts))
            except UNREADABLE:
                yield Problem(f"{name} of clinic {clinic_id}", "an entry cannot be read; it was changed")


def _diaries(uow: UnitOfWork, chain: int, counts: Counter[str]) -> Iterator[Problem]:
    said: Counter[tuple[str, ...]] = Counter()
    standing = merges.standing(uow)
    for row in _events(uow, chain, Action.DIARY_ENTERED):
        weeks = dict(json.loads(row.values)["new"])
        note = weeks.pop("note", "")
        said.update((standing.person(row.patient_id), name, days, note, row.user_id) for name, days in weeks.items())
    rows = uow.session.scalars(select(DiaryWeek)).all()
    there = Counter(
        (standing.person(one.patient_id), week_name(one.monday, one.exercise), one.days, one.note, one.by_id)
        for one in rows
    )
    counts["weeks of diaries"] += there.total()
    yield from _compared("diary week", {one: one[1] for one in said | there}, said, there)


def _dose_rules(uow: UnitOfWork, chain: int, counts: Counter[str]) -> Iterator[Problem]:
    said: dict[str, dict[str, object]] = {}
    for row in _events(uow, chain, Action.DOSE_RULE_WRITTEN, Action.DOSE_RULE_SWITCHED, Action.DOSE_RULE_RETIRED):
        rule_id, new = row.subject.removeprefix("dose_rule:"), json.loads(row.values)["new"]
        if row.action == Action.DOSE_RULE_WRITTEN:
            said[rule_id] = {name: _number(name, new[name]) for name in KEPT} | {"is_on": False, "is_retired": False}
        else:
            said[rule_id] |= {"is_on": new["on"], "is_retired": row.action == Action.DOSE_RULE_RETIRED}
    there = {
        one.id: {name: _number(name, getattr(one, name)) for name in KEPT}
        | {"is_on": one.is_on, "is_retired": one.retired_at is not None}
        for one in uow.session.scalars(select(DoseRule))
    }
    counts["dose rules"] += len(there)
    yield from compared(said, there, lambda one: f"dose rule {one}")


def _number(name: str, value: object) -> object:
    text = "" if value is None else str(value)
    return Decimal(text) if name in {"step", "cap"} else text


def _planning_rules(uow: UnitOfWork, chain: int, counts: Counter[str]) -> Iterator[Problem]:
    said: Counter[tuple[Any, ...]] = Counter()
    off: dict[str, tuple[str, str, datetime]] = {}
    for row in _events(uow, chain, Action.PLANNING_RULE_SWITCHED):
        rule = row.subject.removeprefix("planning_rule:")
        if json.loads(row.values)["new"]["state"] == "off":
            off[rule] = (rule, row.reason, row.at)
        else:
            said[(*off.pop(rule), row.at)] += 1
    said.update((*one, None) for one in off.values())
    rows = uow.session.scalars(select(PlanningRuleOff)).all()
    there = Counter((one.rule, one.reason[:_REASON_KEPT], one.at, one.restored_at) for one in rows)
    counts["planning rules switched"] += there.total()
    yield from _compared("planning rule", {one: one[0] for one in said | there}, said, there)


def _compared(what: str, names: dict[Any, str], said: Counter[Any], there: Counter[Any]) -> Iterator[Problem]:
    for name in sorted(names[one] for one in (said - there).elements()):
        yield Problem(f"{what} {name}", "is in the audit trail and missing here, or was changed")
    for name in sorted(names[one] for one in (there - said).elements()):
        yield Problem(f"{what} {name}", "is here, and the audit trail does not know it so")


def _events(uow: UnitOfWork, chain: int, *actions: Action) -> Said:
    a = AuditEvent
    wanted = select(a.action, a.subject, a.patient_id, a.user_id, a.at, a.reason, a.values)
    return list(
        uow.session.execute(
            wanted.where(a.chain == chain, a.action.in_([one.value for one in actions])).order_by(a.sequence)
        )
    )
