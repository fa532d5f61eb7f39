"""What each surface says of a session's sites: read back from pages, prints, handouts and exports, in one form."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Any

from clinic.domain.documents.content import Beside, DocumentContent, Facts, Heading, Table
from tests.pdf import reading

Site = tuple[int, str, str, str]
"""Number, muscle and place in it, the patient's side, units as shown."""
Totals = dict[tuple[str, str], Decimal]
"""Units by product in words and side."""

Mark = tuple[int, int, str]
"""A mark on the face: x and y in 0.01 geometry unit (y upwards), units as shown."""

_MARK = re.compile(r'<g data-key="site:(\d+)"><circle[^>]*cx="(-?\d+)" cy="(-?\d+)"[^>]*>(.*?)</g>', re.DOTALL)
_MARK_TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")
_CHART_ROW = re.compile(r'<tr id="site-\w+".*?</tr>', re.DOTALL)
_CELL = re.compile(r'data-cell="(\w+)"[^>]*>(.*?)</')
_READ_ROW = re.compile(
    r'<td class="num">(\d+)</td>\s*<th scope="row">([^<]*?)\s*(?:<span class="sub">([^<]*)</span>)?<(?:span|/th).*?'
    r'<td>(\w+)</td>\s*<td class="num"><b>([^<]*)</b>',
    re.DOTALL,
)
_READ_TOTALS = re.compile(r'<ul class="totals" aria-label="Totals of ([^"]*)">(.*?)</ul>', re.DOTALL)
_READ_TOTAL = re.compile(r"<b>([\d.,]+)</b> units?, (?:patient’s )?(right|left|midline)")
_CHART_TOTAL = re.compile(
    r'<li class="total"><b>([\d.,]+)</b> units, (?:patient’s )?(right|left|midline)<span class="total-note">([^<]*)<'
)
_CHART_PRODUCT = re.compile(r"units, in all<span class=\"total-note\">([^<]*)<")
_HANDOUT_COLUMNS = 5
"""Number on the face, place, side, injections, units."""
_ALT_SITE = re.compile(r"(\d+) ([^;:]+?),? (patient’s right|patient’s left|midline):? ([\d.,]+)\W?units?")


def units(text: str) -> Decimal:
    """Units as a number."""
    return Decimal(text.replace(",", ""))


def place(muscle: str, sub_site: str | None) -> str:
    """Muscle and named place as one text."""
    return f"{muscle}, {sub_site}" if sub_site else muscle


def chart_sites(page: str) -> list[Site]:
    """The rows of the chart's table."""
    found = []
    for row in _CHART_ROW.findall(page):
        cells: dict[str, str] = {}
        for name, text in _CELL.findall(row):
            cells.setdefault(name, unescape(text).strip())
        where = place(cells["muscle_label"], cells["sub_site_label"])
        found.append((int(cells["number"]), where, cells["side"], cells["units"]))
    return found


def face_marks(page: str) -> dict[int, Mark]:
    """The marks of the face that the server drew, by number; each tells its dose and its number."""
    found = {}
    for number, x, y, shapes in _MARK.findall(page):
        dose, said = (unescape(text) for text in _MARK_TEXT.findall(shapes))
        assert said == number
        found[int(number)] = (int(x), -int(y), dose)
    return found


def chart_state(page: str) -> list[Site]:
    """The state that the chart's script begins with."""
    found = re.search(r"data-state='([^']*)'", page)
    assert found
    sites = json.loads(unescape(found[1]))["sites"]
    return [
        (one["number"], place(one["muscle_label"], one["sub_site_label"]), one["side"], one["units"]) for one in sites
    ]


def chart_totals(page: str) -> Totals:
    """The totals below the chart's table; a single product is named only in the sum of all."""
    products = [unescape(one) for one in _CHART_PRODUCT.findall(page)]
    return {
        (unescape(product) or products[0], side): units(number) for number, side, product in _CHART_TOTAL.findall(page)
    }


def review_sites(page: str) -> list[Site]:
    """The rows of the review's table of sites."""
    rows = _READ_ROW.findall(page)
    return [(int(number), place(unescape(a), unescape(b)), side, dose) for number, a, b, side, dose in rows]


def review_totals(page: str) -> Totals:
    """The totals below it, product by product."""
    return {
        (unescape(product), side): units(number)
        for product, listed in _READ_TOTALS.findall(page)
        for number, side in _READ_TOTAL.findall(listed)
    }


def pdf_text(data: bytes, pages: int) -> str:
    """The text of the first pages, which hold the sites and their totals; the others are not worth the time."""
    return " ".join(reading.page_text(data, index) for index in range(min(pages, len(reading.reader(data).pages))))


def figure_sites(data: bytes) -> list[Site]:
    """The sites that the alternative text of the first figure tells of, without their places in the muscle."""
    alt = next(_alts(reading.reader(data).trailer["/Root"]["/StructTreeRoot"]["/K"]))  # type: ignore[index]
    found = _ALT_SITE.findall(alt.replace("\u00a0", " ").partition(". ")[2])
    return [(int(number), muscle, side.removeprefix("patient’s "), dose) for number, muscle, side, dose in found]


def _alts(node: Any) -> Iterator[str]:
    node = node.get_object()
    if isinstance(node, list):
        for one in node:
            yield from _alts(one)
    elif hasattr(node, "get"):
        if node.get("/S") == "/Figure" and "/Alt" in node:
            yield str(node["/Alt"])
        elif "/K" in node and node.get("/S") not in {"/P", "/TR"}:
            yield from _alts(node["/K"])


def export_sites(data: bytes) -> list[Site]:
    """The sites of the JSON export."""
    listed = json.loads(data)["session"]["sites"]
    return [
        (one["number"], place(one["muscle_label"], one["sub_site_label"]), one["side"], f"{Decimal(one['units']):f}")
        for one in listed
    ]


def export_totals(data: bytes) -> Totals:
    """The totals of the JSON export, by product and side."""
    found: Totals = {}
    for one in json.loads(data)["session"]["totals"]:
        key = (one["product_name"], one["side"])
        found[key] = found.get(key, Decimal(0)) + Decimal(one["units"])
    return found


@dataclass(frozen=True)
class HandoutRow:
    """A line of the patient's table: several sites of one muscle may stand in one."""

    product: str
    side: str
    injections: int
    units: Decimal
    muscles: str


def handout_rows(content: DocumentContent, products: Collection[str]) -> list[HandoutRow]:
    """The lines of the patient's table; a product's name stands above them as a heading or among the facts."""
    found = []
    product = ""
    for block in _flat(content.blocks):
        if isinstance(block, Heading) and block.text in products:
            product = block.text
        elif isinstance(block, Facts):
            product = next((value for _, value in block.pairs if value in products), product)
        elif isinstance(block, Table) and len(block.columns) == _HANDOUT_COLUMNS:
            for row in block.rows:
                if not row.total:
                    _, _, side, injections, dose = row.cells
                    where = side.removeprefix("your ").replace("middle", "midline")
                    found.append(HandoutRow(product, where, int(injections), units(dose), row.note))
    return found


def _flat(blocks: tuple[Any, ...]) -> Iterator[Any]:
    for one in blocks:
        if isinstance(one, Beside):
            yield from _flat(one.blocks)
        else:
            yield one
