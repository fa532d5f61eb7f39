"""The asserts on prints are awake: each finds the fault that it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from reportlab.platypus import Flowable

from clinic.pdf.flowables import Figure, Para, h1
from clinic.pdf.groups import Hanging
from clinic.pdf.pages import build
from clinic.pdf.style import BODY, TextStyle
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.tagging import Element
from tests.pdf import layout
from tests.pdf.documents import document, stamp


def faulty(*blocks: Flowable) -> bytes:
    return build([h1("Title"), *blocks], document(), stamp(), title="Title")


class Shifted(Para):
    """A paragraph that leaves its place."""

    def draw(self) -> None:
        self.canv.translate(400, 0)
        super().draw()


class Bare(DataTable):
    """A table whose later parts forget their header."""

    def _draw_header(self, top: float) -> None:
        if not self.continued:
            super()._draw_header(top)


class Loose(Para):
    """A paragraph outside the tree."""

    def draw(self) -> None:
        self.canv.write([(BODY.font, 9, BODY.colour, 0, 0, "loose")])


def long_table(kind: type[DataTable]) -> DataTable:
    return kind([Column("Alpha", 1), Column("Beta", 1)], [Row(("1", "2"))] * 90, row_headers=True)


FAULTS: dict[str, tuple[Callable[[bytes], Any], Callable[[], bytes]]] = {
    "margins": (layout.beyond_margins, lambda: faulty(Shifted("words " * 30))),
    "heading last": (layout.headings_at_the_end_of_a_page, lambda: faulty(Para("Section", role="H2"))),
    "header": (layout.tables_without_their_header, lambda: faulty(long_table(Bare))),
    "no header": (layout.table_faults, lambda: faulty(DataTable([Column("A", 1)], [Row(("1",))]))),
    "skipped level": (layout.heading_faults, lambda: faulty(Para("Part", role="H3"), Para("x"))),
    "two titles": (layout.heading_faults, lambda: faulty(h1("Title"), Para("x"))),
    "list": (layout.list_faults, lambda: faulty(Hanging("•", "x", BODY, within=Element("L")))),
    "figure": (layout.figures_without_words, lambda: faulty(Figure(9, 9, "", lambda canvas: canvas.line(0, 0, 9, 9)))),
    "untagged": (layout.untagged, lambda: faulty(Loose("x"))),
    "pale": (layout.too_pale, lambda: faulty(Para("x", TextStyle(BODY.font, 9, 12, "#9aa4b0")))),
    "small": (lambda data: layout.too_small(data, 9), lambda: faulty(Para("x", TextStyle(BODY.font, 8, 12)))),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name: str) -> None:
    find, made = FAULTS[name]
    assert find(made())


def test_a_sound_print_has_none_of_them() -> None:
    sound = faulty(Para("Words."), long_table(DataTable))
    assert not [name for name, (find, _) in FAULTS.items() if find(sound) and name != "small"]
