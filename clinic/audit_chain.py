"""Appending to the audit chain and checking it: an HMAC over each entry and the hash before it.

The key stands outside the database, so that somebody who can edit the file cannot forge an entry.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, null, select, update
from sqlalchemy.orm import Session

from clinic.domain import clocks
from clinic.domain.actors import Actor, Role
from clinic.domain.emergencies import mark
from clinic.domain.events import Action, Event
from clinic.models import AuditEvent, AuditHead, Base

GENESIS = "0" * 64
INSTALLATION = 0
"""The chain of what belongs to no clinic, such as a sign-in with an unknown name."""
CLOCK_TOLERANCE = clocks.TOLERANCE
"""D-26: a clock that stands further back than this behind the last entry was moved, and the trail says so."""
_CLOCK = Actor(user_id="system", username="system", name="System", role=Role.ADMINISTRATOR, clinic_id=0)
digests = logging.getLogger("clinic.audit")
"""Where the end of each day goes; silent while a demonstration tells months in seconds."""


_HEADS, _EVENTS = Base.metadata.tables["audit_head"], Base.metadata.tables["audit_event"]
_HEAD, _EVENT = _HEADS.c, _EVENTS.c
_SEALED = tuple(name for name in _EVENT.keys() if name != "hash")  # noqa: SIM118 - a column collection iterates columns
# Made once and past the ORM: an entry is written for every page that is shown.
_LAST = select(_EVENT.at).where(_EVENT.chain == _HEAD.chain, _EVENT.sequence == _HEAD.sequence).scalar_subquery()
_OF_CHAIN = _HEAD.chain == bindparam("of")
_END = select(_HEAD.sequence, _HEAD.hash, _LAST.label("at")).where(_OF_CHAIN).with_for_update(of=_HEADS)
_END_ALONE = select(_HEAD.sequence, _HEAD.hash, null().label("at")).where(_OF_CHAIN).with_for_update()
_FIRST_END, _ENTRY = insert(_HEADS), insert(_EVENTS)
_MOVE_END = update(_HEADS).where(_OF_CHAIN)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a request came from, as the audit trail notes it."""

    request_id: str = ""
    address: str = ""


@dataclass(slots=True)
class _End:
    """The end of a chain as it moves on while entries are made."""

    chain: int
    sequence: int
    hash: str


def append(
    connection: Connection,
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
    (end, last), clock = _locked_end(connection, chain), clock or at
    rows: list[dict[str, Any]] = []
    if last is not None and last - clock > CLOCK_TOLERANCE:
        at = clock
        rows.append(_chained(key, end, _CLOCK, at, clock_moved(last, clock), Circumstances()))
    if last is not None and last.date() < at.date():
        _ship(end, last)
    rows += [_chained(key, end, actor, at, event, where) for event in events]
    if not rows:
        return
    connection.execute(_ENTRY, rows[0] if len(rows) == 1 else rows)
    connection.execute(_MOVE_END, {"of": chain, "sequence": end.sequence, "hash": end.hash})


def clock_moved(before: datetime, now: datetime) -> Event:
    """The entry that the clock stands earlier than it stood before."""
    return Event(Action.CLOCK_MOVED, "clock", old={"clock": before.isoformat()}, new={"clock": now.isoformat()})


def _ship(end: _End, at: datetime) -> None:
    # The end of a day goes to the log, which a syslog keeps on another machine (S-82): a chain cut later lacks it.
    said = {"chain": end.chain, "sequence": end.sequence, "hash": end.hash, "day": at.date().isoformat()}
    digests.info("audit digest", extra={"clinic": said})


def seal(key: bytes, row: AuditEvent) -> str:
    """The HMAC-SHA256 of an entry, over canonical JSON of all its fields but the hash itself."""
    return _seal(key, {name: getattr(row, name) for name in _SEALED})


def _seal(key: bytes, values: Mapping[str, Any]) -> str:
    fields = {name: values[name] for name in _SEALED}
    fields["at"] = values["at"].isoformat()
    if not values["session_id"]:
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


def _locked_end(connection: Connection, chain: int) -> tuple[_End, datetime | None]:
    """The locked end of a chain and the time of its last entry, in one statement."""
    try:
        row = connection.execute(_END, {"of": chain}).one_or_none()
    except (ValueError, TypeError):
        # Somebody wrote something else into that time: verifying names it, and the trail must still go on.
        row = connection.execute(_END_ALONE, {"of": chain}).one()
    if row is not None:
        return _End(chain, row.sequence, row.hash), row.at
    # Two first entries at once: the second must fail on the key here, not after its event.
    connection.execute(_FIRST_END, {"chain": chain, "sequence": 0, "hash": GENESIS})
    return _End(chain, 0, GENESIS), None


def _chained(key: bytes, end: _End, actor: Actor, at: datetime, event: Event, where: Circumstances) -> dict[str, Any]:
    values = {"old": dict(event.old), "new": dict(event.new)} if event.old or event.new else {}
    row = {
        "chain": end.chain,
        "sequence": end.sequence + 1,
        "at": at,
        "user_id": actor.user_id,
        "username": actor.username,
        "role": actor.acts_as,
        "patient_id": event.patient_id,
        "action": event.action.value,
        "subject": event.subject,
        "outcome": event.outcome,
        "reason": mark(actor, event.reason) if event.is_read else event.reason,
        "values": json.dumps(values, ensure_ascii=False, sort_keys=True, default=str),
        "request_id": where.request_id,
        "address": where.address,
        "session_id": actor.session_ref,
        "previous_hash": end.hash,
    }
    end.sequence, end.hash = end.sequence + 1, _seal(key, row)
    return row | {"hash": end.hash}
