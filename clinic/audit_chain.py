"""Appending to the audit chain and checking it: an HMAC over each entry and the hash before it.

The key stands outside the database, so that somebody who can edit the file cannot forge an entry.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.domain.actors import Actor, Role
from clinic.domain.emergencies import mark
from clinic.domain.events import Action, Event
from clinic.models import AuditEvent, AuditHead

GENESIS = "0" * 64
INSTALLATION = 0
"""The chain of what belongs to no clinic, such as a sign-in with an unknown name."""
CLOCK_TOLERANCE = timedelta(minutes=2)
"""D-26: a clock that stands further back than this behind the last entry was moved, and the trail says so."""
_CLOCK = Actor(user_id="system", username="system", name="System", role=Role.ADMINISTRATOR, clinic_id=0)
digests = logging.getLogger("clinic.audit")
"""Where the end of each day goes; silent while a demonstration tells months in seconds."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a request came from, as the audit trail notes it."""

    request_id: str = ""
    address: str = ""


def append(
    session: Session,
    key: bytes,
    chain: int,
    actor: Actor,
    at: datetime,
    events: list[Event],
    where: Circumstances,
    *,
    clock: datetime | None = None,
) -> None:
    """Chain ``events`` behind the head, which stays locked until the transaction ends.

    ``clock`` is the time now, where ``at`` is when a long unit of work began.
    """
    (head, last), clock = _locked_head(session, chain), clock or at
    if last is not None and last - clock > CLOCK_TOLERANCE:
        at = clock
        _chain(session, key, head, _row(chain, head, _CLOCK, at, clock_moved(last, clock), Circumstances()))
    if last is not None and last.date() < at.date():
        _ship(chain, head, last)
    for event in events:
        _chain(session, key, head, _row(chain, head, actor, at, event, where))


def clock_moved(before: datetime, now: datetime) -> Event:
    """The entry that the clock stands earlier than it stood before."""
    return Event(Action.CLOCK_MOVED, "clock", old={"clock": before.isoformat()}, new={"clock": now.isoformat()})


def _chain(session: Session, key: bytes, head: AuditHead, row: AuditEvent) -> None:
    row.hash = seal(key, row)
    session.add(row)
    head.sequence, head.hash = row.sequence, row.hash


def _ship(chain: int, head: AuditHead, at: datetime) -> None:
    # The end of a day goes to the log, which a syslog keeps on another machine (S-82): a chain cut later lacks it.
    said = {"chain": chain, "sequence": head.sequence, "hash": head.hash, "day": at.date().isoformat()}
    digests.info("audit digest", extra={"clinic": said})


def seal(key: bytes, row: AuditEvent) -> str:
    """The HMAC-SHA256 of an entry, over canonical JSON of all its fields but the hash itself."""
    fields = {
        name: getattr(row, name)
        for name in AuditEvent.__table__.columns.keys()  # noqa: SIM118 - a column collection iterates columns
        if name not in {"hash", "at"}
    }
    fields["at"] = row.at.isoformat()
    if not row.session_id:
        del fields["session_id"]  # Entries from before it was noted keep the hash that they were given.
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


def _locked_head(session: Session, chain: int) -> tuple[AuditHead, datetime | None]:
    """The locked end of a chain and the time of its last entry, in one statement."""
    last = select(AuditEvent.at).where(AuditEvent.chain == AuditHead.chain, AuditEvent.sequence == AuditHead.sequence)
    found = select(AuditHead, last.scalar_subquery()).where(AuditHead.chain == chain).with_for_update(of=AuditHead)
    try:
        row = session.execute(found.execution_options(populate_existing=True)).one_or_none()
    except (ValueError, TypeError):
        # Somebody wrote something else into that time: verifying names it, and the trail must still go on.
        return session.get_one(AuditHead, chain, with_for_update=True), None
    if row is not None:
        return row[0], row[1]
    head = AuditHead(chain=chain, sequence=0, hash=GENESIS)
    session.add(head)
    session.flush()  # Two first entries at once: the second must fail on the key here, not after its event.
    return head, None


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
        reason=mark(actor, event.reason) if event.is_read else event.reason,
        values=json.dumps(values, ensure_ascii=False, sort_keys=True, default=str),
        request_id=where.request_id,
        address=where.address,
        session_id=actor.session_ref,
        previous_hash=head.hash,
        hash="",
    )
