"""A drawing as SVG: small, escaped, without anything that the content policy forbids."""

from __future__ import annotations

import gzip
import re
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from clinic.domain.anatomy import MUSCLES, Side, position
from clinic.domain.drawing import Circle, Close, CurveTo, Drawing, Layer, LineTo, MoveTo, Path, Style, Text
from clinic.domain.face_drawing import LAYERS, Mark, chart, face
from clinic.web.svg import path_data, svg, svg_fragment

NAME = "{http://www.w3.org/2000/svg}"
LINE = Style(None, "#112233", 0.05)
INK = Style("#112233")


def drawing(*shapes: Path | Circle | Text, name: str = "marks") -> Drawing:
    return Drawing((-2.0, -1.0, 2.0, 3.0), (Layer(name, shapes),))


def line(*stops: tuple[float, float], style: Style = LINE, key: str = "") -> Path:
    return Path((MoveTo(stops[0]), *(LineTo(stop) for stop in stops[1:])), style, key)


def root(markup: str) -> ET.Element:
    return ET.fromstring(markup)


def test_y_points_down_and_one_user_unit_is_a_hundredth() -> None:
    found = root(svg(drawing(Circle((1.0, 2.5), 0.25, INK)), title="A dot"))
    assert found.get("viewBox") == "-200 -300 400 400"
    circle = found.find(f"{NAME}circle")
    assert circle is not None
    assert (circle.get("cx"), circle.get("cy"), circle.get("r")) == ("100", "-250", "25")


def test_the_drawing_has_a_name_and_a_description() -> None:
    found = root(svg(drawing(), title="Face", description="Two sites"))
    assert found.get("role") == "img"
    assert found.findtext(f"{NAME}title") == "Face"
    assert found.findtext(f"{NAME}desc") == "Two sites"


def test_an_interactive_drawing_has_a_name_without_a_tooltip() -> None:
    found = root(svg(drawing(), title="Face", interactive=True))
    assert found.get("aria-label") == "Face"
    assert found.find(f"{NAME}title") is None


def test_all_text_is_escaped() -> None:
    bad = "<script>\"&'"
    shapes = (Text((0, 0), bad, 1, "#000000"), line((0, 0), (1, 1), key=bad))
    markup = svg(drawing(*shapes, name=bad), title=bad, description=bad, id_prefix=bad, interactive=True)
    assert isinstance(markup, Markup)
    assert "<script" not in markup
    found = root(markup)
    assert found.get("aria-label") == bad
    assert found.findtext(f".//{NAME}text") == bad
    assert [element.get("data-key") for element in found.iter(f"{NAME}path")] == [bad]


def test_the_size_follows_the_width() -> None:
    found = root(svg(drawing(), title="Face", width=72))
    assert (found.get("width"), found.get("height")) == ("72", "72")
    assert root(svg(drawing(), title="Face")).get("width") is None


def test_lines_of_one_style_become_one_path() -> None:
    found = root(svg(drawing(line((0, 0), (1, 0)), line((0, 1), (1, 1))), title="Lines"))
    assert [path.get("d") for path in found.iter(f"{NAME}path")] == ["M0 0l100 0m-100-100l100 0"]


def test_translucent_shapes_of_one_style_stay_apart_so_that_overlaps_show() -> None:
    pale = Style("#112233", fill_opacity=0.2)
    shapes = [Path((MoveTo((0, 0)), LineTo((1, 1)), LineTo((0, 1)), Close()), pale) for _ in range(2)]
    found = root(svg(drawing(*shapes), title="Shapes"))
    assert len(list(found.iter(f"{NAME}path"))) == 2
    group = found.find(f"{NAME}g")
    assert group is not None
    assert (group.get("fill"), group.get("fill-opacity")) == ("#112233", ".2")


def test_keyed_shapes_stay_apart_for_a_script_only() -> None:
    shapes = (line((0, 0), (1, 0), key="a"), line((0, 1), (1, 1), key="b"))
    assert [path.get("data-key") for path in root(svg(drawing(*shapes), title="x")).iter(f"{NAME}path")] == [None]
    found = root(svg(drawing(*shapes), title="x", interactive=True, id_prefix="f-"))
    assert [path.get("data-key") for path in found.iter(f"{NAME}path")] == ["a", "b"]
    layer = found.find(f"{NAME}g")
    assert layer is not None
    assert (layer.get("data-layer"), layer.get("id")) == ("marks", "f-marks")


