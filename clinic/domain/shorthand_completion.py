"""What may stand at the cursor of a shorthand line: sides, muscles, groups and sites, the clinic's doses, xN."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clinic.domain.anatomy import MUSCLES, Muscle, Side
from clinic.domain.injections import Depth
from clinic.domain.shorthand import LENGTH_MAXIMUM, SIDE_LETTERS, split
from clinic.domain.shorthand_amounts import Word
from clinic.domain.shorthand_words import ABBREVIATIONS, SIDES, Misread, exists, find_muscle, find_place
from clinic.domain.wording import plural, side_words

CANDIDATES_MAXIMUM = 24


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may stand at the cursor, and what it means."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Completion:
    """The part of the text that a candidate takes the place of, and the candidates."""

    start: int
    end: int
    candidates: tuple[Candidate, ...]


def complete(text: str, cursor: int, doses: Sequence[str] = ()) -> Completion:
    """What may stand for the word at the cursor; ``doses`` are the clinic’s usual ones."""
    if len(text) > LENGTH_MAXIMUM:
        return Completion(cursor, cursor, ())
    cursor = max(0, min(cursor, len(text)))
    before = _words_before(text, cursor)
    typing = before.pop() if before and before[-1].end == cursor else None
    start = typing.start if typing else cursor
    offered = _offered(before, doses, _force_before(text, before[0].start if before else start))
    typed = typing.folded if typing else ""
    found = sorted((one for one in offered if _fits(one, typed)), key=lambda one: not one.text.startswith(typed))
    whole = len(found) == 1 and found[0].text == typed
    end = cursor + next(
        (at for at, sign in enumerate(text[cursor:]) if sign.isspace() or sign == ";"), len(text) - cursor
    )
    return Completion(start, end, () if whole else tuple(found[:CANDIDATES_MAXIMUM]))


def _words_before(text: str, cursor: int) -> list[Word]:
    begin = text.rfind(";", 0, cursor) + 1
    found = list(split(" " * begin + text[begin:cursor]))
    return found[0] if found else []


def _force_before(text: str, start: int) -> tuple[Side, ...] | None:
    force = None
    for words in split(text[:start]):
        force = SIDES.get(words[0].folded) or force
    return force


def _fits(one: Candidate, typed: str) -> bool:
    words = (one.text, *one.label.casefold().replace("-", " ").split())
    return any(word.startswith(typed) for word in words)


def _offered(before: list[Word], doses: Sequence[str], force: tuple[Side, ...] | None) -> Iterable[Candidate]:
    said = bool(before) and before[0].folded in SIDES
    sides = SIDES[before[0].folded] if said else force
    rest = before[1:] if said else before
    names = [word.text for word in rest if not word.is_amount]
    if not rest:
        return [*([] if said else _sides()), *_muscles(sides)]
    if any(word.is_amount for word in rest):
        first = next(at for at, word in enumerate(rest) if word.is_amount)
        return _after_dose(names[:first], rest[first:], sides)
    return _after_muscle(names, doses, sides)


def _sides() -> list[Candidate]:
    both = [Candidate(letter, side_words(side)) for side, letter in SIDE_LETTERS.items()]
    return [*both, Candidate("b", "both sides")]


def _muscles(sides: tuple[Side, ...] | None) -> list[Candidate]:
    ordered = sorted(ABBREVIATIONS, key=lambda key: MUSCLES[key].label)
    fitting = [key for key in ordered if sides is None or not MUSCLES[key].paired or _on(MUSCLES[key], sides)]
    return [Candidate(ABBREVIATIONS[key][0], MUSCLES[key].label) for key in fitting]


def _on(muscle: Muscle, sides: tuple[Side, ...]) -> bool:
    return any(exists(site, sides[0]) for site in muscle.sites)


def _after_muscle(names: list[str], doses: Sequence[str], sides: tuple[Side, ...] | None) -> list[Candidate]:
    try:
        muscle, used = find_muscle(names)
    except Misread:
        return []
    dosed = [Candidate(dose, "units") for dose in doses]
    if used < len(names):
        return dosed
    groups = [Candidate(name, plural(len(sites), "site")) for name, sites in muscle.groups.items() if len(sites) > 1]
    shown = [site for site in muscle.sites if sides is None or exists(site, sides[0])]
    if len(shown) < 2:
        return dosed
    named = [Candidate(site.key, site.label) for site in shown]
    return [*groups, *named] if groups else [*dosed, *named]


def _after_dose(names: list[str], amount: list[Word], sides: tuple[Side, ...] | None) -> list[Candidate]:
    depths = [Candidate(depth.value, "depth") for depth in Depth]
    if len(amount) > 1:
        return depths
    try:
        muscle, used = find_muscle(names)
        place = find_place(muscle, names[used:])
    except Misread:
        return depths
    size = len(place.on(sides[0] if sides else Side.MIDLINE))
    return [Candidate(f"x{size}", f"at each of {size} sites"), *depths] if size > 1 else depths
