"""Paper, colours and sizes of the prints (points): one ink on white, one accent, three headings, two sizes of text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
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
WHITE: Final = "#ffffff"
GROUND: Final = "#f1f3f6"


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


@dataclass(frozen=True, slots=True, eq=False)
class Type:
    """The sizes of type of one edition of a document: everything grows with ``body``, its size in points."""

    body: TextStyle
    strong: TextStyle
    muted: TextStyle
    small: TextStyle
    label: TextStyle
    red: TextStyle
    amber: TextStyle
    white: TextStyle
    h1: TextStyle
    h2: TextStyle
    h3: TextStyle
    name: TextStyle
    furniture: TextStyle
    header: TextStyle

    @property
    def unit(self) -> float:
        """The grid of spaces in points: 1 for the smallest type."""
        return self.body.size / 9


CLINICAL_SIZE: Final = 9.5
PATIENT_SIZE: Final = 11.5
CARRIED_SIZE: Final = 10.0
LARGE_SIZE: Final = 16.0
"""Large type begins at 16 points (RNIB clear print and large print guidance)."""
_LARGE_SMALL: Final = 16.0


@cache
def type_of(size: float) -> Type:
    """The styles of a document whose text is ``size`` points; in large type nothing that is read is below 16 points."""
    large = size >= _LARGE_SMALL
    small = _LARGE_SMALL if large else max(7.5, size * 0.82)
    furniture = 11.0 if large else 7.5

    def style(font: str, points: float, colour: str = INK, spacing: float = 1.3) -> TextStyle:
        return TextStyle(font, points, points * spacing, colour)

    return Type(
        body=style(REGULAR, size),
        strong=style(BOLD, size),
        muted=style(REGULAR, size, MUTED),
        small=style(REGULAR, small, MUTED),
        label=style(BOLD, small, MUTED),
        red=style(BOLD, size, RED),
        amber=style(BOLD, size, AMBER),
        white=style(BOLD, size * 1.15, WHITE),
        h1=style(BOLD, size * 1.2 + 8, spacing=1.2),
        h2=style(BOLD, size * 1.2 + 0.5, ACCENT, 1.25),
        h3=style(BOLD, size * 1.06),
        name=style(BOLD, size * 1.2 + 2, spacing=1.25),
        furniture=style(REGULAR, furniture, MUTED, 1.3),
        header=style(BOLD, max(9.0, furniture * 1.1), spacing=1.3),
    )
