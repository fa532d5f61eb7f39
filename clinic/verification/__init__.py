"""Whether the record is still what was written: signatures, documents, audit chains, vial ledgers, triggers.

Everything is hashed again and compared: a signature with its content, its seal and the rows it froze; a document with its
hash; an audit chain with itself and with the anchors outside the database; what the audit trail says was signed, voided
and issued, which texts were accepted, and what was entered of adverse events, plans, diaries and rules, with what is
there. A problem names its place.
Nothing is written but the anchors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from clinic.audit_chain import CLOCK_TOLERANCE, clock_moved
from clinic.models import AuditEvent, AuditHead, Clinic, triggers
from clinic.services.accounts import SYSTEM, system_actor
from clinic.unit_of_work import Work
from clinic.verification import (
    adverse_events,
    amendment_requests,
    anchors,
    chains,
    issued,
    ledgers,
    merges,
    planning,
    plans,
    signed,
    texts,
    told,
    waiting_lines,
)
from clinic.verification.report import Problem, Report

__all__ = ["Problem", "Report", "accept_restored", "anchor", "of_clinic", "verify"]


def verify(work: Work, folder: Path) -> Report:
    """Check everything, then anchor the chains that hold; ``folder`` is that of the anchors."""
    counts: Counter[str] = Counter()
    problems = [*_triggers(work)]
    for chain in _chains(work, folder):
        problems += chains.check(work, chain, counts)
    for clinic_id in _clinics(work):
        problems += _of_clinic(work, clinic_id, counts)
    broken = {one.chain for one in problems if one.chain is not None}
    problems += _anchored(work, folder, broken)
    return Report(tuple(problems), dict(counts))


def of_clinic(work: Work, clinic_id: int) -> tuple[Problem, ...]:
    """Check one clinic's chain and rows, without anchors."""
    counts: Counter[str] = Counter()
    return (*chains.check(work, clinic_id, counts), *_of_clinic(work, clinic_id, counts))


def _of_clinic(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    parts = (
        signed,
        ledgers,
        issued,
        texts,
        told,
        adverse_events,
        amendment_requests,
        plans,
        planning,
        merges,
        waiting_lines,
    )
    return (problem for part in parts for problem in part.check(work, clinic_id, counts))


def anchor(work: Work, folder: Path) -> tuple[Problem, ...]:
    """Compare the ends of all chains with their anchors, and anchor those that agree; quick enough for every start."""
    for chain in _chains(work, folder):
        _note_clock(work, folder, chain)
    return tuple(_anchored(work, folder, set()))


def _note_clock(work: Work, folder: Path, chain: int) -> None:
    """Chain an entry when the server starts at a time before its last anchor: the clock was moved while it stood."""
    before, now = anchors.newest_at(folder, chain), work.clock()
    if before is not None and before - now > CLOCK_TOLERANCE:
        work.append(system_actor(chain), [clock_moved(before, now)])


def accept_restored(work: Work, folder: Path, reason: str) -> None:
    """Anchor all chains as they stand, after a backup was restored on purpose; earlier anchors stay in the files."""
    for chain in _chains(work, folder):
        anchors.accept(folder, chain, anchors.head(work, chain), work.clock(), reason)


def _anchored(work: Work, folder: Path, broken: set[int]) -> Iterator[Problem]:
    for chain in _chains(work, folder):
        found = tuple(anchors.compare(work, folder, chain))
        yield from found
        head = anchors.head(work, chain)
        if not found and head is not None and chain not in broken:
            anchors.append(folder, chain, head, work.clock())


def _triggers(work: Work) -> Iterator[Problem]:
    with work.reading(SYSTEM, scoped=False) as uow:
        installed = triggers.installed_names(uow.session.connection())
    for name in sorted(triggers.expected_names() - installed):
        yield Problem(f"trigger {name}", "is not installed: the rows that it protects can be changed")


def _clinics(work: Work) -> list[int]:
    with work.reading(SYSTEM, scoped=False) as uow:
        return list(uow.session.scalars(select(Clinic.id).order_by(Clinic.id)))


def _chains(work: Work, folder: Path) -> list[int]:
    with work.reading(SYSTEM, scoped=False) as uow:
        heads = set(uow.session.scalars(select(AuditHead.chain)))
        events = set(uow.session.scalars(select(AuditEvent.chain).distinct()))
    return sorted(heads | events | anchors.chains(folder))
