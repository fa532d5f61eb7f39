"""Hand-made documents for the tests of the prints: one with every block, in each language, and ways to spoil it."""

from __future__ import annotations

import zlib
from dataclasses import replace
from struct import pack
from typing import Any

from clinic.domain.documents.content import (
    SCHEMA,
    Beside,
    Block,
    Box,
    BoxKind,
    Bullets,
    DiaryGrid,
    DocumentContent,
    ExerciseFigure,
    Face,
    FaceMark,
    Faces,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    SignatureLines,
    Table,
    TableColumn,
    TableRow,
    TextUsed,
    WritingLines,
)
from clinic.domain.documents.kinds import DocumentKind, Edition
from clinic.domain.face_exercises import EXERCISES
from clinic.pdf.stamps import Letterhead, Stamp
from clinic.pdf.style import Paper
from tests.pdf import contents

EDITIONS = tuple(Edition)
PAPERS: tuple[Paper, ...] = ("A4", "Letter")
LANGUAGES = ("en", "es")
ACCEPTED = TextUsed("treatment_today", "en", "1", "0" * 64, "Dr A. Example", contents.ON)

_PLACES = (
    (-470, 300, "orbicularis_oculi", "2.5"),
    (-330, -640, "depressor_anguli_oris", "2.5"),
    (-80, -750, "mentalis", "1.25"),
    (-250, -1050, "platysma", "5"),
    (-210, -1250, "platysma", "5"),
)


def marks(*, doses: bool = True) -> tuple[FaceMark, ...]:
    return tuple(
        FaceMark(x, y, number, units if doses else "", "right", muscle, "given")
        for number, (x, y, muscle, units) in enumerate(_PLACES, start=1)
    )


def face(alt: str = "Face seen from the front with five places on the patient’s right.", **changes: Any) -> Face:
    return replace(Face(marks(), alt, "Places of today."), **changes)


def table(rows: int = 5, **changes: Any) -> Table:
    columns = (
        TableColumn("No.", 12),
        TableColumn("Place", 100),
        TableColumn("Product", 80),
        TableColumn("Units", 30, number=True),
    )
    lines = [
        TableRow((str(number), "right side, beside the mouth", "onabotulinumtoxinA (Botox)", "2.5"))
        for number in range(1, rows + 1)
    ]
    total = TableRow(("", "Total", "", "12.5"), total=True, note="One product, one syringe.")
    return replace(Table(columns, (*lines, total)), **changes)


NUMBERED = "Face seen from the front with five numbered places."
ALT = "Face from the front. An arrow shows where it moves."
EMERGENCY = Box(
    BoxKind.EMERGENCY,
    "When to call at once",
    ("You cannot swallow or speak well.", "You find it hard to breathe.", "Your whole body feels weak."),
    "Call the emergency number. Say that you had botulinum toxin.",
)


def every_block() -> tuple[Block, ...]:
    return (
        EMERGENCY,
        Heading("What was done today"),
        Beside(
            face(width=45), (Paragraph("You had five small injections.", lead="Today:"), Bullets(("Right eye", "Chin")))
        ),
        table(),
        Facts((("Product", "onabotulinumtoxinA (Botox)"), ("Total", "12.5 units"), ("Lot", "C4821A2"))),
        Heading("What to expect", 3),
        Paragraph("The effect begins slowly:"),
        Bullets(("You may feel nothing for two days.", "It is strongest after some weeks."), numbered=True),
        Paragraph("A small sentence below.", small=True),
        Paragraph("Seen on {{last visit}} by {{doctor}}.", unknown=("{{doctor}}", "{{last visit}}")),
        Box(BoxKind.IMPORTANT, "Eye care", ("Use your drops.", "Do not drive when you see double.")),
        Box(BoxKind.NOTE, "", (), "You can bring this paper to your next visit."),
        Heading("How it went"),
        Faces(tuple(face(caption=f"{year}: 4 sessions") for year in range(2021, 2027))),
        face(NUMBERED, marks=marks(doses=False), width=40),
        Heading("Exercises"),
        *(
            Beside(
                ExerciseFigure(one, side, ALT),
                (
                    Heading(one.replace("_", " "), 3),
                    Bullets(("Look straight ahead.", "Go slowly.", "Let go."), numbered=True),
                ),
            )
            for one, side in zip(EXERCISES[:3], ("left", "right", "left"), strict=True)
        ),
        ExerciseFigure("no such exercise", "right", ALT),
        PageBreak(),
        Heading("Your diary"),
        DiaryGrid(("Rest scan", "Small closed smile"), tuple("MTWTFSS"), tuple(f"Week {n}" for n in range(1, 7))),
        WritingLines("What I want to ask next time", 4),
        SignatureLines(("Patient, date", "Prescriber, date", "Interpreter, date")),
    )


def document(*blocks: Block, **changes: Any) -> DocumentContent:
    visit = contents.visit()
    made = DocumentContent(
        schema=SCHEMA,
        kind=DocumentKind.TREATMENT_HANDOUT.value,
        title="Your treatment today",
        language="en",
        on=contents.ON,
        author="Dr A. Example",
        clinic=visit.clinic,
        patient=visit.patient,
        conditions=(),
        visit_id=None,
        recipient=(),
        blocks=blocks,
        texts=(ACCEPTED,),
    )
    return replace(made, **changes)


def letter(*blocks: Block, **changes: Any) -> DocumentContent:
    given: dict[str, Any] = {
        "kind": DocumentKind.REFERRER_LETTER.value,
        "title": "Facial synkinesis: treatment and review",
        "recipient": ("Dr Jane Doe", "12 High Street", "Northgate NG1 2AB"),
        "conditions": ("Bell's palsy, patient’s right, onset 14 Mar 2024",),
    }
    return document(*blocks, **(given | changes))


def stamp(**changes: Any) -> Stamp:
    given: dict[str, Any] = {
        "reference": "0F3A9C1B22",
        "printed_at": "22 Nov 2026, 14:30 GMT",
        "status": "issued",
        "letterhead": Letterhead(logo(), 320, 96, "Northgate Facial Nerve Clinic · a charity · VAT 123 456"),
    }
    return Stamp(**(given | changes))


def logo(width: int = 320, height: int = 96) -> bytes:
    """A plain mark of two bars as PNG."""
    row = bytes([0]) + bytes(
        channel for x in range(width) for channel in ((7, 68, 140) if x % 160 < 110 else (255, 255, 255))
    )
    parts = (
        (b"IHDR", pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height)),
        (b"IEND", b""),
    )
    body = b"".join(pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data)) for name, data in parts)
    return b"\x89PNG\r\n\x1a\n" + body