def test_neighbours_with_one_key_share_a_group_for_a_script() -> None:
    shapes = (Circle((0, 0), 1, INK, "site:1"), Text((0, 0), "5", 1, "#ffffff", key="site:1"))
    found = root(svg(drawing(*shapes), title="x", interactive=True))
    assert [group.get("data-key") for group in found.iter(f"{NAME}g")] == [None, "site:1"]


def test_hidden_layers_wait_for_a_script_and_are_left_out_without_one() -> None:
    shapes = drawing(line((0, 0), (1, 0)), name="zones")
    layer = root(svg(shapes, title="x", interactive=True, hidden=("zones",))).find(f"{NAME}g")
    assert layer is not None
    assert layer.get("display") == "none"
    assert root(svg(shapes, title="x", hidden=("zones",))).find(f".//{NAME}path") is None


def test_a_smooth_curve_uses_the_short_form_and_does_not_drift() -> None:
    curves = [CurveTo((n + 0.333, 0.5), (n + 0.667, -0.5), (n + 1.0, 0.0)) for n in range(3)]
    text = path_data((MoveTo((0.0, 0.0)), *curves))
    assert text.count("c") == 1
    assert text.count("s") == 1
    assert _end(text) == (300, 0)


def _end(text: str) -> tuple[int, int]:
    """Where relative path data of one sub-path ends."""
    x = y = 0
    for command, numbers in re.findall(r"([Mcsl])([-\d ]*)", text):
        values = [int(number) for number in re.findall(r"-?\d+", numbers)]
        step = {"M": 2, "l": 2, "c": 6, "s": 4}[command]
        for start in range(0, len(values), step):
            x, y = x + values[start + step - 2], y + values[start + step - 1]
    return x, y


def test_a_clip_other_than_the_view_is_kept_under_its_own_id() -> None:
    view = (MoveTo((-2.0, -1.0)), LineTo((-2.0, 3.0)), LineTo((2.0, 3.0)), LineTo((2.0, -1.0)))
    half = (*view[:2], LineTo((0.0, 3.0)), LineTo((0.0, -1.0)))
    layers = drawing(line((0, 0), (1, 0))).layers
    assert "clip" not in svg(Drawing((-2.0, -1.0, 2.0, 3.0), layers, view), title="x")
    clipped = svg(Drawing((-2.0, -1.0, 2.0, 3.0), layers, half), title="x", id_prefix="c-")
    assert root(clipped).find(f"{NAME}clipPath") is not None
    assert "url(#c-clip)" in clipped


def test_a_fragment_is_one_layer_alone() -> None:
    layer = drawing(line((0, 0), (1, 0))).layers[0]
    assert svg_fragment(layer).startswith("<path")
    assert svg_fragment(layer, interactive=True).startswith('<g data-layer="marks">')


def sites() -> list[Mark]:
    """Twelve sites, as in a usual session."""
    named = [(muscle.key, site.key) for muscle in MUSCLES.values() for site in muscle.sites if site.x][:12]
    return [
        Mark(*position(muscle, sub_site, Side.LEFT), number, Decimal("2.5"), Side.LEFT, muscle)
        for number, (muscle, sub_site) in enumerate(named, start=1)
    ]


@pytest.mark.parametrize("interactive", [False, True])
def test_the_face_keeps_the_content_policy(interactive: bool) -> None:
    markup = svg(chart(sites(), face(show=LAYERS)), title="Face", interactive=interactive, id_prefix="f-")
    found = root(markup)
    attributes = {name for element in found.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in ("style", "class", "href")}
    identifiers = [element.get("id") for element in found.iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers))
    assert "nan" not in markup
    assert "None" not in markup


def test_the_face_is_small() -> None:
    full = svg(face(), title="Face", interactive=True).encode()
    assert len(full) < 45_000
    assert len(gzip.compress(full)) < 12_500
    assert len(svg(face(show=LAYERS), title="Face", interactive=True, id_prefix="face-").encode()) < 45_000
    assert len(svg(face("small"), title="Face", width=72).encode()) < 2_000
