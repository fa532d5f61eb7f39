"""The treatment passport of a patient, from the sessions that were really given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.texts import text
from clinic.domain.documents.treated_places import TreatedSite
from clinic.domain.documents.treatment_handout import Phones
from clinic.domain.documents.treatment_passport import (
    LISTED,
    TEXT,
    Bearer,
    TreatmentDay,
    detailed,
    passport_blocks,
    passport_choices,
)
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text
from clinic.models import Condition, ToxinElsewhere
from clinic.queries.document_heads import Ask, DocumentHead, document_head
from clinic.queries.given_sessions import (
    GivenSession,
    GivenSite,
    given_selects,
    sessions_given,
    voided_select,
    without_voided,
)
from clinic.queries.together import AnySelect, together
from clinic.queries.treatment_handouts import NO_PHONE
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]


def treatment_passport(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """One page to carry: what was given, newest first, the newest draft's given sites with it. Raises NotFound."""
    head = document_head(uow, ask)
    rows, voided = without_voided(together(uow, given_selects(uow, ask.patient_id) | _selects(uow, ask.patient_id)))
    unsigned = _unsigned(rows)
    sessions = sessions_given(rows, draft=unsigned[-1][1] if unsigned else "")
    days = tuple(sorted(_days(sessions), key=lambda one: one.on, reverse=True))
    elsewhere = max((row[0] for row in rows["elsewhere"] if row[0]), default=None)
    # A treatment that somebody has begun in a second draft, or voided as given, is not told, but its toxin counts.
    begun = (on for on, _ in unsigned)
    toxin_on = max((one for one in (elsewhere, *begun, *voided, *(day.on for day in days)) if one), default=None)
    words = head.language
    bearer = Bearer(_palsies(rows))
    return head.draft(
        ask,
        text(TEXT, words.code).title,
        passport_blocks(bearer, days, toxin_on, words, Phones(head.clinic.phone, head.emergency_phone)),
        choices=passport_choices(),
        problems=() if days else ("No treatment with botulinum toxin is on record yet.",),
        notes=(*_notes(days, elsewhere, [on for on, _ in unsigned], head), *map(_voided, voided)),
    )


def _unsigned(rows: Rows) -> list[tuple[date, str]]:
    """The days and visits of drafts with given sites; transcribed ones count when they are signed."""
    return sorted({(row[13], row[1]) for row in rows["given_site"] if row[16] is VisitState.DRAFT and not row[15]})


def _selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    e, c = ToxinElsewhere, Condition
    elsewhere = select(func.max(e.on, type_=e.on.type).label("on")).where(
        e.clinic_id == uow.clinic_id, e.patient_id == patient_id, e.retired_at.is_(None)
    )
    palsy = select(c.onset_on, c.id, c.side, c.cause).where(
        c.clinic_id == uow.clinic_id, c.patient_id == patient_id, c.retired_at.is_(None)
    )
    return {"elsewhere": elsewhere, "palsy": palsy, "voided": voided_select(uow, patient_id)}


def _voided(on: date) -> str:
    return f"The treatment of {day_text(on)} was voided as given: it counts for the 12 weeks, its doses are not on the page."


def _palsies(rows: Rows) -> tuple[tuple[Any, Any], ...]:
    ordered = sorted(rows["palsy"], key=lambda row: (row[0] or date.min, row[1]))
    return tuple((side, cause) for _, _, side, cause in ordered)


def _days(sessions: Iterable[GivenSession]) -> Iterator[TreatmentDay]:
    """Each session, and each of its touch-ups, as a day of its own."""
    for session in sessions:
        when = {session.id: session.on, **dict(session.touch_ups)}
        for visit_id, on in when.items():
            sites = tuple(_site(site) for site in session.sites if site.visit_id == visit_id)
            if sites:
                yield TreatmentDay(on, sites, touch_up=visit_id != session.id)


def _site(site: GivenSite) -> TreatedSite:
    return TreatedSite(site.muscle, site.sub_site, site.side, site.x, site.y, site.units, site.product, site.lot)


def _notes(
    days: tuple[TreatmentDay, ...], elsewhere: date | None, unsigned: Sequence[date], head: DocumentHead
) -> Iterator[str]:
    for on in unsigned:
        yield f"The treatment of {day_text(on)} is not signed yet. Print again when a site changes."
    if len(days) > len(detailed(days)):
        yield f"Detailed: the last {len(detailed(days))} of {len(days)} treatments; the days of earlier ones are named."
    if elsewhere:
        yield "Toxin given elsewhere counts for the 12 weeks; its doses are not on the page."
    if days and len({(site.muscle, site.side) for site in days[0].sites}) > LISTED:
        yield "The newest treatment has so many places that the passport takes more than one page."
    if any(not site.lot for day in days for site in day.sites):
        yield "A lot is not known: the passport says so."
    if not (head.clinic.phone or head.emergency_phone):
        yield NO_PHONE
