"""How values are written on pages: the same words as in print (docs/architecture.md, "words on screen")."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask, g

from clinic.domain import outcome_content, quantities
from clinic.domain.wording import day_text
from clinic.web import chart_face, document_blocks, visit_rows


def register(app: Flask) -> None:
    """Add the filters to the template environment."""
    app.jinja_env.filters.update(
        units=quantities.format_units,
        unbroken=quantities.unbroken,
        dose=quantities.format_dose,
        number=_number,
        day=day,
        moment=moment,
        clock=clock,
        signed=signed,
        effect_words=outcome_content.effect_words,
        course_words=outcome_content.course_words,
        grid_tables=outcome_content.grid_tables,
        urgent_items=outcome_content.urgent_items,
    )
    small = {"small_face": chart_face.small, "small_face_outline": chart_face.small_outline}
    app.jinja_env.globals.update(small | {"small_face_box": chart_face.SMALL_BOX})
    document_blocks.register(app)
    visit_rows.register(app)
    app.jinja_env.globals["face_version"] = chart_face.geometry_version()
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(_fragments)


def day(value: date | None) -> str:
    """``22 Nov 2026``, or an em dash for none."""
    return day_text(value) if value else "—"


def moment(value: datetime | None, zone: str = "") -> str:
    """``22 Nov 2026, 14:02`` in a time zone, the clinic's unless one is named."""
    if value is None:
        return "—"
    local = value.astimezone(ZoneInfo(zone) if zone else _zone())
    return f"{day_text(local.date())}, {local:%H:%M}"


def clock(value: datetime | None, zone: str = "") -> str:
    """``14:02`` in a time zone, the clinic's unless one is named."""
    return f"{value.astimezone(ZoneInfo(zone) if zone else _zone()):%H:%M}" if value else "—"


def signed(value: Decimal) -> str:
    """A change with its sign: ``+5``, ``−2.5``, ``no change``."""
    if value == 0:
        return "no change"
    return f"{'+' if value > 0 else '−'}{quantities.format_number(abs(value))}"


def _number(value: Decimal | int | None) -> str:
    return "" if value is None else quantities.format_number(value)


def _zone() -> ZoneInfo:
    return ZoneInfo(g.get("time_zone", "UTC")) if g.get("time_zone") else ZoneInfo("UTC")


def _fragments() -> dict[str, object]:
    return {"now": datetime.now(UTC)}
