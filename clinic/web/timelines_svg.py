"""The timeline for its page: the parts of both drawings, of which the template makes links with their full words as names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from clinic.domain.drawing import Layer, Text
from clinic.domain.drawing_timelines import figure
from clinic.domain.drawing_timelines_axis import SIZE, Figure, Placed
from clinic.domain.drawing_timelines_narrow import narrow_figure
from clinic.domain.face_marks import marks
from clinic.domain.face_palette import INK
from clinic.domain.timelines import Item, View, Window
from clinic.domain.timelines_windows import around
from clinic.web.svg import svg_fragment

Opened = Callable[[Iterable[Item], Window | None], str]
_BEFORE = '<text x="0" y="0"'


@dataclass(frozen=True, slots=True)
class SmallFace:
    """A small face in its box; the outline stands once on the page."""

    x: int
    y: int
    width: int
    height: int
    dots: Markup


@dataclass(frozen=True, slots=True)
class Link:
    """A mark: where it leads, what it is in full, how it looks."""

    url: str
    name: str
    shapes: Markup
    face: SmallFace | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing; ``said`` are the attributes that nearly every text has, said once to keep the page small."""

    name: str
    view_box: str
    said: Markup
    ground: Markup
    lanes: tuple[tuple[str, tuple[Link, ...]], ...]


def figures(shown: View, opened: Opened) -> dict[str, Drawn]:
    """Both drawings of what is shown. ``opened`` gives the address of a mark, with a window where it stands for several."""
    name = f"Timeline, {shown.window.words}: {shown.summary}"
    return {"wide": _drawn(figure(shown), name, opened), "narrow": _drawn(narrow_figure(shown), name, opened)}


def _drawn(drawing: Figure, name: str, opened: Opened) -> Drawn:
    left, bottom, right, top = (round(value * 100) for value in drawing.ground.view_box)
    # As the writer writes it, so that what is taken off each text is exactly what stands on the drawing.
    said = svg_fragment(Layer("said", (Text((0.0, 0.0), "", SIZE, INK, "start"),)))[len(_BEFORE) : -len("></text>")]
    (ground,) = drawing.ground.layers
    return Drawn(
        name=name,
        view_box=f"{left} {-top} {right - left} {top - bottom}",
        said=said,
        ground=svg_fragment(ground).replace(said, said[:0]),
        lanes=tuple((heading, tuple(_link(one, opened, said) for one in lane)) for heading, lane in drawing.lanes),
    )


def _link(one: Placed, opened: Opened, said: Markup) -> Link:
    group = one.group
    url = opened(group.items, around(group.items) if group.gathered else None)
    return Link(url, one.name, svg_fragment(Layer("mark", one.shapes)).replace(said, said[:0]), _face(one))


def _face(one: Placed) -> SmallFace | None:
    if one.face is None:
        return None
    box = one.face
    return SmallFace(
        x=round(box.left * 100),
        y=round(-box.top * 100),
        width=round((box.right - box.left) * 100),
        height=round((box.top - box.bottom) * 100),
        dots=svg_fragment(marks(one.group.first.sites, detail="small")),
    )
