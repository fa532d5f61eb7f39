"""The injection session on paper: facts for the margin beside the face, sites, totals, products."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from reportlab.platypus import Flowable

from clinic.domain.quantities import NBSP, format_dose, format_number, format_units
from clinic.domain.visit_content import SessionContent, SiteContent, SyringeContent, TotalContent
from clinic.pdf.flowables import Columns, Notice, Para, Stack, h2, h3
from clinic.pdf.safety_parts import LONG, consent_words
from clinic.pdf.style import BODY, FIGURE, LABEL, MUTED_BODY, SMALL, STRONG, TextStyle
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run
from clinic.pdf.words import NOT_RECORDED, Times, counted, day, dilution_words, origin, side_words, volume_words

SIDES: Final = ("right", "midline", "left")


def fact(label: str, value: str, style: TextStyle = BODY, label_style: TextStyle = LABEL) -> Para:
    """A label above its value."""
    return Para((Run(f"{label}\n", label_style), Run(value, style)), after=4)


def facts(session: SessionContent, times: Times) -> list[Para]:
    """The session's facts for the margin; what does not apply is left out."""
    given = sorted({site.given_at for site in session.sites if site.given_at})
    span = times.short(given[0]) if given else "not given yet"
    if len(given) > 1 and times.short(given[-1]) != span:
        span = f"{span} to {times.short(given[-1])}"
    pairs = [
        ("Given by", session.given_by or NOT_RECORDED),
        ("Ordered by", session.ordered_by),
        ("Supervised by", session.supervised_by),
        ("Indication", session.indication if len(session.indication) <= LONG else ""),
        ("Phase", session.phase),
        ("Prepared", times.short(session.prepared_at)),
        ("Time-out", ", ".join(times.short(one.at) for one in session.time_outs) or "none"),
        ("Given", "as transcribed" if session.transcribed and not given else span),
        ("Settled", times.short(session.settled_at)),
        ("Last session", _last(session)),
        ("Touch-up of", day(session.touch_up_of) if session.touch_up_of else ""),
        ("Guidance", ", ".join(session.guidance) or NOT_RECORDED),
        ("Needle", session.needle or NOT_RECORDED),
        ("Anaesthesia", session.anaesthesia or NOT_RECORDED),
        ("Consent", consent_words(session, times) if len(session.consent) <= LONG else "see below"),
    ]
    return [*(fact(label, value) for label, value in pairs if value), Para(f"Times: {times.zone_name}", SMALL)]


def _last(session: SessionContent) -> str:
    if session.last_session_on is None:
        return "none known"
    interval = f", {counted(session.days_since_last, 'day')} before" if session.days_since_last is not None else ""
    return f"{day(session.last_session_on)}{interval}"


def entered_otherwise(session: SessionContent) -> list[Flowable]:
    """Notices for a session that was not charted as it happened, and an indication too long for the margin."""
    found: list[Flowable] = []
    if session.transcribed:
        source = f" Source: {session.transcribed_source}" if session.transcribed_source else ""
        found.append(Notice((Run("Transcribed from an earlier record.", STRONG), Run(source, BODY)), before=4, after=6))
    if session.entered_late_reason:
        words = (Run("Entered late. ", STRONG), Run(f"Reason: {session.entered_late_reason}", BODY))
        found.append(Notice(words, before=4, after=6))
    if len(session.indication) > LONG:
        found += [h2("Indication"), Para(session.indication)]
    return found


def by_product(totals: Sequence[TotalContent]) -> dict[str, list[TotalContent]]:
    """The totals of each product, in order of first appearance; units of two products are never added."""
    found: dict[str, list[TotalContent]] = {}
    for one in totals:
        found.setdefault(one.product_name, []).append(one)
    return found


def total(rows: Sequence[TotalContent], side: str | None = None) -> Decimal:
    """Units of one product, on one side or altogether."""
    return sum((row.units for row in rows if side in {None, row.side}), Decimal(0))


def glance(session: SessionContent) -> list[Flowable]:
    """Each product's units by side in large figures."""
    found: list[Flowable] = []
    for name, rows in by_product(session.totals).items():
        sides = [side for side in SIDES if any(row.side == side for row in rows)]
        stacks = [
            _figure(total(rows), f"{name}, {counted(sum(row.sites for row in rows), 'site')}", 2.2),
            *(_figure(total(rows, side), side_words(side), 1) for side in sides),
        ]
        found.append(Columns(stacks, before=3, after=2))
    return found


def _figure(units: Decimal, caption: str, share: float) -> Stack:
    number, word = format_units(units).split(NBSP)
    return Stack(
        share, [Para((Run(number, FIGURE), Run(f"{NBSP}{word}\n", STRONG), Run(caption, MUTED_BODY)), after=0)]
    )


def sites_table(session: SessionContent, times: Times) -> list[Flowable]:
    """Every site with its dose, volume, depth, syringe and time."""
    # Times of another day bring their date and need room, which the names of muscles give.
    other_day = any(len(times.short(site.given_at)) > 5 or not site.given_at for site in session.sites)
    columns = [
        Column("No.", 16, "right"),
        Column("Muscle and site", 113 if other_day else 137),
        Column("Side", 65),
        Column("Units", 39, "right"),
        Column("mL", 30, "right"),
        Column("Purpose", 58),
        Column("Depth", 49),
        Column("Syringe", 30),
        Column("Given", 58 if other_day else 34),
    ]
    one_product = len({site.product for site in session.sites}) == 1
    rows = [Row(_site_cells(site, session, times), _site_note(site, one_product, times)) for site in session.sites]
    rows += [_sum_row(name, rows_of) for name, rows_of in by_product(session.totals).items()]
    return [h2("Sites"), DataTable(columns, rows, row_headers=True)]


