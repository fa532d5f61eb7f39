"""The visit summary: everything that a visit's frozen content holds, in the order in which a clinician reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reportlab.platypus import CondPageBreak, Flowable

from clinic.domain.patients import display_name
from clinic.domain.visit_content import FindingContent, SessionContent, VisitContent
from clinic.pdf import fonts, session_parts
from clinic.pdf.flowables import Columns, Notice, Para, Rule, Stack, h1, h2, height_with, start_height
from clinic.pdf.pages import SYNTHETIC, build, first_room
from clinic.pdf.plates import legend, plate, plate_height, plate_width
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import AMBER_STRONG, BODY, INK, LABEL, NAME, RED_STRONG, RULE, SMALL, STRONG, content_width
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run, unprintable
from clinic.pdf.words import Times, condition_words, day, level_words, person_words

TITLE: Final = "Visit summary"
_MARGIN_SHARE: Final = 0.265
"""Share of the width that the facts beside the face take."""
_SHORT_NOTE: Final = 200
"""Characters of a note that is kept on the page of the signature."""
_SMALLEST_PLATE: Final = 330.0
"""Height below which the face goes to the next page rather than shrink (points)."""


def render(content: VisitContent, stamp: Stamp) -> bytes:
    """The visit on paper, as PDF. Depends on its arguments only: the same content and stamp give the same bytes."""
    fonts.register()
    times = Times(content.clinic.time_zone, content.on)
    story = opening(content, stamp, TITLE)
    if content.session is not None:
        story += _plate_part(content.session, times, first_room(content, stamp, TITLE), story, stamp)
    width = content_width(stamp.paper)
    for blocks in _sections(content, stamp, times):
        if blocks:
            story += [CondPageBreak(start_height(blocks, width)), *blocks]
    return build(story, content, stamp, title=TITLE)


def opening(content: VisitContent, stamp: Stamp, title: str) -> list[Flowable]:
    """Letterhead, title, patient strip with both identifiers, conditions, and what must be known before all else."""
    clinic, patient = content.clinic, content.patient
    address = " · ".join(part for part in (" ".join(clinic.address.split("\n")), clinic.phone) if part)
    letterhead = [Para(clinic.name, STRONG, after=0), *([Para(address, SMALL, after=0)] if address else [])]
    titles = [h1(title, align="right", after=0), Para(day(content.on), BODY, align="right", after=0)]
    name = (Run(display_name(patient.family_name, patient.given_names), NAME),)
    mark = (Run(f"   {SYNTHETIC}", AMBER_STRONG),) if patient.synthetic else ()
    story: list[Flowable] = [
        Columns([Stack(1.5, letterhead), Stack(1, titles)], after=6),
        Rule(weight=1.4, colour=INK),
        Para((*name, *mark), before=6, after=1),
        Para(person_words(patient), after=1),
    ]
    story += [Para(condition_words(one), after=1) for one in content.conditions]
    story += [Para("; ".join(one.muscle_statuses), SMALL, after=1) for one in content.conditions if one.muscle_statuses]
    known = [f"{one.question}: {one.answer}{f' ({one.detail})' if one.detail else ''}" for one in content.facts if one.answer in {"yes", "unknown"}]
    if known:
        story.append(Para((Run("Known: ", AMBER_STRONG), Run("; ".join(known), STRONG)), after=1))
    story.append(Rule(colour=RULE, before=5, after=6))
    return [*story, *_notices(content, stamp)]


def _notices(content: VisitContent, stamp: Stamp) -> list[Flowable]:
    found: list[Flowable] = []
    if stamp.status_line:
        found.append(Notice((Run(stamp.status_line, RED_STRONG),), after=6))
    if content.amends:
        reason = f" Reason: {content.amendment_reason}" if content.amendment_reason else ""
        words = f"Version {content.revision} of this visit; it amends the earlier signed version {content.amends}.{reason}"
        found.append(Notice(words, after=6))
    if content.session is not None:
        found += session_parts.entered_otherwise(content.session)
    return found


def _plate_part(
    session: SessionContent, times: Times, room: float, before: Sequence[Flowable], stamp: Stamp
) -> list[Flowable]:
    """The totals at a glance, then the face as large as the page allows, with the session's facts beside it."""
    width = content_width(stamp.paper)
    first = session_parts.glance(session)
    facts = session_parts.facts(session, times)
    if not session.sites:
        return [*first, *facts]
    caption = Para(legend(session.sites), SMALL, after=0)
    widest = width * (1 - _MARGIN_SHARE) - 16
    left = room - height_with([*before, *first], width) - height_with([caption], widest) - 14
    height = min(plate_height(widest), left) if left >= _SMALLEST_PLATE else plate_height(widest * 0.9)
    face = plate(session, plate_width(height))
    share = face.width / (width - 16)
    return [*first, Columns([Stack(share, [face, caption]), Stack(1 - share, facts)], before=4, after=4)]


