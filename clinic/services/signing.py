"""Signing, and what comes after it: amendment, addendum, voiding. A signed visit itself is never touched again."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from clinic.domain import visit_content as contents
from clinic.domain.actors import Permission, RecordState, Role
from clinic.domain.errors import Invalid, NotFound, NotPermitted, Stale, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.inventory import EntryKind
from clinic.domain.visits import REASON_MINIMUM, Disposition, Meaning, VisitState
from clinic.models import (
    Addendum,
    CoSignature,
    InjectionSession,
    Signature,
    Syringe,
    Vial,
    VialEntry,
    Visit,
    VisitVoid,
)
from clinic.queries.facts import judged
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.queries.visit_review import missing
from clinic.services import inventory, planned_sites, site_changes
from clinic.services.authority import require, require_fresh_password
from clinic.services.drafts import held, hold_amended, refresh_patient_dates, refuse_open_amendment, state_of
from clinic.services.giving import refuse_stops
from clinic.services.visit_copies import copied, copy_children
from clinic.unit_of_work import UnitOfWork


def sign(uow: UnitOfWork, visit_id: str, edit_version: int, shown_sha256: str) -> str:
    """Sign exactly what was shown; gives the signature's id.

    Raises FreshPasswordNeeded, Stale when anything shown has changed, Stopped while findings stand in the way, WrongStep
    while a phase is missing, Frozen when the version that it amends is in force no more.
    """
    require_fresh_password(uow)
    visit = held(uow, visit_id, Permission.VISIT_SIGN, edit_version)
    hold_amended(uow, visit)
    record = visit_record(uow, visit_id)
    _may_sign(uow, record)
    content, findings = judged(record, uow.now)
    if contents.digest(content) != shown_sha256:
        raise Stale(
            "The record changed since it was shown to you. Read it again, then sign.",
            shown=edit_version,
            current=visit.edit_version,
        )
    _require_phases(record, uow.now)
    refuse_stops(findings, "This visit cannot be signed yet.")
    site_changes.forget(uow, visit_id)
    signature = _signature(uow, record, content)
    uow.session.add(signature)
    if visit.amends_id is not None:
        _move_units(uow, visit, record)
    uow.session.flush()  # All children must be written before the state that freezes them.
    if content.session is not None:
        planned_sites.mark_given(uow, visit, content.session.sites)
    visit.state = VisitState.SIGNED
    refresh_patient_dates(uow, visit.patient_id)
    new = {"sha256": signature.content_sha256, "meaning": signature.meaning.value, "revision": visit.revision}
    uow.record(Event(Action.VISIT_SIGNED, f"visit:{visit_id}", visit.patient_id, new=new))
    return signature.id


def _may_sign(uow: UnitOfWork, record: VisitRecord) -> None:
    if record.session is None:
        return
    require(uow, Permission.INJECTION_SIGN, RecordState.DRAFT)
    if uow.actor.role is Role.INJECTOR and not uow.actor.prescriber_id:
        raise NotPermitted("An injector signs under a named prescriber; ask your administrator to enter yours.")


def _require_phases(record: VisitRecord, now: datetime) -> None:
    for first in missing(record, now):
        raise WrongStep(first.text)


def _signature(uow: UnitOfWork, record: VisitRecord, content: contents.VisitContent) -> Signature:
    text = contents.canonical(content)
    signature = Signature(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=record.visit.id,
        signer_id=uow.actor.user_id,
        signer_name=uow.actor.name,
        signer_role=uow.actor.role,
        under=uow.actor.prescriber_name or "",
        meaning=meaning(record),
        signed_at=uow.now,
        time_zone=record.visit.time_zone,
        schema_number=contents.SCHEMA,
        content_sha256=hashlib.sha256(text).hexdigest(),
        content=text.decode(),
        seal="",
    )
    signature.seal = seal(uow.key, signature)
    return signature


def meaning(record: VisitRecord) -> Meaning:
    """What a signature under this visit says."""
    if record.visit.amends_id:
        return Meaning.AMENDED
    if record.session is None:
        return Meaning.RECORDED
    return Meaning.TRANSCRIBED if record.session.transcribed else Meaning.PERFORMED


def seal(key: bytes, row: Signature | CoSignature | Addendum) -> str:
    """The HMAC that ties a signature, co-signature or addendum to its visit, signer and moment."""
    columns = type(row).__table__.columns.keys()
    names = sorted(name for name in columns if name not in {"seal", "content"})
    values = {name: getattr(row, name) for name in names}
    values["signed_at"] = row.signed_at.isoformat()
    body = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def _move_units(uow: UnitOfWork, visit: Visit, record: VisitRecord) -> None:
    """Move the ledger from the amended version to this one, vial by vial."""
    less, more = _waste_changes(uow, visit)
    where = {"visit_id": visit.id, "patient_id": visit.patient_id}
    for vial_id, units in less.items():  # First: what was given and not wasted must be there to be given.
        inventory.adjust(uow, vial_id, units, "Waste corrected by an amendment", **where)
    old = _net_given(uow, visit.amends_id or "")
    new: dict[str, Decimal] = {}
    for site in record.sites:
        vial = record.vial_of(site)
        if vial is not None and site.given_at is not None:
            new[vial.id] = new.get(vial.id, Decimal(0)) + site.units
    for vial_id in sorted(old.keys() | new.keys()):
        inventory.carry_over(
            uow,
            vial_id,
            old.get(vial_id, Decimal(0)),
            new.get(vial_id, Decimal(0)),
            old_visit_id=visit.amends_id or "",
            visit_id=visit.id,
            patient_id=visit.patient_id,
        )
    for vial_id, units in more.items():
        inventory.waste(uow, vial_id, units, "Entered by an amendment", **where)


def _waste_changes(uow: UnitOfWork, visit: Visit) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Units by vial that an amendment says were wasted less, and more; a discarded vial's rest is wasted already."""
    sums: dict[str, Decimal] = {}
    for syringe in uow.session.scalars(select(Syringe).where(Syringe.visit_id.in_([visit.id, visit.amends_id]))):
        change = syringe.wasted if syringe.visit_id == visit.id else -syringe.wasted
        sums[syringe.vial_id] = sums.get(syringe.vial_id, Decimal(0)) + change
    kept = select(Vial.id).where(Vial.id.in_(sums), Vial.discarded_at.is_(None)).order_by(Vial.id)
    changes = {vial_id: sums[vial_id] for vial_id in uow.session.scalars(kept)}
    less = {vial_id: -units for vial_id, units in changes.items() if units < 0}
    return less, {vial_id: units for vial_id, units in changes.items() if units > 0}


