"""The chart page: one frozen state that the server renders and the browser keeps in step with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from clinic.domain import anatomy
from clinic.domain.actors import RecordState
from clinic.domain.findings import Finding
from clinic.domain.injections import Depth, Phase, Purpose
from clinic.domain.quantities import format_number, format_units
from clinic.domain.safety_events import EVENT
from clinic.domain.visit_content import VisitContent
from clinic.domain.wording import day_text
from clinic.queries.chart_sites import SiteState, site_state
from clinic.queries.chart_vials import balance_words, draw_words
from clinic.queries.earlier_sessions import EarlierSession
from clinic.queries.facts import judged
from clinic.queries.inventory import VialRow
from clinic.queries.patterns import PatternRow
from clinic.queries.planned_layer import PlannedTarget, planned_layer, targets_to_mark
from clinic.queries.repeatable import Repeatable, repeatable, repeatable_selects
from clinic.queries.visit_contents import confirms_together, phase
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SyringeState:
    """One syringe with its vial, for the card at the top.

    ``left`` is what the vial holds after every charted site, ``low`` is blank, low (nothing left) or stop (less than
    planned). ``draws`` are the planned sites that can be drawn from it instead; ``clear_words`` asks about doses of
    another product among them.
    """

    id: str
    letter: str
    vial_id: str
    vial: str
    product: str
    product_name: str
    lot: str
    expires: str
    dilution: str
    per_tenth: str
    left: str
    left_words: str
    in_vial: str
    planned: str
    low: str
    use_by: str
    use_by_at: str
    time_left: str
    warning: str
    draws: tuple[str, ...]
    draw_words: str
    clear_words: str


@dataclass(frozen=True, slots=True)
class VialOption:
    """A vial that can be chosen for the session."""

    id: str
    text: str
    warning: str


@dataclass(frozen=True, slots=True)
class FindingState:
    """A finding as shown; ``stops`` says whether it stands in the way of signing now."""

    key: str
    code: str
    severity: str
    message: str
    subject: str
    source: str
    stops: bool
    override_reason: str
    override_by: str


@dataclass(frozen=True, slots=True)
class TotalState:
    """A sum in words: what it is of, units as text, and how many sites."""

    label: str
    units: str
    product_name: str
    sites: int


@dataclass(frozen=True, slots=True)
class PhaseState:
    """One step of the session: done, current or ahead."""

    key: str
    label: str
    state: str


@dataclass(frozen=True, slots=True)
class ChartState:
    """All that changes while charting; ``together`` says whether several copied sites may be confirmed in one step."""

    edit_version: int
    saved_at: str
    editable: bool
    phase: str
    phases: tuple[PhaseState, ...]
    sites: tuple[SiteState, ...]
    syringes: tuple[SyringeState, ...]
    vials: tuple[VialOption, ...]
    sides: tuple[TotalState, ...]
    products: tuple[TotalState, ...]
    muscles: tuple[TotalState, ...]
    findings: tuple[FindingState, ...]
    interval: str
    given: int
    together: bool
    undo: str
    redo: str
    shorthand: str
    now: str

    def as_json(self) -> dict[str, Any]:
        """The state as plain JSON values."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def _plain(value: Any) -> Any:
    """Give the parts of a state as objects; their own values are plain already."""
    if isinstance(value, tuple):
        return [dict(zip(one.__slots__, _values_of(one.__slots__)(one), strict=True)) for one in value]
    return value


@cache
def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*names)


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a list."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ChartPage:
    """A visit page: its record, its content, and the state of the chart (None without injections)."""

    record: VisitRecord
    content: VisitContent
    findings: tuple[Finding, ...]
    chart: ChartState | None
    doses: tuple[str, ...]
    muscles: tuple[Option, ...]
    purposes: tuple[Option, ...]
    depths: tuple[Option, ...]
    repeatable: Repeatable
    planned: tuple[PlannedTarget, ...] = ()
    to_mark: tuple[str, ...] = ()

    @property
    def earlier(self) -> tuple[EarlierSession, ...]:
        """The sessions that the draft can repeat, newest first."""
        return self.repeatable.earlier

    @property
    def last_session(self) -> EarlierSession | None:
        """The last session that stands for itself: a touch-up only finishes one."""
        return next((one for one in self.earlier if not one.is_touch_up), next(iter(self.earlier), None))

    @property
    def open_events(self) -> tuple[tuple[str, str], ...]:
        """The patient's adverse events that nobody has reviewed, as (id, words)."""
        return tuple((row.id, row.words) for row in self.record.outcomes.events if row.is_open)

    @property
    def patterns(self) -> tuple[PatternRow, ...]:
        """The actor's own patterns, by name."""
        return self.repeatable.patterns


