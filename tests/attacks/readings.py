"""What is asked of an answer as it is read: products by both names, whose record it is, numbers that keep their units."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Mapping
from datetime import date
from html.parser import HTMLParser
from typing import Any, Final

from pypdf import PdfReader
from sqlalchemy import Connection, String, text

from clinic.domain.products import products
from clinic.domain.wording import day_text
from clinic.models import Base
from tests.attacks.addresses import table_of

NBSP: Final = "\u00a0"
_SPACE: Final = re.compile(r"[ \t\r\n]+")
_APART: Final = re.compile(r"(?<![\w.])\d[\d.,]*[ \t\r\n]+(?:units?|mL|mm|mg)\b")
_NAMES_BY_LENGTH: Final = sorted((one.brand for one in products().values()), key=len, reverse=True)
_BRANDS: Final = re.compile(rf"\b(?:{'|'.join(_NAMES_BY_LENGTH)})\b")
_GENERIC: Final = {one.brand: one.generic for one in products().values()}
_CITED: Final = re.compile(r"(?:,? (?:and )?\w+){0,2} labels?\b")
"""What follows a brand that names a printed label as the source of a statement, and no treatment."""

LEAKED: Final = "X-Leaked"
HOSTILE: Final = f'"\r\n{LEAKED}: y'
"""What closes a name in a header and begins one of its own."""


class Nodes(HTMLParser):
    """The texts of a page that somebody reads, one for each place where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style", "textarea"}

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style", "textarea"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts.append(data)


def nodes(page: bytes) -> list[str]:
    """The texts of an HTML page."""
    parser = Nodes()
    parser.feed(page.decode())
    return parser.texts


def sheets(data: bytes, kind: str) -> list[str]:
    """What is read together: a page of a print, or a whole HTML page; a no-break space stays one."""
    if kind == "application/pdf":
        texts = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    else:
        texts = [" ".join(nodes(data))]
    return [_SPACE.sub(" ", one) for one in texts]


def brands_alone(sheet: str) -> list[str]:
    """J-05: brands on a sheet that does not say what they are; the source of a statement is no treatment."""
    joined = re.sub(r"\s", "", sheet)
    return [
        f"{brand}: {sheet[max(0, found.start() - 30) : found.end() + 20]!r}"
        for found in _BRANDS.finditer(sheet)
        if (brand := found[0]) and _GENERIC[brand] not in joined and not _CITED.match(sheet[found.end() :])
    ]


def numbers_apart(page: bytes, typed: Collection[str] = ()) -> list[str]:
    """J-03: numbers of a page that a line may part from their unit; what somebody typed stands as it was typed."""
    return [
        repr(found[0])
        for one in nodes(page)
        for found in _APART.finditer(one)
        if not any(_SPACE.sub(" ", found[0]) in known for known in typed)
    ]


def typed_texts(connection: Connection) -> frozenset[str]:
    """The texts that people typed, from every column of free words; the program's own canonical contents are none."""
    columns = [
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, String) and column.name not in {"content", "values", "answer", "previous"}
    ]
    rows = (connection.execute(text(f'SELECT DISTINCT "{column}" FROM "{table}"')) for table, column in columns)
    return frozenset(
        _SPACE.sub(" ", one) for found in rows for (one,) in found if isinstance(one, str) and "{" not in one
    )


Identity = tuple[str, str, str]
"""Family name, date of birth as written, record number."""


def identities(connection: Connection) -> dict[str, Identity]:
    """Every patient's identifiers by id; of a hostile name, what stands before its attack."""
    rows = connection.execute(text("SELECT id, family_name, birth_date, record_number FROM patient"))
    return {
        one: (name.removesuffix(HOSTILE), day_text(date.fromisoformat(born)), number)
        for one, name, born, number in rows
    }


def patient_of(connection: Connection, arguments: Mapping[str, Any]) -> str | None:
    """Whose record the arguments of an address lead to."""
    if "patient_id" in arguments:
        return str(arguments["patient_id"])
    for name, value in arguments.items():
        table = table_of(name)
        if table and "patient_id" in Base.metadata.tables[table].columns:
            found = connection.execute(text(f'SELECT patient_id FROM "{table}" WHERE id = :id'), {"id": value}).scalar()
            return str(found) if found else None
    return None


def is_named(sheet: str, who: Identity) -> bool:
    """J-07: whether a sheet bears the name and, beside it, the date of birth or the record number."""
    name, born, number = who
    plain = sheet.replace(NBSP, " ")
    return name in plain and (born.replace(NBSP, " ") in plain or (bool(number) and number in plain))


FILES: Final = {
    "application/pdf": "pdf", "text/csv": "csv", "application/zip": "zip", "text/calendar": "ics",
}  # fmt: skip
_NAMED: Final = re.compile(r'(?:inline|attachment); filename="?[A-Za-z0-9][A-Za-z0-9.-]*\.[a-z]+"?')


def loose_headers(mimetype: str, headers: Mapping[str, str], names: Collection[str] = ()) -> list[str]:
    """S-63: what a file's headers leave open: its kind, its name, or a line of somebody else's."""
    named = headers.get("Content-Disposition", "")
    found = [f"not nosniff: {mimetype}"] if headers.get("X-Content-Type-Options") != "nosniff" else []
    if mimetype not in FILES and not named:
        return found
    if not _NAMED.fullmatch(named) or any(name.lower() in named.lower() for name in names):
        found.append(f"named {named!r}")
    if mimetype in FILES and FILES[mimetype] not in named:
        found.append(f"{mimetype} named {named!r}")
    if mimetype == "application/pdf" and "sandbox" not in headers.get("Content-Security-Policy", ""):
        found.append("a print outside a sandbox")
    if LEAKED in headers or headers.get("Cache-Control") != "no-store":
        found.append(f"headers {sorted(headers)}")
    return found
