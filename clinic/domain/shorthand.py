"""The shorthand line: a text that means a list of sites, read and written without a guess.

``r ooc lateral_orbital 2.5 x3; mentalis 2.5; l dli 5``. The grammar stands in ``docs/shorthand.md``. A side is said once
and holds for the items after it; it is never assumed. What is not understood is a problem with its place in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from clinic.domain.anatomy import Side
from clinic.domain.injections import Depth, Purpose
from clinic.domain.quantities import format_units
from clinic.domain.shorthand_amounts import Amount, Problem, Refused, Word, amount_of
from clinic.domain.shorthand_words import (
    ABBREVIATIONS,
    SIDES,
    Misread,
    Place,
    choices,
    find_muscle,
    find_place,
    place_label,
    quoted,
)
from clinic.domain.wording import plural, side_words

LENGTH_MAXIMUM = 2000
SITES_MAXIMUM = 200
_WORD = re.compile(r"[^\s;]+")


@dataclass(frozen=True, slots=True)
class SaidSite:
    """One site that a line names; without depth and purpose they are the usual ones."""

    muscle: str
    sub_site: str
    side: Side
    units: Decimal
    depth: Depth | None = None
    purpose: Purpose | None = None

    @property
    def place(self) -> tuple[str, str, Side]:
        """Which named place it is."""
        return self.muscle, self.sub_site, self.side


@dataclass(frozen=True, slots=True)
class Item:
    """One item that was understood: where it stands in the text, its sites, and what it means in words."""

    start: int
    end: int
    sites: tuple[SaidSite, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read."""

    text: str
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]

    @property
    def sites(self) -> tuple[SaidSite, ...]:
        """All sites of all items, in their order."""
        return tuple(site for item in self.items for site in item.sites)

    @property
    def units(self) -> Decimal:
        """The sum of what was understood."""
        return sum((site.units for site in self.sites), Decimal(0))


def parse(text: str) -> Line:
    """Read a line. Nothing is dropped: every part is an item or a problem; one problem makes an item none."""
    if len(text) > LENGTH_MAXIMUM:
        too_long = f"A line has at most {LENGTH_MAXIMUM} characters. Chart this part of it, then write the rest."
        return Line(text, (), (Problem(LENGTH_MAXIMUM, len(text), too_long),))
    items: list[Item] = []
    problems: list[Problem] = []
    force: tuple[Side, ...] | None = None
    seen: set[tuple[str, str, Side]] = set()
    for words in split(text):
        sided = SIDES.get(words[0].folded)
        force = sided or force
        try:
            item = _item(words[1:] if sided else words, words, force, own=sided is not None)
            _refuse_repeated(item, seen, words)
        except Refused as refused:
            problems.append(refused.problem)
            continue
        seen.update(site.place for site in item.sites)
        items.append(item)
    if len(seen) > SITES_MAXIMUM:
        problems.append(Problem(0, len(text), f"A session has at most {SITES_MAXIMUM} sites; these are {len(seen)}."))
    return Line(text, tuple(items), tuple(problems))


def split(text: str) -> Iterator[list[Word]]:
    """The words of each item that has any; items part at “;”."""
    start = 0
    for part in text.split(";"):
        words = [Word(found[0], start + found.start(), start + found.end()) for found in _WORD.finditer(part)]
        if words:
            yield words
        start += len(part) + 1


def _item(words: list[Word], whole: list[Word], force: tuple[Side, ...] | None, *, own: bool) -> Item:
    first = next((at for at, word in enumerate(words) if word.is_amount), len(words))
    names, rest = words[:first], words[first:]
    place = _place(names, whole)
    sides = _sides(place, force, names, own=own)
    amount = amount_of(rest, whole)
    _refuse_count(place, sides, amount, names)
    sites = tuple(
        SaidSite(place.muscle.key, site.key, side, amount.units, amount.depth, amount.purpose)
        for side in sides
        for site in place.on(side)
    )
    return Item(whole[0].start, whole[-1].end, sites, _words(place, sides, sites))


def _place(names: list[Word], whole: list[Word]) -> Place:
    if not names:
        raise Refused(whole, "A muscle is missing here. Write it before its dose, as in r dao 2.5.")
    _refuse_side_here(names)
    texts = [word.text for word in names]
    try:
        muscle, used = find_muscle(texts)
    except Misread as error:
        raise Refused(names[: error.words], error.message) from error
    try:
        return find_place(muscle, texts[used:])
    except Misread as error:
        raise Refused(names[used:] or names, error.message) from error