def chart_page(uow: UnitOfWork, visit_id: str) -> ChartPage:
    """A visit with its chart, in two statements whatever the number of sites and past visits."""
    record = visit_record(uow, visit_id, repeatable_selects)
    content, findings = judged(record, uow.now)
    return ChartPage(
        record=record,
        content=content,
        findings=findings,
        chart=chart_state(record, content, findings, uow.now) if record.session else None,
        doses=tuple(record.clinic.usual_doses.split()),
        muscles=tuple(Option(key, muscle.label) for key, muscle in sorted(anatomy.MUSCLES.items(), key=_by_label)),
        purposes=tuple(Option(one.value, one.label) for one in Purpose),
        depths=tuple(Option(one.value, one.value) for one in Depth),
        repeatable=repeatable(record),
        planned=planned_layer(record),
        to_mark=targets_to_mark(record, content),
    )


def after_change(uow: UnitOfWork, visit_id: str) -> dict[str, Any]:
    """What an autosave answers: the state of the chart, or of a visit without injections when it was saved."""
    record = visit_record(uow, visit_id, plan=False)
    if record.session is None:
        return {"edit_version": record.visit.edit_version, "saved_at": _saved_at(record)}
    content, findings = judged(record, uow.now)
    return chart_state(record, content, findings, uow.now).as_json()


def standing(uow: UnitOfWork, visit_id: str) -> tuple[str, dict[str, Any]]:
    """The patient's id and the state of the chart as it stands; an empty one without injections."""
    record = visit_record(uow, visit_id, plan=False)
    if record.session is None:
        return record.patient.id, {}
    content, findings = judged(record, uow.now)
    return record.patient.id, chart_state(record, content, findings, uow.now).as_json()


def _saved_at(record: VisitRecord) -> str:
    return f"{record.visit.changed_at.astimezone(ZoneInfo(record.visit.time_zone)):%H:%M:%S}"


def _by_label(item: tuple[str, anatomy.Muscle]) -> tuple[bool, str]:
    return item[0] == anatomy.OTHER, item[1].label


def chart_state(record: VisitRecord, content: VisitContent, findings: tuple[Finding, ...], now: datetime) -> ChartState:
    """The state of a chart from its judged content; ``now`` is the server's time, which the page counts on from."""
    session = content.session
    if session is None:
        raise ValueError("This visit has no injection section.")
    zone = ZoneInfo(record.visit.time_zone)
    about: dict[str, list[str]] = {}
    for one in findings:
        about.setdefault(one.subject, []).append(one.key)
    ids = {row.letter: row.id for row in record.syringes}
    laid = {site.id: site.pattern_name for site in record.sites}
    given = sum(1 for site in session.sites if site.given_at)
    return ChartState(
        edit_version=record.visit.edit_version,
        saved_at=_saved_at(record),
        editable=record.state is RecordState.DRAFT,
        phase=session.phase,
        phases=_phases(record, given, len(session.sites)),
        sites=tuple(
            site_state(site, laid[site.id], ids, zone, tuple(about.get(f"site:{site.id}", ())))
            for site in session.sites
        ),
        syringes=_syringes(record, content, zone),
        vials=tuple(_vial_option(vial) for vial in record.vials.values() if not vial.discarded),
        sides=_sums(content, "side"),
        products=_sums(content, ""),
        muscles=_sums(content, "muscle"),
        findings=tuple(_finding(one) for one in findings if one.code != EVENT),  # It is asked on the review page.
        interval=_interval(content),
        given=given,
        together=confirms_together(record, content),
        undo=record.undo,
        redo=record.redo,
        shorthand=record.session.shorthand if record.session else "",
        now=now.isoformat(),
    )