def _net_given(uow: UnitOfWork, visit_id: str) -> dict[str, Decimal]:
    rows = uow.session.execute(
        select(VialEntry.vial_id, func.sum(VialEntry.units))
        .where(VialEntry.visit_id == visit_id, VialEntry.kind.in_([EntryKind.GIVEN, EntryKind.RETURNED]))
        .group_by(VialEntry.vial_id)
    )
    return {vial_id: -units for vial_id, units in rows if units}


def amend(uow: UnitOfWork, visit_id: str, reason: str) -> str:
    """Start a new version of a signed visit as a draft that copies all of it; gives the draft's id.

    The signed version stays in force until the new one is signed. Raises Frozen while another amendment is open.
    """
    visit = held_signed(uow, visit_id, Permission.VISIT_AMEND)
    if uow.session.get(InjectionSession, (uow.clinic_id, visit_id)) is not None:
        require(uow, Permission.INJECTION_CHART, RecordState.DRAFT)
    reason = checked_reason(reason)
    refuse_open_amendment(uow, visit_id)
    draft: Visit = copied(visit, id=uow.new_id(), edit_version=1)
    draft.state, draft.revision, draft.amends_id, draft.amendment_reason = (
        VisitState.DRAFT,
        visit.revision + 1,
        visit_id,
        reason,
    )
    draft.author_id, draft.author_name = uow.actor.user_id, uow.actor.name
    draft.created_at, draft.changed_at, draft.changed_by = uow.now, uow.now, uow.actor.name
    uow.session.add(draft)
    uow.session.flush()  # Children need their parent.
    copy_children(uow, visit_id, draft.id)
    new = {"revision": draft.revision, "draft": draft.id}
    uow.record(Event(Action.VISIT_AMENDMENT_STARTED, f"visit:{visit_id}", visit.patient_id, reason=reason, new=new))
    return draft.id


def add_addendum(uow: UnitOfWork, visit_id: str, text: str) -> str:
    """Append a signed text to a signed visit; gives its id."""
    require_fresh_password(uow)
    visit = held_signed(uow, visit_id, Permission.VISIT_ADDENDUM)
    if not text.strip():
        raise Invalid({"text": "Write the addendum."})
    addendum = Addendum(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit_id,
        text=text.strip(),
        signer_id=uow.actor.user_id,
        signer_name=uow.actor.name,
        signer_role=uow.actor.role,
        signed_at=uow.now,
        seal="",
    )
    addendum.seal = seal(uow.key, addendum)
    uow.session.add(addendum)
    uow.record(Event(Action.ADDENDUM_SIGNED, f"visit:{visit_id}", visit.patient_id, new={"text": addendum.text}))
    return addendum.id


def void(uow: UnitOfWork, visit_id: str, reason: str, disposition: Disposition) -> None:
    """Void a signed visit. Not given: its units return to their vials. Given: they stay counted."""
    require_fresh_password(uow)
    visit = held_signed(uow, visit_id, Permission.VISIT_VOID)
    reason = checked_reason(reason)
    row = VisitVoid(
        clinic_id=uow.clinic_id,
        visit_id=visit_id,
        reason=reason,
        disposition=disposition,
        by_id=uow.actor.user_id,
        by_name=uow.actor.name,
        at=uow.now,
    )
    uow.session.add(row)
    if disposition is Disposition.NOT_GIVEN:
        for vial_id, units in sorted(_net_given(uow, visit_id).items()):
            where = {"visit_id": visit_id, "patient_id": visit.patient_id}
            inventory.give_back(uow, vial_id, units, reason=f"Visit voided: {reason}", **where)
        planned_sites.take_back_given(uow, visit)
    refresh_patient_dates(uow, visit.patient_id)
    new = {"disposition": disposition.value, "by": row.by_name}
    uow.record(Event(Action.VISIT_VOIDED, f"visit:{visit_id}", visit.patient_id, reason=reason, new=new))


def held_signed(uow: UnitOfWork, visit_id: str, permission: Permission) -> Visit:
    """Lock a signed visit for what is appended to it. Raises NotFound, NotPermitted or Frozen."""
    visit = uow.session.get(Visit, (uow.clinic_id, visit_id), with_for_update=True, populate_existing=True)
    if visit is None:
        raise NotFound
    require(uow, permission, state_of(uow, visit))
    return visit


def checked_reason(text: str) -> str:
    """A reason without its blanks. Raises Invalid for one that is too short."""
    if len(text.strip()) < REASON_MINIMUM:
        raise Invalid({"reason": f"Say why in at least {REASON_MINIMUM} characters."})
    return text.strip()
