"""What people sent and were told, and whether the record keeps it: each check names the leaks that it finds.

A request is there with its idempotency key, its effect, once, and its entry in the audit trail, or not at all. One that
was acknowledged must be there.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from clinic import verification
from clinic.domain.visits import Section, VisitState
from clinic.models import (
    AuditEvent,
    Condition,
    IdempotencyKey,
    InjectionSession,
    InjectionSite,
    IssuedDocument,
    Patient,
    Signature,
    Syringe,
    TimeOut,
    Visit,
    VisitNote,
)
from clinic.services.accounts import SYSTEM, system_actor
from clinic.unit_of_work import Work
from clinic.verification import ledgers

KEYED = ("patient.created", "condition.created", "visit.started", "injection.site_saved", "visit.signed")
"""Changes that are made by a form with a key, each a transaction of its own."""


@dataclass
class Sent:
    """One form as it was sent; ``told`` is whether the answer said that it was saved."""

    user_id: str
    key: str
    address: str
    form: Mapping[str, Any]
    told: bool = False

    @property
    def name(self) -> str:
        """The request in words, without what was typed."""
        return f"{self.address} with key {self.key}"


@dataclass
class Sents:
    """Everything that was sent, in order; threads add to it."""

    every: list[Sent] = field(default_factory=list)
    checked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, sent: Sent) -> Sent:
        """Note a request before it leaves."""
        with self.lock:
            self.every.append(sent)
        return sent

    @property
    def told(self) -> list[Sent]:
        """The acknowledged ones."""
        return [one for one in self.every if one.told]


@dataclass(frozen=True)
class Found:
    """What a check found: acknowledged requests that are gone, and what is there by half."""

    lost: tuple[str, ...] = ()
    torn: tuple[str, ...] = ()

    def __add__(self, other: Found) -> Found:
        return Found(self.lost + other.lost, self.torn + other.torn)

    def __bool__(self) -> bool:
        return bool(self.lost or self.torn)


def look(work: Work, sents: Sents, *, everything: bool = False) -> Found:
    """Look for what was sent since the last look, or for all of it."""
    with sents.lock:
        new = sents.every if everything else sents.every[sents.checked :]
        open_before = [] if everything else [one for one in sents.every[: sents.checked] if not one.told]
        wanted = [*open_before, *new]
        sents.checked = len(sents.every)
    found = Found()
    with work.reading(SYSTEM, scoped=False) as uow:
        for one in wanted:
            found += _one(uow.session, one)
    return found


def _one(session: Session, sent: Sent) -> Found:
    key = select(IdempotencyKey.created_at, IdempotencyKey.answer).where(
        IdempotencyKey.user_id == sent.user_id, IdempotencyKey.key == sent.key
    )
    row = session.execute(key).one_or_none()
    many = _effects(session, sent)
    lost = [f"{sent.name}: acknowledged, and its key is gone"] if sent.told and row is None else []
    if sent.told and many == 0:
        lost.append(f"{sent.name}: acknowledged, and it is not there as it was sent")
    torn = [f"{sent.name}: is there {many} times"] if many is not None and many > 1 else []
    if many is not None and not sent.told and (row is not None) != (many == 1):
        torn.append(f"{sent.name}: key {'there' if row else 'missing'}, effect there {many} times")
    if row is not None:
        entries = select(func.count()).where(AuditEvent.user_id == sent.user_id, AuditEvent.at == row.created_at)
        if not session.scalar(entries):
            torn.append(f"{sent.name}: without an entry in the audit trail")
        if not row.answer:
            torn.append(f"{sent.name}: its key has no answer")
    return Found(tuple(lost), tuple(torn))


def _effects(session: Session, sent: Sent) -> int | None:
    """How often the effect of a request is in the record; None where it leaves none of its own."""
    parts = sent.address.strip("/").split("/")
    counted = _EFFECTS.get("/".join((parts[0], *parts[2:])) if len(parts) > 2 else sent.address)
    query = counted(parts[1], sent.form) if counted else None
    return None if query is None else int(session.scalar(query) or 0)


def _count(*where: Any) -> Any:
    return select(func.count()).where(*where)


def _given(visit_id: str, form: Mapping[str, Any]) -> Any:
    # One row for the visit when each of the named sites is given, none otherwise.
    sites = list(form["site"])
    missing = select(InjectionSite.id).where(InjectionSite.id.in_(sites), InjectionSite.given_at.is_(None))
    return _count(Visit.id == visit_id, ~missing.exists())


_EFFECTS: dict[str, Callable[[str, Mapping[str, Any]], Any]] = {
    "/patients/new": lambda _, form: _count(
        Patient.record_number == form["record_number"], Patient.family_name == form["family_name"]
    ),
    "patients/conditions/new": lambda patient_id, _: _count(Condition.patient_id == patient_id),
    "patients/visits": lambda patient_id, _: _count(Visit.patient_id == patient_id),
    "visits/syringes": lambda visit_id, form: _count(Syringe.visit_id == visit_id, Syringe.vial_id == form["vial_id"]),
    "visits/sites": lambda visit_id, form: _count(
        InjectionSite.visit_id == visit_id,
        InjectionSite.x == int(form["x"]),
        InjectionSite.y == int(form["y"]),
        InjectionSite.units == Decimal(form["units"]),
    ),
    "visits/notes": lambda visit_id, form: _count(
        VisitNote.visit_id == visit_id, VisitNote.section == Section.PLAN, VisitNote.text.startswith(form["plan"])
    ),
    "visits/consent": lambda visit_id, form: _count(
        InjectionSession.visit_id == visit_id, InjectionSession.consent == form["consent"]
    ),
    "visits/prepare": lambda visit_id, _: _count(
        InjectionSession.visit_id == visit_id, InjectionSession.prepared_at.is_not(None)
    ),
    "visits/time-out": lambda visit_id, form: _count(TimeOut.visit_id == visit_id, TimeOut.digest == form["shown"]),
    "visits/give": _given,
    "visits/settle": lambda visit_id, _: _count(
        InjectionSession.visit_id == visit_id, InjectionSession.settled_at.is_not(None)
    ),
    "visits/review": lambda visit_id, _: _count(Visit.id == visit_id, _SIGNED, _SIGNATURE.exists()),
    "visits/documents": lambda _, form: _count(IssuedDocument.purpose == form["purpose"]),
}
_SIGNED = Visit.state == VisitState.SIGNED
_SIGNATURE = select(Signature.id).where(Signature.visit_id == Visit.id, Signature.content != "")


def torn(work: Work, clinic_id: int, file: Path | None) -> list[str]:
    """Everything in the clinic that is there by half, whoever sent it."""
    found = list(_damaged(file)) if file is not None else []
    with work.reading(system_actor(clinic_id)) as uow:
        found += [what for looked in (_signatures, _sites, _keyless) for what in looked(uow.session)]
    return found + [str(one) for one in ledgers.check(work, clinic_id, Counter())]


def _damaged(file: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        for check in ("integrity_check", "foreign_key_check"):
            for row in connection.execute(f"PRAGMA {check}"):
                if row != ("ok",):
                    yield f"{check}: {row}"


def _signatures(session: Session) -> Iterator[str]:
    rows = session.execute(select(Signature.visit_id, Signature.content, Signature.content_sha256)).all()
    for row in rows:
        if not row.content or hashlib.sha256(row.content.encode()).hexdigest() != row.content_sha256:
            yield f"visit {row.visit_id}: its signature is not over what it holds"
    states = set(session.scalars(select(Visit.id).where(_SIGNED)))
    for visit_id in states ^ {row.visit_id for row in rows}:
        yield f"visit {visit_id}: signed without a signature, or a signature on a draft"


def _sites(session: Session) -> Iterator[str]:
    entry = select(AuditEvent.sequence).where(AuditEvent.subject == literal("site:") + InjectionSite.id)
    for site_id in session.scalars(select(InjectionSite.id).where(~entry.correlate(InjectionSite).exists())):
        yield f"site {site_id}: without an entry in the audit trail"
    twice = select(InjectionSite.visit_id).group_by(InjectionSite.visit_id, InjectionSite.number)
    for visit_id in session.scalars(twice.having(func.count() > 1)):
        yield f"visit {visit_id}: two sites with one number"


def _keyless(session: Session) -> Iterator[str]:
    """Changes of the record for which no key stands: they would be made a second time by a repetition."""
    at = set(session.scalars(select(IdempotencyKey.created_at)))
    rows = select(AuditEvent.sequence, AuditEvent.at, AuditEvent.action, AuditEvent.user_id)
    known = set(session.scalars(select(IdempotencyKey.user_id).distinct()))
    first = min(at, default=None)
    if first is None:
        return
    for row in session.execute(rows.where(AuditEvent.action.in_(KEYED), AuditEvent.at >= first)):
        if row.user_id in known and row.at not in at:
            yield f"audit entry {row.sequence} ({row.action}): no key stands for it"


def verified(work: Work, anchors: Path) -> list[str]:
    """What ``flask clinic verify`` says of the whole installation."""
    return [str(one) for one in verification.verify(work, anchors).problems]


def leftovers(instance: Path) -> list[str]:
    """Files that a kill left and a start should have taken away; a journal that somebody is writing goes by itself."""
    half = [str(one) for pattern in _HALF for one in instance.glob(pattern)]
    until = time.monotonic() + _A_COMMIT
    while left := [one for one in instance.glob("*-journal") if one.exists() and one.stat().st_size]:
        if time.monotonic() > until:
            return half + [str(one) for one in left]
        time.sleep(0.02)
    return half


_HALF = ("**/*.part", "**/*.tmp", "demo-unfinished")
_A_COMMIT = 3.0
"""Far longer than one transaction's journal stands."""
