"""Doses of a patient beside what came of them, from signed visits that stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from clinic.domain.anatomy import muscle_label
from clinic.domain.dose_effect_panels import Facts, Happened, Reviewed
from clinic.domain.dose_effects import DoseEffects, dose_effects
from clinic.domain.patients import DatePrecision
from clinic.domain.trends_patterns import Effect
from clinic.domain.trends_sessions import OtherTreatment, other_treatment
from clinic.domain.visit_content import ClinicContent
from clinic.domain.wording import plural, side_words
from clinic.models import Clinic, MuscleBlock, TrainingSession, Visit
from clinic.queries.adverse_events import EventRow, event_rows, event_selects
from clinic.queries.dose_histories import dose_selects, treated, treated_sessions
from clinic.queries.outcomes import first_versions
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.queries.together import AnySelect
from clinic.queries.trends import (
    effects_said,
    graded_cell,
    other_selects,
    others_listed,
    outcome_selects,
    patient_content,
    standing,
)
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
_PREPARED = Prepared(lambda: _selects(ANY_UNIT, asked("patient_id")))


@dataclass(frozen=True, slots=True)
class EffectsPage:
    """Who the page is about, and what it shows."""

    strip: PatientStrip
    content: DoseEffects


def effects_page(uow: UnitOfWork, patient_id: str, *, page: int = 1, everything: bool = False) -> EffectsPage:
    """Dose and effect in five statements, whatever the number of visits. Raises NotFound."""
    who = strip(uow, patient_id)
    about = select(Clinic.name, Clinic.address, Clinic.phone, Clinic.time_zone).where(Clinic.id == uow.clinic_id)
    clinic = ClinicContent(*uow.session.execute(about).one())
    facts = _facts(_PREPARED.rows(uow, patient_id=patient_id))
    head = (clinic, patient_content(who), who.condition_text, who.today)
    return EffectsPage(who, dose_effects(facts, head, page=page, everything=everything))


def _selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    b, t = MuscleBlock, TrainingSession
    block = (
        select(b.id, b.muscle, b.side, b.agent, Visit.on)
        .select_from(Visit)
        .join(b, (b.clinic_id == Visit.clinic_id) & (b.visit_id == Visit.id))
    )
    training = (
        select(t.visit_id, Visit.on)
        .select_from(Visit)
        .join(t, (t.clinic_id == Visit.clinic_id) & (t.visit_id == Visit.id))
    )
    found = dose_selects(uow, patient_id) | outcome_selects(uow, patient_id) | other_selects(uow, patient_id)
    found |= {"block": standing(uow, patient_id, block), "training": standing(uow, patient_id, training)}
    return found | event_selects(uow, patient_id)


def _facts(rows: Rows) -> Facts:
    roots = first_versions(rows["given_version"])
    sessions, voided = treated_sessions(rows)
    named = {roots[visit_id]: one.id for one in sessions for visit_id in one.visit_ids}
    return Facts(
        sessions=tuple(treated(one) for one in sessions),
        voided=voided,
        graded=tuple(graded_cell(row) for row in rows["cell"]),
        effects=tuple(_of_sessions(effects_said(rows, roots), named)),
        reviews=tuple(_reviews(rows, roots, named)),
        events=tuple(_events(event_rows(rows, roots), named)),
        others=tuple(_others(rows)),
    )


def _of_sessions(effects: Iterable[Effect], named: Mapping[str, str]) -> Iterator[Effect]:
    """What reviews said, under the session in force that its visit counts to."""
    for one in effects:
        if one.session in named:
            yield replace(one, session=named[one.session])


def _reviews(rows: Rows, roots: Mapping[str, str], named: Mapping[str, str]) -> Iterator[Reviewed]:
    for _, on, session_id, session_on, wearing, worn_off_day, visit_id in rows["review"]:
        root = roots.get(session_id, session_id)
        if root in named:
            yield Reviewed(named[root], session_on, visit_id, on, wearing, worn_off_day)


def _events(found: Iterable[EventRow], named: Mapping[str, str]) -> Iterator[Happened]:
    """The events that stand after a session that stands, by the muscles of the sites linked to them."""
    for one in found:
        session = named.get(one.session_root or "")
        if session and not one.withdrawn:
            on = one.onset_on or one.session_on
            words = one.words if one.reviewed else f"{one.words}; not reviewed yet"
            places = frozenset((site.muscle, site.side) for site in one.sites)
            yield Happened(session, words, f"{one.label}, grade {one.grade}", on, places)


def _others(rows: Rows) -> Iterator[OtherTreatment]:
    """Other treatments, test blocks, and the day on which training began here."""
    yield from others_listed(rows)
    for _, muscle, side, agent, on in sorted(rows["block"], key=lambda row: (row[4], row[0])):
        words = f"test block with {agent}: {muscle_label(muscle)}, {side_words(side.value)}"
        yield other_treatment(words, on, DatePrecision.DAY)
    days = sorted(on for _, on in rows["training"])
    if days:
        words = f"training here began, {plural(len(days), 'session')} so far"
        yield other_treatment(words, days[0], DatePrecision.DAY)
