"""A visit record as the frozen content that is shown for review, signed, hashed and printed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from clinic.domain import time_out
from clinic.domain.anatomy import muscle_label, site_label
from clinic.domain.findings import Finding
from clinic.domain.injections import Phase, Question
from clinic.domain.patients import SAFETY_FACT_LABELS, age_on
from clinic.domain.planned_given import planned_given_rows
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, Concentration, format_number, format_volume
from clinic.domain.visit_content import (
    SCHEMA,
    AnswerContent,
    ClinicContent,
    ConditionContent,
    FactContent,
    FindingContent,
    NoteContent,
    PatientContent,
    SessionContent,
    SiteContent,
    SyringeContent,
    TimeOutContent,
    TotalContent,
    VisitContent,
)
from clinic.domain.visits import SECTION_TITLES
from clinic.domain.wording import dated_text
from clinic.models import InjectionSession
from clinic.queries.outcome_contents import assessment_contents, event_contents, grid_contents, review_contents
from clinic.queries.plan_contents import (
    block_contents,
    goal_rating_contents,
    plan_contents,
    planning_answer_contents,
    training_contents,
)
from clinic.queries.visit_record import VisitRecord
from clinic.queries.visit_rows import AnswerRow, ConditionRow, SiteRow, SyringeRow

UNKNOWN_LOT = "lot unknown"
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI")


def visit_content(record: VisitRecord) -> VisitContent:
    """Copy every displayed value of a visit into its frozen content; its findings are judged from it."""
    visit, clinic = record.visit, record.clinic
    session = _session(record, record.session) if record.session else None
    return VisitContent(
        schema=SCHEMA,
        id=visit.id,
        revision=visit.revision,
        amends=visit.amends_id,
        amendment_reason=visit.amendment_reason,
        on=visit.on,
        author=visit.author_name,
        clinic=ClinicContent(clinic.name, clinic.address, clinic.phone, visit.time_zone),
        patient=patient_content(record),
        conditions=tuple(_condition(record, row) for row in record.conditions if row.chosen),
        facts=tuple(
            FactContent(SAFETY_FACT_LABELS[row.kind], row.answer.value, row.detail, row.asked_on)
            for row in record.facts
        ),
        notes=_notes(record),
        session=session,
        findings=(),
        assessments=assessment_contents(record),
        grids=grid_contents(record),
        reviews=review_contents(record),
        adverse_events=event_contents(record),
        plan=plan_contents(record),
        # The plan against the chart, once there is a session to compare with.
        planned_given=planned_given_rows(record.plan.items, session.sites, record.plan.versions) if session else (),
        goal_ratings=goal_rating_contents(record.plan),
        planning_answers=planning_answer_contents(record.plan),
        blocks=block_contents(record.plan),
        training=training_contents(record.plan),
    )


def with_findings(content: VisitContent, findings: tuple[Finding, ...]) -> VisitContent:
    """The same content with what was found in it."""
    return replace(content, findings=tuple(_finding(one) for one in findings))


def patient_content(record: VisitRecord) -> PatientContent:
    """The patient as on the day of the visit."""
    patient = record.patient
    return PatientContent(
        id=patient.id,
        family_name=patient.family_name,
        given_names=patient.given_names,
        birth_date=patient.birth_date,
        age=age_on(patient.birth_date, record.visit.on),
        record_number=patient.record_number,
        sex=patient.sex.value,
        synthetic=patient.synthetic,
    )


def phase(record: VisitRecord) -> Phase:
    """How far the session is, from its stamps."""
    session = record.session
    if session is None:
        return Phase.PLANNED
    if session.settled_at is not None:
        return Phase.SETTLED
    if any(site.given_at for site in record.sites):
        return Phase.GIVEN
    if record.time_outs:
        return Phase.TIME_OUT
    return Phase.PREPARED if session.prepared_at else Phase.PLANNED


def time_out_stands(record: VisitRecord, content: VisitContent) -> bool:
    """Whether the newest time-out confirmed exactly what stands now."""
    confirmed = record.time_outs[-1].digest if record.time_outs else None
    return confirmed == time_out.digest(time_out.values(content))


def confirms_together(record: VisitRecord, content: VisitContent) -> bool:
    """Whether several copied sites may be confirmed in one step: under a standing time-out, or in an amendment."""
    return content.amends is not None or time_out_stands(record, content)


def concentration_of(record: VisitRecord, site: SiteRow) -> Concentration | None:
    """The concentration that a site's volume is derived from."""
    row = record.syringe_of(site)
    return Concentration(row.concentration_units, row.concentration_microlitres) if row else None


