"""What a print says about itself: the one place that makes stamps, with the clinic's paper, letterhead and time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import g

from clinic.domain.documents.kinds import Edition
from clinic.domain.documents.texts import language as language_of
from clinic.domain.wording import day_text
from clinic.queries.logos import PrintSettings, print_settings
from clinic.web.work import work

if TYPE_CHECKING:
    from clinic.pdf.stamps import Stamp
    from clinic.unit_of_work import UnitOfWork


def settings_of(uow: UnitOfWork) -> PrintSettings:
    """What every print of the actor's clinic has; read inside the unit of work, used after it. One statement."""
    return print_settings(uow)


def stamp(
    settings: PrintSettings,
    reference: str,
    status: Any,
    *,
    at: datetime | None = None,
    zone: str = "",
    language: str = "en",
    edition: Edition = Edition.NORMAL,
    **more: Any,
) -> Stamp:
    """The stamp of a print made now, or ``at`` a moment, in the clinic's zone or the one that is named."""
    from clinic.pdf.stamps import Letterhead, Stamp  # ReportLab loads with the first print, not with the program.

    head = Letterhead(settings.logo, settings.logo_width, settings.logo_height, settings.footer)
    made = Stamp(reference=reference, printed_at=moment(at or work().clock(), zone, language), status=status)
    paper: Any = settings.paper
    return replace(made, paper=paper, language=language, edition=edition, letterhead=head, **more)


def moment(at: datetime, zone: str = "", language: str = "en") -> str:
    """A moment with its zone as printed: ``22 Nov 2026, 14:02 CET``."""
    local = at.astimezone(ZoneInfo(zone or g.time_zone))
    day = day_text(local.date()) if language == "en" else language_of(language).day(local.date())
    return f"{day}, {local:%H:%M} {local.tzname()}"
