"""The colours of the face. Skin is neutral, with a choice of tones; marks and zones stay the same on every tone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# The one accent (sites), its darker form for what has been given, ink, amber and grey: as on the screen and in print.
ACCENT: Final = "#0a57b2"
ACCENT_DEEP: Final = "#07448c"
INK: Final = "#14202d"
CAPTION: Final = "#526070"
PAPER: Final = "#ffffff"
ZONE: Final = "#a87900"
GREYED: Final = "#8b8f94"
GHOST: Final = "#5b6470"
# What is planned and not charted.
PLAN: Final = "#0a6a5c"
# What a review said of an earlier session's sites.
WORKED: Final = "#1a6a35"
TOO_WEAK: Final = "#7a4d00"
TOO_STRONG: Final = "#6d2a78"


@dataclass(frozen=True, slots=True)
class Palette:
    """One tone of skin with what goes with it."""

    skin: str
    neck: str
    shade: str
    line: str
    hair: str
    strand: str
    brow: str
    lip: str
    lip_shade: str
    iris: str
    muscle: str
    muscle_line: str


_LIGHT = Palette(
    skin="#f8ece1",
    neck="#f2e2d4",
    shade="#a9744f",
    line="#a38a78",
    hair="#d8cdc2",
    strand="#a99b8e",
    brow="#7d6a5b",
    lip="#dfa89c",
    lip_shade="#8f4a42",
    iris="#7f93a0",
    muscle="#c4574d",
    muscle_line="#a8433b",
)

PALETTES: Final[Mapping[str, Palette]] = MappingProxyType(
    {
        "light": _LIGHT,
        "medium": Palette(
            skin="#ecd2b8",
            neck="#e3c5a8",
            shade="#8a5632",
            line="#8f6c52",
            hair="#b9a592",
            strand="#85705e",
            brow="#5f4a3b",
            lip="#cf8f80",
            lip_shade="#7d3d34",
            iris="#77695a",
            muscle="#b84a40",
            muscle_line="#94352d",
        ),
        "tan": Palette(
            skin="#d2a884",
            neck="#c69a76",
            shade="#6b3f22",
            line="#75533b",
            hair="#8d7562",
            strand="#5f4c3d",
            brow="#49362a",
            lip="#b5766a",
            lip_shade="#672f29",
            iris="#5b4636",
            muscle="#a2352c",
            muscle_line="#7d231c",
        ),
        "deep": Palette(
            skin="#9c7357",
            neck="#8f684d",
            shade="#3d2211",
            line="#523624",
            hair="#5a4738",
            strand="#382a20",
            brow="#2e2119",
            lip="#8f574c",
            lip_shade="#46201b",
            iris="#3f2e22",
            muscle="#7e1f18",
            muscle_line="#5e120d",
        ),
    }
)
TONES: Final = tuple(PALETTES)
