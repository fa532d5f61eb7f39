"""What a document holds, as one frozen value that is previewed, printed, hashed and kept: no layout in it.

A document is a row of blocks. The same blocks make the page of the preview and the PDF; a copy that was superseded is
printed anew from them, with its mark.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Final, get_args, get_type_hints

from clinic.domain.canonical import dumped, plain, typed
from clinic.domain.visit_content import ClinicContent, PatientContent

SCHEMA: Final = 1


class BoxKind(StrEnum):
    """How much a box stands out."""

    EMERGENCY = "emergency"
    IMPORTANT = "important"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 2 begins a section, level 3 a part of one."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text, ``lead`` strong before it. ``unknown`` are the placeholders in it that nobody can fill, printed red."""

    text: str
    lead: str = ""
    small: bool = False
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, numbered where the order counts."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: title, share of the width, whether numbers stand at its right edge."""

    title: str
    share: int = 100
    number: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of cells; ``total`` sets it off as a sum, ``note`` stands below it."""

    cells: tuple[str, ...]
    total: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first cell names its row. A row without cells of text is left to be written in by hand.

    ``writing`` gives every row the room for that, though some of its cells hold text.
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    large: bool = False
    writing: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A framed part that must not be overlooked."""

    kind: BoxKind
    title: str
    items: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class FaceMark:
    """One place on the face: 0.01 geometry unit, number in the table, units as text ("" leaves the dose out)."""

    x: int
    y: int
    number: int
    units: str
    side: str
    muscle: str
    status: str


@dataclass(frozen=True, slots=True)
class Face:
    """A face with marks, told in words by ``alt``; ``width`` is its share of the page in hundredths."""

    marks: tuple[FaceMark, ...]
    alt: str
    caption: str = ""
    width: int = 60


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces in rows, each with its caption."""

    faces: tuple[Face, ...]
    across: int = 4


@dataclass(frozen=True, slots=True)
class ExerciseFigure:
    """The drawn figure of an exercise of the library, told in words by ``alt``; ``side`` is the patient's palsy side."""

    exercise: str
    side: str
    alt: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A figure with text beside it, kept together on one page."""

    figure: ExerciseFigure | Face
    blocks: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class DiaryGrid:
    """A grid to tick: a row for each of ``rows``, a column for each day of ``days``, one grid for each of ``weeks``."""

    rows: tuple[str, ...]
    days: tuple[str, ...]
    weeks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WritingLines:
    """Ruled lines to write on, below a label."""

    label: str
    count: int = 3


@dataclass(frozen=True, slots=True)
class SignatureLines:
    """Places to sign by hand, each with its label."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a page."""


Block = (
    Heading
    | Paragraph
    | Bullets
    | Table
    | Facts
    | Box
    | Face
    | Faces
    | ExerciseFigure
    | Beside
    | DiaryGrid
    | WritingLines
    | SignatureLines
    | PageBreak
)
_BLOCKS: Final[Mapping[str, type]] = {one.__name__: one for one in get_args(Block)}


@dataclass(frozen=True, slots=True)
class TextUsed:
    """A text that a document stands on, with who accepted this version for the clinic ("" until somebody did)."""

    id: str
    language: str
    version: str
    sha256: str
    accepted_by: str = ""
    accepted_on: date | None = None


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A document before it is laid out. ``on`` is the day that it tells of; ``visit_id`` the visit that it is about.

    ``patient`` is None only for a sheet without a patient; ``recipient`` is who gets a letter, line by line.
    """

    schema: int
    kind: str
    title: str
    language: str
    on: date
    author: str
    clinic: ClinicContent
    patient: PatientContent | None
    conditions: tuple[str, ...]
    visit_id: str | None
    recipient: tuple[str, ...]
    blocks: tuple[Block, ...]
    texts: tuple[TextUsed, ...] = ()

    @property
    def approved(self) -> bool:
        """Whether the clinic accepted every text in it."""
        return all(one.accepted_by for one in self.texts)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The placeholders in it that nobody can fill."""
        return tuple(dict.fromkeys(name for one in self.blocks if isinstance(one, Paragraph) for name in one.unknown))


@dataclass(frozen=True, slots=True)
class Choice:
    """A part that can be left out, and why it is there; a ``fixed`` part cannot be."""

    key: str
    label: str
    why: str
    on: bool = True
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document that could be issued: its content, what can be left out, what keeps it from being issued, what to know."""

    content: DocumentContent
    choices: tuple[Choice, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def canonical(content: DocumentContent) -> bytes:
    """Canonical JSON bytes of a content."""
    values = {one.name: plain(getattr(content, one.name)) for one in fields(content)}
    return dumped(values | {"blocks": [_written(block) for block in content.blocks]})


def digest(content: DocumentContent) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def read(data: bytes | str) -> DocumentContent:
    """The content that canonical JSON stands for. Raises ValueError for an unknown schema number or shape."""
    raw = json.loads(data)
    if raw.get("schema") != SCHEMA:
        raise ValueError(f"Document content of schema {raw.get('schema')!r} is not known to this version.")
    hints = get_type_hints(DocumentContent)
    if set(raw) != set(hints):
        raise ValueError(f"A document does not have the fields {sorted(set(raw) ^ set(hints))}.")
    values = {name: typed(hints[name], value) for name, value in raw.items() if name != "blocks"}
    return DocumentContent(**values, blocks=tuple(_read(one) for one in raw["blocks"]))


def _written(block: Any) -> dict[str, Any]:
    if isinstance(block, Beside):
        inside = {"figure": _written(block.figure), "blocks": [_written(one) for one in block.blocks]}
        return {"block": "Beside"} | inside
    written: dict[str, Any] = plain(block)
    return {"block": type(block).__name__} | written


def _read(raw: dict[str, Any]) -> Any:
    name, values = raw["block"], {key: value for key, value in raw.items() if key != "block"}
    if name not in _BLOCKS:
        raise ValueError(f"A block {name!r} is not known to this version.")
    if name == "Beside":
        return Beside(_read(values["figure"]), tuple(_read(one) for one in values["blocks"]))
    return typed(_BLOCKS[name], values)
