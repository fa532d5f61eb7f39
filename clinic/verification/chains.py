"""Audit chains: every entry's hash again, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from clinic import audit_chain
from clinic.models import AuditEvent
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.report import Problem

UNREADABLE = (LookupError, ValueError, TypeError)
"""What reading a row raises when a value in it is none of its kind any more."""


def check(work: Work, chain: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every break of a chain, and every entry that cannot be read at all."""
    with work.reading(SYSTEM, scoped=False) as uow:
        entries = select(func.count()).select_from(AuditEvent).where(AuditEvent.chain == chain)
        counts["audit entries"] += uow.session.scalar(entries) or 0
        try:
            for text in audit_chain.breaks(uow.session, uow.key, chain):
                where, _, what = text.partition(": ")
                yield Problem(where, what, chain)
        except UNREADABLE:
            yield from _unreadable(uow, chain)


def _unreadable(uow: UnitOfWork, chain: int) -> Iterator[Problem]:
    sequences = list(uow.session.scalars(select(AuditEvent.sequence).where(AuditEvent.chain == chain)))
    for sequence in sequences:
        try:
            uow.session.execute(
                select(AuditEvent).where(AuditEvent.chain == chain, AuditEvent.sequence == sequence)
            ).all()
        except UNREADABLE:
            yield Problem(f"chain {chain}, entry {sequence}", "cannot be read; its content was changed", chain)
