"""The consent form of a visit: its charted sites, or what the plan proposes while nothing is charted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from clinic.domain.anatomy import MUSCLES, AnatomyError, position
from clinic.domain.documents.consent_form import TEXT, PlannedTreatment, choices, consent_blocks
from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.side_effects import TEXT as SIDE_EFFECTS
from clinic.domain.documents.texts import text
from clinic.domain.documents.treated_places import TreatedSite
from clinic.domain.documents.treatment_handout import Phones
from clinic.domain.errors import NotFound
from clinic.domain.plans import PlanItem, Target
from clinic.queries.document_heads import Ask, DocumentHead, document_head, on_day
from clinic.queries.treatment_handouts import NO_PHONE, stands_problem, treated_sites
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.unit_of_work import UnitOfWork


def consent_form(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """What a patient signs before a treatment. Raises NotFound without a visit of this patient."""
    if ask.visit_id is None:
        raise NotFound
    head = document_head(uow, ask)
    record = visit_record(uow, ask.visit_id)
    charted = treated_sites(record, record.sites)
    planned = PlannedTreatment(charted or tuple(_targets(record.plan.items)))
    words = head.language
    return on_day(head, record.visit.on).draft(
        ask,
        text(TEXT, words.code).title,
        consent_blocks(planned, words, Phones(head.clinic.phone, head.emergency_phone), ask.left_out),
        choices=choices(planned, ask.left_out),
        problems=_problems(record, planned),
        notes=_notes(record, planned, head, from_plan=not charted),
        on=record.visit.on,
        texts=(TEXT, SIDE_EFFECTS, "emergency"),
    )


def _targets(items: Iterable[PlanItem]) -> Iterator[TreatedSite]:
    """The open targets of the plan, each as often as it has places."""
    for item in items:
        target = item.entry.details
        if item.is_open and isinstance(target, Target):
            x, y = _place(target)
            for _ in range(max(target.sites, 1)):
                yield TreatedSite(
                    muscle=target.muscle,
                    sub_site=None,
                    side=target.side,
                    x=x,
                    y=y,
                    units=target.units_per_site or Decimal(0),
                    product=target.product or "",
                    site_group=target.site_group,
                )


def _place(target: Target) -> tuple[int | None, int | None]:
    places = MUSCLES[target.muscle].groups.get(target.site_group or "", (None,))
    try:
        return position(target.muscle, places[0], target.side)
    except AnatomyError:
        return None, None


def _problems(record: VisitRecord, planned: PlannedTreatment) -> Iterator[str]:
    yield from stands_problem(record)
    if record.session is not None and record.session.transcribed:
        yield "This session is transcribed from an earlier record: there is nothing to consent to."
    if not planned.sites:
        yield "Nothing is planned or charted in this visit yet. Chart the sites or plan the muscles first."


def _notes(record: VisitRecord, planned: PlannedTreatment, head: DocumentHead, *, from_plan: bool) -> Iterator[str]:
    if planned.sites and from_plan:
        yield "Nothing is charted yet: the places are those of the plan."
    if any(site.given_at for site in record.sites):
        yield "Sites of this visit are already marked given: consent comes before."
    if any(not site.product for site in planned.sites):
        yield "A product is not chosen yet: the form says so."
    if any(not site.units for site in planned.sites):
        yield "A dose is not decided yet: the form says so."
    if not (head.clinic.phone or head.emergency_phone):
        yield NO_PHONE
