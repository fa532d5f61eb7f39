"""Outcome, adverse events, grids and scores on paper, in the words of the visit's frozen content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from reportlab.platypus import Flowable

from clinic.domain.outcome_content import (
    AdverseEventContent,
    AssessmentContent,
    GridContent,
    ItemContent,
    ReviewContent,
    course_words,
    effect_words,
    grid_tables,
    urgent_items,
)
from clinic.domain.visit_content import VisitContent
from clinic.pdf.flowables import Para, h2, h3
from clinic.pdf.style import BODY, SMALL, STRONG
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run
from clinic.pdf.words import Times, counted, day, side_words


def outcome_sections(content: VisitContent, times: Times) -> list[list[Flowable]]:
    """The sections of what was graded and reviewed, in the order in which a clinician reads them."""
    return [
        *(review_part(one) for one in content.reviews),
        events_part(content.adverse_events),
        *(grid_part(one, times) for one in content.grids),
        scores_part(content.assessments, times),
        answers_part(content.assessments),
    ]


def review_part(review: ReviewContent) -> list[Flowable]:
    """What the last session did, by pattern, with the muscles treated for it."""
    columns = [Column("Pattern", 150), Column("Side", 65), Column("Effect", 80), Column("Muscles treated for it", 170)]
    rows = [
        Row(
            (
                one.words,
                side_words(one.side),
                (Run(effect_words(one), STRONG),),
                (Run(", ".join(one.muscles) or "none named", SMALL),),
            )
        )
        for one in review.effects
    ]
    found: list[Flowable] = [h2(f"Outcome of the session of {day(review.session_on)}")]
    found += [DataTable(columns, rows, row_headers=True)] if rows else []
    said = [review.benefit, course_words(review)]
    said += [f"{one.muscle_label}, {side_words(one.side)}: {one.words} ({one.by})" for one in review.impressions]
    found += [Para("; ".join(part for part in said if part))] if any(said) else []
    words = f"Adverse event: {review.adverse_event}. "
    answered = (
        f"Answered {review.contact}, {counted(review.days_after, 'day')} after the session, by {review.answered_by}."
    )
    found.append(Para((Run(words, STRONG), Run(answered, BODY))))
    return [*found, Para(review.note)] if review.note else found


def events_part(events: Sequence[AdverseEventContent]) -> list[Flowable]:
    """Adverse events with grade, course, sites and lots."""
    if not events:
        return []
    columns = [
        Column("Event", 120),
        Column("Grade", 96),
        Column("Session, onset, end", 96),
        Column("Relation", 54),
        Column("Sites and lots", 110),
    ]
    return [h2("Adverse events"), DataTable(columns, [_event_row(one) for one in events], row_headers=True)]


def _event_row(event: AdverseEventContent) -> Row:
    side = f", {side_words(event.side)}" if event.side else ""
    serious = "\nserious" if event.serious else ""
    onset = day(event.onset_on) if event.onset_on else "not known"
    ended = f"ended {day(event.ended_on)}" if event.ended_on else "no end entered"
    session = day(event.session_on) if event.session_on else "no session named"
    sites = [*event.sites, f"lot {', '.join(event.lots)}"] if event.sites else ["none named"]
    reviewed = f"reviewed by {event.reviewed_by}: {event.review}" if event.reviewed_by else "not reviewed yet"
    note = [event.description, f"done: {event.action}" if event.action else ""]
    note += [f"reported to {event.reported_to}" if event.reported_to else "", reviewed]
    return Row(
        (
            (Run(f"{event.label}{side}", BODY),),
            (Run(str(event.grade), STRONG), Run(f"  {event.grade_words}{serious}", SMALL)),
            (Run(session, BODY), Run(f"\nonset {onset}\n{ended}", SMALL)),
            event.relation,
            (Run("\n".join(sites), SMALL),),
        ),
        " · ".join(part for part in note if part),
    )


def grid_part(grid: GridContent, times: Times) -> list[Flowable]:
    """A synkinesis grid: its summary in words, then the answered cells."""
    how = ", graded without seeing another rater’s" if grid.blind else ""
    found: list[Flowable] = [h2("Synkinesis grid"), *(Para((Run(line, STRONG),), after=2) for line in grid.summary)]
    for table in grid_tables(grid):
        columns = [Column("Movement", 110), *(Column(label, 52) for label in table.columns)]
        rows = [Row((label, *cells)) for label, cells in table.rows]
        found += [h3(side_words(table.side).capitalize()), DataTable(columns, rows, row_headers=True, after=2)]
    words = f"Grade 0 to 3, then how much it is minded 0 to 3; – was left open. {grid.rater}, {times.full(grid.rated_at)}{how}."
    found.append(Para(words, SMALL))
    return [*found, Para(grid.note)] if grid.note else found


def scores_part(assessments: Sequence[AssessmentContent], times: Times) -> list[Flowable]:
    """Each instrument's scores, with version, rater and moment."""
    if not assessments:
        return []
    columns = [Column("Instrument", 150), Column("Score", 210), Column("Answered by", 120)]
    rows = [Row((_instrument(one), _scores(one), _rater(one, times)), one.note) for one in assessments]
    return [h2("Scores and measures"), DataTable(columns, rows, row_headers=True)]


def _instrument(one: AssessmentContent) -> tuple[Run, ...]:
    side = f", {side_words(one.side)}" if one.side else ""
    return (Run(f"{one.title}{side}", BODY), Run(f"\nversion {one.version}", SMALL))


def _scores(one: AssessmentContent) -> tuple[Run, ...]:
    found: list[Run] = []
    for score in one.scores:
        line = "\n" if found else ""
        found += [Run(f"{line}{score.label}: ", BODY), Run(score.words, STRONG)]
        found += [Run(f"  {score.flag}", SMALL)] if score.flag else []
    for item in urgent_items(one):
        line = "\n" if found else ""
        found.append(Run(f"{line}Asks for help at once: {item.label} {item.answer}", STRONG))
    return tuple(found) or (Run("no score", SMALL),)


def _rater(one: AssessmentContent, times: Times) -> tuple[Run, ...]:
    who = "patient-reported" if one.patient_reported else one.rater
    keyed = f"\nkeyed in by {one.entered_by}" if one.entered_by else ""
    blind = "\nwithout seeing another rater’s" if one.blind else ""
    return (Run(who, BODY), Run(f"\n{times.full(one.rated_at)}{keyed}{blind}", SMALL))


def answers_part(assessments: Sequence[AssessmentContent]) -> list[Flowable]:
    """Every raw answer, small, so that a score can be checked."""
    if not assessments:
        return []
    found: list[Flowable] = [h2("Answers that the scores rest on")]
    for one in assessments:
        side = f", {side_words(one.side)}" if one.side else ""
        parts = groupby(one.items, key=lambda item: item.part)
        words = ". ".join(_part(part, items) for part, items in parts)
        found.append(Para((Run(f"{one.title}{side}, {one.rater}. ", STRONG), Run(words, SMALL)), after=3))
    return found


def _part(part: str, items: Iterable[ItemContent]) -> str:
    """``Voluntary movement – Snarling: complete; …``: the same question can stand under two headings."""
    words = "; ".join(f"{item.label}: {item.answer}" for item in items)
    return f"{part} – {words}" if part else words
