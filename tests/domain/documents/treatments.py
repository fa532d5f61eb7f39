"""Treated sites for the tests of what patients get about a treatment."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, OTHER, Side, position, side_of
from clinic.domain.documents.content import Beside, Block, Box, Bullets, Facts, Heading, Paragraph, Table
from clinic.domain.documents.treated_places import TreatedSite


def treated(muscle: str = "mentalis", side: Side = Side.LEFT, units: str = "2.5", **values: Any) -> TreatedSite:
    """2.5 units of onabotulinumtoxinA (Botox), lot C4821A2, in the patient's left mentalis unless overridden."""
    sub_site = values.pop("sub_site", None)
    x, y = values.pop("at", None) or (position(muscle, sub_site, side) if muscle != OTHER else (900, -300))
    more = {"product": "botox", "lot": "C4821A2"} | values
    return TreatedSite(muscle, sub_site, side, x, y, Decimal(units), **more)


def _named() -> st.SearchStrategy[tuple[str, str | None, Side, int, int]]:
    places = [
        (muscle.key, site.key, side, -site.x if side is Side.LEFT else site.x, site.y)
        for muscle in MUSCLES.values()
        for site in muscle.sites
        for side in ((Side.MIDLINE,) if site.x == 0 else (Side.RIGHT, Side.LEFT))
    ]
    return st.sampled_from(places)


def _free() -> st.SearchStrategy[tuple[str, str | None, Side, int, int]]:
    """A place of a muscle, or of none, that has no name."""
    return st.builds(
        lambda muscle, x, y: (muscle, None, side_of(muscle, x), x, y),
        st.sampled_from(list(MUSCLES)),
        st.integers(-900, 900),
        st.integers(-1200, 900),
    )


SITES = st.builds(
    lambda place, units, product, lot: TreatedSite(*place, Decimal(units) / 100, product, lot),
    st.one_of(_named(), _free()),
    st.integers(1, 5000),
    st.sampled_from(["botox", "dysport", "xeomin", ""]),
    st.sampled_from(["", "C4821A2", "D77"]),
)
"""Any site that can be given, on named places, on the midline and anywhere else."""
SESSIONS = st.lists(SITES, min_size=1, max_size=30).map(tuple)


def inside(blocks: Iterable[Block]) -> list[Block]:
    """The blocks with those beside a figure."""
    found: list[Block] = []
    for one in blocks:
        found += [one, *inside(one.blocks)] if isinstance(one, Beside) else [one]
    return found


def words_of(blocks: Iterable[Block]) -> str:
    """Everything that a reader reads, a line for each piece."""
    lines: list[str] = []
    for one in inside(blocks):
        match one:
            case Heading(text=text):
                lines.append(text)
            case Paragraph(text=text, lead=lead):
                lines.append(f"{lead} {text}".strip())
            case Bullets(items=items):
                lines += items
            case Facts(pairs=pairs):
                lines += [f"{label}: {value}" for label, value in pairs]
            case Box(title=title, items=items, text=text):
                lines += [title, *items, text]
            case Table(columns=columns, rows=rows):
                lines.append(" | ".join(column.title for column in columns))
                for row in rows:
                    lines += [" | ".join(row.cells), row.note]
            case _:
                pass
    return "\n".join(lines).replace("\u00a0", " ")


def tables(blocks: Iterable[Block]) -> list[Table]:
    """The tables in order."""
    return [one for one in inside(blocks) if isinstance(one, Table)]
