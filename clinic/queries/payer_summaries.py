"""The payer summary of a visit: its signed content, the ledgers of its vials, and what came before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from clinic.domain.actors import RecordState
from clinic.domain.billing_amounts import VialUse, claims
from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.payer_summary import EarlierLine, PayerFacts, blocks, choices, given_sites
from clinic.domain.errors import NotFound
from clinic.domain.inventory import EntryKind
from clinic.domain.patients import EarlierTreatmentKind
from clinic.domain.stepped_care import score_moves
from clinic.domain.trends import all_series
from clinic.domain.visit_content import SessionContent, VisitContent
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text, plural
from clinic.models import Lot, Syringe, TrainingSession, Vial, VialEntry, Visit
from clinic.queries.document_heads import Ask, document_head, on_day
from clinic.queries.facts import judged
from clinic.queries.given_sessions import given_selects, sessions_given, voided_select, without_voided
from clinic.queries.outcomes import first_versions
from clinic.queries.standing_reviews import standing_reviews, standing_selects
from clinic.queries.stepped_care import care_selects, earlier, measured
from clinic.queries.together import AnySelect, together
from clinic.queries.versions import in_force, not_voided
from clinic.queries.visit_record import visit_record
from clinic.queries.visit_revisions import signed_version
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
NOT_SIGNED = "This visit is not signed. A payer gets what was signed: sign it first."
NO_SESSION = "Nothing was given in this visit, so there is nothing to claim."
TRANSCRIBED = "Transcribed from an earlier record: its vials are not in this record."
_STATES = {
    RecordState.AMENDED: "This version of the visit was amended. Open the newer version.",
    RecordState.VOIDED: "This visit was voided.",
}


def payer_summary(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """The payer summary of a visit. Raises NotFound."""
    head = document_head(uow, ask)
    if ask.visit_id is None:
        raise NotFound
    content, problem = _content(uow, ask.visit_id)
    session = content.session
    if session is None or not given_sites(session):
        found = [one for one in (problem, NO_SESSION) if one]
        return on_day(head, content.on).draft(ask, ask.kind.label, (), problems=found, on=content.on)
    rows = together(uow, _selects(uow, ask.patient_id, ask.visit_id))
    facts = _facts(ask, content, session, rows)
    return on_day(head, content.on).draft(
        ask,
        ask.kind.label,
        blocks(facts, ask.left_out),
        choices=choices(facts),
        problems=[problem] if problem else [],
        notes=_notes(facts),
        on=content.on,
        author=content.author,
    )


def _content(uow: UnitOfWork, visit_id: str) -> tuple[VisitContent, str]:
    """What was signed and what stands against using it; of a draft what it holds now."""
    state = uow.session.scalar(select(Visit.state).where(Visit.id == visit_id))
    if state is VisitState.SIGNED:
        version = signed_version(uow, visit_id)
        return version.content, _STATES.get(version.state, "")
    return judged(visit_record(uow, visit_id, plan=False), uow.now)[0], NOT_SIGNED


def _notes(facts: PayerFacts) -> tuple[str, ...]:
    """What to know before it is handed over: everything that stands in it as missing."""
    found = [lack for claim in facts.claims for lack in claim.lacks]
    if not any(one.chosen for one in facts.codes):
        found.append("No verified diagnosis code is known for this cause: the clinic enters it.")
    found += [
        f"{claim.code.code.code}: the units given are no whole number of billing units; they are shown exactly."
        for claim in facts.claims
        if claim.code and claim.billed and not claim.billed.exact
    ]
    return tuple(found)


def _selects(uow: UnitOfWork, patient_id: str, visit_id: str) -> dict[str, AnySelect]:
    s, e, t = Syringe, VialEntry, TrainingSession
    ledger = (
        select(Vial.id, Vial.label, Vial.labelled_units, Lot.product, e.id, e.kind, e.units, e.visit_id, e.patient_id)
        .join(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
        .join(e, (e.clinic_id == Vial.clinic_id) & (e.vial_id == Vial.id))
        .where(Vial.clinic_id == uow.clinic_id)
        .where(Vial.id.in_(select(s.vial_id).where(s.clinic_id == uow.clinic_id, s.visit_id == visit_id)))
    )
    trained = (
        select(t.visit_id, Visit.on)
        .join(Visit, (Visit.clinic_id == t.clinic_id) & (Visit.id == t.visit_id))
        .where(t.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
        .where(Visit.state == VisitState.SIGNED, in_force(), not_voided())
    )
    found = given_selects(uow, patient_id) | standing_selects(uow, patient_id) | care_selects(uow, patient_id)
    return found | {"ledger": ledger, "trained": trained, "voided": voided_select(uow, patient_id)}


def _facts(ask: Ask, content: VisitContent, session: SessionContent, rows: Rows) -> PayerFacts:
    roots = first_versions(rows["given_version"])
    versions = frozenset(one for one, root in roots.items() if root == roots[ask.visit_id or ""])
    vials = _vials(session, rows["ledger"], versions, ask.patient_id)
    given = ((one.product, one.units) for one in given_sites(session))
    said: dict[str, str] = {}
    for one in standing_reviews(rows):
        if one.words:
            said.setdefault(roots[one.row.session_id], one.words)
    # A touch-up claims only its own units: its session stands before it without them.
    told, _ = without_voided(rows)
    others = [row for row in told["given_site"] if row[1] not in versions]
    before = [one for one in sessions_given({**rows, "given_site": others}) if one.on < content.on]
    scores = score_moves(all_series(one for one in measured(rows) if one.on <= content.on))
    return PayerFacts(
        visit=content,
        session=session,
        palsies=_palsies(content),
        claims=claims(given, vials, TRANSCRIBED if session.transcribed else ""),
        earlier=tuple(EarlierLine(one.on, one.totals, said.get(roots[one.id], "")) for one in before),
        scores=tuple(one.dated for one in scores),
        conservative=_conservative(rows, content),
        said_of_this=said.get(roots[ask.visit_id or ""], ""),
    )


def _days(first: Any, last: Any) -> str:
    return day_text(first) if first == last else f"{day_text(first)} to {day_text(last)}"


def _palsies(content: VisitContent) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The palsies of the visit as (cause, detail, sides): one cause of both sides is one."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in content.conditions:
        cause, _, detail = one.cause.partition(": ")
        found.setdefault((cause, detail), []).append(one.side)
    return tuple((cause, detail, tuple(sides)) for (cause, detail), sides in found.items())


def _vials(
    session: SessionContent, entries: Iterable[tuple[Any, ...]], versions: frozenset[str], patient_id: str
) -> tuple[VialUse, ...]:
    """Every vial that the session drew from, by chart and by ledger."""
    labels = {one.letter: one.vial for one in session.syringes}
    charted: dict[str, Decimal] = {}
    for site in given_sites(session):
        label = labels.get(site.syringe, "")
        charted[label] = charted.get(label, Decimal(0)) + site.units
    by_vial: dict[tuple[str, Decimal, str], list[tuple[Any, ...]]] = {}
    for _, label, labelled, product, _, kind, units, visit_id, of_patient in entries:
        by_vial.setdefault((label, labelled, product), []).append((kind, units, visit_id, of_patient))
    return tuple(
        _vial(key, lines, charted[key[0]], versions, patient_id)
        for key, lines in sorted(by_vial.items())
        if charted.get(key[0])
    )


def _vial(
    key: tuple[str, Decimal, str],
    lines: list[tuple[Any, ...]],
    charted: Decimal,
    versions: frozenset[str],
    patient_id: str,
) -> VialUse:
    label, labelled, product = key
    dosed = [(units, visit, who) for kind, units, visit, who in lines if kind in {EntryKind.GIVEN, EntryKind.RETURNED}]
    others: dict[str | None, Decimal] = {}
    for units, _, who in dosed:
        if who != patient_id:
            others[who] = others.get(who, Decimal(0)) + units
    mine = [(units, visit) for units, visit, who in dosed if who == patient_id]
    return VialUse(
        label=label,
        product=product,
        labelled=labelled,
        charted=charted,
        given=-sum((units for units, visit in mine if visit in versions), Decimal(0)),
        wasted=-sum((units for kind, units, *_ in lines if kind is EntryKind.WASTED), Decimal(0)),
        left=sum((units for _, units, *_ in lines), Decimal(0)),
        elsewhere=-sum((units for units, visit in mine if visit not in versions), Decimal(0)),
        adjusted=sum((units for kind, units, *_ in lines if kind is EntryKind.ADJUSTED), Decimal(0)),
        shared=any(others.values()),
    )


def _conservative(rows: Rows, content: VisitContent) -> tuple[str, ...]:
    """Training and what else was tried without a needle or a knife, up to the day of the visit."""
    days = sorted(on for _, on in rows["trained"] if on <= content.on)
    here = f"Facial training in this clinic: {plural(len(days), 'session')}, {_days(days[0], days[-1])}" if days else ""
    kinds = (EarlierTreatmentKind.TRAINING, EarlierTreatmentKind.OTHER)
    before = [words for kind in kinds for words in earlier(rows, kind)]
    return (*([here] if here else []), *before)
