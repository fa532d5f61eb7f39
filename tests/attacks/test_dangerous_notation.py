"""J-01, J-02, J-04: on every page and print of the demo no unit, number or side is written in a way that kills."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import text

from clinic.web.costly import is_costly
from tests.attacks import poison, readings
from tests.attacks.addresses import Place
from tests.attacks.conftest import World
from tests.attacks.crawling import walk

DANGEROUS = {
    "J-01 unit abbreviated": re.compile(r"(?<![A-Za-z0-9-])\d[\d.,]*\s*(?:IU|U|u|i\.u\.)(?![A-Za-z0-9/-])"),
    "J-02 trailing zero": re.compile(r"(?<![\d.,])\d+\.\d*0\s*(?:units?|unit)\b"),
    "J-02 naked decimal": re.compile(r"(?<![\d.A-Za-z])\.\d+\s*(?:units?|mL|mm|ml)\b"),
    "J-02 no comma in thousands": re.compile(r"(?<![\d.,])\d{4,}\s*units?\b"),
    "J-03 no space": re.compile(r"\d(?:units?|mL|mm)\b"),
    "J-04 side abbreviated": re.compile(r"\b(?:OD|OS|OU)\b|\b[RL]\s+(?:side|eye|face|cheek)\b|\bon the [RL]\b"),
}
PAGES = 250


class Words(HTMLParser):
    """What a person reads or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        self.words += [value or "" for name, value in attrs if name in {"aria-label", "title", "alt", "placeholder"}]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)


def dangerous(text: str) -> list[str]:
    """Ways of writing that have killed, with a little around them."""
    return [
        f"{why}: {text[max(0, found.start() - 15) : found.end() + 8]!r}"
        for why, pattern in DANGEROUS.items()
        for found in pattern.finditer(text)
    ]


def read(data: bytes, kind: str) -> list[str]:
    """The texts of an answer."""
    if kind == "text/csv":
        return [data.decode("utf-8-sig")]
    parser = Words()
    parser.feed(data.decode())
    return [" ".join(" ".join(parser.words).split())]


@pytest.mark.timeout(240)
def test_no_page_print_or_table_writes_units_numbers_or_sides_dangerously(world: World) -> None:
    """J-01 to J-05, J-07, S-63, S-93: every route, with the demo's records; one walk, for it is long."""
    named_hostile(world)
    found, count = set(), 0
    with poison.behind(world.instance) as connection:
        known = Known(readings.typed_texts(connection), readings.identities(connection))
        for place, answer in walk(world, spread=1):
            if answer.status_code == 200:
                count += answer.mimetype in {"text/html", "application/pdf", "text/csv"}
                whose = readings.patient_of(connection, arguments_of(world, place.url))
                found |= {f"{place.rule} {one}" for one in leaks(world, place, answer, known, whose)}
    assert count > PAGES // 2
    assert sorted(found) == []


@dataclass(frozen=True)
class Known:
    """What the record holds: what people typed, and who its patients are."""

    typed: frozenset[str]
    patients: Mapping[str, readings.Identity]

    @property
    def names(self) -> frozenset[str]:
        """What no name of a file may hold."""
        return frozenset(name for name, _, _ in self.patients.values())


def leaks(world: World, place: Place, answer: Any, known: Known, whose: str | None) -> Iterator[str]:
    """What is wrong with one answer."""
    kind, data = answer.mimetype, answer.data
    sheets = readings.sheets(data, kind) if kind in {"text/html", "application/pdf"} else []
    if kind in {"text/html", "application/pdf", "text/csv"}:
        spoken = sheets if kind == "application/pdf" else read(data, kind)
        yield from (one for words in spoken for one in dangerous(words))
    if kind == "text/html":
        yield from (f"J-03 {one}" for one in readings.numbers_apart(data, known.typed))
    if kind in {"text/html", "application/pdf"}:
        yield from (f"J-05 {one}" for sheet in sheets for one in readings.brands_alone(sheet))
        if whose in known.patients and place.rule not in NOT_NAMED:
            who = known.patients[whose]
            yield from (
                f"J-07 sheet {n} {one[:60]!r}" for n, one in enumerate(sheets, 1) if not readings.is_named(one, who)
            )
    else:
        yield from (f"S-63 {one}" for one in readings.loose_headers(kind, answer.headers, known.names))
    endpoint = endpoint_of(world, place.url)
    if (kind in readings.FILES or "Content-Disposition" in answer.headers) and endpoint not in CHEAP:
        yield from () if is_costly(world.app, endpoint) else (f"S-93 {endpoint} takes no turn",)


NOT_NAMED = {
    "/patients/<patient_id>/compare/years/sessions": "a part that the page above, which bears both, puts into itself",
    "/audit/patients/<patient_id>": "an auditor sees the record number and no name",
    "/audit/patients/<patient_id>/given-out": "an auditor sees the record number and no name",
    "/audit/patients/<patient_id>/given-out.pdf": "an auditor sees the record number and no name",
}
"""Pages about a patient without two identifiers, and why."""
CHEAP = frozenset({"csv_imports.columns", "csv_imports.problems", "shared_plans.dates"})
"""Files of some lines, which cost no more than a page."""


def named_hostile(world: World) -> None:
    """Give what files could be named after a name that ends a header and begins another (S-63)."""
    with poison.behind(world.instance) as connection:
        for column in ("patient.family_name", "clinic.name", "cohort.name", "issued_document.title", "lot.number"):
            table, _, name = column.partition(".")
            connection.execute(text(f'UPDATE "{table}" SET {name} = {name} || :more'), {"more": readings.HOSTILE})
        connection.commit()


def arguments_of(world: World, url: str) -> Mapping[str, Any]:
    return world.app.url_map.bind("localhost").match(url.partition("?")[0])[1]


def endpoint_of(world: World, url: str) -> str:
    return world.app.url_map.bind("localhost").match(url.partition("?")[0])[0]


@pytest.mark.parametrize(
    "text", ["5 U", "5IU", "2.5 u given", "5.0 units", "2.50 units", ".5 units", "1000 units", "5units", "OS", "L side"]
)
def test_a_dangerous_way_is_found(text: str) -> None:
    """The tooth."""
    assert dangerous(f"Given {text} today")


@pytest.mark.parametrize(
    "text", ["5 units", "0.5 units", "2,500 units", "10 units", "patient's left", "FN-1001 U-shaped", "30 G"]
)
def test_the_right_way_is_no_finding(text: str) -> None:
    assert dangerous(f"Given {text} today") == []
