"""The session's phases from prepared to settled, and going on past a finding."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain import time_out
from clinic.domain.actors import Permission, RecordState
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale, Stopped, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.findings import OVERRIDE_REASON_MINIMUM, Finding, Severity
from clinic.domain.given_as_planned import PLANNED, plan
from clinic.domain.quantities import format_units
from clinic.domain.safety_events import EVENT
from clinic.domain.visit_content import PatientContent, VisitContent
from clinic.domain.visits import REASON_MINIMUM
from clinic.domain.wording import day_text
from clinic.models import FindingOverride, InjectionSession, InjectionSite, Syringe, TimeOut, Visit
from clinic.queries.facts import judged
from clinic.queries.visit_contents import time_out_stands, visit_content
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.services import inventory
from clinic.services.authority import require
from clinic.services.drafts import held, session_of
from clinic.unit_of_work import UnitOfWork

_AFTER_TIME_OUT = frozenset({"TIMEOUT-001", "COPY-001"})


def prepare(uow: UnitOfWork, visit_id: str, edit_version: int, drawn: Mapping[str, Decimal]) -> None:
    """Stamp the session prepared, with the units drawn up in each syringe."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    _refuse_amendment(visit)
    session = _todays(uow, visit)
    sites = list(uow.session.scalars(select(InjectionSite).where(InjectionSite.visit_id == visit_id)))
    if any(site.given_at is not None for site in sites):
        raise WrongStep("Sites are marked given already, so what was drawn up stays as it was recorded.")
    syringes = list(uow.session.scalars(select(Syringe).where(Syringe.visit_id == visit_id)))
    if not sites or not syringes:
        raise WrongStep("Chart the planned sites and choose a vial first; then the session can be prepared.")
    for syringe in syringes:
        syringe.units_drawn = drawn.get(syringe.id, syringe.units_drawn)
    session.prepared_at, session.prepared_by = uow.now, uow.actor.name
    uow.record(Event(Action.SESSION_PREPARED, f"visit:{visit_id}", visit.patient_id))


def take_time_out(
    uow: UnitOfWork,
    visit_id: str,
    edit_version: int,
    *,
    shown: str,
    initials: str = "",
    birth_year: str = "",
    read_aloud: bool = False,
) -> None:
    """Stamp a time-out over what was shown, after the patient was identified in the clinic's way.

    Raises WrongStep before the session is prepared, Invalid without the identification, Stale when the values changed
    since they were shown, Stopped while findings stand in the way.
    """
    visit = held(uow, visit_id, Permission.INJECTION_TIME_OUT, edit_version)
    _refuse_amendment(visit)
    session = _todays(uow, visit)
    if session.prepared_at is None:
        raise WrongStep("Prepare the session first: the time-out confirms what was drawn up.")
    record = visit_record(uow, visit_id)
    content, findings = judged(record, uow.now)
    pairs = time_out.values(content)
    if time_out.digest(pairs) != shown:
        raise Stale(
            "The session changed since it was shown. Read the values again.",
            shown=edit_version,
            current=visit.edit_version,
        )
    identified = _identified(record, content.patient, initials, birth_year, read_aloud)
    refuse_stops(findings, "Settle these before the time-out.", but=_AFTER_TIME_OUT)
    uow.session.add(
        TimeOut(
            clinic_id=uow.clinic_id,
            id=uow.new_id(),
            visit_id=visit_id,
            by=uow.actor.name,
            at=uow.now,
            digest=shown,
            confirmed=json.dumps((*pairs, *_beside(content, identified)), ensure_ascii=False),
        )
    )
    new = {"digest": shown, "identified": identified}
    uow.record(Event(Action.TIME_OUT_TAKEN, f"visit:{visit_id}", visit.patient_id, new=new))


def _beside(content: VisitContent, identified: str) -> time_out.Values:
    """What a time-out's record holds beside the values that were read out."""
    planned = plan(content.session.sites) if content.session else ""
    return (PLANNED, planned), (time_out.IDENTIFIED, identified)


def _identified(record: VisitRecord, patient: PatientContent, initials: str, birth_year: str, read_aloud: bool) -> str:
    """How the patient was identified, in words. Raises Invalid for what is missing or not this patient's."""
    if not record.clinic.time_out_typed:
        if not read_aloud:
            raise Invalid(
                {"read_aloud": "Read name and date of birth aloud with the patient, then tap to confirm them."}
            )
        return time_out.READ_ALOUD
    missing = {"initials": initials, "birth_year": birth_year}
    fields = {name: "This is needed: ask the patient." for name, typed in missing.items() if not typed.strip()}
    if fields:
        raise Invalid(fields)
    if not time_out.identifiers_match(patient, initials, birth_year):
        raise Invalid(
            {"initials": "These are not this patient's initials and year of birth. Stop and check who is here."}
        )
    return time_out.TYPED


def refuse_stops(findings: Iterable[Finding], message: str, *, but: frozenset[str] = frozenset()) -> None:
    """Raise Stopped when any finding stands in the way, except of the codes in ``but``."""
    stops = tuple(one for one in findings if one.stops and one.code not in but)
    if stops:
        raise Stopped(message, stops)


