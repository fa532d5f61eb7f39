"""A licensed questionnaire's own wording as a clinic pastes it: which pieces it has, and when it is complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clinic.domain.assessments.base import Instrument, Item
from clinic.domain.errors import Invalid
from clinic.domain.wording import plural

INTRO: Final = "intro"
ANSWERS: Final = "_answers"
"""Ending of the form's field that holds the answers of a question."""
STATEMENT_MINIMUM: Final = 10
STATEMENT_MAXIMUM: Final = 1000
VERSION_MAXIMUM: Final = 20
INTRO_MAXIMUM: Final = 4000
QUESTION_MAXIMUM: Final = 1000
ANSWER_MAXIMUM: Final = 200


def option_part(item: str, value: int) -> str:
    """The key of an answer's wording: ``q3.5``."""
    return f"{item}.{value}"


def needed(instrument: Instrument) -> tuple[str, ...]:
    """The keys of all pieces that a patient has to be shown; the introduction may be missing."""
    found: list[str] = []
    for item in instrument.items:
        found.append(item.key)
        found += [option_part(item.key, option.value) for option in item.options]
    return tuple(found)


def parts(
    instrument: Instrument, intro: str, questions: Mapping[str, str], answers: Mapping[str, str]
) -> dict[str, str]:
    """The pieces by key, from a text a question and its answers one a line. Raises Invalid beside the form's fields.

    Answers left empty are those of the question before, where both questions count theirs alike.
    """
    found = {INTRO: intro.strip()} if intro.strip() else {}
    wrong: dict[str, str] = {}
    before: tuple[Item, list[str]] | None = None
    for item in instrument.items:
        question = questions.get(item.key, "").strip()
        if not question:
            wrong[item.key] = "Paste the wording of this question."
        lines = [line.strip() for line in answers.get(item.key, "").splitlines() if line.strip()]
        if not lines and before is not None and before[0].options == item.options:
            lines = before[1]
        problem = _problem(item, lines)
        if problem:
            wrong[f"{item.key}{ANSWERS}"] = problem
            continue
        found[item.key] = question
        found |= {option_part(item.key, one.value): line for one, line in zip(item.options, lines, strict=True)}
        before = (item, lines)
    if wrong:
        raise Invalid(wrong)
    return found


def _problem(item: Item, lines: list[str]) -> str:
    wanted = len(item.options)
    if len(lines) != wanted:
        here = f"{plural(len(lines), 'line')} {'is' if len(lines) == 1 else 'are'} here"
        return f"{plural(wanted, 'answer')} are needed, one a line, in the order shown; {here}."
    if len(set(lines)) < wanted:
        return "Two answers read the same. Each needs its own line."
    if max(map(len, lines)) > ANSWER_MAXIMUM:
        return f"An answer has at most {ANSWER_MAXIMUM} characters."
    return ""
