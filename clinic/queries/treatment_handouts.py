"""The handout of a treatment, from what was really given in a visit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from clinic.domain.actors import RecordState
from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.texts import Language, text
from clinic.domain.documents.treated_places import TreatedSite
from clinic.domain.documents.treatment_handout import TEXT, Phones, Treatment, choices, treatment_blocks
from clinic.domain.errors import NotFound
from clinic.domain.patient_dates import LastSession, PatientDate, patient_dates
from clinic.domain.plans import Occasion
from clinic.domain.visits import NEXT_SESSION_DAYS
from clinic.queries.document_heads import Ask, DocumentHead, document_head, on_day
from clinic.queries.plan_items import patient_plan
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.queries.visit_rows import SiteRow
from clinic.unit_of_work import UnitOfWork

NO_PHONE = "The clinic’s settings hold no phone number: the emergency box names the local emergency number only."

FAR_REVIEW = (
    "The agreed review is 12 weeks or more after this treatment, so it is not this one’s: its day is not printed."
)

TOO_SOON = "The agreed next treatment is less than 12 weeks after the last toxin: its day is not printed."


def treatment_handout(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """What a patient takes home after a treatment. Raises NotFound without a visit of this patient."""
    if ask.visit_id is None:
        raise NotFound
    head = document_head(uow, ask)
    record = visit_record(uow, ask.visit_id, plan=False)
    dates = _dates(uow, record)
    toxin_on = max([record.visit.on, *(dose.on for dose in record.past)])
    review = _agreed(dates, Occasion.REVIEW, record.visit.on)
    # A review belongs to the treatment before it: by then the next one is possible.
    far = review is not None and review.on >= record.visit.on + timedelta(days=NEXT_SESSION_DAYS)
    following = _agreed(dates, Occasion.INJECTION, toxin_on)
    too_soon = following is not None and following.on < toxin_on + timedelta(days=NEXT_SESSION_DAYS)
    given = Treatment(
        on=record.visit.on,
        toxin_on=toxin_on,
        sites=treated_sites(record, [site for site in record.sites if _is_given(record, site)]),
        touch_up_of=record.touch_up_on,
        transcribed=record.session is not None and record.session.transcribed,
        review="" if far else _written(review, head.language),
        next_treatment="" if too_soon else _written(following, head.language),
        today=head.today,
    )
    words = head.language
    return on_day(head, given.on).draft(
        ask,
        text(TEXT, words.code).title,
        treatment_blocks(given, words, Phones(head.clinic.phone, head.emergency_phone), ask.left_out),
        choices=choices(given, ask.left_out),
        problems=_problems(record, given),
        notes=[*_notes(record, given, head), *([FAR_REVIEW] if far else []), *([TOO_SOON] if too_soon else [])],
        on=given.on,
    )


def treated_sites(record: VisitRecord, sites: Iterable[SiteRow]) -> tuple[TreatedSite, ...]:
    """Sites of a visit with product and lot; a lot that nobody knows is ""."""
    return tuple(
        TreatedSite(
            muscle=site.muscle,
            sub_site=site.sub_site,
            side=site.side,
            x=site.x,
            y=site.y,
            units=site.units,
            product=record.product_of(site) or "",
            lot=_lot(record, site),
        )
        for site in sites
    )


def _lot(record: VisitRecord, site: SiteRow) -> str:
    vial = record.vial_of(site)
    if vial is not None:
        return vial.lot_number
    session = record.session
    if session is None or record.product_of(site) != session.transcribed_product:
        return ""
    return session.transcribed_lot or ""


def stands_problem(record: VisitRecord) -> Iterator[str]:
    """Why a visit is no ground for a document that goes out: voided, discarded, or replaced by a newer version."""
    if record.state is RecordState.VOIDED:
        yield "This visit was voided: nothing can be printed from it."
    elif record.state is RecordState.DISCARDED:
        yield "This draft was discarded. Restore it first."
    elif record.state is RecordState.AMENDED:
        yield "A newer version of this visit was signed. Print from that one."


def _is_given(record: VisitRecord, site: SiteRow) -> bool:
    return site.given_at is not None or (record.session is not None and record.session.transcribed)


def _problems(record: VisitRecord, given: Treatment) -> Iterator[str]:
    yield from stands_problem(record)
    if record.session is None:
        yield "This visit has no injections."
    elif not given.sites:
        yield "Nothing is marked given in this visit yet. Mark the sites given first."
    elif given.transcribed and record.state is RecordState.DRAFT:
        yield "These sites are transcribed from an earlier record: sign the visit first."
    if any(not site.units for site in given.sites):
        yield "A given site has no dose yet. Enter its units first."


def _notes(record: VisitRecord, given: Treatment, head: DocumentHead) -> Iterator[str]:
    left = len(record.sites) - len(given.sites)
    if given.sites and left:
        yield f"{left} charted {'site is' if left == 1 else 'sites are'} not marked given and not printed."
    if given.sites and record.state is RecordState.DRAFT:
        yield "The visit is not signed yet. Print again when a site changes."
    if any(not site.lot for site in given.sites):
        yield "A lot is not known: the handout says so."
    if not (head.clinic.phone or head.emergency_phone):
        yield NO_PHONE


def _dates(uow: UnitOfWork, record: VisitRecord) -> tuple[PatientDate, ...]:
    transcribed = record.session is not None and record.session.transcribed
    session = LastSession(record.visit.id, record.visit.on, record.visit.on, transcribed=transcribed)
    return patient_dates(patient_plan(uow, record.patient.id), session, None, record.visit.time_zone)


def _agreed(dates: Iterable[PatientDate], occasion: Occasion, after: date) -> PatientDate | None:
    """The first day that was agreed on after a treatment; a date that is only proposed is none."""
    for one in dates:
        if one.occasion is occasion and one.agreed and not one.window and not one.cancelled and one.on > after:
            return one
    return None


def _written(one: PatientDate | None, words: Language) -> str:
    if one is None:
        return ""
    return f"{words.day(one.on)}{f', {one.clock}' if one.clock else ''}"