def session_totals(record: VisitRecord) -> tuple[TotalContent, ...]:
    """Units by product, side and muscle, in order of first appearance."""
    sums: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for site in record.sites:
        key = (record.product_of(site) or "", site.side.value, site.muscle)
        count, units = sums.get(key, (0, Decimal(0)))
        sums[key] = (count + 1, units + site.units)
    return tuple(
        TotalContent(product, named(product), side, muscle, muscle_label(muscle), count, units)
        for (product, side, muscle), (count, units) in sums.items()
    )


def named(product: str) -> str:
    """A product in words; a site without one says so."""
    return product_name(product) if product else "vial to be added"


def last_session(record: VisitRecord) -> date | None:
    """The day of the last session before this visit, here or elsewhere."""
    days = [dose.on for dose in record.past if dose.on <= record.visit.on]
    return max(days, default=None)


def _condition(record: VisitRecord, row: ConditionRow) -> ConditionContent:
    grade = row.worst_house_brackmann
    return ConditionContent(
        side=row.side.value,
        cause=f"{row.cause}: {row.cause_detail}" if row.cause_detail else str(row.cause),
        onset=dated_text(row.onset_on, row.onset_precision),
        worst_grade=f"House–Brackmann {_ROMAN[grade]}" if grade else "",
        muscle_statuses=tuple(
            f"{muscle_label(one.muscle)}, {one.side.value}: {one.state.value}{f' ({one.procedure})' if one.procedure else ''}"
            for one in record.statuses
            if one.side is row.side
        ),
    )


def _notes(record: VisitRecord) -> tuple[NoteContent, ...]:
    found = []
    if record.visit.complaints:
        found.append(NoteContent("complaints", "Complaints in order", record.visit.complaints))
    for section, title in SECTION_TITLES.items():
        if record.notes.get(section):
            found.append(NoteContent(section.value, title, record.notes[section]))
    return tuple(found)


def _session(record: VisitRecord, session: InjectionSession) -> SessionContent:
    last = last_session(record)
    return SessionContent(
        phase=phase(record).value,
        given_by=session.given_by,
        ordered_by=session.ordered_by,
        supervised_by=session.supervised_by,
        touch_up_of=record.touch_up_on,
        transcribed=session.transcribed,
        transcribed_source=session.transcribed_source,
        guidance=tuple(part for part in session.guidance.split(",") if part),
        needle=session.needle,
        anaesthesia=session.anaesthesia,
        indication=session.indication,
        consent=session.consent,
        consent_by=session.consent_by,
        consent_at=session.consent_at,
        entered_late_reason=session.entered_late_reason,
        prepared_at=session.prepared_at,
        settled_at=session.settled_at,
        days_since_last=(record.visit.on - last).days if last else None,
        last_session_on=last,
        answers=tuple(_answer(question, record.answers.get(question)) for question in Question),
        time_outs=tuple(
            TimeOutContent(row.by, row.at, tuple((what, value) for what, value in json.loads(row.confirmed)))
            for row in record.time_outs
        ),
        syringes=_syringes(record, session),
        sites=tuple(_site(record, site) for site in record.sites),
        totals=session_totals(record),
    )


def _answer(question: Question, row: AnswerRow | None) -> AnswerContent:
    if row is None:
        return AnswerContent(question.value, question.label, question.is_eye, "unanswered", "", "", None)
    detail = row.detail
    if row.tenths_mm is not None:
        millimetres = f"{format_number(Decimal(row.tenths_mm) / 10)}{NBSP}mm"
        detail = f"{millimetres}, {detail}" if detail else millimetres
    return AnswerContent(question.value, question.label, question.is_eye, row.answer.value, detail, row.by, row.at)


