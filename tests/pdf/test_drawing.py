"""Drawings written as operators."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from clinic.domain.anatomy import Side
from clinic.domain.drawing import Circle, Close, CurveTo, Drawing, Layer, LineTo, MoveTo, Path, Shape, Style, Text
from clinic.domain.face_drawing import Mark, marks
from clinic.pdf.drawing import draw
from clinic.pdf.plates import enlarged, mark
from clinic.pdf.tagging import Element, TaggedCanvas
from tests.pdf import contents, reading

TRIANGLE = (MoveTo((0, 0)), LineTo((1, 0)), LineTo((0.5, 1)), Close())


def written(*shapes: Shape, clip: bool = False) -> str:
    """The operators of a page of 200 × 400 points with a drawing of 2 × 4 units over all of it."""
    target = BytesIO()
    canvas = TaggedCanvas(target, page_size=(200, 400), title="t", author="a", language="en")
    drawing = Drawing((-1, -2, 1, 2), (Layer("one", shapes),), TRIANGLE if clip else ())
    with canvas.content(canvas.root.add(Element("Figure", alt="a drawing"))):
        draw(canvas, drawing, x=0, y=0, width=200)
    canvas.save()
    content = reading.reader(target.getvalue()).pages[0].get_contents()
    assert content is not None
    return " ".join(content.get_data().decode().split())


def test_y_is_upwards_and_the_view_box_fills_its_place() -> None:
    operators = written()
    assert "1 0 0 1 100 200 cm" in operators
    assert "1 0 0 1 0 0 cm" in operators


def test_outlines_are_filled_stroked_or_both() -> None:
    assert "1 0 0 rg 0 0 m 100 0 l 50 100 l h f" in written(Path(TRIANGLE, Style("#ff0000")))
    assert "0 0 1 RG 5 w [] 0 d 0 0 m 100 0 l 50 100 l h S" in written(Path(TRIANGLE, Style(None, "#0000ff", 0.05)))
    assert "h B*" in written(Path(TRIANGLE, Style("#ff0000", "#0000ff", 0.05, even_odd=True)))
    assert "[12 9] 0 d" in written(Path(TRIANGLE, Style(None, "#0000ff", 0.05, (0.12, 0.09))))
    assert "h n" in written(Path(TRIANGLE, Style()))


def test_curves_and_circles() -> None:
    assert "10 20 30 40 50 60 c" in written(
        Path((MoveTo((0, 0)), CurveTo((0.1, 0.2), (0.3, 0.4), (0.5, 0.6))), Style(None, "#000000", 0.1))
    )
    assert written(Circle((0, 0), 1, Style("#000000"))).count(" c ") == 4


def test_a_clip_and_opacities() -> None:
    assert "h W n" in written(Path(TRIANGLE, Style("#ff0000")), clip=True)
    operators = written(Path(TRIANGLE, Style("#ff0000", fill_opacity=0.3)), Path(TRIANGLE, Style("#ff0000")))
    assert operators.count(" gs ") == 2


def test_text_is_anchored_and_cleaned() -> None:
    target = BytesIO()
    canvas = TaggedCanvas(target, page_size=(200, 400), title="t", author="a", language="en")
    words = tuple(
        Text((0, y), "12\u202e", 0.3, "#000000", anchor) for y, anchor in ((0, "start"), (1, "middle"), (-1, "end"))
    )  # type: ignore[arg-type]
    with canvas.content(canvas.root.add(Element("Figure", alt="words"))):
        draw(canvas, Drawing((-1, -2, 1, 2), (Layer("one", words),)), x=0, y=0, width=200)
    canvas.save()
    start, middle, end = reading.pieces(reading.reader(target.getvalue()), 0)
    assert start.text == "12\ufffd"
    assert round(start.start[0]) == 100
    assert round((middle.start[0] + middle.end[0]) / 2) == 100
    assert round(end.end[0]) == 100
    assert (start.start[1], middle.start[1], end.start[1]) == (200, 300, 100)
    assert round(start.size) == 30


def test_larger_marks_keep_their_places_and_proportions() -> None:
    sites = [
        Mark(-300, 200, 1, Decimal("1.25"), Side.RIGHT, "mentalis"),
        Mark(100, 0, 2, Decimal(5), Side.LEFT, "mentalis"),
    ]
    before = [shape for shape in marks(sites).shapes if isinstance(shape, Circle)]
    after = [shape for shape in enlarged(marks(sites).shapes, 1.3) if isinstance(shape, Circle)]
    assert [shape.centre for shape in after] == [shape.centre for shape in before]
    assert [round(new.radius / old.radius, 6) for new, old in zip(after, before, strict=True)] == [1.3, 1.3]
    assert list(enlarged(marks(sites).shapes, 1)) == list(marks(sites).shapes)


def test_marks_say_what_was_done() -> None:
    site = contents.site(1, "mentalis", None, Side.RIGHT, "2.5")
    assert mark(site).status == "given"
    assert mark(contents.site(1, "mentalis", None, Side.RIGHT, "2.5", given_at=None)).status == "planned"
    assert (
        mark(contents.site(1, "mentalis", None, Side.RIGHT, "2.5", given_at=None, confirmed=False)).status == "copied"
    )
