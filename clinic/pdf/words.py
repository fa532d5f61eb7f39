"""How values are written on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from fractions import Fraction
from zoneinfo import ZoneInfo

from clinic.domain.quantities import Concentration, format_millilitres, format_units
from clinic.domain.visit_content import ConditionContent, PatientContent, SiteContent, SyringeContent
from clinic.domain.wording import day_text, plural
from clinic.pdf.text import NBSP

NOT_RECORDED = "not recorded"
_LEVELS = {
    "never": "stops: nobody goes on",
    "prescriber": "needs a prescriber’s reason",
    "ask": "asked again",
    "warn": "warning",
}


@dataclass(frozen=True, slots=True)
class Times:
    """Writes moments in the clinic's time zone; those of ``day`` without their date."""

    zone: str
    day: date

    @property
    def _zone(self) -> tzinfo:
        try:
            return ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            return UTC

    @property
    def zone_name(self) -> str:
        """The zone in which times are written; UTC when the clinic's is not known."""
        return self.zone if self._zone is not UTC else "UTC"

    def short(self, moment: datetime | None) -> str:
        """``10:42``, with the date when it is another day; empty for none."""
        if moment is None:
            return ""
        local = moment.astimezone(self._zone)
        clock = f"{local:%H:%M}"
        return clock if local.date() == self.day else f"{day(local.date())}, {clock}"

    def full(self, moment: datetime | None) -> str:
        """``22 Nov 2026, 10:42``; empty for none."""
        if moment is None:
            return ""
        local = moment.astimezone(self._zone)
        return f"{day(local.date())}, {local:%H:%M}"

    def by(self, person: str, moment: datetime | None) -> str:
        """``J. Example, 10:12``, of what is known."""
        return ", ".join(part for part in (person, self.short(moment)) if part)


def day(value: date) -> str:
    """``22 Nov 2026`` on one line."""
    return day_text(value).replace(" ", NBSP)


def counted(count: int, one: str) -> str:
    """``12 sites`` on one line."""
    return plural(count, one).replace(" ", NBSP)


def side_words(side: str) -> str:
    """``patient’s right``, ``patient’s left`` or ``midline``."""
    return f"patient’s{NBSP}{side}" if side in {"right", "left"} else side


def origin(site: SiteContent) -> str:
    """Where a copied site is from: the day of its session, or a pattern or the plan, which a visit's content does not tell."""
    return day(site.copied_from) if site.copied_from else "a pattern or the plan"


def level_words(severity: str) -> str:
    """A finding's level in words."""
    return _LEVELS.get(severity, severity)


def person_words(patient: PatientContent) -> str:
    """Birth date with age, sex and record number."""
    age = f"{patient.age}{NBSP}years"
    sex = patient.sex if patient.sex != "not recorded" else "sex not recorded"
    return f"born {day(patient.birth_date)} ({age}) · {sex} · record number {patient.record_number}"


def condition_words(condition: ConditionContent) -> str:
    """One palsy episode: ``Bell's palsy, patient’s right, onset 14 Mar 2024, worst House–Brackmann V``."""
    parts = [condition.cause, side_words(condition.side), f"onset {condition.onset or 'not known'}"]
    if condition.worst_grade:
        parts.append(f"worst {condition.worst_grade}")
    return ", ".join(parts)


def concentration_of(syringe: SyringeContent) -> Concentration | None:
    """The exact concentration, where the dilution is known."""
    if not syringe.labelled_units or not syringe.diluent_microlitres or syringe.labelled_units < 0:
        return None
    return Concentration(syringe.labelled_units, syringe.diluent_microlitres)


def volume_words(syringe: SyringeContent) -> str:
    """The millilitres of what was (or will be) given from a syringe; empty when the dilution is not known."""
    concentration = concentration_of(syringe)
    return format_millilitres(concentration.volume_of(syringe.given)) if concentration else ""


def dilution_words(syringe: SyringeContent) -> str:
    """``100 units in 2.5 mL 0.9 % sodium chloride``."""
    if syringe.labelled_units is None:
        return NOT_RECORDED
    from_vial = format_units(syringe.labelled_units)
    if not syringe.diluent_microlitres:
        return from_vial
    volume = format_millilitres(Fraction(syringe.diluent_microlitres))
    return f"{from_vial} in {volume}{f' {syringe.diluent}' if syringe.diluent else ''}"
