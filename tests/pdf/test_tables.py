"""Tables of prints: what never happens to a number."""

from __future__ import annotations

import pytest

from clinic.pdf import fonts
from clinic.pdf.tables import Column, DataTable, Row


@pytest.mark.parametrize("width", [120, 180, 300])
@pytest.mark.parametrize("number", ["123.45", "1234.5", "0.05"])
def test_a_number_is_never_broken_over_two_lines(width: float, number: str) -> None:
    fonts.register()
    columns = [Column("Muscle and place", 90), Column("Units", 6, "right"), Column("mL", 3, "right")]
    table = DataTable(columns, [Row(("depressor anguli oris", number, number)), Row(("", "2", ""))])
    table.wrap(width, 500)
    shown = [[one.text for line in cell for one in line.fragments] for cell in table.laid[0].cells]
    assert shown[1:] == [[number], [number]]
    assert "".join(shown[0]).replace(" ", "") == "depressorangulioris"


def test_the_parts_of_a_cut_table_keep_the_widths() -> None:
    fonts.register()
    columns = [Column("Muscle", 90), Column("Units", 3, "right")]
    table = DataTable(columns, [Row((f"row {number}", "123.45")) for number in range(40)])
    upper, lower = table.split(150, 200)
    assert isinstance(upper, DataTable)
    assert isinstance(lower, DataTable)
    assert upper.needed == lower.needed == table.needed != {}
    assert len(upper.laid) + len(lower.laid) == 40


def test_a_number_beside_the_line_of_a_grid_is_not_broken_either() -> None:
    fonts.register()
    columns = [Column("No.", 4, "right"), Column("Muscle", 90)]
    table = DataTable(columns, [Row((str(number), "")) for number in range(1, 21)], row_headers=True, grid=True)
    table.wrap(220, 500)
    assert [len(row.cells[0]) for row in table.laid] == [1] * 20
