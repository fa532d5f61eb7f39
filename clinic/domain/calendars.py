"""A calendar file (RFC 5545, iCalendar) of a patient's dates, written exactly and saying little: calendars are seen by others.

Titles name neither a diagnosis nor a treatment, and nobody but the patient's own calendar is told who it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from clinic.domain.plans import Occasion

LINE_OCTETS: Final = 75
"""The longest line in octets, without its end (RFC 5545, section 3.1)."""

PRODUCT: Final = "-//Synkinesis//Clinic record//EN"
DOMAIN: Final = "clinic.invalid"
"""The right-hand side of every UID: a name that can never be a host (RFC 2606), so that a file says nothing of the server."""

TITLES: Final = {
    Occasion.REVIEW: "Review at the clinic",
    Occasion.INJECTION: "Clinic appointment",
    Occasion.THERAPY: "Clinic appointment",
    Occasion.OTHER: "Clinic appointment",
}
"""What stands in the calendar for each occasion."""

_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])(?: ?h)?")
_ESCAPED: Final = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}
_UNSEEN: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """One entry: the whole days from ``on`` to ``until``, or the moment ``at``. ``id`` and ``sequence`` let a later file change it.

    A window of days (``window``) leaves them free in the calendar.
    """

    id: str
    title: str
    on: date
    until: date | None = None
    at: datetime | None = None
    note: str = ""
    sequence: int = 0
    cancelled: bool = False
    window: bool = False


def moment_of(on: date, clock: str, zone: str) -> datetime | None:
    """The moment of ``14:30`` or ``9.15`` on a day by a zone's clock, in UTC; None for a text that is no clock time."""
    found = _CLOCK.fullmatch(clock.strip())
    if found is None:
        return None
    local = datetime(on.year, on.month, on.day, int(found[1]), int(found[2]), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def calendar_text(dates: Iterable[CalendarDate], stamped: datetime) -> str:
    """The whole file; ``stamped`` is the moment at which it is made."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for one in dates:
        lines += _event(one, stamped)
    return "".join(f"{fold(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(one: CalendarDate, stamped: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{one.id}@{DOMAIN}"
    yield f"DTSTAMP:{_utc(stamped)}"
    if one.at is not None:
        yield f"DTSTART:{_utc(one.at)}"
    else:
        yield f"DTSTART;VALUE=DATE:{one.on:%Y%m%d}"
        # The end of whole days is the first day after them (section 3.6.1).
        yield f"DTEND;VALUE=DATE:{(one.until or one.on) + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escape(one.title)}"
    if one.note:
        yield f"DESCRIPTION:{escape(one.note)}"
    yield f"SEQUENCE:{one.sequence}"
    yield f"STATUS:{'CANCELLED' if one.cancelled else 'CONFIRMED'}"
    yield f"TRANSP:{'TRANSPARENT' if one.window or one.cancelled else 'OPAQUE'}"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def escape(text: str) -> str:
    """A text value: backslash, semicolon, comma and line end escaped (section 3.3.11), other control signs left out."""
    one_end = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_ESCAPED.get(sign, sign) for sign in _UNSEEN.sub("", one_end))


def fold(line: str) -> str:
    """A line cut into pieces of at most 75 octets, each after the first begun by a blank; no sign is ever cut in two."""
    pieces = [""]
    length = 0
    for sign in line:
        octets = len(sign.encode())
        if length + octets > LINE_OCTETS:
            pieces.append("")
            length = 1  # The blank counts.
        pieces[-1] += sign
        length += octets
    return "\r\n ".join(pieces)


def unfold(text: str) -> str:
    """The line that was folded."""
    return text.replace("\r\n ", "")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
