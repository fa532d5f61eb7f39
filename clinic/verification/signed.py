"""Signed visits: content, hash, seal, and the rows that the signature froze; addenda and documents."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from clinic.domain import time_out
from clinic.domain import visit_content as contents
from clinic.domain.errors import NotFound
from clinic.domain.visit_content import SessionContent, VisitContent
from clinic.domain.visits import VisitState
from clinic.models import Addendum, CoSignature, Document, Signature, Visit
from clinic.queries import merges
from clinic.queries.merges import Standing
from clinic.queries.visit_contents import visit_content
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.services import documents, signing
from clinic.services.accounts import system_actor
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.outcomes import check_outcomes
from clinic.verification.plans import check_plans
from clinic.verification.report import Problem

_VISIT = ("on", "revision", "amends", "amendment_reason", "author", "notes")
_LATER = {"last_session_on", "days_since_last", "touch_up_of", "totals", "syringes", "sites", "answers", "time_outs"}
"""Of a session: what later visits change, and what is compared row by row below."""
_SESSION = tuple(field.name for field in fields(SessionContent) if field.name not in _LATER)
_SITE_WORDS = {"muscle_label", "sub_site_label", "product_name", "volume"}
"""Words that follow from the shipped catalogues, which a newer program may word otherwise."""
_ANSWER = ("answer", "detail", "answered_by", "answered_at")
_SYRINGE = (
    "letter", "product", "lot", "vial", "labelled_units", "diluent", "diluent_microlitres",
    "mixed_by", "mixed_at", "use_by", "given", "wasted", "waste_reason",
)  # fmt: skip


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name everything signed in a clinic that is not as it was signed."""
    actor = system_actor(clinic_id)
    with work.reading(actor) as uow:
        signed = set(uow.session.scalars(select(Visit.id).where(Visit.state == VisitState.SIGNED)))
        signatures = dict(uow.session.execute(select(Signature.id, Signature.visit_id)).all())
        standing = merges.standing(uow)
    for visit_id in sorted(signed - set(signatures.values())):
        yield Problem(f"visit {visit_id}", "is marked signed, but its signature is missing")
    for signature_id, visit_id in sorted(signatures.items()):
        counts["signatures"] += 1
        with work.reading(actor) as uow:
            yield from _signature(uow, signature_id, visit_id, standing, is_signed=visit_id in signed)
    with work.reading(actor) as uow:
        yield from _addenda(uow, counts)
    with work.reading(actor) as uow:
        yield from _co_signatures(uow, counts)
    with work.reading(actor) as uow:
        yield from _documents(uow, counts)


def _signature(
    uow: UnitOfWork, signature_id: str, visit_id: str, standing: Standing, *, is_signed: bool
) -> Iterator[Problem]:
    where = f"signature {signature_id} of visit {visit_id}"
    if not is_signed:
        yield Problem(f"visit {visit_id}", "has a signature, but is not marked signed")
    try:
        row = uow.session.execute(select(Signature).where(Signature.id == signature_id)).scalar_one()
    except UNREADABLE:
        yield Problem(where, "cannot be read; it was changed")
        return
    content_bytes = row.content.encode(errors="surrogateescape")
    if hashlib.sha256(content_bytes).hexdigest() != row.content_sha256:
        yield Problem(where, "the signed content does not have the signed hash: it was changed")
    if not hmac.compare_digest(signing.seal(uow.key, row), row.seal):
        yield Problem(where, "the seal does not fit: signer, time, hash or visit were changed")
    content = _content(row)
    if content is None:
        yield Problem(where, "the signed content cannot be read")
        return
    if content.id != row.visit_id:
        yield Problem(where, f"the signed content is that of visit {content.id}: signatures were swapped")
        return
    yield from _rows(uow, visit_id, content, standing)


def _content(row: Signature) -> VisitContent | None:
    try:
        return contents.read(row.content)
    except (*UNREADABLE, ArithmeticError, AttributeError):
        return None


def _rows(uow: UnitOfWork, visit_id: str, content: VisitContent, standing: Standing) -> Iterator[Problem]:
    where = f"visit {visit_id}"
    try:
        record = visit_record(uow, visit_id)
        now = visit_content(record)
    except NotFound:
        yield Problem(where, "is signed, but the visit or its patient is missing")
        return
    except UNREADABLE:
        yield Problem(where, "a row of the signed visit cannot be read; it was changed")
        return
    if now.patient.id != standing.now(Visit.__tablename__, visit_id, content.patient.id):
        yield Problem(where, "belongs to another patient than the one it was signed for")
    yield from (Problem(where, f"{name} differs from what was signed") for name in _differing(now, content, _VISIT))
    if (now.session is None) != (content.session is None):
        yield Problem(where, "its injection section differs from what was signed")
    elif now.session is not None and content.session is not None:
        yield from (Problem(where, text) for text in _session(now.session, content.session))
    yield from (Problem(where, text) for text in check_outcomes(now, content))
    yield from (Problem(where, text) for text in check_plans(now, content))
    yield from (Problem(where, text) for text in _around(record, content))