def _syringes(record: VisitRecord, session: InjectionSession) -> tuple[SyringeContent, ...]:
    if session.transcribed and session.transcribed_product:
        return (_transcribed_syringe(record, session, session.transcribed_product),)
    return tuple(_syringe(record, row) for row in record.syringes)


def _transcribed_syringe(record: VisitRecord, session: InjectionSession, product: str) -> SyringeContent:
    return SyringeContent(
        letter="",
        product=product,
        product_name=named(product),
        lot=session.transcribed_lot or UNKNOWN_LOT,
        expires_on=None,
        vial="",
        labelled_units=None,
        diluent="",
        diluent_microlitres=None,
        per_tenth="",
        mixed_by="",
        mixed_at=None,
        use_by=None,
        use_by_rule="",
        given=sum((site.units for site in record.sites), Decimal(0)),
        wasted=Decimal(0),
        waste_reason="",
        left=None,
    )


def _syringe(record: VisitRecord, row: SyringeRow) -> SyringeContent:
    vial = record.vials[row.vial_id]
    here = [site for site in record.sites if site.syringe_id == row.id]
    mine = {one.id for one in record.syringes if one.vial_id == row.vial_id}
    from_vial = sum((site.units for site in record.sites if site.syringe_id in mine), Decimal(0))
    wasted = sum((one.wasted for one in record.syringes if one.vial_id == row.vial_id), Decimal(0))
    concentration = Concentration(row.concentration_units, row.concentration_microlitres)
    return SyringeContent(
        letter=row.letter,
        product=vial.product,
        product_name=vial.product_name,
        lot=vial.lot_number,
        expires_on=vial.expires_on,
        vial=vial.label,
        labelled_units=vial.labelled_units,
        diluent=vial.diluent,
        diluent_microlitres=vial.diluent_microlitres,
        per_tenth=concentration.per_tenth,
        mixed_by=vial.mixed_by,
        mixed_at=vial.mixed_at,
        use_by=vial.use_by,
        use_by_rule=vial.use_by_rule,
        given=sum((site.units for site in here), Decimal(0)),
        wasted=row.wasted,
        waste_reason=row.waste_reason,
        left=units_before(record, row.vial_id) - from_vial - wasted,
    )


def units_before(record: VisitRecord, vial_id: str) -> Decimal:
    """What a vial held before this session touched it."""
    return record.vials[vial_id].units_left - record.drawn_here.get(vial_id, Decimal(0))


def _site(record: VisitRecord, site: SiteRow) -> SiteContent:
    product = record.product_of(site) or ""
    syringe = record.syringe_of(site)
    return SiteContent(
        id=site.id,
        number=site.number,
        muscle=site.muscle,
        muscle_label=muscle_label(site.muscle),
        sub_site=site.sub_site,
        sub_site_label=site_label(site.muscle, site.sub_site) if site.sub_site else "",
        side=site.side.value,
        x=site.x,
        y=site.y,
        view=site.view,
        purpose=site.purpose.label,
        units=site.units,
        volume=_volume(syringe.concentration_units, syringe.concentration_microlitres, site.units) if syringe else "",
        syringe=syringe.letter if syringe else "",
        product=product,
        product_name=named(product),
        depth=site.depth.value,
        note=site.note,
        copied_from=site.copied_from,
        confirmed=site.confirmed,
        given_at=site.given_at,
        entered_late_reason=site.entered_late_reason,
    )


@lru_cache(4096)
def _volume(labelled: Decimal, microlitres: int, units: Decimal) -> str:
    # The same few doses of the same few vials are asked for with every change of a chart.
    return format_volume(Concentration(labelled, microlitres).volume_of(units))


def _finding(one: Finding) -> FindingContent:
    override = one.override
    return FindingContent(
        code=one.code,
        severity=one.severity.value,
        message=one.message,
        subject=one.subject,
        source=one.source,
        override_reason=override.reason if override else "",
        override_by=override.by if override else "",
        override_at=datetime.fromisoformat(override.at) if override else None,
    )
