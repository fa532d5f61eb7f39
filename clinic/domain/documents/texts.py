"""The texts that patients get, as ``data/texts/<language>/*.toml`` state them: a version, sources, strength of evidence.

A language is a folder. Each holds the same texts with the same parts; ``labels.toml`` holds the words around them. A
clinic accepts each version of each text in each language; what it accepted is known by the hash of the whole text.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from clinic.domain.documents.content import Block, Bullets, Heading, Paragraph
from clinic.domain.proposals import Strength
from clinic.domain.quantities import NBSP, format_number

DEFAULT: Final = "en"
_LABELS: Final = "labels.toml"
_TEXT_KEYS: Final = {"id", "version", "kind", "title", "sources", "parts"}
_PART_KEYS: Final = {"id", "heading", "body", "strength", "sources"}


class TextError(ValueError):
    """A text that is not as it must be; the message names the file, the part and the key."""


class TextKind(StrEnum):
    """Who accepts a text: a prescriber, or a therapist."""

    TREATMENT = "treatment"
    THERAPY = "therapy"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text: a heading ("" for none) and lines. A line that begins with "- " or "1. " belongs to a list."""

    id: str
    heading: str
    body: tuple[str, ...]
    strength: Strength
    sources: tuple[str, ...]

    def blocks(self, **values: str) -> tuple[Block, ...]:
        """The part as blocks of a document, ``{name}`` filled from ``values``. Raises KeyError for a missing one."""
        return tuple(_blocks(self.heading, [line.format_map(values) for line in self.body]))


@dataclass(frozen=True, slots=True)
class Text:
    """One text in one language; ``sha256`` is over the whole file."""

    id: str
    language: str
    version: str
    kind: TextKind
    title: str
    parts: Mapping[str, Part]
    sha256: str

    def part(self, key: str) -> Part:
        """One part. Raises KeyError."""
        return self.parts[key]


@dataclass(frozen=True, slots=True)
class Language:
    """A language that documents come in: ``name`` in its own words, ``english`` for staff."""

    code: str
    name: str
    english: str
    months: tuple[str, ...]
    labels: Mapping[str, str]
    texts: Mapping[str, Text]

    def label(self, key: str, **values: object) -> str:
        """A word or sentence around the texts. Raises KeyError."""
        return self.labels[key].format_map({name: str(value) for name, value in values.items()})

    def day(self, on: date) -> str:
        """``22 Nov 2026`` in the language's own months, on one line."""
        return f"{on.day}{NBSP}{self.months[on.month - 1]}{NBSP}{on.year}"

    def units(self, value: Decimal | int) -> str:
        """``2.5 units``: numbers are written as on the vial in every language."""
        number = format_number(value)
        return f"{number}{NBSP}{self.labels['unit'] if number == '1' else self.labels['units']}"


@cache
def languages() -> Mapping[str, Language]:
    """Every language by its code, English first."""
    return read_languages(files("clinic.domain") / "data" / "texts")


def read_languages(folder: Traversable) -> Mapping[str, Language]:
    """Every language that a folder holds. Raises TextError for a text that is not as it must be."""
    found = [_language(one) for one in folder.iterdir() if one.is_dir()]
    found.sort(key=lambda one: (one.code != DEFAULT, one.code))
    return MappingProxyType({one.code: one for one in found})


def language(code: str) -> Language:
    """A language, English where the code is not known."""
    return languages().get(code) or languages()[DEFAULT]


def text(key: str, code: str) -> Text:
    """A text in a language. Raises KeyError for an id that no text has."""
    return language(code).texts[key]


def _language(folder: Traversable) -> Language:
    labels = tomllib.loads((folder / _LABELS).read_text(encoding="utf-8"))
    texts = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml") and file.name != _LABELS:
            written = file.read_text(encoding="utf-8")
            if tomllib.loads(written).keys() & {"id"}:
                one = parse_text(written, folder.name, f"{folder.name}/{file.name}")
                texts[one.id] = one
    return Language(
        code=folder.name,
        name=labels["name"],
        english=labels["english"],
        months=tuple(labels["months"]),
        labels=MappingProxyType(labels["labels"]),
        texts=MappingProxyType(texts),
    )


def parse_text(written: str, code: str, where: str) -> Text:
    """Read a text. Raises TextError naming the file and the key of the first thing that is wrong."""
    raw = tomllib.loads(written)
    _exactly(raw, _TEXT_KEYS, where)
    parts: dict[str, Part] = {}
    for row in raw["parts"]:
        name = f"{where}: {row.get('id', 'a part without id')}"
        _exactly(row, _PART_KEYS, name)
        if row["id"] in parts:
            raise TextError(f"{name}: the id is there twice")
        parts[row["id"]] = _part(row, raw["sources"], name)
    return Text(
        id=raw["id"],
        language=code,
        version=raw["version"],
        kind=TextKind(raw["kind"]),
        title=raw["title"],
        parts=MappingProxyType(parts),
        sha256=hashlib.sha256(written.encode()).hexdigest(),
    )


def _part(row: Mapping[str, Any], sources: Mapping[str, str], where: str) -> Part:
    if not row["body"] or not all(isinstance(line, str) and line.strip() for line in row["body"]):
        raise TextError(f"{where}: body must be sentences")
    if unknown := [key for key in row["sources"] if key not in sources]:
        raise TextError(f"{where}: unknown source {unknown[0]}")
    if not row["sources"]:
        raise TextError(f"{where}: sources are missing")
    try:
        strength = Strength(row["strength"])
    except ValueError:
        raise TextError(f"{where}: unknown strength {row['strength']}") from None
    return Part(row["id"], row["heading"], tuple(row["body"]), strength, tuple(sources[key] for key in row["sources"]))


def _exactly(raw: Mapping[str, Any], keys: set[str], where: str) -> None:
    if odd := sorted(raw.keys() ^ keys):
        raise TextError(f"{where}: {odd[0]} is {'missing' if odd[0] in keys else 'not known'}")


def _blocks(heading: str, lines: list[str]) -> Iterator[Block]:
    if heading:
        yield Heading(heading)
    waiting: list[str] = []
    mark = ""
    for line in [*lines, ""]:
        now = next((one for one in ("- ", "1. ") if line.startswith(one)), "")
        if waiting and now != mark:
            yield Bullets(tuple(waiting), numbered=mark == "1. ")
            waiting = []
        mark = now
        if now:
            waiting.append(line.removeprefix(now))
        elif line:
            yield Paragraph(line)