@dataclass(frozen=True, slots=True)
class Late:
    """That sites are entered after the fact: why, and when they were given."""

    reason: str
    given_at: datetime


def mark_given(
    uow: UnitOfWork, visit_id: str, edit_version: int, site_ids: tuple[str, ...], late: Late | None = None
) -> None:
    """Mark sites given now, and take their units out of the vials.

    Without ``late`` a time-out over exactly these values must stand (WrongStep). With it, both times and the reason stay
    in the record.
    """
    visit = held(uow, visit_id, Permission.INJECTION_GIVE, edit_version)
    session = _todays(uow, visit)
    record = visit_record(uow, visit_id)
    if late is None:
        _refuse_amendment(visit)
        _require_time_out(record)
    else:
        _check_late(uow, late)
    _check_day(visit, late.given_at if late else uow.now)
    sites = _chosen(uow, visit_id, site_ids)
    for site in sites:
        _give_one(uow, site, late)
    if visit.amends_id is None:
        for vial_id, units in _by_vial(record, sites).items():
            inventory.draw(uow, vial_id, units, visit_id=visit_id, patient_id=visit.patient_id)
    session.given_by = session.given_by or uow.actor.name
    session.settled_at = None
    numbers, units = [site.number for site in sites], sum((site.units for site in sites), Decimal(0))
    new = {"sites": numbers, "units": units, "given_at": sites[0].given_at}
    reason = late.reason if late else ""
    uow.record(Event(Action.SITES_GIVEN, f"visit:{visit_id}", visit.patient_id, reason=reason, new=new))


def _require_time_out(record: VisitRecord) -> None:
    if not record.time_outs:
        raise WrongStep("Take the time-out first. If this was given already, enter it late with the reason.")
    if not time_out_stands(record, visit_content(record)):
        raise WrongStep(
            "What the time-out confirmed has changed. Take it again, or enter the sites late with the reason."
        )


def _check_late(uow: UnitOfWork, late: Late) -> None:
    if len(late.reason.strip()) < REASON_MINIMUM:
        raise Invalid({"late_reason": f"Say why this is entered late in at least {REASON_MINIMUM} characters."})
    if late.given_at > uow.now:
        raise Invalid({"given_at": "The time of giving is in the future."})


def _check_day(visit: Visit, given_at: datetime) -> None:
    # Intervals and limits go by the day of the visit: a dose of another day would count from the wrong one.
    day = given_at.astimezone(ZoneInfo(visit.time_zone)).date()
    if day != visit.on:
        message = f"The visit is on {day_text(visit.on)}, but this was given on {day_text(day)}."
        raise Invalid({"given_at": f"{message} Mend the day of the visit or the time; nothing was marked given."})


def _chosen(uow: UnitOfWork, visit_id: str, site_ids: tuple[str, ...]) -> list[InjectionSite]:
    if not site_ids:
        raise Invalid({"site": "Choose at least one site."})
    of_visit = select(InjectionSite).where(InjectionSite.visit_id == visit_id)
    sites = {site.id: site for site in uow.session.scalars(of_visit)}
    if not sites.keys() >= set(site_ids):
        raise NotFound
    return sorted((sites[site_id] for site_id in set(site_ids)), key=lambda site: site.number)


def _give_one(uow: UnitOfWork, site: InjectionSite, late: Late | None) -> None:
    if site.given_at is not None:
        raise Frozen(f"Site {site.number} is marked given already.")
    if site.syringe_id is None:
        raise WrongStep(f"Site {site.number} has no vial yet. Choose the vial that it is given from.")
    if site.units == 0:
        raise WrongStep(f"Site {site.number} has no dose yet. Enter its dose first.")
    if not site.confirmed:
        raise WrongStep(f"Site {site.number} is a copy and not confirmed. Confirm it first.")
    site.given_at = late.given_at if late else uow.now
    site.given_recorded_at = uow.now
    site.given_by = uow.actor.name
    site.entered_late_reason = late.reason.strip() if late else ""