def _refuse_side_here(names: list[Word]) -> None:
    # “platysma l” could be the lateral band, or the left: a single letter after the muscle is never taken for either.
    for at, word in enumerate(names):
        if word.folded not in SIDES or (at and word.folded == "midline"):
            continue
        if at == 0:
            raise Refused(
                [word], f"{quoted(word.text)} is a second side. Write one side: r, l, b (both) or m (midline)."
            )
        message = f"{quoted(word.text)} is a side, and a side stands before the muscle. For a site write at least two letters."
        raise Refused([word], message)


def _sides(place: Place, force: tuple[Side, ...] | None, names: list[Word], *, own: bool) -> tuple[Side, ...]:
    muscle = place.muscle
    if not muscle.paired and not own:
        return (Side.MIDLINE,)
    if force is None:
        midline = ", m (midline)" if any(site.x == 0 for site in muscle.sites) else ""
        raise Refused(
            names, f"{muscle.label} needs its side, which is never assumed: r, l or b (both){midline} before it."
        )
    for side in force:
        if not place.on(side):
            raise Refused(names, _nowhere(place, side))
    return force


def _nowhere(place: Place, side: Side) -> str:
    name = " ".join(filter(None, (place.muscle.label, place.name)))
    where = "on the midline" if side is Side.MIDLINE else f"on the {side.value}"
    instead = "r, l or b" if side is Side.MIDLINE else "m"
    return f"{name} has no site {where}. Write {instead} before it."


def _refuse_count(place: Place, sides: tuple[Side, ...], amount: Amount, names: list[Word]) -> None:
    size = len(place.on(sides[0]))
    if amount.count == size or (amount.count is None and size == 1):
        return
    called = place.name or place.muscle.label
    each = " on each side" if len(sides) > 1 else ""
    if amount.count is None or amount.count_word is None:
        some = "" if place.muscle.groups else f": name one ({', '.join(site.key for site in place.on(sides[0]))})"
        message = f"{called} has {plural(size, 'site')}{each}{some}{', or' if some else ':'} write x{size} after the dose for that dose at each."
        raise Refused(names, message)
    message = f"{quoted(amount.count_word.text)} does not fit: {called} has {plural(size, 'site')}{each}."
    raise Refused([amount.count_word], f"{message} {place.muscle.label} has {choices(place.muscle)}.")


def _refuse_repeated(item: Item, seen: set[tuple[str, str, Side]], words: list[Word]) -> None:
    if any(site.place in seen for site in item.sites):
        raise Refused(
            words, "This names a site that stands earlier in the line. Write each site once, with its whole dose."
        )


def _words(place: Place, sides: tuple[Side, ...], sites: tuple[SaidSite, ...]) -> str:
    where = "both sides" if len(sides) > 1 else side_words(sides[0])
    name = ", ".join(dict.fromkeys(filter(None, (place.muscle.label, place_label(place), where))))
    one = sites[0]
    more = "".join(
        f", {detail.label if isinstance(detail, Purpose) else detail.value}"
        for detail in (one.depth, one.purpose)
        if detail
    )
    if len(sites) == 1:
        return f"{name}: {format_units(one.units)}{more}"
    total = format_units(one.units * len(sites))
    return f"{name}: {len(sites)} sites of {format_units(one.units)} each, {total} in all{more}"


def render(sites: Sequence[SaidSite]) -> str:
    """The line that means exactly these sites, in their order. Sites of one group are one item."""
    items: list[str] = []
    force: Side | None = None
    at = 0
    while at < len(sites):
        run = _run(sites, at)
        text = _render_run(sites[at], run)
        items.append(text if sites[at].side is force else f"{SIDE_LETTERS[sites[at].side]} {text}")
        force = sites[at].side
        at += run[1]
    return "; ".join(items)


SIDE_LETTERS = {Side.RIGHT: "r", Side.LEFT: "l", Side.MIDLINE: "m"}


def _run(sites: Sequence[SaidSite], at: int) -> tuple[Place, int]:
    """The place that covers the most sites from here on, and how many they are."""
    one = sites[at]
    muscle = find_muscle([one.muscle])[0]
    wholes = [find_place(muscle, [group]) for group in muscle.groups] if muscle.groups else [find_place(muscle, [])]
    for whole in wholes:
        wanted = [replace(one, sub_site=site.key) for site in whole.on(one.side)]
        if list(sites[at : at + len(wanted)]) == wanted:
            return whole, len(wanted)
    return Place(muscle, one.sub_site, (muscle.site(one.sub_site),)), 1


def _render_run(one: SaidSite, run: tuple[Place, int]) -> str:
    place, size = run
    dose = f"{one.units.normalize():f}"
    count = f"x{size}" if size > 1 else ""
    words = (ABBREVIATIONS[one.muscle][0], place.name, dose, count, one.depth or "", one.purpose or "")
    return " ".join(filter(None, words))
