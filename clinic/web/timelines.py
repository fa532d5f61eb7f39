"""The whole of a patient's care on one axis of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.timelines import LISTED, Item, Lane, Page, Timeline, View, Window, view
from clinic.domain.timelines_windows import Preset, asked, earlier, later, nearer, preset, whole, wider
from clinic.queries import timelines as query
from clinic.web import timelines_svg
from clinic.web.forms.timelines import TimelineForm
from clinic.web.links import link
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("timelines", __name__, url_prefix="/patients/<patient_id>")
_FIGURE = "timeline"
_START: Final = date.min
_END: Final = date.max
"""Stand for the days of a window in an address that is made once."""
_ENDPOINTS = {
    Page.VISIT: ("visits.signed", "visit_id"),
    Page.DRAFT: ("visits.show", "visit_id"),
    Page.EVENT: ("adverse_events.show", "event_id"),
    Page.DOCUMENT: ("issued_documents.show", "document_id"),
}
_PATIENT_ENDPOINTS = {
    Page.PLAN: "plans.show",
    Page.DIARY: "diaries.show",
    Page.DETAILS: "patients.details",
}


@dataclass(frozen=True, slots=True)
class Move:
    """One way to other days; ``url`` is None where it leads nowhere."""

    label: str
    url: str | None
    key: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A thing in the list, with its address."""

    item: Item
    url: str


@dataclass(frozen=True, slots=True)
class Pager:
    """A page of the list."""

    first: int
    last: int
    total: int
    previous_url: str | None
    next_url: str | None
    noun: str = "entries"


@blueprint.get("/timeline")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> tuple[str, int]:
    """Everything of a patient on one axis of time."""
    with reading() as uow:
        found = query.timeline(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.timelines", patient_id))
    form = TimelineForm(formdata=request.args)
    window, status = _window(form, found.timeline)
    shown = view(found.timeline, window, form.lanes if status == 200 else ())
    links = _Links(
        patient_id, shown, everything=status != 200 or not (form.start.data or form.end.data or form.around.data)
    )
    page: dict[str, Any] = {"form": form, "view": shown, "counts": _counts(found.timeline)}
    page |= links.page() | timelines_svg.figures(shown, links.opened)
    return render_template("timelines/show.html", patient=found.strip, **page), status


def _window(form: TimelineForm, timeline: Timeline) -> tuple[Window, int]:
    """The window that was asked for; everything, with the reason beside its field, where it cannot be read."""
    everything = whole(timeline.items, timeline.today)
    if not form.validate():
        return everything, 422
    try:
        return asked(form.start.day, form.end.day, form.around.day, everything), 200
    except Invalid as error:
        form.end.errors = [*form.end.errors, error.fields["to"]]
        return everything, 422


def _counts(timeline: Timeline) -> dict[str, int]:
    return {lane.value: timeline.count(lane) for lane in Lane}


class _Links:
    """Addresses of the same page with other days or another page of its list, and of what stands on it."""

    def __init__(self, patient_id: str, shown: View, *, everything: bool) -> None:
        self.patient_id = patient_id
        self.shown = shown
        self.everything = everything
        self.listed = shown.listed()
        self.whole = whole(shown.timeline.items, shown.today)

    def page(self) -> dict[str, Any]:
        """What the template shows of it."""
        return {
            "presets": self._presets(),
            "moves": self._moves(),
            "lines": self._lines(),
            "undated": tuple(Line(one, self.of(one)) for one in self.shown.undated),
            "pager": self._pager(),
        }

    def of(self, item: Item) -> str:
        """Where a thing can be opened."""
        if item.page in _PATIENT_ENDPOINTS:
            return link(_PATIENT_ENDPOINTS[item.page], patient_id=self.patient_id)
        endpoint, name = _ENDPOINTS[item.page]
        values: dict[str, Any] = {name: item.ref}
        return link(endpoint, **values)

    def opened(self, items: Iterable[Item], window: Window | None) -> str:
        """Where a mark leads: to its one thing, to a nearer window of several, or to the list when that is no nearer."""
        listed = tuple(items)
        if window is None:
            return self.of(listed[0])
        if window.days >= self.shown.window.days:
            return "#list"
        start, end = window.start.isoformat(), window.end.isoformat()
        return self._near.replace(_START.isoformat(), start, 1).replace(_END.isoformat(), end, 1)

    @cached_property
    def _near(self) -> str:
        # Said hundreds of times, so made once, and without what the page's own address says.
        return self.to(Window(_START, _END)).removeprefix(link(".show", patient_id=self.patient_id))

    def to(self, window: Window | None, *, page: int = 1, anchor: str = _FIGURE) -> str:
        """The same lanes with another window (everything when None) or another page of the list."""
        named: dict[str, Any] = {"page": page if page > 1 else None}
        if window is not None:
            named |= {"from": window.start.isoformat(), "to": window.end.isoformat()}
        if len(self.shown.lanes) < len(Lane):
            named["lane"] = [lane.value for lane in Lane if lane in self.shown.lanes]
        return url_for(".show", patient_id=self.patient_id, _anchor=anchor, **named)

    def _presets(self) -> tuple[Move, ...]:
        found = [Move("All", self.to(None), current=self.everything)]
        for length in Preset:
            window = preset(length, self.shown.window, self.shown.today)
            same = self.shown.window == window and not self.everything
            found.append(Move(length.value, self.to(window), current=same))
        return tuple(found)

    def _moves(self) -> tuple[Move, ...]:
        window = self.shown.window
        ways = (
            ("Earlier", earlier(window, self.whole), "earlier"),
            ("Later", later(window, self.whole), "later"),
            ("Nearer", nearer(window), "in"),
            ("Wider", wider(window, self.whole), "out"),
        )
        return tuple(Move(label, self.to(found) if found else None, key) for label, found, key in ways)

    def _lines(self) -> tuple[Line, ...]:
        first = (self._number() - 1) * LISTED
        return tuple(Line(one, self.of(one)) for one in self.listed[first : first + LISTED])

    def _number(self) -> int:
        pages = max(1, -(-len(self.listed) // LISTED))
        return min(max(request.args.get("page", 1, type=int), 1), pages)

    def _pager(self) -> Pager:
        number, total = self._number(), len(self.listed)
        window = None if self.everything else self.shown.window
        first, last = (number - 1) * LISTED, min(number * LISTED, total)
        return Pager(
            first=first + 1,
            last=last,
            total=total,
            previous_url=self.to(window, page=number - 1, anchor="list") if number > 1 else None,
            next_url=self.to(window, page=number + 1, anchor="list") if last < total else None,
        )