def _site_cells(site: SiteContent, session: SessionContent, times: Times) -> tuple[str | tuple[Run, ...], ...]:
    where = (
        (Run(site.muscle_label, BODY), Run(f"  {site.sub_site_label}", SMALL))
        if site.sub_site_label
        else site.muscle_label
    )
    given = times.short(site.given_at) or ("transcribed" if session.transcribed else "not given")
    return (
        str(site.number),
        where,
        side_words(site.side),
        (Run(format_dose(site.units), STRONG),),
        site.volume or "–",
        (Run(site.purpose, SMALL),),
        (Run(site.depth or NOT_RECORDED, SMALL),),
        site.syringe or "–",
        given,
    )


def _site_note(site: SiteContent, one_product: bool, times: Times) -> str:
    parts = [] if one_product and site.product else [site.product_name]
    if not site.units:
        parts.append("the dose is still to be entered")
    if site.copied_from or not site.confirmed:
        parts.append(f"copied from {origin(site)}, {'confirmed' if site.confirmed else 'not confirmed'}")
    if site.entered_late_reason:
        at = f", given {times.full(site.given_at)}" if site.given_at else ""
        parts.append(f"entered late{at}: {site.entered_late_reason}")
    if site.view not in {"", "front"}:
        parts.append(f"seen from: {site.view}")
    if site.note:
        parts.append(f"note: {site.note}")
    return " · ".join(parts)


def _sum_row(name: str, rows: Sequence[TotalContent]) -> Row:
    sites = counted(sum(row.sites for row in rows), "site")
    return Row(("", f"Total {name}, {sites}", "", format_number(total(rows)), "", "", "", "", ""), total=True)


def totals_tables(session: SessionContent) -> list[Flowable]:
    """Units by muscle and side, one table for each product."""
    found: list[Flowable] = []
    for name, rows in by_product(session.totals).items():
        sides = [side for side in SIDES if any(row.side == side for row in rows)]
        muscles = dict.fromkeys((row.muscle, row.muscle_label) for row in rows)
        columns = [
            Column("Muscle", 150),
            Column("Sites", 40, "right"),
            *(Column(f"Units, {side_words(side)}", 90, "right") for side in sides),
            Column("Units, all", 60, "right"),
        ]
        lines = [
            Row((label, *_sums([row for row in rows if row.muscle == muscle], sides))) for muscle, label in muscles
        ]
        found += [
            h3(name),
            DataTable(columns, [*lines, Row(("Total", *_sums(rows, sides)), total=True)], row_headers=True),
        ]
    return [h2("Totals by muscle and side"), *found] if found else []


def _sums(rows: Sequence[TotalContent], sides: Sequence[str]) -> tuple[str, ...]:
    by_side = (total(rows, side) if any(row.side == side for row in rows) else None for side in sides)
    cells = ("–" if units is None else format_number(units) for units in by_side)
    return (str(sum(row.sites for row in rows)), *cells, format_number(total(rows)))


def products_table(session: SessionContent, times: Times) -> list[Flowable]:
    """Each syringe: product, lot, expiry, dilution, who mixed it and the balance of its vial."""
    if not session.syringes:
        return []
    columns = [
        Column("Syringe", 32),
        Column("Product and vial", 92),
        Column("Lot, expiry", 66),
        Column("Dilution", 98),
        Column("Mixed, use by", 104),
        Column("Given", 36, "right"),
        Column("Wasted", 33, "right"),
        Column("Left", 33, "right"),
    ]
    rows = [_syringe_row(one, times) for one in session.syringes]
    words = "Given, wasted and left are units; left is what the vial held afterwards."
    return [h2("Product, lot and dilution"), DataTable(columns, rows, row_headers=True, after=1), Para(words, SMALL)]


def _syringe_row(one: SyringeContent, times: Times) -> Row:
    expiry = f"expires {day(one.expires_on)}" if one.expires_on else "expiry not recorded"
    strength = f"\n{one.per_tenth}{NBSP}units per{NBSP}0.1{NBSP}mL" if one.per_tenth else ""
    volume = volume_words(one)
    note = f"wasted: {one.waste_reason}" if one.waste_reason else ""
    return Row(
        (
            (Run(one.letter or "–", STRONG),),
            (Run(one.product_name, BODY), Run(f"\n{one.vial}" if one.vial else "", SMALL)),
            (Run(one.lot, STRONG), Run(f"\n{expiry}", BODY)),
            f"{dilution_words(one)}{strength}",
            _mixing(one, times),
            (Run(format_number(one.given), STRONG), Run(f"\n{volume}" if volume else "", SMALL)),
            format_number(one.wasted),
            "not known" if one.left is None else format_number(one.left),
        ),
        note,
    )


def _mixing(one: SyringeContent, times: Times) -> str:
    mixed = times.by(one.mixed_by, one.mixed_at)
    by = times.full(one.use_by)
    rule = f" ({one.use_by_rule})" if one.use_by_rule else ""
    parts = [f"mixed by {mixed}" if mixed else "", f"use by {by}{rule}" if by else ""]
    return "\n".join(part for part in parts if part) or NOT_RECORDED
