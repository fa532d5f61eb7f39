"""Test blocks: one muscle put to rest for an hour with a local anaesthetic, measured before and after.

A block of the depressor anguli oris foretold the smile after taking the muscle out (20 patients, no significant difference;
another 23: strong correlation, excision did more): clinical reference 5.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.assessments.measures import HIGHEST
from clinic.domain.quantities import COMMA_REFUSED, QuantityError

USUAL_MUSCLE: Final = "depressor_anguli_oris"
"""The muscle whose block is studied (clinical reference 5.2); any other can be chosen."""

VOLUME_MAXIMUM: Final = 100
"""Tenths of a mL. More is a slip of the keyboard; a bound for entry, no clinical limit."""

MILLIMETRES_MAXIMUM: Final = HIGHEST * 10
"""Tenths of a mm, as for the measures by ruler; a bound for entry, no clinical limit."""

AGENT_MAXIMUM: Final = 120
TEXT_MAXIMUM: Final = 2000
_TENTHS: Final = re.compile(r"[0-9]{1,3}(\.[0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class BlockEntry:
    """A block as entered. Volume and measures are whole tenths; None where nobody measured."""

    muscle: str
    side: Side
    agent: str
    tenths_ml: int | None = None
    excursion_before: int | None = None
    excursion_after: int | None = None
    dental_show_before: int | None = None
    dental_show_after: int | None = None
    patient_says: str = ""
    note: str = ""


MEASURES: Final = ("excursion_before", "excursion_after", "dental_show_before", "dental_show_after")


def parse_tenths(text: str, unit: str) -> int:
    """Read a number with at most one decimal as whole tenths. Raises QuantityError in words."""
    written = text.strip()
    if "," in written:
        raise QuantityError(COMMA_REFUSED)
    if not _TENTHS.fullmatch(written):
        raise QuantityError(f"A number in {unit} with at most one decimal, for example 2.5.")
    whole, _, decimal = written.partition(".")
    return int(whole) * 10 + int(decimal or "0")


def format_tenths(value: int) -> str:
    """A number of whole tenths as it is typed: ``2.5``, ``4``."""
    return f"{value // 10}.{value % 10}" if value % 10 else str(value // 10)


def problems(entry: BlockEntry) -> dict[str, str]:
    """What cannot be taken, by field."""
    return dict(_problems(entry))


def _problems(entry: BlockEntry) -> Iterator[tuple[str, str]]:
    muscle = MUSCLES.get(entry.muscle)
    if muscle is None or entry.muscle == OTHER:
        yield "muscle", "Choose a muscle from the list."
    elif (entry.side is Side.MIDLINE) is muscle.paired:
        words = "the patient’s right or left" if muscle.paired else "the midline: this muscle is not paired"
        yield "side", f"Choose {words}."
    if not entry.agent.strip():
        yield "agent", "Say what was injected, with its strength."
    elif len(entry.agent) > AGENT_MAXIMUM:
        yield "agent", f"At most {AGENT_MAXIMUM} characters."
    if entry.tenths_ml is not None and not 1 <= entry.tenths_ml <= VOLUME_MAXIMUM:
        yield "volume", f"From 0.1 to {format_tenths(VOLUME_MAXIMUM)} mL; leave it empty if it was not noted."
    for name in MEASURES:
        value = getattr(entry, name)
        if value is not None and not 0 <= value <= MILLIMETRES_MAXIMUM:
            yield name, f"From 0 to {format_tenths(MILLIMETRES_MAXIMUM)} mm; leave it empty if it was not measured."
    for name in ("patient_says", "note"):
        if len(getattr(entry, name)) > TEXT_MAXIMUM:
            yield name, f"At most {TEXT_MAXIMUM} characters."


def texts(entry: BlockEntry) -> dict[str, str]:
    """Every value of a block as text, for the audit trail."""
    measured = {name: getattr(entry, name) for name in ("tenths_ml", *MEASURES)}
    return {
        "muscle": entry.muscle,
        "side": entry.side.value,
        "agent": entry.agent.strip(),
        **{name: "" if value is None else str(value) for name, value in measured.items()},
        "patient_says": entry.patient_says.strip(),
        "note": entry.note.strip(),
    }
