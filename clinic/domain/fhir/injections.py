"""Sessions: the procedure, the vials' products with their lots, and each site as an administration."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from clinic.domain.fhir.people import who
from clinic.domain.fhir.resources import (
    Resource,
    concept,
    day,
    entry,
    identifier,
    joined,
    moment,
    note,
    own,
    place,
    reference,
    units,
)
from clinic.domain.fhir.visits import SignedVisit
from clinic.domain.visit_content import SessionContent, SiteContent, SyringeContent

_WHAT: Final = "Chemodenervation of facial muscles with botulinum toxin"
_NOT_RECORDED: Final = "product not recorded"
_UNKNOWN_LOT: Final = "lot unknown"
"""What a signed content holds for the lot that nobody noted: no number of a lot."""


def session(visit: SignedVisit) -> Iterator[Resource]:
    """The procedure of a visit with what was given; nothing for a visit in which nothing was."""
    injected = visit.content.session
    given = [site for site in injected.sites if _is_given(injected, site)] if injected else []
    if injected is None or not given:
        return
    yield _procedure(visit, injected, given)
    syringes = {one.letter: one for one in injected.syringes}
    used = dict.fromkeys(_medication_key(site, syringes.get(site.syringe)) for site in given)
    for key in used:
        site = next(one for one in given if _medication_key(one, syringes.get(one.syringe)) == key)
        yield _medication(key, site, syringes.get(site.syringe))
    for site in given:
        yield _administration(visit, injected, site, syringes.get(site.syringe))


def _is_given(injected: SessionContent, site: SiteContent) -> bool:
    return site.given_at is not None or injected.transcribed


def _medication_key(site: SiteContent, syringe: SyringeContent | None) -> str:
    lot, expires = (_lot(syringe), syringe.expires_on) if syringe else ("", None)
    return "/".join((_product(site, syringe), _product_name(site, syringe), lot, day(expires) if expires else ""))


def _product(site: SiteContent, syringe: SyringeContent | None) -> str:
    return (syringe.product if syringe else "") or site.product


def _product_name(site: SiteContent, syringe: SyringeContent | None) -> str:
    """The product in words; a chart's words for a vial that is still to come name no product."""
    if not _product(site, syringe):
        return _NOT_RECORDED
    return (syringe.product_name if syringe and syringe.product else "") or site.product_name


def _lot(syringe: SyringeContent) -> str:
    return "" if syringe.lot == _UNKNOWN_LOT else syringe.lot


def _by(visit: SignedVisit, injected: SessionContent) -> Resource:
    """Who injected; whoever copied an earlier session from paper did not."""
    return who(injected.given_by or ("" if injected.transcribed else visit.content.author))


def _voided(visit: SignedVisit) -> str:
    return f"The visit was voided: {visit.voided}" if visit.in_error else ""


def _copied(injected: SessionContent) -> str:
    return f"Transcribed from {injected.transcribed_source or 'an earlier record'}" if injected.transcribed else ""


def _procedure(visit: SignedVisit, injected: SessionContent, given: list[SiteContent]) -> Resource:
    content = visit.content
    moments = sorted(site.given_at for site in given if site.given_at)
    performed = (
        {"performedPeriod": {"start": moment(moments[0]), "end": moment(moments[-1])}}
        if moments
        else {"performedDateTime": day(content.on)}
    )
    sites = dict.fromkeys((site.muscle, site.muscle_label, site.side) for site in given)
    touch_up = f"Touch-up of the session of {day(injected.touch_up_of)}" if injected.touch_up_of else ""
    return entry(
        "Procedure",
        content.id,
        {
            "status": "entered-in-error" if visit.none_given else "completed",
            "statusReason": concept(_voided(visit)),
            "code": own("procedure", "chemodenervation", _WHAT),
            "subject": reference("Patient", content.patient.id),
            "encounter": reference("Encounter", content.id),
            **performed,
            "performer": [{"actor": _by(visit, injected)}],
            "bodySite": [place(*one) for one in sites],
            **note(
                injected.indication,
                touch_up,
                _copied(injected),
                f"Guidance: {joined(injected.guidance, ', ')}" if injected.guidance else "",
            ),
        },
    )


def _medication(key: str, site: SiteContent, syringe: SyringeContent | None) -> Resource:
    name, product = _product_name(site, syringe), _product(site, syringe)
    batch = {}
    if syringe is not None and _lot(syringe):
        batch = {"lotNumber": _lot(syringe)}
        if syringe.expires_on:
            batch["expirationDate"] = day(syringe.expires_on)
    code = own("product", product, name) if product else concept(name)
    return entry("Medication", key, {"code": code, "batch": batch})


def _administration(
    visit: SignedVisit, injected: SessionContent, site: SiteContent, syringe: SyringeContent | None
) -> Resource:
    content = visit.content
    name = _product_name(site, syringe)
    body = place(site.muscle, site.muscle_label, site.side, site.sub_site_label)
    dosage: Resource = {}  # R4 takes none without a dose (mad-1).
    if site.units > Decimal(0):
        dosage = {"site": body, "method": concept(site.depth), "dose": units(site.units, name)}
    undosed = "" if dosage else f"{body['text']}: units not recorded"
    where = f"mark at {site.x / Decimal(100)}, {site.y / Decimal(100)} of the face diagram, view {site.view}"
    return entry(
        "MedicationAdministration",
        site.id,
        {
            "identifier": [identifier("site", site.id)],
            "partOf": [reference("Procedure", content.id)],
            "status": "entered-in-error" if visit.none_given else "completed",
            "medicationReference": reference("Medication", _medication_key(site, syringe), name),
            "subject": reference("Patient", content.patient.id),
            "context": reference("Encounter", content.id),
            "effectiveDateTime": moment(site.given_at) if site.given_at else day(content.on),
            "performer": [{"actor": _by(visit, injected)}],
            "dosage": dosage,
            **note(
                f"Site {site.number}: {where}",
                undosed,
                site.note,
                f"For {site.purpose}",
                _copied(injected),
                _voided(visit),
            ),
        },
    )