def _phases(record: VisitRecord, given: int, count: int) -> tuple[PhaseState, ...]:
    if record.session and record.session.transcribed:
        return (PhaseState("transcribed", "Transcribed from an earlier record", "current"),)
    now = list(Phase).index(phase(record))
    signed = record.state is not RecordState.DRAFT
    labels = {
        Phase.PLANNED: "Planned",
        Phase.PREPARED: "Prepared",
        Phase.TIME_OUT: "Time-out",
        Phase.GIVEN: f"Given {given} of {count}" if given else "Given",
        Phase.SETTLED: "Settled",
    }
    steps = []
    for number, one in enumerate(Phase):
        state = "done" if signed or number < now else "current" if number == now else "ahead"
        steps.append(PhaseState(one.value, labels[one], state))
    return (*steps, PhaseState("signed", "Signed", "done" if signed else "ahead"))


def _syringes(record: VisitRecord, content: VisitContent, zone: ZoneInfo) -> tuple[SyringeState, ...]:
    session = content.session
    if session is None or (record.session and record.session.transcribed):
        return ()
    shown = {one.letter: one for one in session.syringes}
    found = []
    for row in record.syringes:
        one, vial = shown[row.letter], record.vials[row.vial_id]
        found.append(
            SyringeState(
                id=row.id,
                letter=row.letter,
                vial_id=row.vial_id,
                vial=one.vial,
                product=one.product,
                product_name=one.product_name,
                lot=one.lot,
                expires=day_text(one.expires_on) if one.expires_on else "",
                dilution=_dilution(one.labelled_units, one.diluent_microlitres),
                per_tenth=one.per_tenth,
                use_by=_moment(one.use_by, zone),
                use_by_at=one.use_by.isoformat() if one.use_by else "",
                time_left=vial.time_left,
                warning=vial_warning(vial),
                **balance_words(one, vial.units_left, amends=content.amends is not None),
                **draw_words(record, row),
            )
        )
    return tuple(found)


def _dilution(units: Decimal | None, microlitres: int | None) -> str:
    if units is None or not microlitres:
        return ""
    return f"{format_units(units)} in {format_number(Decimal(microlitres) / 1000)}\u00a0mL"


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return ""
    local = at.astimezone(zone)
    return f"{day_text(local.date())}, {local:%H:%M}"


def vial_warning(vial: VialRow) -> str:
    """What stands against drawing from a vial now, in a word or three; blank when nothing does."""
    if vial.recalled:
        return "recalled"
    if vial.expired:
        return "expired"
    return "past its use-by" if vial.past_use_by else ""


def _vial_option(vial: VialRow) -> VialOption:
    left = format_units(vial.units_left)
    text = f"{vial.label}: {vial.product_name}, lot {vial.lot_number}, {left} left"
    return VialOption(vial.id, text, vial_warning(vial))


def _sums(content: VisitContent, by: str) -> tuple[TotalState, ...]:
    session = content.session
    found: dict[tuple[str, str], tuple[Decimal, int]] = {}
    for row in session.totals if session else ():
        label = {"side": row.side, "muscle": f"{row.muscle_label}, {row.side}", "": row.product_name}[by]
        units, sites = found.get((label, row.product_name), (Decimal(0), 0))
        found[label, row.product_name] = (units + row.units, sites + row.sites)
    return tuple(
        TotalState(label, format_number(units), product_name, sites)
        for (label, product_name), (units, sites) in found.items()
    )


def _finding(one: Finding) -> FindingState:
    override = one.override
    return FindingState(
        key=one.key,
        code=one.code,
        severity=one.severity.value,
        message=one.message,
        subject=one.subject,
        source=one.source,
        stops=one.stops,
        override_reason=override.reason if override else "",
        override_by=override.by if override else "",
    )


def _interval(content: VisitContent) -> str:
    session = content.session
    if session is None or session.last_session_on is None or session.days_since_last is None:
        return "first session on record"
    days = session.days_since_last
    return f"{days}\u00a0{'day' if days == 1 else 'days'} since {day_text(session.last_session_on)}"