def _differing(now: object, then: object, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if getattr(now, name) != getattr(then, name)]


def _session(now: SessionContent, then: SessionContent) -> Iterator[str]:
    yield from (f"{name} of the session differs from what was signed" for name in _differing(now, then, _SESSION))
    compared: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        (
            "sites",
            "number",
            tuple(f.name for f in fields(then.sites[0]) if f.name not in _SITE_WORDS) if then.sites else (),
        ),
        ("answers", "question", _ANSWER),
        ("syringes", "letter", _SYRINGE),
        ("time_outs", "at", ("by", "confirmed")),
    )
    for part, key, names in compared:
        yield from _parts(part, key, names, getattr(now, part), getattr(then, part))


def _parts(part: str, key: str, names: tuple[str, ...], now: Any, then: Any) -> Iterator[str]:
    ours = {getattr(one, key): one for one in now}
    signed = {getattr(one, key): one for one in then}
    for name in sorted(ours.keys() | signed.keys(), key=str):
        if name not in ours or name not in signed:
            yield f"{part} {name} was {'added' if name in ours else 'removed'} after signing"
        elif changed := _differing(ours[name], signed[name], names):
            yield f"{part} {name}: {', '.join(changed)} differs from what was signed"
    if len(now) != len(then):
        yield f"there are {len(now)} {part}, signed were {len(then)}"


def _around(record: VisitRecord, content: VisitContent) -> Iterator[str]:
    for row in record.time_outs:
        if time_out.digest(tuple((what, value) for what, value in json.loads(row.confirmed))) != row.digest:
            yield f"the digest of the time-out at {row.at.isoformat()} does not fit what was confirmed"
    given = {(one.reason, one.by) for one in record.overrides.values()}
    for finding in content.findings:
        if finding.override_reason and (finding.override_reason, finding.override_by) not in given:
            yield f"the reason for going on past {finding.code} differs from what was signed"


def _addenda(uow: UnitOfWork, counts: Counter[str]) -> Iterator[Problem]:
    for addendum_id in list(uow.session.scalars(select(Addendum.id).order_by(Addendum.id))):
        counts["addenda"] += 1
        try:
            row = uow.session.execute(select(Addendum).where(Addendum.id == addendum_id)).scalar_one()
            holds = hmac.compare_digest(signing.seal(uow.key, row), row.seal)
        except UNREADABLE:
            holds = False
        if not holds:
            yield Problem(f"addendum {addendum_id}", "the seal does not fit: text, signer, time or visit were changed")


def _co_signatures(uow: UnitOfWork, counts: Counter[str]) -> Iterator[Problem]:
    s = Signature
    signed = {row[0]: row[1:] for row in uow.session.execute(select(s.visit_id, s.id, s.content_sha256, s.signer_id))}
    for row_id in list(uow.session.scalars(select(CoSignature.id).order_by(CoSignature.id))):
        counts["co-signatures"] += 1
        try:
            row = uow.session.execute(select(CoSignature).where(CoSignature.id == row_id)).scalar_one()
            holds = hmac.compare_digest(signing.seal(uow.key, row), row.seal)
        except UNREADABLE:
            yield Problem(f"co-signature {row_id}", "cannot be read; it was changed")
            continue
        where = f"co-signature {row_id} of visit {row.visit_id}"
        if not holds:
            yield Problem(where, "the seal does not fit: signer, time, note, hash or visit were changed")
        first_id, sha256, signer_id = signed.get(row.visit_id, ("", "", ""))
        if (row.signature_id, row.content_sha256) != (first_id, sha256):
            yield Problem(where, "is not over what was signed for this visit")
        if row.signer_id == signer_id:
            yield Problem(where, "is by the person who signed first")


def _documents(uow: UnitOfWork, counts: Counter[str]) -> Iterator[Problem]:
    signed = dict(uow.session.execute(select(Signature.visit_id, Signature.content_sha256)).all())
    revisions = dict(uow.session.execute(select(Visit.id, Visit.revision)).all())
    for document_id in list(uow.session.scalars(select(Document.id).order_by(Document.id))):
        counts["documents"] += 1
        where = f"document {document_id}"
        try:
            query = select(Document).where(Document.id == document_id).options(undefer(Document.body))
            row = uow.session.execute(query).scalar_one()
        except UNREADABLE:
            yield Problem(where, "cannot be read; it was changed")
            continue
        if hashlib.sha256(row.body).hexdigest() != row.sha256:
            yield Problem(where, "its bytes do not have the hash with which it was issued")
        if signed.get(row.visit_id) != row.content_sha256:
            yield Problem(where, f"was not rendered from what was signed for visit {row.visit_id}")
        if documents.reference(row.visit_id, revisions.get(row.visit_id, 0)) != row.reference:
            yield Problem(where, "its printed reference is not that of its visit")
        uow.session.expunge(row)  # Only one document's bytes in memory at a time.
