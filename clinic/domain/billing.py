"""Codes and amounts for a payer in the United States, proposed from what was given; a person chooses and checks them.

Codes are data with a source each (``data/billing.toml``). Labels are our own words. Amounts are exact: a total that is no
whole number of billing units is never rounded, and what cannot be told from the record is named, never guessed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from clinic.domain.anatomy import MUSCLES, muscle_label
from clinic.domain.products import product_name

NO_CODE = "no specific code known"
NOT_VERIFIED = "not verified, check with the payer"
_ANY = "*"
_BOTH = "both"


class Standing(StrEnum):
    """Whether a row was read somewhere, or is only recalled."""

    VERIFIED = "verified"
    RECOLLECTION = "recollection"


@dataclass(frozen=True, slots=True)
class Code:
    """A code with our own short label. ``source`` is in words; a recollection is shown as such, never chosen by itself."""

    code: str
    label: str
    standing: Standing
    source: str
    note: str = ""

    @property
    def chosen(self) -> bool:
        """Whether it may stand in a claim's lines without a person having checked it."""
        return self.standing is Standing.VERIFIED

    @property
    def standing_words(self) -> str:
        """What is known of it, in words."""
        return "verified" if self.chosen else NOT_VERIFIED


@dataclass(frozen=True, slots=True)
class DrugCode:
    """The code of a product and how many of its units are one billing unit."""

    code: Code
    units: Decimal


@dataclass(frozen=True, slots=True)
class ProcedureLine:
    """The procedure with its modifier ("" where the side cannot be told), and what to know of it."""

    code: Code
    modifier: str
    notes: tuple[str, ...]

    @property
    def words(self) -> str:
        """``64612-LT``."""
        return f"{self.code.code}-{self.modifier}" if self.modifier else self.code.code


def procedure(sites: Iterable[tuple[str, str]]) -> ProcedureLine | None:
    """The procedure for sites as (muscle, side): RT, LT, or 50 when both sides were treated; None without a muscle.

    A site on the midline counts to no side. A site that is no muscle on record is not part of it, and that is said.
    """
    listed = list(sites)
    muscles = [(key, side) for key, side in listed if key in MUSCLES and MUSCLES[key].is_muscle]
    if not muscles:
        return None
    sides = {side for _, side in muscles} - {"midline"}
    modifier = "50" if len(sides) == 2 else {"right": "RT", "left": "LT"}.get("".join(sides), "")
    notes = ["Modifiers (RT, LT, 50) follow the payer."]
    if not sides:
        notes.append("Only sites on the midline: the side is for you to say.")
    elif any(side == "midline" for _, side in muscles):
        notes.append("Sites on the midline count to no side.")
    if any(key == "platysma" for key, _ in muscles):
        notes.append("Platysma is counted here as a muscle of the facial nerve (opinion; the payer decides).")
    others = dict.fromkeys(muscle_label(key) for key, _ in listed if (key, _) not in muscles)
    if others:
        notes.append(f"Not part of it, because no muscle of the face is on record: {', '.join(others)}.")
    return ProcedureLine(_codes("procedures")[0], modifier, tuple(notes))


def diagnoses(cause: str, detail: str, sides: Iterable[str]) -> tuple[Code, ...]:
    """The codes that a palsy of these sides may have, verified ones first."""
    said, there = f"{cause} {detail}".casefold(), set(sides)
    rows = [
        row
        for row in _load()["diagnoses"]
        if {cause, _ANY} & set(row.get("causes", ())) or ("words" in row and row["words"] in said)
    ]
    both = {row["words"] for row in rows if row.get("side") == _BOTH} if len(there) > 1 else set()
    found = [_code(row) for row in rows if _is_of_sides(row, there, both)]
    return tuple(sorted(found, key=lambda one: not one.chosen))


def _is_of_sides(row: Mapping[str, Any], sides: set[str], both: set[str]) -> bool:
    """Whether a row goes with the sides; where one code stands for both sides, those of each side do not."""
    side = row.get("side")
    if row.get("words") in both:
        return bool(side == _BOTH)
    return side is None or side in sides


def spasm_note(found: Iterable[Code]) -> str:
    """The note on the sides of hemifacial spasm, only where such a code is proposed."""
    row = _load()["spasm"]
    return str(row["note"]) if any(one.code.startswith(row["code"]) for one in found) else ""


def guidance_codes(methods: Iterable[str]) -> tuple[Code, ...]:
    """The codes that go with how the muscles were found."""
    used = set(methods)
    return tuple(_code(row) for row in _load()["guidance"] if row["method"] in used)


@cache
def drug_codes() -> Mapping[str, DrugCode]:
    """The code of each product that has one of its own."""
    return {
        product: DrugCode(_code(row, product_name(product)), Decimal(row["units"]))
        for row in _load()["drugs"]
        for product in row["products"]
    }


def waste_note() -> str:
    """What JW and JZ mean, in our own words."""
    return str(_load()["waste"]["note"])


@cache
def _load() -> Mapping[str, Any]:
    text = (files("clinic.domain") / "data" / "billing.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _codes(name: str) -> tuple[Code, ...]:
    return tuple(_code(row) for row in _load()[name])


def _code(row: Mapping[str, Any], label: str = "") -> Code:
    sources: Mapping[str, str] = _load()["sources"]
    return Code(
        row["code"], row.get("label", label), Standing(row["standing"]), sources[row["source"]], row.get("note", "")
    )
