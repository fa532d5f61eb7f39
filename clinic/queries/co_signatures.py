"""Which signed visits wait for a co-signature, and whose signature stands on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlalchemy.orm import aliased

from clinic.domain.actors import Role
from clinic.models import Clinic, CoSignature, InjectionSession, Membership, Patient, Signature, User, Visit
from clinic.queries.aliases import second_name
from clinic.queries.listed import listed
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

_NAMED, _DONE = second_name(User), second_name(CoSignature)


@dataclass(frozen=True, slots=True)
class CoSignatureRow:
    """Who co-signed, when, with which words, over which hash."""

    signer_name: str
    signer_role: str
    meaning: str
    note: str
    signed_at: datetime
    time_zone: str
    content_sha256: str


@dataclass(frozen=True, slots=True)
class AwaitedRow:
    """A signed visit that waits for its co-signature; ``mine`` when it was signed under the person who asks."""

    visit_id: str
    patient_id: str
    patient_name: str
    birth_date: date
    record_number: str
    on: date
    signed_by: str
    signed_at: datetime
    under: str
    mine: bool


def co_signature_row(row: CoSignature | None) -> CoSignatureRow | None:
    """A co-signature as pages and prints show it; nothing where there is none."""
    if row is None:
        return None
    return CoSignatureRow(
        row.signer_name,
        row.signer_role.value,
        row.meaning,
        row.note,
        row.signed_at,
        row.time_zone,
        row.content_sha256,
    )


def co_signature_wanted(clinic: type[Clinic], signature: type[Signature]) -> ColumnElement[bool]:
    """Whether a clinic wants what was signed then co-signed: what was signed before it began to ask waits for nobody."""
    since = clinic.co_signature_from
    return clinic.co_signature_expected & (since.is_(None) | (signature.signed_at >= since))


@cache
def awaits_co_signature() -> ColumnElement[bool]:
    """Whether a visit is one that an injector signed under a prescriber, and that the clinic still wants co-signed."""
    first, second = aliased(Signature), aliased(CoSignature)
    session, clinic = aliased(InjectionSession), aliased(Clinic)
    injected = exists().where(session.clinic_id == Visit.clinic_id, session.visit_id == Visit.id)
    signed = exists().where(second.clinic_id == Visit.clinic_id, second.visit_id == Visit.id)
    under = exists().where(
        first.clinic_id == Visit.clinic_id,
        first.visit_id == Visit.id,
        first.signer_role == Role.INJECTOR,
        first.under != "",
        clinic.id == Visit.clinic_id,
        co_signature_wanted(clinic, first),
    )
    return under & injected & ~signed


def awaited(uow: UnitOfWork) -> tuple[AwaitedRow, ...]:
    """All visits of the clinic that wait for a co-signature, one's own first, the oldest on top. One statement."""
    rows = listed(uow, _awaited(), {"me": uow.actor.user_id})
    found = [
        AwaitedRow(
            row.id,
            row.patient_id,
            f"{row.family_name}, {row.given_names}",
            row.birth_date,
            row.record_number,
            row.on,
            row.signer_name,
            row.signed_at,
            row.under,
            # The signature keeps a name; of two prescribers with that name it is the one whom the signer works under.
            row.under == row.me and (row.named != row.me or row.named_id == uow.actor.user_id),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda row: not row.mine))


@cache
def _awaited() -> AnySelect:
    named, by_injector = _NAMED, aliased(Signature)
    # First these few, by two indexes alone: a planner that knows nothing yet would look at every visit.
    done = exists().where(_DONE.clinic_id == by_injector.clinic_id, _DONE.visit_id == by_injector.visit_id)
    injected = select(by_injector.visit_id).where(by_injector.signer_role == Role.INJECTOR, ~done)
    me = select(User.name).where(User.id == bindparam("me")).scalar_subquery()
    return (
        select(
            Visit.id,
            Visit.patient_id,
            Visit.on,
            Patient.family_name,
            Patient.given_names,
            Patient.birth_date,
            Patient.record_number,
            Signature.signer_name,
            Signature.signed_at,
            Signature.under,
            named.id.label("named_id"),
            named.name.label("named"),
            me.label("me"),
        )
        .join(Signature, (Signature.clinic_id == Visit.clinic_id) & (Signature.visit_id == Visit.id))
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .outerjoin(
            Membership,
            (Membership.clinic_id == Visit.clinic_id) & (Membership.user_id == Signature.signer_id),
        )
        .outerjoin(named, named.id == Membership.prescriber_id)
        .where(Visit.id.in_(injected), Signature.signer_id != bindparam("me"))
        .where(
            in_force(), not_voided(), awaits_co_signature()
        )  # What has a signature is signed: its state is not asked.
        .order_by(Signature.signed_at, Visit.id)
    )
