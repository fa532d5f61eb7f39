"""The texts that a clinic accepted for its patients, and what the audit trail says of that: who, when, which words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from clinic.domain.events import Action
from clinic.models import AuditEvent, TextApproval
from clinic.services.accounts import system_actor
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem


@dataclass(frozen=True, slots=True)
class _Acceptance:
    """One acceptance, and its withdrawal where there was one."""

    text: str
    version: str
    sha256: str
    accepted_by: str
    accepted_at: datetime
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every acceptance of a text that the audit trail does not know so, and every one that is missing."""
    with work.reading(system_actor(clinic_id)) as uow:
        try:
            said, there = _said(uow, clinic_id), _there(uow)
        except UNREADABLE:
            yield Problem(f"accepted texts of clinic {clinic_id}", "an entry cannot be read; it was changed")
            return
    counts["accepted texts"] += there.total()
    for text in sorted(one.text for one in (said - there).elements()):
        yield Problem(f"text {text}", "its acceptance is in the audit trail and missing here, or was changed")
    for text in sorted(one.text for one in (there - said).elements()):
        yield Problem(f"text {text}", "is accepted here, and the audit trail does not know it so")


def _said(uow: UnitOfWork, chain: int) -> Counter[_Acceptance]:
    a, actions = AuditEvent, (Action.TEXT_ACCEPTED, Action.TEXT_WITHDRAWN)
    rows = uow.session.execute(
        select(a.action, a.subject, a.at, a.reason, a.values)
        .where(a.chain == chain, a.action.in_([one.value for one in actions]))
        .order_by(a.sequence)
    )
    found: Counter[_Acceptance] = Counter()
    standing: dict[tuple[str, str], _Acceptance] = {}
    for row in rows:
        text, values = row.subject.removeprefix("text:"), json.loads(row.values)
        if row.action == Action.TEXT_ACCEPTED:
            new = values["new"]
            one = _Acceptance(text, new["version"], new["sha256"], new["accepted_by"], row.at)
            standing[text, one.sha256] = one
        else:
            one, by = standing.pop((text, values["old"]["sha256"])), values["new"]["withdrawn_by"]
            found[replace(one, withdrawn_by=by, withdrawn_at=row.at, withdrawn_reason=row.reason)] += 1
    found.update(standing.values())
    return found


def _there(uow: UnitOfWork) -> Counter[_Acceptance]:
    one = TextApproval
    rows = uow.session.execute(
        select(
            one.language + "/" + one.text_id,
            one.version,
            one.sha256,
            one.accepted_by,
            one.accepted_at,
            one.withdrawn_by,
            one.withdrawn_at,
            one.withdrawn_reason,
        )
    )
    return Counter(_Acceptance(*row) for row in rows)
