"""The period of a report as it stands in an address; what cannot be read is said beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clinic.domain.clinic_reports import Preset, read_period
from clinic.domain.errors import Invalid
from clinic.domain.periods import Period


@dataclass(frozen=True, slots=True)
class Asked:
    """The period (None when it could not be read), the preset it came from, what was typed, and what is wrong with it."""

    period: Period | None
    preset: Preset | None
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def kept(self) -> dict[str, str]:
        """The period as it goes into a link."""
        if self.preset is not None:
            return {"period": self.preset.value}
        return dict(self.typed)


def asked(given: Mapping[str, str], today: date) -> Asked:
    """Read the period from an address; without one it is the last 12 months."""
    first, last = given.get("from", "").strip()[:40], given.get("to", "").strip()[:40]
    if first or last:
        typed = {"from": first, "to": last}
        try:
            return Asked(read_period(first, last, today), None, typed, {})
        except Invalid as error:
            return Asked(None, None, typed, error.fields)
    wanted = given.get("period", "")
    preset = Preset(wanted) if wanted in {one.value for one in Preset} else Preset.TWELVE_MONTHS
    period = preset.period(today)
    return Asked(period, preset, {"from": period.first.isoformat(), "to": period.last.isoformat()}, {})
