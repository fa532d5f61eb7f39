"""The QR code's path draws exactly the encoder's modules, inside the quiet zone."""

from __future__ import annotations

import re

import pytest
from reportlab.graphics.barcode import qrencoder

from clinic.pdf.qr import QUIET, qr_code

ADDRESS = "https://record.example.org/form/link/" + "aB3-_" * 8 + "xyz"


def drawn(path: str) -> list[tuple[int, int]]:
    """The modules that a path fills, as (x, y)."""
    found = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path)
    assert "".join(f"M{x} {y}h{there}v1h-{back}z" for x, y, there, back in found) == path
    assert all(there == back for _, _, there, back in found)
    return [(int(x) + step, int(y)) for x, y, there, _ in found for step in range(int(there))]


@pytest.mark.parametrize("text", [ADDRESS, "x", "https://a.example/" + "1" * 200])
def test_the_path_fills_the_dark_modules_and_no_other(text: str) -> None:
    code = qr_code(text)
    encoder = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    encoder.addData(text)
    encoder.make()
    dark = {(x + QUIET, y + QUIET) for y, row in enumerate(encoder.modules) for x, one in enumerate(row) if one}
    filled = drawn(code.path)
    assert len(filled) == len(set(filled))
    assert set(filled) == dark
    assert code.size == len(encoder.modules) + 2 * QUIET


def test_the_three_finders_stand_in_their_corners() -> None:
    code = qr_code(ADDRESS)
    filled, far = set(drawn(code.path)), code.size - QUIET - 7
    for x, y in ((QUIET, QUIET), (far, QUIET), (QUIET, far)):
        ring = {(x + step, y) for step in range(7)} | {(x, y + step) for step in range(7)}
        assert ring <= filled
        assert (x + 1, y + 1) not in filled
        assert (x + 3, y + 3) in filled
    assert (far + 6, far + 6) not in filled or (far, far + 6) not in filled
