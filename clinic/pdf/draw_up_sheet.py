"""The draw-up sheet: what the assistant draws into which syringe, for which sites, in large type on one page."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from reportlab.platypus import Flowable

from clinic.domain.quantities import NBSP, format_dose, format_number, format_units
from clinic.domain.visit_content import SessionContent, SiteContent, SyringeContent, VisitContent
from clinic.pdf import fonts
from clinic.pdf.flowables import Columns, Notice, Para, Rule, Stack, h2, height_with
from clinic.pdf.pages import Part, build_parts, first_room
from clinic.pdf.plates import legend, plate
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import (
    AMBER_STRONG,
    BIG_FIGURE,
    BIG_STRONG,
    BODY,
    LARGE_STRONG,
    SMALL,
    STRONG,
    content_width,
)
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run
from clinic.pdf.visit_summary import opening, unprintable_note
from clinic.pdf.words import NOT_RECORDED, Times, counted, day, dilution_words, origin, volume_words

TITLE: Final = "Draw-up sheet"
_FACE_SHARES: Final = (0.575, 0.5, 0.42)
"""Shares of the width that the face takes beside the table of sites: the largest that keeps the sheet on one page."""
_GUTTER: Final = 14.0


def render(content: VisitContent, stamp: Stamp) -> bytes:
    """The sheet as PDF. Depends on its arguments only: the same content and stamp give the same bytes."""
    return build_parts([part(content, stamp)])


def part(content: VisitContent, stamp: Stamp) -> Part:
    """The sheet as a document that can stand in a pack."""
    fonts.register()
    times = Times(content.clinic.time_zone, content.on)
    story = opening(content, stamp, TITLE)
    session = content.session
    if session is None or not (session.sites or session.syringes):
        story.append(Notice((Run("Nothing to draw up: no site is charted.", BIG_STRONG),)))
    else:
        story += [_card(one, session, times) for one in session.syringes]
        if any(not site.syringe for site in session.sites) and not session.transcribed:
            story.append(Notice((Run("Sites without a syringe: vial to be added.", AMBER_STRONG),), after=4))
        if session.sites:
            story.append(Rule(before=2, after=4))
            story.append(_face_and_sites(session, story, first_room(content, stamp, TITLE), content_width(stamp.paper)))
    return Part([*story, *unprintable_note(content, stamp)], content, stamp, TITLE)


def _card(one: SyringeContent, session: SessionContent, times: Times) -> Flowable:
    """One syringe: units and millilitres to draw, and what they come from."""
    volume = volume_words(one)
    sites = [str(site.number) for site in session.sites if site.syringe == one.letter]
    expiry = f"expires {day(one.expires_on)}" if one.expires_on else "expiry not recorded"
    strength = f", {one.per_tenth}{NBSP}units per{NBSP}0.1{NBSP}mL" if one.per_tenth else ""
    facts = (
        ("Lot", f"{one.lot or NOT_RECORDED}, {expiry}{f', {one.vial}' if one.vial else ''}"),
        ("Dilution", f"{dilution_words(one)}{strength}"),
        ("Mixed", times.by(one.mixed_by, one.mixed_at) or "not yet"),
        (
            "Use by",
            f"{times.full(one.use_by)}{f' ({one.use_by_rule})' if one.use_by_rule else ''}" if one.use_by else "",
        ),
        ("Sites", f"{', '.join(sites)} ({counted(len(sites), 'site')})" if sites else "none"),
    )
    amount = (Run(format_units(one.given), BIG_FIGURE), Run(f"\n{volume}" if volume else "", BIG_STRONG))
    name = f"Syringe {one.letter}" if one.letter else "Syringe"
    left = [h2(name), Para(one.product_name, BIG_STRONG, after=1), Para(amount)]
    right = [Para((Run(f"{label}  ", STRONG), Run(value, BODY)), after=2) for label, value in facts if value]
    return Columns([Stack(1, left), Stack(1, right)], gutter=_GUTTER, after=6)


def _face_and_sites(session: SessionContent, before: Sequence[Flowable], room: float, width: float) -> Flowable:
    """The face as large as leaves the table of sites on the same page, or the smallest."""
    for share in _FACE_SHARES:
        block = _beside(session, share, width)
        if height_with([*before, block], width) < room:
            break
    return block


def _beside(session: SessionContent, share: float, width: float) -> Flowable:
    """The face, and beside it the sites of each syringe in the order of their numbers."""
    face = plate(session, (width - _GUTTER) * share)
    picture = [face, Para(legend(session.sites), SMALL, after=0)]
    tables: list[Flowable] = []
    for letter in dict.fromkeys(site.syringe for site in session.sites):
        sites = [site for site in session.sites if site.syringe == letter]
        tables += _table(letter, sites, narrow=share == _FACE_SHARES[0])
    return Columns([Stack(share, picture), Stack(1 - share, tables)], gutter=_GUTTER)


def _table(letter: str, sites: Sequence[SiteContent], *, narrow: bool) -> list[Flowable]:
    columns = [
        Column("No.", 15, "right"),
        Column("Muscle and site", 84 if narrow else 150),
        Column("Patient’s side", 38),
        Column("Units", 32, "right"),
        Column("mL", 30, "right"),
    ]
    rows = [Row(_cells(site, narrow), _note(site)) for site in sites]
    # One syringe holds one product; sites that still wait for a vial are not added up.
    if letter:
        rows.append(
            Row(("", "Total", "", format_number(sum((site.units for site in sites), Decimal(0))), ""), total=True)
        )
    title = f"Sites of syringe {letter}" if letter else "Sites without a syringe"
    return [h2(title), DataTable(columns, rows, row_headers=True)]


def _cells(site: SiteContent, narrow: bool) -> tuple[str | tuple[Run, ...], ...]:
    gap = "\n" if narrow else "  "
    where = Run(f"{gap}{site.sub_site_label}" if site.sub_site_label else "", SMALL)
    return (
        (Run(str(site.number), STRONG),),
        (Run(site.muscle_label, BODY), where),
        site.side,
        (Run(format_dose(site.units), LARGE_STRONG),),
        site.volume or "–",
    )


def _note(site: SiteContent) -> str:
    copied = "" if site.confirmed else f"copied from {origin(site)}, not confirmed"
    dose = "" if site.units else "the dose is still to be entered"
    return " · ".join(part for part in (dose, copied, site.note) if part)
