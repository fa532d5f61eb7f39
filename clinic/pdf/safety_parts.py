"""What was asked, answered and confirmed before the session, on paper: consent, questions, standing facts, time-out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reportlab.platypus import Flowable

from clinic.domain.safety_events import EVENT
from clinic.domain.visit_content import AnswerContent, FactContent, FindingContent, SessionContent
from clinic.pdf.flowables import Columns, Para, Stack, h2, h3
from clinic.pdf.style import AMBER_STRONG, BODY, LABEL, SMALL, STRONG, TextStyle
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run
from clinic.pdf.words import NOT_RECORDED, Times, day, level_words

LONG: Final = 160
"""Characters from which a fact is too long for the margin beside the face."""


def consent_part(session: SessionContent, times: Times) -> list[Flowable]:
    """What the patient consented to, who took it and when, where it is too long for the margin."""
    return [h2("Consent"), Para(consent_words(session, times))] if len(session.consent) > LONG else []


def consent_words(session: SessionContent, times: Times) -> str:
    """The consent in one line."""
    taken = times.by(session.consent_by, session.consent_at)
    return f"{session.consent or NOT_RECORDED}{f'; taken by {taken}' if taken else ''}"


def answers_part(session: SessionContent, times: Times) -> list[Flowable]:
    """Safety and eye questions side by side, each with its answer of the day."""
    if not session.answers:
        return []
    asked = {times.by(one.answered_by, one.answered_at) for one in session.answers if one.answered_at}
    common = asked.pop() if len(asked) == 1 else ""
    stacks = [
        Stack(share, [h3(title), _answers_table([one for one in session.answers if one.eye is eye], times, common)])
        for title, eye, share in (("Safety questions", False, 1.35), ("Eye questions", True, 1))
        if any(one.eye is eye for one in session.answers)
    ]
    found: list[Flowable] = [h2("Safety and eye questions"), Columns(stacks, gutter=22, after=2)]
    return [*found, Para(f"Answered to {common}", SMALL)] if common else found


def _answers_table(answers: Sequence[AnswerContent], times: Times, common: str) -> DataTable:
    rows = []
    for one in answers:
        asked = times.by(one.answered_by, one.answered_at)
        note = " · ".join(part for part in (one.detail, "" if asked == common else asked) if part)
        rows.append(Row(((Run(one.label, BODY),), (Run(one.answer, _answer_style(one)),)), note))
    question = 2.4 if answers[0].eye else 3.6
    return DataTable([Column("Question", question), Column("Answer", 1)], rows, row_headers=True, note_from=0)


def _answer_style(one: AnswerContent) -> TextStyle:
    if one.answer in {"unknown", "unanswered"}:
        return AMBER_STRONG
    return STRONG if one.answer == "yes" and not one.eye else BODY


def time_outs_part(session: SessionContent, times: Times) -> list[Flowable]:
    """Each time-out: who, when, and what was confirmed word by word."""
    found: list[Flowable] = [h2("Time-out")]
    if not session.time_outs:
        return [*found, Para("No time-out is recorded.", AMBER_STRONG)] if not session.transcribed else []
    for one in session.time_outs:
        found.append(h3(f"Confirmed by {one.by}, {times.full(one.at)}"))
        found += _confirmed([Row((what, value)) for what, value in one.confirmed])
    return found


def _confirmed(rows: Sequence[Row]) -> list[Flowable]:
    """What a time-out confirmed, in two tables side by side."""
    half = (len(rows) + 1) // 2
    columns = [Column("What", 1), Column("Confirmed as", 1.75)]
    stacks = [Stack(1, [DataTable(columns, part, row_headers=True)]) for part in (rows[:half], rows[half:]) if part]
    return [Columns(stacks, gutter=22)] if stacks else []


def standing_facts_part(facts: Sequence[FactContent]) -> list[Flowable]:
    """Facts that stand in the record between visits, each with the day it was asked."""
    if not facts:
        return []
    rows = [
        Row((one.question, one.answer, one.detail, day(one.asked_on) if one.asked_on else NOT_RECORDED))
        for one in facts
    ]
    columns = [Column("Question", 3), Column("Answer", 1), Column("Detail", 3), Column("Asked on", 1)]
    return [h2("Standing safety facts"), DataTable(columns, rows, row_headers=True)]


def findings_part(findings: Sequence[FindingContent], times: Times) -> list[Flowable]:
    """What the checks said, how severe it is, and the reason somebody gave for going on."""
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
    return (
        Run("Answer: " if one.code == EVENT else "Reason for going on: ", LABEL),
        Run(one.override_reason, BODY),
        words,
    )
