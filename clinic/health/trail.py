"""The end of the audit trail, cheaply: does it agree with its head and its newest anchor, and with the clock?"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import and_, select, tuple_

from clinic.audit_chain import CLOCK_TOLERANCE
from clinic.health.report import Check, ok, wrong
from clinic.models import AuditEvent, AuditHead
from clinic.unit_of_work import UnitOfWork
from clinic.verification import anchors

_VERIFY = "Stop charting, keep the database as it is, and run `flask --app wsgi clinic verify`."
_SET_CLOCK = (
    "Set the clock of this machine (NTP): use-by, time-out and the order of entries depend on it. If the entries are the"
    " ones in the future, they keep their times; the audit trail notes the move."
)


def check(uow: UnitOfWork, folder: Path, now: datetime) -> list[Check]:
    """The state of the chains' ends against ``folder``, that of the anchors, and of the clock against the newest entry."""
    end = and_(AuditEvent.chain == AuditHead.chain, AuditEvent.sequence == AuditHead.sequence)
    rows = uow.session.execute(
        select(AuditHead.chain, AuditHead.sequence, AuditHead.hash, AuditEvent.hash.label("entry"), AuditEvent.at)
        .outerjoin(AuditEvent, end)
        .order_by(AuditHead.chain)
    ).all()
    broken = [
        f"the end of chain {row.chain} is not the entry that its head names"
        for row in rows
        if row.hash != row.entry and row.sequence
    ]
    broken += _cut(uow, folder, {row.chain: row.sequence for row in rows})
    newest = max((row.at for row in rows if row.at is not None), default=None)
    return [_chains(broken, len(rows)), clock(newest, now)]


def _chains(broken: list[str], count: int) -> Check:
    if broken:
        return wrong("audit trail", f"The audit trail does not hold: {'; '.join(broken)}.", _VERIFY)
    return ok("audit trail", f"The ends of {count} chains agree with their heads and newest anchors.")


def _cut(uow: UnitOfWork, folder: Path, ends: dict[int, int]) -> list[str]:
    """The chains that do not reach, or do not pass through, their newest anchor."""
    known = {chain: one for chain in anchors.chains(folder) if (one := anchors.newest(folder, chain)) and one.sequence}
    found = dict.fromkeys(known, "")
    places = [(chain, one.sequence) for chain, one in known.items()]
    asked = select(AuditEvent.chain, AuditEvent.hash).where(tuple_(AuditEvent.chain, AuditEvent.sequence).in_(places))
    for row in uow.session.execute(asked) if places else ():
        found[row.chain] = row.hash
    return [
        f"chain {chain} ends at entry {ends.get(chain, 0)} and its anchor knows entry {one.sequence}"
        if ends.get(chain, 0) < one.sequence
        else f"entry {one.sequence} of chain {chain} is not the one that its anchor knows"
        for chain, one in sorted(known.items())
        if found[chain] != one.hash
    ]


def clock(newest: datetime | None, now: datetime) -> Check:
    """Whether the clock stands behind the newest entry by more than the trail tolerates (D-26)."""
    if newest is None or newest - now <= CLOCK_TOLERANCE:
        return ok("clock", "The clock is not behind the newest entry of the audit trail.")
    minutes = int((newest - now).total_seconds() // 60)
    return wrong(
        "clock", f"The clock stands {minutes:,} minutes before the newest entry of the audit trail.", _SET_CLOCK
    )
