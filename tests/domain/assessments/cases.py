"""Examples of every instrument: answers and the scores that follow, with where the expected numbers come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from clinic.domain.assessments import fdi, fngs2, measures
from clinic.domain.assessments.sunnybrook import EXPRESSIONS


@dataclass(frozen=True)
class Case:
    """One example; ``scores`` are all that the instrument gives, ``texts`` and ``flagged`` where there are any."""

    why: str
    answers: Mapping[str, int]
    scores: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    flagged: frozenset[str] = frozenset()
    answered: Mapping[str, int] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Decimal]:
        """The scores as numbers."""
        return {key: Decimal(value) for key, value in self.scores.items()}


def sunnybrook(rest: Iterable[int], moves: Iterable[int], syns: Iterable[int]) -> dict[str, int]:
    """Answers in the order of the form."""
    names = [key for key, _ in EXPRESSIONS]
    found = dict(zip(("rest_eye", "rest_cheek", "rest_mouth"), rest, strict=True))
    found |= {f"move_{key}": value for key, value in zip(names, moves, strict=True)}
    return found | {f"syn_{key}": value for key, value in zip(names, syns, strict=True)}


def _sunnybrook(
    why: str, rest: tuple[int, ...], moves: tuple[int, ...], syns: tuple[int, ...], scores: tuple[int, ...]
) -> Case:
    keys = ("composite", "resting", "movement", "synkinesis")
    flagged = frozenset({"composite"} if scores[0] < 0 else ())
    named = {key: str(value) for key, value in zip(keys, scores, strict=True)}
    return Case(why, sunnybrook(rest, moves, syns), named, flagged=flagged)


def numbered(values: Iterable[int], first: int = 1) -> dict[str, int]:
    """Answers to questions that are only numbered."""
    return {f"q{number}": value for number, value in enumerate(values, first)}


def spread(total: int, count: int, lowest: int, highest: int) -> list[int]:
    """``count`` answers that add up to ``total``."""
    values = [lowest] * count
    for index in range(count):
        values[index] += min(highest - lowest, total - sum(values))
    assert sum(values) == total
    return values


def _fngs(total: int, grade: str, *, flagged: bool = False) -> Case:
    values = spread(total, 4, 1, 6) if total <= 24 else [6, 6, 6, 6]
    answers = dict(zip(fngs2.REGIONS, values, strict=True)) | {"secondary": total - sum(values)}
    number = ("I", "II", "III", "IV", "V", "VI").index(grade) + 1
    flags = frozenset({"total"} if flagged else ())
    return Case(f"total {total}", answers, {"total": str(total), "grade": str(number)}, {"grade": grade}, flags)


def _saq(total: int, score: str, why: str) -> Case:
    return Case(why, numbered(spread(total, 9, 1, 5)), {"total": score})


def _face(why: str, values: list[int], total: str, domains: str) -> Case:
    keys = ("movement", "comfort", "oral", "eye", "lacrimal", "social")
    return Case(why, numbered(values), {"total": total} | dict(zip(keys, domains.split(), strict=True)))


def _fdi(why: str, answers: Mapping[str, int], *, flagged: bool = False, **scores: tuple[str, int]) -> Case:
    flags = frozenset(scores if flagged else ())
    counts = {key: answered for key, (_, answered) in scores.items()}
    return Case(why, answers, {key: value for key, (value, _) in scores.items()}, {}, flags, counts)


def _differences(**values: str) -> dict[str, str]:
    return {key if key.startswith("aperture_change") else f"{key}_difference": value for key, value in values.items()}


CASES: Mapping[str, tuple[Case, ...]] = {
    # Clinical reference 4.1: 100 is normal, 0 a flaccid palsy, −15 the end of the arithmetic.
    "sunnybrook": (
        _sunnybrook("normal face", (0, 0, 0), (5,) * 5, (0,) * 5, (100, 0, 100, 0)),
        _sunnybrook("flaccid palsy", (2, 2, 1), (1,) * 5, (0,) * 5, (0, 20, 20, 0)),
        _sunnybrook("arithmetic minimum", (1, 2, 2), (1,) * 5, (3,) * 5, (-15, 20, 20, 15)),
        _sunnybrook("one below 0 is flagged", (1, 2, 2), (1,) * 5, (1, 0, 0, 0, 0), (-1, 20, 20, 1)),
        _sunnybrook("0 with synkinesis is not", (1, 2, 2), (2, 1, 1, 1, 1), (3, 1, 0, 0, 0), (0, 20, 24, 4)),
        _sunnybrook("lid surgery counts once", (3, 0, 0), (5,) * 5, (0,) * 5, (95, 5, 100, 0)),
        _sunnybrook("a deeper fold counts once", (0, 3, 0), (5,) * 5, (0,) * 5, (95, 5, 100, 0)),
        _sunnybrook("an absent fold counts twice", (0, 2, 0), (5,) * 5, (0,) * 5, (90, 10, 100, 0)),
        _sunnybrook("corner pulled up", (0, 0, 2), (5,) * 5, (0,) * 5, (95, 5, 100, 0)),
        _sunnybrook("76 − 10 − 8", (1, 1, 0), (4, 4, 4, 4, 3), (0, 2, 3, 1, 2), (58, 10, 76, 8)),
        _sunnybrook("80 − 5 − 5", (1, 0, 0), (4,) * 5, (0, 1, 2, 1, 1), (70, 5, 80, 5)),
    ),
    # Clinical reference 4.3: each end of each grade.
    "fngs2": (
        _fngs(4, "I"),
        _fngs(5, "II"),
        _fngs(9, "II"),
        _fngs(10, "III"),
        _fngs(14, "III"),
        _fngs(15, "IV"),
        _fngs(19, "IV"),
        _fngs(20, "V"),
        _fngs(23, "V"),
        _fngs(24, "VI"),
        _fngs(25, "VI", flagged=True),
        _fngs(26, "VI", flagged=True),
        _fngs(27, "VI", flagged=True),
        Case(
            "secondary movement alone makes a grade",
            {"brow": 1, "eye": 1, "nasolabial": 1, "commissure": 1, "secondary": 1},
            {"total": "5", "grade": "2"},
            {"grade": "II"},
        ),
    ),
    "house_brackmann": tuple(
        Case(f"grade {text}", {"grade": value}, {"grade": str(value)}, {"grade": text})
        for value, text in enumerate(("I", "II", "III", "IV", "V", "VI"), 1)
    ),
    "measures": (
        Case(
            "the left eye narrows with a smile",
            {
                "aperture_rest_right": 95,
                "aperture_smile_right": 90,
                "aperture_rest_left": 85,
                "aperture_smile_left": 40,
            },
            _differences(
                aperture_change_right="-0.5", aperture_change_left="-4.5", aperture_rest="1", aperture_smile="5"
            ),
        ),
        Case("one side alone gives no difference", {"excursion_left": 65}, {}),
        Case("nothing is not 0", {"lagophthalmos_left": 0}, {}),
        Case("0 is a measure", {"lagophthalmos_left": 20, "lagophthalmos_right": 0}, _differences(lagophthalmos="-2")),
        Case("the lid covers the reflex", {"mrd1_right": 40, "mrd1_left": -5}, _differences(mrd1="4.5")),
        Case("rest of one side, smile of the other", {"aperture_rest_left": 80, "aperture_smile_right": 90}, {}),
        Case(
            "both ends",
            {f"{key}_{side}": 300 if side == "right" else 0 for key in measures.MEASURES for side in measures.SIDES},
            _differences(aperture_change_right="0", aperture_change_left="0")
            | _differences(**dict.fromkeys(measures.MEASURES, "30")),
        ),
    ),
    # Clinical reference 4.5: 20 to 100; published medians 22.2, 26.7 and 35.6; and 51.1 of a cohort.
    "saq": (
        _saq(9, "20", "no synkinesis"),
        _saq(10, "22.22", "published median 22.2"),
        _saq(12, "26.67", "published median 26.7"),
        _saq(16, "35.56", "published median 35.6"),
        _saq(23, "51.11", "published median 51.1"),
        _saq(29, "64.44", "64.4, 29 of 45"),
        _saq(45, "100", "every answer at its highest"),
    ),
    # Clinical reference 4.6: published medians 55.0, 40.0, 61.7 lie on the grid of 1/60.
    "face": (
        _face("worst", [1] * 15, "0", "0 0 0 0 0 0"),
        _face("best", [5] * 15, "100", "100 100 100 100 100 100"),
        _face(
            "published median 55.0",
            [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4],
            "55",
            "50 58.33 50 50 50 62.5",
        ),
        _face("published median 40.0", [2, 2, 2] + [3] * 9 + [2, 2, 2], "40", "25 41.67 50 50 50 37.5"),
        _face("published median 61.7", [4] * 7 + [3] * 8, "61.67", "75 66.67 50 75 50 50"),
        _face(
            "not the mean of the domains, which is 16.67",
            [1] * 7 + [5] + [1] * 7,
            "6.67",
            "0 0 0 0 100 0",
        ),
        _face("FaCE 46.7 of 28 / 60", [3] * 13 + [2, 2], "46.67", "50 50 50 50 50 37.5"),
    ),
    # Clinical reference 4.7: medians 70.0 (60–80) and 76.0 (68–88) lie on steps of 5 and of 4.
    "fdi": (
        _fdi("best", numbered([5] * 5 + [6] * 5), physical=("100", 5), social=("100", 5)),
        _fdi("worst", numbered([1] * 10), physical=("0", 5), social=("0", 5)),
        _fdi("published medians", numbered([4, 4, 4, 4, 3, 5, 5, 5, 5, 4]), physical=("70", 5), social=("76", 5)),
        _fdi("one step", numbered([5, 5, 5, 5, 4, 6, 6, 6, 6, 5]), physical=("95", 5), social=("96", 5)),
        _fdi("0 is dropped from N", numbered([5, 5, 5, 5, 0] + [6] * 5), physical=("100", 4), social=("100", 5)),
        _fdi("three are enough", numbered([3, 3, 3, 0, 0] + [6] * 5), physical=("50", 3), social=("100", 5)),
        _fdi(
            "open ones too", {"q6": 6, "q7": 6, "q8": 1} | numbered([5] * 5), physical=("100", 5), social=("66.67", 3)
        ),
        _fdi("two are too few", numbered([3, 3, 0, 0, 0] + [6] * 5), flagged=True, social=("100", 5)),
        _fdi("only the first part", numbered([2] * 5), flagged=True, physical=("25", 5)),
    ),
    "follow_up": (
        Case("nothing but a text", {}, {}),
        Case("better", {"change": 50, "practice": 5}, {"change": "50"}),
        Case("worse", {"change": -25}, {"change": "-25"}),
        Case("the same is an answer", {"change": 0, "first_noticed": 0}, {"change": "0"}),
    ),
}
"""Instrument → its examples."""

REFUSED: Mapping[str, tuple[Mapping[str, int], ...]] = {
    "fdi": (numbered([3, 3, 0, 0, 0, 6, 6]), {fdi.PHYSICAL[0][0]: fdi.NOT_COUNTED}),
    "measures": ({},),
}
"""Answers, each possible by itself, that together give nothing to score."""

DIRECTIONS: Mapping[tuple[str, str], Mapping[str, int]] = {
    ("sunnybrook", "composite"): {"rest_": -1, "move_": 1, "syn_": -1},
    ("sunnybrook", "resting"): {"rest_": 1},
    ("sunnybrook", "movement"): {"move_": 1},
    ("sunnybrook", "synkinesis"): {"syn_": 1},
    ("fngs2", "total"): {"": 1},
    ("house_brackmann", "grade"): {"": 1},
    ("saq", "total"): {"": 1},
    ("face", "total"): {"": 1},
    ("fdi", "physical"): dict.fromkeys(("q1", "q2", "q3", "q4", "q5"), 1),
    ("fdi", "social"): dict.fromkeys(("q6", "q7", "q8", "q9", "q10"), 1),
}
"""Which way a score goes when more is counted for an item: its key, a beginning that ends in _, or "" for all."""
