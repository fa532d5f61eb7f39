"""Paper, colours and sizes of the prints (points): one ink on white, one accent, three headings, two sizes of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from reportlab.lib.pagesizes import A4, LETTER

from clinic.pdf.fonts import BOLD, REGULAR

Paper = Literal["A4", "Letter"]
PAPERS: Final[dict[Paper, tuple[float, float]]] = {"A4": A4, "Letter": LETTER}

MARGIN: Final = 45.0
"""Left and right of the page."""
TOP: Final = 32.0
"""From the edge of the paper to the page header."""
BOTTOM: Final = 26.0
"""From the edge of the paper to the page footer."""

INK: Final = "#14202d"
MUTED: Final = "#526070"
ACCENT: Final = "#07448c"
AMBER: Final = "#7a4d00"
RED: Final = "#a5121d"
HAIRLINE: Final = "#ccd4dd"
RULE: Final = "#7b8896"


@dataclass(frozen=True, slots=True, eq=False)
class TextStyle:
    """A font, its size, the distance of lines (points) and a colour ``#rrggbb``. A style is equal to itself only."""

    font: str
    size: float
    leading: float
    colour: str = INK


H1: Final = TextStyle(BOLD, 19, 23)
H2: Final = TextStyle(BOLD, 11.5, 14, ACCENT)
H3: Final = TextStyle(BOLD, 9, 12)
NAME: Final = TextStyle(BOLD, 15, 18)
FIGURE: Final = TextStyle(BOLD, 15, 18, ACCENT)

BODY: Final = TextStyle(REGULAR, 9, 12)
STRONG: Final = TextStyle(BOLD, 9, 12)
MUTED_BODY: Final = TextStyle(REGULAR, 9, 12, MUTED)
SMALL: Final = TextStyle(REGULAR, 7.5, 9.8, MUTED)
LABEL: Final = TextStyle(BOLD, 7.5, 9.8, MUTED)
AMBER_STRONG: Final = TextStyle(BOLD, 9, 12, AMBER)
RED_STRONG: Final = TextStyle(BOLD, 9, 12, RED)

LARGE_STRONG: Final = TextStyle(BOLD, 10.5, 13.5)
BIG_STRONG: Final = TextStyle(BOLD, 13, 17)
BIG_FIGURE: Final = TextStyle(BOLD, 22, 27, ACCENT)


def content_width(paper: Paper) -> float:
    """Width between the margins."""
    return PAPERS[paper][0] - 2 * MARGIN
