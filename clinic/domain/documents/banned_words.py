"""Words that no text for patients may hold, as ``data/texts/<language>/banned.toml`` states them, each with why."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from clinic.domain.documents.texts import DEFAULT, TextError

FILE: Final = "banned.toml"
_NEEDED: Final = {"pattern", "why", "bites", "spares"}
_KNOWN: Final = _NEEDED | {"case", "patients_only"}


@dataclass(frozen=True, slots=True)
class Banned:
    """A pattern, why it is banned, sentences that it must find and sentences that it must let pass.

    ``patients_only`` holds for what patients read, and not for the names and sources that staff read.
    """

    pattern: re.Pattern[str]
    why: str
    bites: tuple[str, ...]
    spares: tuple[str, ...]
    patients_only: bool

    def found_in(self, sentence: str) -> str:
        """What it finds in a sentence; "" for nothing. Spaces of every width are one."""
        found = self.pattern.search(" ".join(sentence.split()))
        return found.group(0) if found else ""


def banned(code: str) -> tuple[Banned, ...]:
    """The patterns of a language; those of English where it has none of its own."""
    known = _all()
    return known.get(code, known[DEFAULT])


def offences(sentence: str, code: str, *, for_patients: bool = True) -> tuple[str, ...]:
    """What is banned in a sentence: ``best: no treatment is shown to be …``."""
    return tuple(
        f"{found}: {one.why}"
        for one in banned(code)
        if (for_patients or not one.patients_only) and (found := one.found_in(sentence))
    )


def strings(value: Any) -> Iterator[str]:
    """Every text inside a value read from TOML or JSON; keys are no texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


def parse_banned(written: str, where: str) -> tuple[Banned, ...]:
    """Read a list. Raises TextError naming the pattern and the key of the first thing that is wrong."""
    found = []
    for row in tomllib.loads(written)["patterns"]:
        name = f"{where}: {row.get('pattern', 'an entry without pattern')}"
        if odd := sorted((_NEEDED - row.keys()) | (row.keys() - _KNOWN)):
            raise TextError(f"{name}: {odd[0]} is {'missing' if odd[0] in _NEEDED else 'not known'}")
        if not row["why"].strip() or not row["bites"]:
            raise TextError(f"{name}: why and bites must say something")
        flags = re.NOFLAG if row.get("case", False) else re.IGNORECASE
        try:
            pattern = re.compile(row["pattern"], flags)
        except re.error as wrong:
            raise TextError(f"{name}: is no pattern ({wrong})") from None
        patients_only = row.get("patients_only", False)
        found.append(Banned(pattern, row["why"], tuple(row["bites"]), tuple(row["spares"]), patients_only))
    return tuple(found)


def read_banned(folder: Traversable) -> Mapping[str, tuple[Banned, ...]]:
    """The lists of every language that a folder holds."""
    found = {}
    for one in folder.iterdir():
        if one.is_dir() and (one / FILE).is_file():
            written = (one / FILE).read_text(encoding="utf-8")
            found[one.name] = parse_banned(written, f"{one.name}/{FILE}")
    return MappingProxyType(found)


@cache
def _all() -> Mapping[str, tuple[Banned, ...]]:
    return read_banned(files("clinic.domain") / "data" / "texts")
