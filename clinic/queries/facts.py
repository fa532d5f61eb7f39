"""A visit record as the facts that the safety checks read, and the judged findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from clinic.domain import safety, time_out
from clinic.domain.anatomy import Side
from clinic.domain.findings import Finding
from clinic.domain.injections import OpenEvent, PastDose, SessionFacts, SiteFact, TimeOutFact, VialFact
from clinic.domain.quantities import Concentration
from clinic.domain.visit_content import VisitContent
from clinic.queries.inventory import VialRow
from clinic.queries.visit_contents import units_before, visit_content, with_findings
from clinic.queries.visit_record import VisitRecord
from clinic.queries.visit_rows import SiteRow


def judged(record: VisitRecord, now: datetime) -> tuple[VisitContent, tuple[Finding, ...]]:
    """The content of a visit with its findings as they stand at ``now``, overrides applied."""
    bare = visit_content(record)
    if record.session is None:
        return bare, ()
    findings = safety.check(session_facts(record, bare, now))
    findings = safety.apply_overrides(findings, record.overrides)
    return with_findings(bare, findings), findings


def session_facts(record: VisitRecord, content: VisitContent, now: datetime) -> SessionFacts:
    """The facts of a session for the checks. ``content`` supplies what the time-out would confirm now."""
    session = record.session
    if session is None:
        raise ValueError("This visit has no injection section.")
    past = tuple(dose for dose in record.past if dose.on <= record.visit.on)
    return SessionFacts(
        on=record.visit.on,
        now=_moment_of_judging(record, now).astimezone(ZoneInfo(record.visit.time_zone)),
        birth_date=record.patient.birth_date,
        sites=tuple(_site(record, site) for site in record.sites),
        vials={} if session.transcribed else {row.vial_id: _vial(record, row.vial_id) for row in record.syringes},
        palsy_sides=frozenset(row.side for row in record.conditions),
        answers={row.question: row.answer for row in record.answers.values()},
        muscle_states={(row.muscle, row.side): row.state for row in record.statuses},
        consent_recorded=session.consent_at is not None,
        time_outs=tuple(TimeOutFact(row.at, row.digest) for row in record.time_outs),
        current_digest=_current_digest(record, content),
        past=past,
        last_session_on=_last_session_on(past),
        last_dose=_last_dose(past),
        presets=record.presets,
        dose_step=record.clinic.dose_step,
        vial_sharing_needs_reason=record.clinic.vial_sharing_needs_reason,
        text_not_understood=session.shorthand,
        touch_up=session.touch_up_of is not None,
        transcribed=session.transcribed,
        transcribed_product=session.transcribed_product,
        asks_about_events=record.visit.amends_id is None and not session.transcribed,
        open_events=tuple(OpenEvent(row.id, row.number, row.words) for row in record.outcomes.events if row.is_open),
    )


def _current_digest(record: VisitRecord, content: VisitContent) -> str:
    # An amendment corrects the record of a session whose time-out is past; its difference is shown instead.
    if record.visit.amends_id and record.time_outs:
        return record.time_outs[-1].digest
    return time_out.digest(time_out.values(content))


def _moment_of_judging(record: VisitRecord, now: datetime) -> datetime:
    # An amendment is written long after the vial was used: its use-by is judged at the last site given.
    given = [site.given_at for site in record.sites if site.given_at]
    return max(given) if record.visit.amends_id and given else now


def _site(record: VisitRecord, site: SiteRow) -> SiteFact:
    vial = record.vial_of(site)
    return SiteFact(
        id=site.id,
        number=site.number,
        muscle=site.muscle,
        sub_site=site.sub_site,
        side=site.side,
        x=site.x,
        y=site.y,
        units=site.units,
        purpose=site.purpose,
        vial_id=vial.id if vial else None,
        copied_from=site.copied_from,
        confirmed=site.confirmed,
        given_at=site.given_at,
        entered_late_reason=site.entered_late_reason,
        from_plan=site.from_planned_target is not None,
    )


def _vial(record: VisitRecord, vial_id: str) -> VialFact:
    row: VialRow = record.vials[vial_id]
    mixed = Concentration(row.labelled_units, row.diluent_microlitres) if row.diluent_microlitres else None
    return VialFact(
        id=row.id,
        product=row.product,
        lot=row.lot_number,
        expires_on=row.expires_on,
        labelled_units=row.labelled_units,
        units_left=units_before(record, vial_id),
        concentration=mixed,
        use_by=row.use_by,
        recalled=_was_recalled(record, row),
        discarded=row.discarded,
        other_patients=len(row.patients - {record.patient.id}),
        wasted=sum((one.wasted for one in record.syringes if one.vial_id == vial_id), Decimal(0)),
    )


def _was_recalled(record: VisitRecord, row: VialRow) -> bool:
    # What was given before the recall cannot be undone: its record must stay possible to sign and to amend.
    times = [site.given_at for site in record.sites if (vial := record.vial_of(site)) and vial.id == row.id]
    if row.recalled_at is None:
        return False
    return not times or any(at is None or at >= row.recalled_at for at in times)


def _last_session_on(past: tuple[PastDose, ...]) -> Mapping[str, date]:
    found: dict[str, date] = {}
    for dose in past:
        found[dose.product] = max(dose.on, found.get(dose.product, dose.on))
    return found


def _last_dose(past: tuple[PastDose, ...]) -> Mapping[tuple[str, str, Side], Decimal]:
    last = _last_session_on(past)
    found: dict[tuple[str, str, Side], Decimal] = {}
    for dose in past:
        if dose.on == last[dose.product] and dose.muscle is not None and dose.side is not None:
            key = (dose.product, dose.muscle, dose.side)
            found[key] = max(dose.units, found.get(key, Decimal(0)))
    return found
