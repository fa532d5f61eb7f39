"""The visit summary: everything that a visit's frozen content holds, in the order in which a clinician reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reportlab.platypus import CondPageBreak, Flowable

from clinic.domain.patients import display_name
from clinic.domain.visit_content import NoteContent, SessionContent, VisitContent
from clinic.pdf import fonts, outcome_parts, plan_parts, safety_parts, session_parts
from clinic.pdf.flowables import Columns, Notice, Para, Rule, Stack, h1, h2, height_with, start_height
from clinic.pdf.pages import SYNTHETIC, About, Part, build_parts, first_room
from clinic.pdf.plates import legend, plate, plate_height, plate_width
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import AMBER_STRONG, BODY, INK, NAME, RED_STRONG, RULE, SMALL, STRONG, content_width
from clinic.pdf.text import Run, unprintable
from clinic.pdf.words import Times, condition_words, day, person_words

TITLE: Final = "Visit summary"
_MARGIN_SHARE: Final = 0.265
"""Share of the width that the facts beside the face take."""
_SHORT_NOTE: Final = 260
"""Characters up to which a note shares the line with the next one."""
_KEPT_WITH_SIGNATURE: Final = 260.0
"""Height up to which a last section stays on the page of the signature (points)."""
_SMALLEST_PLATE: Final = 330.0
"""Height below which the face goes to the next page rather than shrink (points)."""


def render(content: VisitContent, stamp: Stamp) -> bytes:
    """The visit on paper, as PDF. Depends on its arguments only: the same content and stamp give the same bytes."""
    return build_parts([part(content, stamp)])


def part(content: VisitContent, stamp: Stamp) -> Part:
    """The visit as a document that can stand in a pack."""
    fonts.register()
    times = Times(content.clinic.time_zone, content.on)
    story = opening(content, stamp, TITLE)
    if content.session is not None:
        story += _plate_part(content.session, times, first_room(content, stamp, TITLE), story, stamp)
    width = content_width(stamp.paper)
    sections = [blocks for blocks in _sections(content, times) if blocks]
    closing = [_signatures(content, stamp), _addenda(stamp), _requests(stamp), unprintable_note(content, stamp)]
    for blocks in sections:
        last = blocks is sections[-1]
        story += [
            CondPageBreak(_with_signature(blocks, closing[0], width) if last else start_height(blocks, width)),
            *blocks,
        ]
    for blocks in closing:
        story += [CondPageBreak(start_height(blocks, width)), *blocks] if blocks else []
    return Part(story, content, stamp, TITLE)


def _with_signature(blocks: Sequence[Flowable], signature: Sequence[Flowable], width: float) -> float:
    """Height that a last section needs on its page: a signature does not stand alone on one."""
    together = height_with([*blocks, *signature], width) + blocks[0].getSpaceBefore()
    return together if together <= _KEPT_WITH_SIGNATURE else start_height(blocks, width)


def opening(content: VisitContent, stamp: Stamp, title: str) -> list[Flowable]:
    """Letterhead, title, patient strip with both identifiers, conditions, and what must be known before all else."""
    clinic, patient = content.clinic, content.patient
    address = " · ".join(part for part in (" ".join(clinic.address.split("\n")), clinic.phone) if part)
    letterhead = [Para(clinic.name, STRONG, after=0), *([Para(address, SMALL, after=0)] if address else [])]
    titles = [h1(title, align="right", after=0), Para(day(content.on), BODY, align="right", after=0)]
    name = (Run(display_name(patient.family_name, patient.given_names), NAME),)
    mark = (Run(f"   {SYNTHETIC}", AMBER_STRONG),) if patient.synthetic else ()
    story: list[Flowable] = [
        *([Para(stamp.status_line, RED_STRONG, after=5)] if stamp.status_line else []),
        Columns([Stack(1.5, letterhead), Stack(1, titles)], after=6),
        Rule(weight=1.4, colour=INK),
        Para((*name, *mark), before=6, after=1),
        Para(person_words(patient), after=1),
    ]
    story += [Para(condition_words(one), after=1) for one in content.conditions]
    story += [Para("; ".join(one.muscle_statuses), SMALL, after=1) for one in content.conditions if one.muscle_statuses]
    known = [
        f"{one.question}: {one.answer}{f' ({one.detail})' if one.detail else ''}"
        for one in content.facts
        if one.answer in {"yes", "unknown"}
    ]
    if known:
        story.append(Para((Run("Known: ", AMBER_STRONG), Run("; ".join(known), STRONG)), after=1))
    story.append(Rule(colour=RULE, before=5, after=6))
    return [*story, *_notices(content)]


def _notices(content: VisitContent) -> list[Flowable]:
    found: list[Flowable] = []
    if content.amends:
        reason = f" Reason: {content.amendment_reason}" if content.amendment_reason else ""
        words = (
            f"Version {content.revision} of this visit; it amends the earlier signed version {content.amends}.{reason}"
        )
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


def _sections(content: VisitContent, times: Times) -> list[list[Flowable]]:
    session = content.session
    parts: list[list[Flowable]] = []
    if session is not None:
        parts += [
            session_parts.sites_table(session, times) if session.sites else [],
            session_parts.totals_tables(session),
            session_parts.products_table(session, times),
            safety_parts.consent_part(session, times),
        ]
    parts += outcome_parts.outcome_sections(content, times)
    parts += plan_parts.plan_sections(content, times)
    parts.append(safety_parts.standing_facts_part(content.facts))
    if session is not None:
        parts += [safety_parts.answers_part(session, times), safety_parts.time_outs_part(session, times)]
    parts.append(safety_parts.findings_part(content.findings, times))
    return [*parts, *_notes(content.notes)]


def _notes(notes: Sequence[NoteContent]) -> list[list[Flowable]]:
    """Free texts in their order; short neighbours stand side by side."""
    found: list[list[Flowable]] = []
    waiting = list(notes)
    while waiting:
        pair = [_note(note) for note in waiting[:2]]
        if len(waiting) > 1 and all(len(note.text) <= _SHORT_NOTE for note in waiting[:2]):
            found.append([Columns([Stack(1, blocks) for blocks in pair], gutter=22, before=8, after=3)])
            del waiting[:2]
        else:
            found.append(pair[0])
            del waiting[0]
    return found


def _note(note: NoteContent) -> list[Flowable]:
    return [h2(note.title), Para(note.text)]


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
        if one.note:
            found.append(Para(one.note, after=5))
    if stamp.awaited:
        found.append(Para((Run(f"{stamp.awaited}.", AMBER_STRONG),), after=5))
    if stamp.belongs:
        found.append(Para((Run(f"{stamp.belongs}.", AMBER_STRONG),), after=5))
    return found


def _addenda(stamp: Stamp) -> list[Flowable]:
    if not stamp.addenda:
        return []
    found: list[Flowable] = [h2("Addenda")]
    for one in stamp.addenda:
        found += [Para((Run(f"{one.author}, {one.added_at}", STRONG),), after=1), Para(one.text, after=5)]
    return found


def _requests(stamp: Stamp) -> list[Flowable]:
    if not stamp.requests:
        return []
    found: list[Flowable] = [h2("Requests to correct the record")]
    for lines in stamp.requests:
        for head, words in lines:
            found += [Para((Run(head, STRONG),), after=1), Para(words, after=5)]
    return found


def unprintable_note(content: About, stamp: Stamp) -> list[Flowable]:
    """A note that names the characters that stand replaced on the pages; nothing when there are none."""
    codes = unprintable((content, stamp))
    if not codes:
        return []
    more = f" and {len(codes) - 20} more" if len(codes) > 20 else ""
    words = (
        f"Some characters cannot be printed and are shown as {fonts.REPLACEMENT}: {', '.join(codes[:20])}{more}. "
        "The record holds the text as it was entered."
    )
    return [Notice(words, before=8)]
