"""Write a ReportLab document with object streams (PDF 1.5): the tree of a tagged document is hundreds of small objects.

Packed together they take a fifth of the room that ReportLab gives them.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final

_HEAD: Final = b"%%PDF-%d.%d\n%%\xe2\xe3\xcf\xd3\n"
_FREE, _PLAIN, _PACKED = 0, 1, 2


def pack(document: Any, ready: Mapping[int, bytes]) -> bytes:
    """Return the bytes of a document whose fonts and outlines are prepared (in place of ``PDFDocument.format``).

    ``ready`` are objects that ReportLab does not know, by the numbers that were taken for them.
    """
    document.encrypt.prepare(document)
    root, info = document.Reference(document.Catalog), document.Reference(document.info)
    plain, packed = _formatted(document, ready)
    stream_number, table_number = document.objectcounter + 1, document.objectcounter + 2
    parts = [_HEAD % document._pdfVersion]  # noqa: SLF001 (set by the canvas, with no public name)
    at = len(parts[0])
    table: dict[int, tuple[int, int, int]] = {0: (_FREE, 0, 0xFFFF)}
    for number, body in [*plain, (stream_number, _object_stream(packed))]:
        table[number] = (_PLAIN, at, 0)
        parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        at += len(parts[-1])
    table |= {number: (_PACKED, stream_number, index) for index, (number, _) in enumerate(packed)}
    table[table_number] = (_PLAIN, at, 0)
    keys = b"/Type/XRef/W[1 4 2]/Size %d/Root %b/Info %b/ID %b" % (
        len(table),
        root.format(document),
        info.format(document),
        document.ID().split(b"%")[0].strip(),
    )
    entries = b"".join(
        kind.to_bytes(1) + first.to_bytes(4) + second.to_bytes(2) for _, (kind, first, second) in sorted(table.items())
    )
    parts.append(b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table_number, _stream(keys, entries), at))
    return b"".join(parts)


def _formatted(document: Any, ready: Mapping[int, bytes]) -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
    """Every object as (number, bytes): first those that are streams and stay as they are, then the others."""
    plain: list[tuple[int, bytes]] = []
    packed: list[tuple[int, bytes]] = []
    number = 1
    while number <= document.objectcounter:  # formatting an object may register others
        if number in ready:
            packed.append((number, ready[number]))
        else:
            body = document.idToObject[document.numberToId[number]].format(document)
            target = plain if body[-12:].rstrip().endswith(b"endstream") else packed
            target.append((number, body.strip() if target is packed else body.rstrip(b"\n")))
        number += 1
    return plain, packed


def _object_stream(objects: list[tuple[int, bytes]]) -> bytes:
    offsets: list[bytes] = []
    at = 0
    for number, body in objects:
        offsets.append(b"%d %d" % (number, at))
        at += len(body) + 1
    head = b" ".join(offsets) + b"\n"
    bodies = b"\n".join(body for _, body in objects)
    return _stream(b"/Type/ObjStm/N %d/First %d" % (len(objects), len(head)), head + bodies)


def _stream(keys: bytes, data: bytes) -> bytes:
    packed = zlib.compress(data)
    return b"<<%b/Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream" % (keys, len(packed), packed)
