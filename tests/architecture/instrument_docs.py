"""Pages of docs/instruments/ as the definitions of the instruments say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from clinic.domain import assessments
from clinic.domain.anatomy import muscle_label
from clinic.domain.assessments import grid
from clinic.domain.assessments.base import AnsweredBy, Direction, Instrument, Item, Option, ScoreKind, shown
from clinic.domain.quantities import format_number

FOLDER = "instruments"
_BY = {
    AnsweredBy.CLINICIAN: "a clinician, looking at the face",
    AnsweredBy.PATIENT: "the patient",
    AnsweredBy.MEASURED: "a clinician, with a ruler",
}


def parts() -> dict[str, Mapping[str, Callable[[], str]]]:
    """Document → part → what writes it."""
    found: dict[str, Mapping[str, Callable[[], str]]] = {
        f"{FOLDER}/{key}.md": {"definition": partial(page, one)} for key, one in assessments.INSTRUMENTS.items()
    }
    found[f"{FOLDER}/{grid.GRID}.md"] = {"definition": grid_page}
    found[f"{FOLDER}/README.md"] = {"instruments": index}
    return found


def index() -> str:
    """All instruments, one a row."""
    rows = ["| Instrument | Key | Version | Answered by | Scores | Wording |", "| --- | --- | --- | --- | --- | --- |"]
    for key, one in assessments.INSTRUMENTS.items():
        scores = ", ".join(kind.label.lower() for kind in one.scores if kind.trend) or "none drawn over time"
        wording = "licensed; not shipped" if one.licensed else "own words"
        title = f"[{one.short_title}]({key}.md)"
        rows.append(_row([title, f"`{key}`", one.version, _BY[one.answered_by], scores, wording]))
    title = f"[{grid.GRID_TITLE}]({grid.GRID}.md)"
    by = _BY[AnsweredBy.CLINICIAN]
    rows.append(_row([title, f"`{grid.GRID}`", grid.GRID_VERSION, by, "none: each cell by itself", "own words"]))
    return "\n".join(rows)


def page(one: Instrument) -> str:
    """One instrument: what it asks, how it counts, where that comes from, and whose words they are."""
    side = "Graded for one side of the face. " if one.sided else ""
    return "\n".join(
        [
            f"{one.title}, key `{one.key}`, version {one.version}. Answered by {_BY[one.answered_by]}. {side}{one.about}",
            "",
            f"**Formula.** {one.formula}.",
            "",
            f"**Incomplete answers.** {_incomplete(one)}",
            "",
            *_scores(one),
            "",
            *_items(one),
            "",
            "**Source.**",
            "",
            *(f"- {source}" for source in one.source),
            "",
            f"**Licence.** {one.licence}",
        ]
    )


def grid_page() -> str:
    """The synkinesis grid: its rows, columns and grades."""
    own = ", ".join(
        f"{group.label.lower()} in “{movement.label.lower()}”"
        for movement in grid.Movement
        for group in grid.Group
        if (movement, group) in grid.OWN_MOVEMENT
    )
    return "\n".join(
        [
            (
                f"{grid.GRID_TITLE}, key `{grid.GRID}`, version {grid.GRID_VERSION}. One grid a rater and visit, each side by"
                f" itself, 0 to {grid.MAXIMUM} twice a cell: how strong the involuntary movement is, and how much the patient"
                " minds it. There is no total."
            ),
            "",
            "**Incomplete answers.** A cell may stay open; an open one is never counted as 0.",
            "",
            "| Number | How strong | How much it is minded |",
            "| --: | --- | --- |",
            *(
                _row([str(number), words, minded])
                for number, (words, minded) in enumerate(zip(grid.GRADES, grid.BOTHERS, strict=True))
            ),
            "",
            "| Asked movement | In a sentence |",
            "| --- | --- |",
            *(_row([one.label, one.words]) for one in grid.Movement),
            "",
            "| What moves with it | In a sentence | Muscles proposed, for review by a clinician |",
            "| --- | --- | --- |",
            *(_row([one.label, one.words, ", ".join(map(muscle_label, one.muscles))]) for one in grid.Group),
            "",
            f"**Not graded**, because it is the asked movement itself: {own}.",
            "",
            (
                "**Source.** Own grid of this program, after the idea of a movement by movement form (Beurskens CHG et al."
                " Otol Neurotol 2010, doi 10.1097/MAO.0b013e3181d8d84d)."
            ),
            "",
            "**Licence.** Written for this program; free to use.",
        ]
    )


def _incomplete(one: Instrument) -> str:
    if all(item.needed for item in one.items):
        return "Refused, beside each open question; nothing open is ever counted as 0."
    least = " Too few to score are refused." if one.needs_any else ""
    return f"Questions may stay open; nothing open is ever counted as 0.{least}"


def _scores(one: Instrument) -> list[str]:
    rows = [
        "| Score | From | To | Better | Noise of one patient | Over time |",
        "| --- | --: | --: | --- | --- | --- |",
    ]
    return rows + [
        _row(
            [
                kind.label,
                _end(kind, kind.minimum),
                _end(kind, kind.maximum),
                {Direction.HIGHER: "higher", Direction.LOWER: "lower", Direction.NONE: "neither"}[kind.direction],
                f"{format_number(kind.noise)} ({kind.noise_source})" if kind.noise is not None else "none published",
                "drawn" if kind.trend else "in tables",
            ]
        )
        for kind in one.scores
    ]


def _end(kind: ScoreKind, value: object) -> str:
    unit = f"\N{NO-BREAK SPACE}{kind.unit}" if kind.unit else ""
    return f"{value}{unit}".replace("-", "−")


def _items(one: Instrument) -> list[str]:
    rows = ["| Item | Question or topic | Answers → what is counted |", "| --- | --- | --- |"]
    return rows + [_row([f"`{item.key}`", item.label, _answers(item)]) for item in one.items]


def _answers(item: Item) -> str:
    if item.is_text:
        return "free text"
    if not item.options:
        step = " in tenths" if item.decimals else ""
        return f"{shown(item, item.minimum)} to {shown(item, item.maximum)}{step}".replace("-", "−")
    return "<br>".join(_answer(option).replace("-", "−") for option in item.options)


def _answer(option: Option) -> str:
    number = str(option.counted)
    return option.label if option.label.startswith(number) else f"{option.label} → {number}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
