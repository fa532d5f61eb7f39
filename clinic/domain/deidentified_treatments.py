"""Tables of an export: patients, palsy episodes, sessions and sites."""

from __future__ import annotations

from datetime import date
from typing import Final

from clinic.domain.anatomy import MUSCLES
from clinic.domain.deidentified_cells import ON, PATIENT, SESSION, SIDE, Hidden, Row, row_of
from clinic.domain.deidentified_rows import CohortRecord, EpisodeRow, PatientRow, SiteRow
from clinic.domain.deidentified_rules import AGED, age_band
from clinic.domain.deidentified_tables import Column, ExportTable
from clinic.domain.patients import Cause, DatePrecision, age_on
from clinic.domain.products import products

UNKNOWN: Final = "unknown"


def patients_table(record: CohortRecord, hidden: Hidden) -> ExportTable:
    """Patients."""
    columns = (
        PATIENT,
        Column("sex", "Sex as recorded", rare=True),
        Column(
            "age_at_first_session",
            "Age at the first session here, in bands of 5 years; 90 or more for who is so old before these files end",
            rare=True,
        ),
        Column("sessions", "Number of sessions in these files"),
    )
    counts: dict[str, set[str]] = {}
    for site in record.sites:
        counts.setdefault(site.patient_id, set()).add(site.session_id)
    rows = (
        row_of(
            hidden.names[one.patient_id],
            one.sex,
            _age(one, hidden),
            len(counts.get(one.patient_id, ())),
        )
        for one in record.patients
    )
    return ExportTable("patients", "One line a patient.", columns, tuple(rows))


def _age(one: PatientRow, hidden: Hidden) -> str:
    """The band at the first session; the oldest one where the time between the dates would give an age above 89 away."""
    if one.patient_id not in hidden.first:
        return ""
    last = age_band(one.birth_date, hidden.last[one.patient_id])
    return last if last == AGED else age_band(one.birth_date, hidden.first[one.patient_id])


def episodes_table(record: CohortRecord, hidden: Hidden) -> ExportTable:
    """Palsy episodes."""
    columns = (
        PATIENT,
        SIDE,
        Column("cause", "Cause of the palsy", rare=True),
        Column("onset_date", "Day of the onset, shifted; blank where no exact day is known, or where it was at birth"),
        Column("onset_known_as", "How exactly the onset is known: day, month, year, unknown"),
        Column(
            "years_to_first_session",
            "Whole years from the onset to the first session here; less exact where the onset is; blank where it was at birth",
        ),
        Column("worst_house_brackmann", "Worst House-Brackmann grade on record, 1 to 6", rare=True),
    )

    births = {one.patient_id: one.birth_date for one in record.patients}

    def line(one: EpisodeRow) -> Row:
        told = not _at_birth(one, births[one.patient_id])
        exact = one.onset_on if told and one.precision is DatePrecision.DAY else None
        years = _years(one, hidden.first.get(one.patient_id)) if told else None
        name = hidden.names[one.patient_id]
        onset = hidden.day(one.patient_id, exact)
        return row_of(name, one.side, one.cause, onset, one.precision, years, one.worst_house_brackmann)

    return ExportTable("episodes", "One line a palsy episode.", columns, tuple(map(line, record.episodes)))


def _at_birth(one: EpisodeRow, birth_date: date) -> bool:
    """Whether the time since the onset is the age, which only stands in bands: an onset at birth or in its first year."""
    if one.cause is Cause.CONGENITAL:
        return True
    return one.onset_on is not None and age_on(birth_date, one.onset_on) < 1


def _years(one: EpisodeRow, first: date | None) -> int | None:
    """Whole years from the onset to the first session, no more exactly than the onset is known."""
    if one.onset_on is None or first is None or one.precision is DatePrecision.UNKNOWN:
        return None
    if one.precision is DatePrecision.YEAR:
        return max(0, first.year - one.onset_on.year)
    return max(0, age_on(one.onset_on, first))


def sessions_table(record: CohortRecord, hidden: Hidden) -> ExportTable:
    """Sessions with their touch-ups."""
    columns = (
        PATIENT,
        SESSION,
        ON,
        Column("transcribed", "yes when it was copied from an older record"),
        Column("touch_up_dates", "Days of its touch-ups, shifted, with semicolons between"),
        Column("sites", "Number of sites given, touch-ups included"),
    )
    found: dict[str, list[SiteRow]] = {}
    for site in record.sites:
        found.setdefault(site.session_id, []).append(site)
    rows = []
    for session_id, sites in found.items():
        one = sites[0]
        days = sorted({site.on for site in sites if site.touch_up})
        touched = ";".join(hidden.day(one.patient_id, day) for day in days)
        transcribed = any(site.transcribed and not site.touch_up for site in sites)
        head = (hidden.names[one.patient_id], hidden.number(session_id), hidden.day(one.patient_id, one.session_on))
        rows.append(row_of(*head, transcribed, touched, len(sites)))
    return ExportTable("sessions", "One line a session; touch-ups belong to theirs.", columns, tuple(rows))


def sites_table(record: CohortRecord, hidden: Hidden) -> ExportTable:
    """Given sites."""
    columns = (
        PATIENT,
        SESSION,
        ON,
        Column("touch_up", "yes when it was given in a touch-up of the session"),
        Column("number", "Number of the site within its visit"),
        Column("muscle", "Muscle", rare=True, blanks=("sub_site", "x", "y")),
        Column("sub_site", "Named place of the muscle", rare=True, blanks=("x", "y")),
        SIDE,
        Column("x", "Place on the face diagram, hundredths of its unit, towards the patient's left"),
        Column("y", "Place on the face diagram, hundredths of its unit, upwards"),
        Column("depth", "Depth as recorded"),
        Column("purpose", "Why it was given", rare=True),
        Column("units", "Units of the product; never compare or add units of two products"),
        Column("product", "Product", rare=True),
        Column("injector", "Code of the person who gave it", rare=True),
    )

    def line(one: SiteRow) -> Row:
        known = one.muscle in MUSCLES
        sub_site = one.sub_site if known and one.sub_site in {site.key for site in MUSCLES[one.muscle].sites} else ""
        return row_of(
            hidden.names[one.patient_id],
            hidden.number(one.session_id),
            hidden.day(one.patient_id, one.on),
            one.touch_up,
            one.number,
            one.muscle if known else UNKNOWN,
            sub_site,
            one.side,
            one.x,
            one.y,
            one.depth,
            one.purpose,
            one.units,
            one.product if one.product in products() else UNKNOWN,
            hidden.people[one.given_by],
        )

    return ExportTable("sites", "One line a given site.", columns, tuple(map(line, record.sites)))