def _sections(content: VisitContent, stamp: Stamp, times: Times) -> list[list[Flowable]]:
    session = content.session
    parts: list[list[Flowable]] = []
    if session is not None:
        parts += [
            session_parts.sites_table(session, times) if session.sites else [],
            session_parts.totals_tables(session),
            session_parts.products_table(session, times),
            session_parts.consent_part(session, times),
        ]
    parts.append(_standing_facts(content))
    if session is not None:
        parts += [session_parts.answers_part(session, times), session_parts.time_outs_part(session, times)]
    parts.append(_findings(content.findings, times))
    notes: list[list[Flowable]] = [[h2(note.title), Para(note.text)] for note in content.notes]
    # A signature does not stand alone on a page: it keeps the last note, if that is short, with it.
    last = notes.pop() if notes and len(content.notes[-1].text) <= _SHORT_NOTE else []
    return [*parts, *notes, [*last, *_signatures(content, stamp)], _addenda(stamp), _unprintable(content, stamp)]


def _standing_facts(content: VisitContent) -> list[Flowable]:
    if not content.facts:
        return []
    rows = [
        Row((one.question, one.answer, one.detail, day(one.asked_on) if one.asked_on else "not recorded"))
        for one in content.facts
    ]
    columns = [Column("Question", 3), Column("Answer", 1), Column("Detail", 3), Column("Asked on", 1)]
    return [h2("Standing safety facts"), DataTable(columns, rows, row_headers=True)]


def _findings(findings: Sequence[FindingContent], times: Times) -> list[Flowable]:
    if not findings:
        return []
    columns = [Column("Check", 56), Column("Level", 118), Column("What it said", 330)]
    rows = [Row((one.code, level_words(one.severity), one.message), _override(one, times)) for one in findings]
    return [h2("Findings of the safety checks"), DataTable(columns, rows, row_headers=True, note_from=2)]


def _override(one: FindingContent, times: Times) -> tuple[Run, ...]:
    """Below a finding: the reason somebody gave for going on, and where the limit comes from."""
    source = f"Source: {one.source}" if one.source else ""
    if not one.override_reason:
        return (Run(source, SMALL),)
    by = times.by(one.override_by, one.override_at)
    words = Run(f"  {by}{' · ' if by and source else ''}{source}", SMALL)
    return (Run("Reason for going on: ", LABEL), Run(one.override_reason, BODY), words)


def _signatures(content: VisitContent, stamp: Stamp) -> list[Flowable]:
    found: list[Flowable] = [h2("Signature")]
    if not stamp.signatures:
        return [*found, Para((Run("Not signed. ", RED_STRONG), Run(f"Written by {content.author}.", BODY)))]
    for one in stamp.signatures:
        who = session_parts.fact("Signed by", one.name, STRONG)
        stacks = [
            Stack(1.2, [who]),
            Stack(0.7, [session_parts.fact("Role", one.role)]),
            Stack(1.2, [session_parts.fact("Meaning", one.meaning)]),
            Stack(1.7, [session_parts.fact("Signed at", one.signed_at)]),
        ]
        sealed = Para(f"SHA-256 of the signed content: {one.content_sha256}", SMALL, after=5)
        found += [Columns(stacks, after=1), sealed]
    return found


def _addenda(stamp: Stamp) -> list[Flowable]:
    if not stamp.addenda:
        return []
    found: list[Flowable] = [h2("Addenda")]
    for one in stamp.addenda:
        found += [Para((Run(f"{one.author}, {one.added_at}", STRONG),), after=1), Para(one.text, after=5)]
    return found


def _unprintable(content: VisitContent, stamp: Stamp) -> list[Flowable]:
    codes = unprintable((content, stamp))
    if not codes:
        return []
    more = f" and {len(codes) - 20} more" if len(codes) > 20 else ""
    words = (
        f"Some characters cannot be printed and are shown as {fonts.REPLACEMENT}: {', '.join(codes[:20])}{more}. "
        "The record holds the text as it was entered."
    )
    return [Notice(words, before=8)]
