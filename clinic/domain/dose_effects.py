"""Doses of each muscle beside what came of them: grades of its patterns, reviews, benefit, events, other treatments.

Nothing is fitted, correlated or advised here: what was recorded stands side by side. ``dose_effect_windows`` says which
grade counts as before, at review and at return.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from clinic.domain.dose_effect_panels import Facts, Happened, Panel, panel_of
from clinic.domain.dose_effect_windows import Window
from clinic.domain.dose_sessions import MusclePlace, TreatedSession, face_order
from clinic.domain.patients import DatePrecision
from clinic.domain.trends_sessions import OtherTreatment, Span, other_treatment, span
from clinic.domain.visit_content import ClinicContent, PatientContent

SESSIONS: Final = 12
"""Sessions on one page: three years at one in three months. Older ones are a page further."""
ROOM: Final = 120_000
"""About how many bytes of page the panels may take before all are asked for; one panel is always shown."""
_ENTRY: Final = 1400
_OUTCOME: Final = 350
_RATING: Final = 270


@dataclass(frozen=True, slots=True)
class DoseEffects:
    """What page and print show: panels on one span of time. ``hidden`` muscles are shown when all are asked for.

    ``others`` stand on the axis; ``off_axis`` are those without a date or outside the time shown.
    """

    clinic: ClinicContent
    patient: PatientContent
    conditions: str
    on: date
    panels: tuple[Panel, ...]
    hidden: int
    sessions: tuple[TreatedSession, ...]
    unlinked: tuple[Happened, ...]
    others: tuple[OtherTreatment, ...]
    off_axis: tuple[OtherTreatment, ...]
    voided: tuple[date, ...]
    span: Span | None
    page: int
    pages: int

    @property
    def first_day(self) -> date | None:
        """The day of the first session shown."""
        return self.sessions[0].on if self.sessions else None

    @property
    def last_day(self) -> date | None:
        """The day of the last session shown."""
        return self.sessions[-1].on if self.sessions else None

    @property
    def treatments(self) -> tuple[OtherTreatment, ...]:
        """All other treatments, those on the axis first."""
        return self.others + self.off_axis

    @property
    def older(self) -> int | None:
        """The page before in time."""
        return self.page + 1 if self.page < self.pages else None

    @property
    def newer(self) -> int | None:
        """The page after in time."""
        return self.page - 1 if self.page > 1 else None


def dose_effects(
    facts: Facts, who: tuple[ClinicContent, PatientContent, str, date], *, page: int = 1, everything: bool = False
) -> DoseEffects:
    """The panels of one page of sessions, the muscle treated last first."""
    known = facts.known
    pages = max(1, -(-len(known) // SESSIONS))
    page = min(max(page, 1), pages)
    end = len(known) - (page - 1) * SESSIONS
    first = max(0, end - SESSIONS)
    shown = known[first:end]
    windows = _windows(facts)
    panels = [panel_of(place, shown, facts, windows) for place in _places(shown)]
    later = windows[shown[-1].id].later if shown else None
    cut = panels if everything else _first(panels)
    days = _days(shown, cut)
    others = [one for one in facts.others if one.until is not None]
    others += [other_treatment("session voided, its toxin counts", day, DatePrecision.DAY) for day in facts.voided]
    within = span(days, [one for one in others if later is None or _on(one) < later])
    inside = [one for one in others if within and within.start <= _until(one) and _on(one) <= within.end]
    ids = {one.id for one in shown}
    return DoseEffects(
        *who,
        panels=tuple(cut),
        hidden=len(panels) - len(cut),
        sessions=shown,
        unlinked=tuple(one for one in facts.events if one.session in ids and not one.places),
        others=tuple(sorted(inside, key=lambda one: (_on(one), one.words))),
        off_axis=tuple(one for one in facts.others if one not in inside),
        voided=facts.voided,
        span=within,
        page=page,
        pages=pages,
    )


def _first(panels: Sequence[Panel]) -> list[Panel]:
    """The muscles treated last, as many as the page has room for."""
    found: list[Panel] = []
    room = ROOM
    for one in panels:
        drawn = sum(len(one.ratings(place)) for place in one.drawn)
        listed = sum(len(entry.outcomes) for entry in one.entries)
        room -= _ENTRY * len(one.entries) + _OUTCOME * listed + _RATING * drawn
        if found and room < 0:
            break
        found.append(one)
    return found


def _on(one: OtherTreatment) -> date:
    return one.on or date.max


def _until(one: OtherTreatment) -> date:
    return one.until or date.max


def _windows(facts: Facts) -> dict[str, Window]:
    """Every session between the toxin days around it."""
    days = facts.toxin
    around = {
        day: (earlier, later) for earlier, day, later in zip((None, *days), days, (*days[1:], None), strict=False)
    }
    return {one.id: Window(one.on, *around[one.on]) for one in facts.known}


def _places(shown: Sequence[TreatedSession]) -> list[MusclePlace]:
    """What was treated, last treated first, then in the order of the face."""
    last = {place: number for number, one in enumerate(shown) for place in one.places}
    return sorted(last, key=lambda place: (-last[place], face_order(place[0]), place[1].value))


def _days(shown: Sequence[TreatedSession], panels: Iterable[Panel]) -> list[date]:
    """All days that the figures must hold."""
    found = [one.on for one in shown]
    for panel in panels:
        found += [one.on for place in panel.patterns for one in panel.ratings(place)]
        for entry in panel.entries:
            found += [event.on for event in entry.events if event.on]
            if entry.benefit:
                known = entry.benefit.days
                found.append(entry.session.on + timedelta(days=entry.benefit.asked_day if known is None else known))
    return found