def _by_vial(record: VisitRecord, sites: Iterable[InjectionSite]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for site in sites:
        vial = record.vial_of(site)
        if vial is not None:
            sums[vial.id] = sums.get(vial.id, Decimal(0)) + site.units
    return sums


def take_back(uow: UnitOfWork, visit_id: str, edit_version: int, site_ids: tuple[str, ...], reason: str) -> None:
    """Take a given mark back (marked by mistake); the units return to the vial's ledger."""
    visit = held(uow, visit_id, Permission.INJECTION_GIVE, edit_version)
    record = visit_record(uow, visit_id)
    sites = _chosen(uow, visit_id, site_ids)
    if any(site.given_at is None for site in sites):
        raise Invalid({"site": "Only a site that is marked given can be taken back."})
    if len(reason.strip()) < REASON_MINIMUM:
        raise Invalid({"reason": f"Say why in at least {REASON_MINIMUM} characters."})
    old: dict[str, object] = {"sites": [site.number for site in sites]}
    old |= {f"site_{site.number}_given_at": site.given_at for site in sites}
    for site in sites:
        site.given_at, site.given_recorded_at, site.given_by, site.entered_late_reason = None, None, "", ""
    if visit.amends_id is None:
        for vial_id, units in _by_vial(record, sites).items():
            where = {"visit_id": visit_id, "patient_id": visit.patient_id}
            inventory.give_back(uow, vial_id, units, reason=reason.strip(), **where)
    session_of(uow, visit).settled_at = None
    uow.record(Event(Action.SITES_TAKEN_BACK, f"visit:{visit_id}", visit.patient_id, reason=reason.strip(), old=old))


@dataclass(frozen=True, slots=True)
class Waste:
    """Units of a syringe that nobody was given, and why."""

    units: Decimal
    reason: str


def settle(uow: UnitOfWork, visit_id: str, edit_version: int, wastes: Mapping[str, Waste]) -> None:
    """Close the session's books: every site given, the waste of each syringe entered (0 where none)."""
    visit = held(uow, visit_id, Permission.INJECTION_GIVE, edit_version)
    session = _todays(uow, visit)
    sites = list(uow.session.scalars(select(InjectionSite).where(InjectionSite.visit_id == visit_id)))
    open_sites = [str(site.number) for site in sites if site.given_at is None]
    if not sites or open_sites:
        which = f"Sites {', '.join(open_sites)} are not marked given." if open_sites else "No site is charted."
        raise WrongStep(f"{which} Mark them given or remove them, then settle.")
    for syringe in uow.session.scalars(select(Syringe).where(Syringe.visit_id == visit_id)):
        _enter_waste(uow, visit, syringe, wastes.get(syringe.id, Waste(Decimal(0), "")))
    session.settled_at, session.settled_by = uow.now, uow.actor.name
    uow.record(Event(Action.SESSION_SETTLED, f"visit:{visit_id}", visit.patient_id))


def _enter_waste(uow: UnitOfWork, visit: Visit, syringe: Syringe, waste: Waste) -> None:
    change = waste.units - syringe.wasted if visit.amends_id is None else Decimal(0)  # An amendment's moves on signing.
    if waste.units > 0 and not waste.reason.strip():
        raise Invalid(
            {
                f"reason_{syringe.letter}": f"Say why {format_units(waste.units)} of syringe {syringe.letter} were wasted."
            }
        )
    where = {"visit_id": visit.id, "patient_id": visit.patient_id}
    if change > 0:
        inventory.waste(uow, syringe.vial_id, change, waste.reason.strip(), **where)
    elif change < 0:
        reason = f"Waste of this session corrected to {format_units(waste.units)}"
        inventory.adjust(uow, syringe.vial_id, -change, reason, **where)
    syringe.wasted, syringe.waste_reason = waste.units, waste.reason.strip()


def override(uow: UnitOfWork, visit_id: str, edit_version: int, finding_key: str, reason: str) -> None:
    """Go on past a finding with a typed reason, or confirm a dose that was asked again.

    Raises NotPermitted for who may not, Invalid for a short reason, Stale when the finding no longer stands as shown.
    """
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    _, findings = judged(visit_record(uow, visit_id), uow.now)
    finding = next((one for one in findings if one.key == finding_key), None)
    if finding is None:
        raise Stale("This finding no longer stands as it was shown.", shown=edit_version, current=visit.edit_version)
    if finding.code == EVENT:
        raise WrongStep("Whether there was an adverse event is answered on the review page.")
    if finding.severity in {Severity.NEVER, Severity.WARN}:
        raise NotPermitted("Nobody can go on past this finding: its cause must be mended.")
    if finding.severity is Severity.PRESCRIBER:
        if not uow.actor.may_override:
            raise NotPermitted("Only a prescriber, or an injector whose prescriber is named, can go on past this.")
        require(uow, Permission.FINDING_OVERRIDE, RecordState.DRAFT)
        if len(reason.strip()) < OVERRIDE_REASON_MINIMUM:
            raise Invalid({"reason": f"Give the reason in at least {OVERRIDE_REASON_MINIMUM} characters."})
    given = reason.strip() or "confirmed: this dose is meant"
    if finding.override is None:
        uow.session.add(
            FindingOverride(
                clinic_id=uow.clinic_id,
                id=uow.new_id(),
                visit_id=visit_id,
                finding_key=finding_key,
                code=finding.code,
                reason=given,
                by=uow.actor.name,
                at=uow.now,
            )
        )
    new = {"code": finding.code, "message": finding.message}
    uow.record(Event(Action.FINDING_OVERRIDDEN, f"visit:{visit_id}", visit.patient_id, reason=given, new=new))


def _refuse_amendment(visit: Visit) -> None:
    # It would stamp the day of the correction on a session that is past.
    if visit.amends_id is not None:
        raise WrongStep("This amends a session that is past. Enter what was given late, with its time and the reason.")


def _todays(uow: UnitOfWork, visit: Visit) -> InjectionSession:
    session = session_of(uow, visit)
    if session.transcribed:
        raise WrongStep("This session is transcribed from an earlier record: it has no phases of its own.")
    return session
