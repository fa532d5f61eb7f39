"""A QR code as path data, from ReportLab's own encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

QUIET: Final = 4
"""Empty modules on every side, as the standard asks (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A square of ``size`` modules a side, its quiet zone included; ``path`` fills the dark ones."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """Encode a text with medium error correction; neighbours in a row are one rectangle."""
    from reportlab.graphics.barcode import qrencoder  # ReportLab loads with the first code, not with the program.

    code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    modules: list[list[bool]] = code.modules
    parts = [
        f"M{start + QUIET} {y + QUIET}h{length}v1h-{length}z"
        for y, row in enumerate(modules)
        for start, length in _runs(row)
    ]
    return QrCode(len(modules) + 2 * QUIET, "".join(parts))


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((x, 1))
    return found
