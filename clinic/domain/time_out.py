"""The time-out: which values are confirmed before the first site is given, and their digest.

Confirmed are patient, side, product, lot, expiry, dilution, total dose, allergies and safety answers (requirement J-11).
Any of them changed afterwards makes the time-out stale (check TIMEOUT-001).
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from clinic.domain.given_as_planned import PLANNED
from clinic.domain.patients import fold
from clinic.domain.quantities import format_millilitres, format_units
from clinic.domain.visit_content import PatientContent, SessionContent, VisitContent
from clinic.domain.wording import day_text, plural

Values = tuple[tuple[str, str], ...]

IDENTIFIED = "Patient identified by"
"""The line of what was confirmed that says how the patient was identified; what stands is compared without it."""

TYPED = "initials and year of birth, typed again"
READ_ALOUD = "name and date of birth, read aloud and confirmed by a tap"


def values(content: VisitContent) -> Values:
    """The (what, value) pairs that the time-out shows and confirms, in the order they are read out."""
    session = content.session
    if session is None:
        return ()
    patient = content.patient
    return (
        ("Patient", f"{patient.family_name}, {patient.given_names}, born {day_text(patient.birth_date)}"),
        ("Record number", patient.record_number),
        ("Palsy", "; ".join(f"{one.side} ({one.cause})" for one in content.conditions) or "none recorded"),
        *_doses(session),
        *_vials(session),
        ("Allergies and contraindications", _contraindications(session)),
        ("Consent", session.consent or "not recorded"),
    )


def digest(pairs: Values) -> str:
    """SHA-256 of the pairs: equal exactly when what was confirmed still stands."""
    compared = [pair for pair in pairs if pair[0] not in {IDENTIFIED, PLANNED}]
    return hashlib.sha256(json.dumps(compared, ensure_ascii=False).encode()).hexdigest()


def identifiers_match(patient: PatientContent, initials: str, birth_year: str) -> bool:
    """Whether the re-entered initials (given, family) and year of birth are this patient's (requirement C-03)."""
    expected = fold(patient.given_names.strip()[:1] + patient.family_name.strip()[:1])
    typed = fold("".join(letter for letter in initials if not letter.isspace() and letter != "."))
    return typed == expected and birth_year.strip() == f"{patient.birth_date.year:04d}"


def _doses(session: SessionContent) -> Values:
    # What is entered late was never part of a time-out, so it does not make one stale.
    sites = [site for site in session.sites if not site.entered_late_reason]
    by_side: dict[tuple[str, str], Decimal] = {}
    by_product: dict[str, Decimal] = {}
    for site in sites:
        by_side[site.side, site.product_name] = by_side.get((site.side, site.product_name), Decimal(0)) + site.units
        by_product[site.product_name] = by_product.get(site.product_name, Decimal(0)) + site.units
    count = plural(len(sites), "site")
    sides = (
        (f"Patient's {side}" if side != "midline" else "Midline", f"{format_units(units)} {name}")
        for (side, name), units in sorted(by_side.items())
    )
    return (
        *sides,
        *((f"Total {name}", f"{format_units(units)}, {count}") for name, units in sorted(by_product.items())),
    )


def _vials(session: SessionContent) -> Values:
    pairs = []
    for one in session.syringes:
        dilution = ""
        if one.labelled_units is not None and one.diluent_microlitres:
            volume = format_millilitres(one.diluent_microlitres)
            dilution = f", {format_units(one.labelled_units)} in {volume}"
        expiry = f", expires {day_text(one.expires_on)}" if one.expires_on else ""
        pairs.append((f"Syringe {one.letter}", f"{one.product_name}, lot {one.lot}{expiry}{dilution}"))
    return tuple(pairs)


def _contraindications(session: SessionContent) -> str:
    said = [f"{one.label}: {one.answer}" for one in session.answers if not one.eye and one.answer in {"yes", "unknown"}]
    return "; ".join(said) or "none reported today"
