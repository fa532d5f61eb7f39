"""Merged records, records of two people and moved visits: each as the audit trail says, and every signed visit that was moved with its link."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from clinic.domain.events import Action
from clinic.models import AuditEvent, PatientDistinct, PatientMerge, VisitMove
from clinic.services.accounts import system_actor
from clinic.services.merges import kept_sha256
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem, compared

Values = dict[str, Mapping[str, Any]]
_REASON_KEPT = 500
"""Characters of a reason that the audit trail keeps."""


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every merge, pair of two people and moved visit that is not as the audit trail says, missing, or unknown to it."""
    with work.reading(system_actor(clinic_id)) as uow:
        try:
            merges = _said_merges(uow, clinic_id), _merges(uow)
            moves = _said_moves(uow, clinic_id), _moves(uow)
            distinct = _said_distinct(uow, clinic_id), _distinct(uow)
        except UNREADABLE:
            yield Problem(f"merges of clinic {clinic_id}", "a merge or a moved visit cannot be read; it was changed")
            return
    counts["merges of records"] += len(merges[1])
    counts["moved visits"] += len(moves[1])
    yield from compared(*merges, lambda one: f"merge {one}")
    yield from compared(*moves, lambda one: f"move of visit {one}")
    yield from compared(*distinct, lambda one: f"two people {one}")


def _said_merges(uow: UnitOfWork, chain: int) -> Values:
    found: Values = {}
    for row in _events(uow, chain, Action.PATIENTS_MERGED, Action.PATIENTS_UNMERGED):
        new = json.loads(row.values)["new"]
        about = {"kept": new["kept"], "merged": new["merged"], "moved": new["moved_sha256"]}
        about |= {"facts": new["facts_sha256"]}
        if row.action == Action.PATIENTS_UNMERGED:
            about |= {"undone": row.at, "undone_by": new["by"], "undone_reason": row.reason}
            found[new["merge"]] = {**found.get(new["merge"], {}), **about}
        else:
            about |= {"reason": row.reason, "at": row.at, "by_id": row.user_id, "by": new["by"]}
            found[new["merge"]] = {"undone": None, "undone_by": "", "undone_reason": "", **about}
    return found


def _merges(uow: UnitOfWork) -> Values:
    return {
        row.id: {
            "kept": row.kept_id,
            "merged": row.merged_id,
            "moved": kept_sha256(row.moved),
            "facts": kept_sha256(row.facts),
            "reason": row.reason[:_REASON_KEPT],
            "at": row.at,
            "by_id": row.by_id,
            "by": row.by_name,
            "undone": row.undone_at,
            "undone_by": row.undone_by,
            "undone_reason": row.undone_reason[:_REASON_KEPT],
        }
        for row in uow.session.scalars(select(PatientMerge))
    }


def _said_distinct(uow: UnitOfWork, chain: int) -> Values:
    found: Values = {}
    for row in _events(uow, chain, Action.PATIENTS_DISTINCT):
        new = json.loads(row.values)["new"]
        pair = sorted((row.patient_id, new["other"]))
        found[" and ".join(pair)] = {"at": row.at, "by": new["by"]}
    return found


def _distinct(uow: UnitOfWork) -> Values:
    return {
        f"{row.one_id} and {row.other_id}": {"at": row.at, "by": row.by_name}
        for row in uow.session.scalars(select(PatientDistinct))
    }


def _said_moves(uow: UnitOfWork, chain: int) -> Values:
    found: Values = {}
    for row in _events(uow, chain, Action.VISIT_MOVED):
        new = json.loads(row.values)["new"]
        found[new["from_visit"]] = {
            "to_visit": new["to_visit"],
            "from_patient": new["from_patient"],
            "to_patient": new["to_patient"],
            "reason": row.reason,
            "at": row.at,
            "by_id": row.user_id,
            "by": new["by"],
        }
    return found


def _moves(uow: UnitOfWork) -> Values:
    return {
        row.from_visit_id: {
            "to_visit": row.to_visit_id,
            "from_patient": row.from_patient_id,
            "to_patient": row.to_patient_id,
            "reason": row.reason[:_REASON_KEPT],
            "at": row.at,
            "by_id": row.by_id,
            "by": row.by_name,
        }
        for row in uow.session.scalars(select(VisitMove))
    }


def _events(uow: UnitOfWork, chain: int, *actions: Action) -> list[Any]:
    a = AuditEvent
    wanted = select(a.action, a.at, a.reason, a.values, a.user_id, a.patient_id)
    return list(
        uow.session.execute(
            wanted.where(a.chain == chain, a.action.in_([one.value for one in actions])).order_by(a.sequence)
        )
    )
