"""A document's content: written and read back whole, told apart by one letter, refused when its shape is not known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    canonical,
    digest,
    read,
)
from clinic.domain.visit_content import ClinicContent, PatientContent
from tests.architecture.sources import ROOT

FACE = Face((FaceMark(-34500, 72900, 1, "2.5", "left", "orbicularis_oculi", "given"),), "One site.", "22 Nov 2026", 40)
FIGURE = ExerciseFigure("e2_eyes_open_pucker", "left", "A face whose lips go forward.")
BLOCKS: tuple[Block, ...] = (
    Heading("What to expect"),
    Paragraph("It starts in about 3 days.", "Start.", unknown=("{{7*7}}",)),
    Paragraph("Times are those of the clinic.", small=True),
    Bullets(("one", "two"), numbered=True),
    Table(
        (TableColumn("Muscle"), TableColumn("Units", 40, number=True)),
        (TableRow(("Mentalis", "2.5"), note="one site"), TableRow(("All", "5"), total=True)),
        large=True,
    ),
    Table((TableColumn("Site"), TableColumn("Given at")), (TableRow(("1", "")),), writing=True),
    Facts((("Lot", "C4821A2"),)),
    Box(BoxKind.EMERGENCY, "Call at once", ("You cannot breathe well.",), "Phone 112"),
    Box(BoxKind.IMPORTANT, "Your eye", ("Use drops.",)),
    Box(BoxKind.NOTE, "Bring this page", ()),
    FACE,
    Faces((FACE, FACE), across=2),
    FIGURE,
    Beside(FIGURE, (Heading("Pucker", 3), Bullets(("Slowly.",)))),
    Beside(FACE, (Facts((("Total", "2.5"),)),)),
    DiaryGrid(("Pucker",), ("Mon",), ("23 Nov 2026",)),
    WritingLines("Notes", 5),
    SignatureLines(("Patient",)),
    PageBreak(),
)
CONTENT = DocumentContent(
    schema=SCHEMA,
    kind="treatment handout",
    title="Your treatment today",
    language="es",
    on=date(2026, 11, 22),
    author="Dr Ada Prescriber",
    clinic=ClinicContent("Clinic", "1 Street", "555 0100", "Europe/Berlin"),
    patient=PatientContent("p1", "Keane", "Margaret", date(1979, 2, 3), 47, "10342", "female", synthetic=True),
    conditions=("Bell's palsy, left",),
    visit_id="v1",
    recipient=("Dr Other", "2 Street"),
    blocks=BLOCKS,
    texts=(TextUsed("emergency", "es", "1", "0" * 64, "Dr Ada Prescriber", date(2026, 11, 1)),),
)


def test_every_block_is_among_the_examples() -> None:
    assert {type(one) for one in BLOCKS} == set(get_args(Block))


def _walked(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for one in value:
            yield from _walked(one)
    elif is_dataclass(value):
        yield value
        for one in fields(value):
            yield from _walked(getattr(value, one.name))


def test_every_field_of_every_block_has_another_value_than_its_default_among_the_examples() -> None:
    seen = list(_walked(BLOCKS))
    untold = [
        f"{kind.__name__}.{one.name}"
        for kind in {type(value) for value in seen}
        for one in fields(kind)
        if all(getattr(value, one.name) == one.default for value in seen if type(value) is kind)
    ]
    assert untold == []
    assert {value.kind for value in seen if isinstance(value, Box)} == set(BoxKind)


def test_a_content_reads_back_as_it_was_written() -> None:
    assert read(canonical(CONTENT)) == CONTENT
    assert digest(read(canonical(CONTENT))) == digest(CONTENT)


def test_a_content_without_a_patient_reads_back() -> None:
    blank = replace(CONTENT, patient=None, visit_id=None)
    assert read(canonical(blank)) == blank


@given(st.text(), st.text(), st.integers(0, 9))
def test_any_text_reads_back_and_another_text_has_another_hash(one: str, other: str, at: int) -> None:
    def holding(text: str) -> DocumentContent:
        return replace(CONTENT, blocks=(*BLOCKS[:at], Paragraph(text), *BLOCKS[at:]))

    if any("\ud800" <= letter <= "\udfff" for letter in one + other):
        return
    assert read(canonical(holding(one))) == holding(one)
    assert (digest(holding(one)) == digest(holding(other))) is (one == other)


def test_the_golden_file_of_the_schema_reads_and_keeps_its_bytes() -> None:
    golden = (ROOT / "tests" / "golden" / f"document_content_{SCHEMA}.json").read_bytes().rstrip(b"\n")
    assert canonical(read(golden)) == golden
    assert read(golden) == CONTENT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schema", 99),
        ("pages", 3),
        ("blocks", [{"block": "Script", "text": "x"}]),
        ("blocks", [{"block": "Heading", "size": 3}]),
    ],
)
def test_an_unknown_shape_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="not"):
        read(json.dumps(json.loads(canonical(CONTENT)) | {name: value}))


def test_every_field_is_in_the_bytes() -> None:
    assert set(json.loads(canonical(CONTENT))) == {one.name for one in fields(DocumentContent)}
