"""The session's steps on pages of their own: prepared, time-out, settled. Marks and late entries stand in ``injections``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain import time_out as time_outs
from clinic.domain.actors import Permission, RecordState
from clinic.domain.errors import DomainError, Frozen, Invalid, NotFound, Stale, Stopped, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.quantities import QuantityError, parse_units
from clinic.queries import charts, patients, visit_review
from clinic.services import giving
from clinic.unit_of_work import UnitOfWork
from clinic.web.errors import STATUS
from clinic.web.forms.base import ALWAYS, UNREADABLE, UNREADABLE_TEXT, StrictForm
from clinic.web.forms.injections import EmptyForm, TimeOutForm
from clinic.web.saving import shown_version
from clinic.web.security import permission
from clinic.web.work import once, reading

blueprint = Blueprint("giving", __name__, url_prefix="/visits/<visit_id>")
Page = str | Response | tuple[str, int]
REASON_MAXIMUM = 500


@blueprint.route("/prepare", methods=["GET", "POST"])
@permission(Permission.INJECTION_CHART)
def prepare(visit_id: str) -> Page:
    """The draw-up sheet on screen, and the stamp that the session is prepared."""
    form = EmptyForm()
    problem = _step(
        form, lambda uow: giving.prepare(uow, visit_id, shown_version(), visit_review.units_to_draw(uow, visit_id))
    )
    if problem is None:
        return redirect(url_for("giving.time_out", visit_id=visit_id))
    return _step_page("visits/prepare.html", visit_id, form, problem)


@blueprint.route("/time-out", methods=["GET", "POST"])
@permission(Permission.INJECTION_TIME_OUT)
def time_out(visit_id: str) -> Page:
    """Read out and confirm who, where, what and how much, before the first site."""
    form = TimeOutForm()
    problem = _step(
        form,
        lambda uow: giving.take_time_out(
            uow,
            visit_id,
            shown_version(),
            shown=form.shown.data,
            initials=form.initials.data or "",
            birth_year=form.birth_year.data or "",
            read_aloud=form.read_aloud.data,
        ),
    )
    if problem is None:
        return redirect(url_for("chair.show", visit_id=visit_id))
    return _step_page("visits/time_out.html", visit_id, form, problem)


@blueprint.route("/settle", methods=["GET", "POST"])
@permission(Permission.INJECTION_GIVE)
def settle(visit_id: str) -> Page:
    """Close the books of the session: what was wasted, from which syringe, why."""
    form = EmptyForm()
    problem = _step(
        form, lambda uow: giving.settle(uow, visit_id, shown_version(), _wastes(uow, visit_id)), several=True
    )
    if problem is None:
        return redirect(url_for("visits.review", visit_id=visit_id))
    return _step_page("visits/settle.html", visit_id, form, problem)


def _wastes(uow: UnitOfWork, visit_id: str) -> dict[str, giving.Waste]:
    found: dict[str, giving.Waste] = {}
    _refuse_strange(visit_review.units_to_draw(uow, visit_id))
    for name, typed in request.form.items():
        kind, _, syringe_id = name.partition(":")
        if kind != "waste" or typed.strip() in {"", "0", "0.0"}:
            continue
        try:
            units = parse_units(typed.strip())
        except QuantityError as error:
            raise Invalid({name: str(error)}) from error
        reason = request.form.get(f"reason:{syringe_id}", "")
        if len(reason) > REASON_MAXIMUM:
            raise Invalid({f"reason:{syringe_id}": f"At most {REASON_MAXIMUM} characters."})
        if UNREADABLE.search(reason):
            raise Invalid({f"reason:{syringe_id}": UNREADABLE_TEXT})
        found[syringe_id] = giving.Waste(units, reason)
    return found


def _refuse_strange(syringe_ids: Iterable[str]) -> None:
    known = ALWAYS | {f"{kind}:{one}" for kind in ("waste", "reason") for one in syringe_ids}
    sent = set(request.form)
    repeated = {name for name in sent if len(request.form.getlist(name)) > 1}
    if sent - known or repeated:
        raise Invalid(
            {"": "The form does not fit the syringes of this session. Nothing was saved; check the page and repeat."}
        )


class Problem:
    """Why a step page is shown (again): its status, its message, the fields refused and the findings in the way."""

    def __init__(self, status: int = 200, error: DomainError | None = None) -> None:
        self.status = status
        self.message = error.message if error else ""
        self.findings = error.findings if isinstance(error, Stopped) else ()
        self.fields = error.fields if isinstance(error, Invalid) else {}


def _step(form: StrictForm, run: Callable[[UnitOfWork], None], *, several: bool = False) -> Problem | None:
    """Take a step of the session once; None when it was taken, else why its page is shown."""
    if request.method != "POST":
        return Problem()
    try:
        if not several and not form.validate():
            raise Invalid(form.messages)
        once(run)
    except (Invalid, Stale, Stopped, WrongStep) as error:
        if isinstance(error, Invalid) and not form.errors:
            form.refuse(error)
        return Problem(next(code for kind, code in STATUS.items() if isinstance(error, kind)), error)
    return None


def _step_page(template: str, visit_id: str, form: StrictForm, problem: Problem) -> Page:
    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        require_own_phases(page)
        strip = patients.strip(uow, page.record.patient.id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.record.patient.id))
    pairs = time_outs.values(page.content)
    current = page.record.visit.edit_version
    return render_template(
        template,
        page=page,
        patient=strip,
        form=form,
        problem=problem,
        pairs=pairs,
        shown=time_outs.digest(pairs),
        sheets=visit_review.draw_up(page.record, page.content),
        about_vials=[one for one in page.findings if one.subject.startswith("vial:")],
        without_vial=visit_review.without_vial(page.content),
        balances=visit_review.balances(page.record, page.content),
        sums=visit_review.product_sums(page.content),
        version=shown_version() if problem.status == STATUS[Invalid] else current,
        typed=request.form,
    ), problem.status


def require_own_phases(page: charts.ChartPage) -> None:
    """Raise unless this is a draft whose session goes through the steps here."""
    session = page.content.session
    if session is None:
        raise NotFound
    if page.record.state is not RecordState.DRAFT:
        raise Frozen("This visit is no draft any more: its session takes no further step.")
    if session.transcribed:
        raise WrongStep("This session is transcribed from an earlier record: it has no phases of its own.")
