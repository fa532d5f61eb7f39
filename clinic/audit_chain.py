"""Appending to the audit chain and checking it: an HMAC over each entry and the hash before it.

The key stands outside the database, so that somebody who can edit the file cannot forge an entry.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.domain.actors import Actor
from clinic.domain.events import Event
from clinic.models import AuditEvent, AuditHead

GENESIS = "0" * 64
INSTALLATION = 0
"""The chain of what belongs to no clinic, such as a sign-in with an unknown name."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a request came from, as the audit trail notes it."""

    request_id: str = ""
    address: str = ""


def append(
    session: Session, key: bytes, chain: int, actor: Actor, at: datetime, events: list[Event], where: Circumstances
) -> None:
    """Chain ``events`` behind the head, which stays locked until the transaction ends."""
    head = _locked_head(session, chain)
    for event in events:
        row = _row(chain, head, actor, at, event, where)
        row.hash = seal(key, row)
        session.add(row)
        head.sequence, head.hash = row.sequence, row.hash


def seal(key: bytes, row: AuditEvent) -> str:
    """The HMAC-SHA256 of an entry, over canonical JSON of all its fields but the hash itself."""
    fields = {
        name: getattr(row, name)
        for name in AuditEvent.__table__.columns.keys()  # noqa: SIM118 - a column collection iterates columns
        if name not in {"hash", "at"}
    }
    fields["at"] = row.at.isoformat()
    body = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def breaks(session: Session, key: bytes, chain: int) -> Iterator[str]:
    """Name every place where the chain does not hold: an edit, a gap, a swap, a cut tail."""
    previous, expected = GENESIS, 1
    rows = session.execute(
        select(AuditEvent)
        .where(AuditEvent.chain == chain)
        .order_by(AuditEvent.sequence)
        .execution_options(yield_per=500)
    )
    for (row,) in rows:
        where = f"chain {chain}, entry {row.sequence}"
        if row.sequence != expected:
            yield f"{where}: entry {expected} is missing before it"
        if row.previous_hash != previous:
            yield f"{where}: it does not follow the entry before it"
        if not hmac.compare_digest(seal(key, row), row.hash):
            yield f"{where}: its content was changed"
        previous, expected = row.hash, row.sequence + 1
    head = session.get(AuditHead, chain)
    count = session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.chain == chain)) or 0
    if head is None:
        if count:
            yield f"chain {chain}: its head is missing"
    elif (head.sequence, head.hash) != (expected - 1, previous):
        yield f"chain {chain}: it ends at entry {expected - 1}, its head says {head.sequence}"


def _locked_head(session: Session, chain: int) -> AuditHead:
    head = session.get(AuditHead, chain, with_for_update=True)
    if head is None:
        head = AuditHead(chain=chain, sequence=0, hash=GENESIS)
        session.add(head)
        session.flush()  # Two first entries at once: the second must fail on the key here, not after its event.
    return head


def _row(chain: int, head: AuditHead, actor: Actor, at: datetime, event: Event, where: Circumstances) -> AuditEvent:
    values = {"old": dict(event.old), "new": dict(event.new)} if event.old or event.new else {}
    return AuditEvent(
        chain=chain,
        sequence=head.sequence + 1,
        at=at,
        user_id=actor.user_id,
        username=actor.username,
        role=actor.acts_as,
        patient_id=event.patient_id,
        action=event.action.value,
        subject=event.subject,
        outcome=event.outcome,
        reason=event.reason,
        values=json.dumps(values, ensure_ascii=False, sort_keys=True, default=str),
        request_id=where.request_id,
        address=where.address,
        previous_hash=head.hash,
        hash="",
    )
