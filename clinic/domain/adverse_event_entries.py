"""An adverse event as it is entered: what can be taken, and how it is named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Final

from clinic.domain.adverse_events import GRADES, KINDS, SERIOUS_FROM, SIDED, Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.wording import day_text, side_words

TEXT_MAXIMUM: Final = 4000
REPORTED_MAXIMUM: Final = 200
REASON_MINIMUM: Final = 10
"""Characters that the words of a review or of a withdrawal must have at least."""


@dataclass(frozen=True, slots=True)
class EventEntry:
    """One entry of an adverse event, in full; ``site_ids`` are given sites of the session that it followed."""

    kind: Kind
    grade: int
    relation: Relation
    side: Side | None = None
    onset_on: date | None = None
    ended_on: date | None = None
    serious: bool = False
    description: str = ""
    action: str = ""
    reported_to: str = ""
    site_ids: tuple[str, ...] = ()

    @property
    def settled(self) -> EventEntry:
        """The entry as it is kept: texts without blanks around them, serious from the grade that always is."""
        return replace(
            self,
            serious=self.serious or self.grade >= SERIOUS_FROM,
            description=self.description.strip(),
            action=self.action.strip(),
            reported_to=self.reported_to.strip(),
            site_ids=tuple(sorted(self.site_ids)),
        )

    @property
    def texts(self) -> dict[str, str]:
        """Everything in it as plain text, for the audit trail; what is open is empty."""
        values = {one.name: getattr(self, one.name) for one in fields(self)} | {"site_ids": " ".join(self.site_ids)}
        return {name: "" if value is None else str(value) for name, value in values.items()}


def problems(entry: EventEntry, today: date, session_on: date | None, site_ids: Collection[str]) -> dict[str, str]:
    """What cannot be taken, by field. ``site_ids`` are the sites that may be linked: those given in the session."""
    found = {}
    if entry.grade not in GRADES:
        found["grade"] = f"Grades go from {min(GRADES)} to {max(GRADES)}."
    if entry.side is not None and entry.side not in SIDED:
        found["side"] = "Right or left; leave it open for both or neither."
    if entry.onset_on and entry.onset_on > today:
        found["onset_on"] = f"This day is in the future; today is {day_text(today)}."
    elif entry.onset_on and session_on and entry.onset_on < session_on:
        found["onset_on"] = f"It cannot begin before the session of {day_text(session_on)} that it followed."
    if entry.ended_on and entry.ended_on > today:
        found["ended_on"] = f"This day is in the future; today is {day_text(today)}."
    elif entry.ended_on and entry.onset_on and entry.ended_on < entry.onset_on:
        found["ended_on"] = f"It cannot end before it began on {day_text(entry.onset_on)}."
    elif entry.ended_on and session_on and entry.ended_on < session_on:
        found["ended_on"] = f"It cannot end before the session of {day_text(session_on)} that it followed."
    if entry.kind is Kind.OTHER and not entry.description.strip():
        found["description"] = "Say in words what happened."
    for name, maximum in (("description", TEXT_MAXIMUM), ("action", TEXT_MAXIMUM), ("reported_to", REPORTED_MAXIMUM)):
        if len(getattr(entry, name)) > maximum:
            found[name] = f"At most {maximum} characters."
    if not set(entry.site_ids) <= set(site_ids):
        found["site_ids"] = "Only sites given in the session that it followed, or in its touch-ups, can be linked."
    elif len(set(entry.site_ids)) < len(entry.site_ids):
        found["site_ids"] = "A site is linked twice."
    return found


def event_words(kind: Kind, grade: int, side: Side | None, onset_on: date | None, ended_on: date | None = None) -> str:
    """``Drooping of the upper lid, patient’s left, grade 2, since 3 Dec 2026``; what has ended says when."""
    where = f", {side_words(side.value)}" if side else ""
    if ended_on:
        when = f", {day_text(onset_on)} to {day_text(ended_on)}" if onset_on else f", ended {day_text(ended_on)}"
    else:
        when = f", since {day_text(onset_on)}" if onset_on else ""
    return f"{KINDS[kind].label}{where}, grade\N{NO-BREAK SPACE}{grade}{when}"
